// An answer as a table, in the form that all tables of the pages have.

import type { Rows, Term } from "./asking";
import { said, shortened } from "./words";

const BASE = "https://w3id.org/meagraph/";
const AT_A_TIME = 200;
const XSD = "http://www.w3.org/2001/XMLSchema#";

export interface Ways {
  prefixes: Record<string, string>;
  /** The path of this service, which shows our addresses. */
  base: string;
  /** What the button for more rows says. */
  more: string | undefined;
  labelledBy: string;
}

export function table(answer: Rows, ways: Ways): HTMLElement {
  const region = document.createElement("div");
  region.className = "table";
  region.setAttribute("role", "region");
  region.setAttribute("aria-labelledby", ways.labelledBy);
  region.tabIndex = 0;
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const column of answer.columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column;
    head.append(cell);
  }
  const body = table.createTBody();
  region.append(table);
  const all = document.createElement("div");
  all.append(region);
  const more = document.createElement("button");
  more.type = "button";
  more.className = "plain";
  const add = (): void => {
    const next = answer.rows.slice(body.rows.length, body.rows.length + AT_A_TIME);
    for (const row of next) fill(body.insertRow(), answer.columns, row, ways);
    const left = answer.rows.length - body.rows.length;
    more.hidden = left === 0;
    more.textContent = said(ways.more, { rows: String(Math.min(left, AT_A_TIME)) });
  };
  more.addEventListener("click", add);
  add();
  all.append(more);
  return all;
}

function fill(
  line: HTMLTableRowElement,
  columns: readonly string[],
  row: Record<string, Term>,
  ways: Ways,
): void {
  for (const column of columns) {
    const cell = line.insertCell();
    cell.dataset["column"] = column;
    const term = row[column];
    if (term === undefined) continue;
    if (term.value.length > 60 && term.type !== "uri") cell.className = "long";
    cell.append(...shown(term, ways));
  }
}

function shown(term: Term, ways: Ways): (Node | string)[] {
  if (term.type === "bnode") return [`_:${term.value}`];
  if (term.type === "uri") return [link(term.value, ways)];
  const text = document.createElement("span");
  text.textContent = term.value;
  const language = term["xml:lang"];
  if (language) text.lang = language;
  text.title = language ? `@${language}` : named(term.datatype, ways);
  const kind = language ? foreign(language) : unusual(term.datatype, ways);
  if (kind === "") return [text];
  const mark = document.createElement("span");
  mark.className = "kind";
  mark.textContent = kind;
  return [text, " ", mark];
}

function named(datatype: string | undefined, ways: Ways): string {
  return datatype === undefined ? "" : (shortened(datatype, ways.prefixes) ?? datatype);
}

/** A language that has to be said: another one than that of the page. */
function foreign(language: string): string {
  return language === document.documentElement.lang ? "" : `@${language}`;
}

/** A datatype that has to be said; those of XML Schema are seen by how their values are written. */
function unusual(datatype: string | undefined, ways: Ways): string {
  return datatype?.startsWith(XSD) ? "" : named(datatype, ways);
}

/** An address as a link where a browser may follow it; ours lead to this service. */
function link(iri: string, ways: Ways): Node | string {
  const text = shortened(iri, ways.prefixes) ?? iri.replace(`${BASE}id/`, "");
  if (!/^(https?|mailto):/.test(iri)) return text;
  const anchor = document.createElement("a");
  anchor.href = iri.startsWith(BASE) ? `${ways.base}/${iri.slice(BASE.length)}` : iri;
  anchor.textContent = text;
  anchor.title = iri;
  return anchor;
}
