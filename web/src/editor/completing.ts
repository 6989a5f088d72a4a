// Completes prefixes, classes and properties from what the graph says of itself, in the place of
// the services of others that Yasqe would ask.

import Yasqe, { type Hint } from "@zazuko/yasqe";
import { type Named, type Vocabulary, shortened } from "./words";

/** Letters from which completions show themselves; Ctrl+Space shows them always. */
const ENOUGH = 2;
const MOST = 60;

/** The names of Yasqe's completers that stay, and of those that are replaced. */
export const COMPLETERS = ["variables", "our-prefixes", "our-classes", "our-properties"];

let asked = false;

/** Complete what stands at the cursor, however little it is. */
export function complete(editor: Yasqe): void {
  asked = true;
  editor.autocomplete();
  asked = false;
}

/** Tell Yasqe of our completers; to be done before an editor is made. */
export function register(words: Vocabulary): void {
  Yasqe.forkAutocompleter(
    "prefixes",
    {
      name: "our-prefixes",
      persistenceId: null,
      get: () => Object.entries(words.prefixes).map(([prefix, space]) => `${prefix}: <${space}>`),
    },
    false,
  );
  for (const [name, base, terms] of [
    ["our-classes", "class", words.classes],
    ["our-properties", "property", words.properties],
  ] as const) {
    const labels = new Map<string, string>();
    Yasqe.forkAutocompleter(
      base,
      {
        name,
        bulk: false,
        autoShow: true,
        persistenceId: null,
        get: (_editor, token) => matching(terms, words, token?.autocompletionString ?? ""),
        postProcessSuggestion: (editor, _token, iri) => {
          const known = { ...words.prefixes, ...editor.getPrefixesFromQuery() };
          const text = shortened(iri, known) ?? `<${iri}>`;
          labels.set(text, called(terms.find((term) => term.iri === iri)));
          return text;
        },
        postprocessHints: (_editor, hints) => hints.map((hint) => labelled(hint, labels)),
      },
      false,
    );
  }
}

/** The addresses whose beginning, short form or label has the letters typed. */
function matching(terms: readonly Named[], words: Vocabulary, typed: string): string[] {
  const letters = typed.trim().toLowerCase();
  if (letters.length < ENOUGH && !asked) return [];
  const found = terms.filter(
    (term) =>
      term.iri.toLowerCase().startsWith(letters) ||
      (shortened(term.iri, words.prefixes) ?? "").toLowerCase().includes(letters) ||
      called(term).toLowerCase().includes(letters),
  );
  return found.slice(0, MOST).map((term) => term.iri);
}

function called(term: Named | undefined): string {
  const language = document.documentElement.lang === "ru" ? "ru" : "en";
  return term?.[language] ?? term?.en ?? "";
}

function labelled(hint: Hint, labels: ReadonlyMap<string, string>): Hint {
  const render = (element: HTMLElement): void => {
    const label = document.createElement("span");
    label.className = "hint-label";
    label.textContent = labels.get(hint.text) ?? "";
    element.append(hint.text, " ", label);
  };
  return { ...hint, render };
}
