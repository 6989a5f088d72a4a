// Completes prefixes, classes and properties from what the graph says of itself, in the place of
// the services of others that Yasqe would ask.

import Yasqe, { type Hint } from "@zazuko/yasqe";
import { type Named, type Vocabulary, shortened } from "./words";

/** Letters from which completions show themselves; Ctrl+Space shows them always. */
const ENOUGH = 2;
const MOST = 60;
const TYPES = new Set(["a", "rdf:type"]);

/** The names of Yasqe's completers that stay, and of those that take the place of others. */
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
  offer("our-classes", words.classes, words, isAtClass);
  offer("our-properties", words.properties, words, isAtProperty);
}

function offer(
  name: string,
  terms: readonly Named[],
  words: Vocabulary,
  fits: (editor: Yasqe) => boolean,
): void {
  const labels = new Map<string, string>();
  Yasqe.registerAutocompleter(
    {
      name,
      bulk: false,
      autoShow: true,
      persistenceId: null,
      isValidCompletionPosition: fits,
      // Yasqe's own tokens end where a word that is not complete yet happens to begin like another.
      preProcessToken: (editor, token) => {
        const { text, line, start, end } = typed(editor);
        const place = { from: { line, ch: start }, to: { line, ch: end } };
        return { ...token, ...place, string: text, autocompletionString: text };
      },
      get: (editor) => matching(terms, prefixes(editor, words), typed(editor).text),
      postProcessSuggestion: (editor, _token, iri) => {
        const text = shortened(iri, prefixes(editor, words)) ?? `<${iri}>`;
        labels.set(text, called(terms.find((term) => term.iri === iri)));
        return text;
      },
      postprocessHints: (_editor, hints) => hints.map((hint) => labelled(hint, labels)),
    },
    false,
  );
}

interface Typed {
  text: string;
  line: number;
  start: number;
  end: number;
}

/** The word before the cursor: a name, with a prefix or without, or an address that has begun. */
function typed(editor: Yasqe): Typed {
  const { line, ch } = editor.getDoc().getCursor();
  const whole = editor.getDoc().getLine(line);
  const text = /(<[^\s<>]*|[\p{L}\p{N}_:.-]*)$/u.exec(whole.slice(0, ch))?.[0] ?? "";
  const rest = text.startsWith("<") ? /^[^\s<>]*>?/ : /^[\p{L}\p{N}_-]*/u;
  return { text, line, start: ch - text.length, end: ch + (rest.exec(whole.slice(ch))?.[0].length ?? 0) };
}

/** What Yasqe's grammar knows where the word before the cursor begins. */
function state(editor: Yasqe): { next: string[]; last: string; before: string } {
  const { line, start } = typed(editor);
  const token = editor.getTokenAt({ line, ch: start }, true);
  return {
    next: token.state.possibleNext ?? [],
    last: token.state.lastProperty ?? "",
    before: editor.getDoc().getLine(line).charAt(start - 1),
  };
}

function isAtProperty(editor: Yasqe): boolean {
  const { next, before } = state(editor);
  if (before === "?" || before === "$") return false;
  // Where a property may stand, `a` may; and within a path.
  return next.includes("a") || ["/", "|", "^"].includes(before);
}

function isAtClass(editor: Yasqe): boolean {
  const { next, last, before } = state(editor);
  return TYPES.has(last) && !next.includes("a") && !["?", "$", "/", "|"].includes(before);
}

function prefixes(editor: Yasqe, words: Vocabulary): Record<string, string> {
  return { ...words.prefixes, ...editor.getPrefixesFromQuery() };
}

/** The addresses whose beginning, short form or label has the letters typed. */
function matching(
  terms: readonly Named[],
  prefixes: Record<string, string>,
  text: string,
): string[] {
  if (text.length < ENOUGH && !asked) return [];
  const letters = text.toLowerCase();
  const found = terms.filter((term) =>
    text.startsWith("<")
      ? `<${term.iri}>`.toLowerCase().startsWith(letters)
      : (shortened(term.iri, prefixes) ?? "").toLowerCase().includes(letters) ||
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
