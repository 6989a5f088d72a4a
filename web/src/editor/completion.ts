// Completes prefixes, classes and properties from the vocabulary of the graph, instead of the
// external services that Yasqe uses by default.

import Yasqe, { type Hint } from "@zazuko/yasqe";
import { type Named, type Vocabulary, shortened } from "./vocabulary";

/** Letters from which on completions appear; Ctrl+Space always shows them. */
const ENOUGH = 2;
const MOST = 60;
const TYPES = new Set(["a", "rdf:type"]);

/** The completers to use: one of Yasqe's, and replacements for the others. */
export const COMPLETERS = ["variables", "graph-prefixes", "graph-classes", "graph-properties"];

let requested = false;

/** Complete the word at the cursor, however short. */
export function complete(editor: Yasqe): void {
  requested = true;
  editor.autocomplete();
  requested = false;
}

/** Register the completers; call it before creating an editor. */
export function register(words: Vocabulary): void {
  Yasqe.forkAutocompleter(
    "prefixes",
    {
      name: "graph-prefixes",
      persistenceId: null,
      get: () => Object.entries(words.prefixes).map(([prefix, space]) => `${prefix}: <${space}>`),
    },
    false,
  );
  offer("graph-classes", words.classes, words, isAtClass);
  offer("graph-properties", words.properties, words, isAtProperty);
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
      // Yasqe's tokens split incomplete words that start with a complete one.
      preProcessToken: (editor, token) => {
        const { text, line, start, end } = typed(editor);
        const place = { from: { line, ch: start }, to: { line, ch: end } };
        return { ...token, ...place, string: text, autocompletionString: text };
      },
      get: (editor) => matching(terms, prefixes(editor, words), typed(editor).text),
      postProcessSuggestion: (editor, _token, iri) => {
        const text = shortened(iri, prefixes(editor, words)) ?? `<${iri}>`;
        labels.set(text, label(terms.find((term) => term.iri === iri)));
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

/** The word before the cursor: a name, with or without prefix, or an incomplete IRI. */
function typed(editor: Yasqe): Typed {
  const { line, ch } = editor.getDoc().getCursor();
  const whole = editor.getDoc().getLine(line);
  const text = /(<[^\s<>]*|[\p{L}\p{N}_:.-]*)$/u.exec(whole.slice(0, ch))?.[0] ?? "";
  const rest = text.startsWith("<") ? /^[^\s<>]*>?/ : /^[\p{L}\p{N}_-]*/u;
  return { text, line, start: ch - text.length, end: ch + (rest.exec(whole.slice(ch))?.[0].length ?? 0) };
}

/** The state of Yasqe's grammar at the start of the word before the cursor. */
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
  // A property is valid where `a` is, and within a path.
  return next.includes("a") || ["/", "|", "^"].includes(before);
}

function isAtClass(editor: Yasqe): boolean {
  const { next, last, before } = state(editor);
  return TYPES.has(last) && !next.includes("a") && !["?", "$", "/", "|"].includes(before);
}

function prefixes(editor: Yasqe, words: Vocabulary): Record<string, string> {
  return { ...words.prefixes, ...editor.getPrefixesFromQuery() };
}

/** The IRIs that start with the text, or whose short form or label contains it. */
function matching(
  terms: readonly Named[],
  prefixes: Record<string, string>,
  text: string,
): string[] {
  if (text.length < ENOUGH && !requested) return [];
  const letters = text.toLowerCase();
  const found = terms.filter((term) =>
    text.startsWith("<")
      ? `<${term.iri}>`.toLowerCase().startsWith(letters)
      : (shortened(term.iri, prefixes) ?? "").toLowerCase().includes(letters) ||
        label(term).toLowerCase().includes(letters),
  );
  return found.slice(0, MOST).map((term) => term.iri);
}

function label(term: Named | undefined): string {
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
