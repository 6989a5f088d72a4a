// Sends queries to the SPARQL endpoint, and parses its responses.

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

/** Send the query of a form. Throws if there is no response, or if `signal` aborts it. */
export async function query(form: HTMLFormElement, signal: AbortSignal): Promise<Answer> {
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name !== "format" && typeof value === "string") body.append(name, value);
  }
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { Accept: ACCEPT },
    body,
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
    return nothing; // a proxy may respond instead of the service
  }
}
