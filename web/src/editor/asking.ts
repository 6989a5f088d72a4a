// Asks the endpoint, and reads what it answers.

export interface Term {
  type: string;
  value: string;
  datatype?: string;
  "xml:lang"?: string;
}

export interface Rows {
  columns: string[];
  rows: Record<string, Term>[];
}

export type Answer =
  | { kind: "rows"; table: Rows; text: string }
  | { kind: "truth"; holds: boolean; text: string }
  | { kind: "graph"; text: string }
  | { kind: "problem"; title: string; detail: string; line?: number; column?: number };

const ACCEPT = "application/sparql-results+json, text/turtle, application/problem+json;q=0.1";

/** The answer to what a form says. Throws where nobody answers, and where `signal` stops it. */
export async function ask(form: HTMLFormElement, signal: AbortSignal): Promise<Answer> {
  const said = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name !== "format" && typeof value === "string") said.append(name, value);
  }
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: ACCEPT },
    body: said,
    signal,
  });
  const text = await answer.text();
  if (!answer.ok) return problem(text, answer);
  if (!answer.headers.get("Content-Type")?.startsWith("application/sparql-results+json")) {
    return { kind: "graph", text };
  }
  const read = JSON.parse(text);
  if (typeof read.boolean === "boolean") return { kind: "truth", holds: read.boolean, text };
  return { kind: "rows", table: { columns: read.head.vars, rows: read.results.bindings }, text };
}

function problem(text: string, answer: Response): Answer {
  const nothing = { kind: "problem", title: `${answer.status}`, detail: answer.statusText } as const;
  try {
    const read = JSON.parse(text);
    return { ...nothing, title: read.title, detail: read.detail, line: read.line, column: read.column };
  } catch {
    return nothing; // a proxy may answer in the place of the service
  }
}
