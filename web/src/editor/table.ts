// Shows results as a table, in the style of all tables of the pages.

import type { Rows, Term } from "./endpoint";
import { formatted, shortened } from "./vocabulary";

const BASE = "https://w3id.org/meagraph/";
const AT_A_TIME = 200;
const XSD = "http://www.w3.org/2001/XMLSchema#";

export interface Options {
  prefixes: Record<string, string>;
  /** The path of this service, for links to IRIs of meagraph. */
  base: string;
  /** The label of the button for more rows. */
  more: string | undefined;
  labelledBy: string;
}

export function table(answer: Rows, options: Options): HTMLElement {
  const region = document.createElement("div");
  region.className = "table";
  region.setAttribute("role", "region");
  region.setAttribute("aria-labelledby", options.labelledBy);
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
    for (const row of next) fill(body.insertRow(), answer.columns, row, options);
    const left = answer.rows.length - body.rows.length;
    more.hidden = left === 0;
    more.textContent = formatted(options.more, { rows: String(Math.min(left, AT_A_TIME)) });
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
  options: Options,
): void {
  for (const column of columns) {
    const cell = line.insertCell();
    cell.dataset["column"] = column;
    const term = row[column];
    if (term === undefined) continue;
    if (term.value.length > 60 && term.type !== "uri") cell.className = "long";
    cell.append(...shown(term, options));
  }
}

function shown(term: Term, options: Options): (Node | string)[] {
  if (term.type === "bnode") return [`_:${term.value}`];
  if (term.type === "uri") return [link(term.value, options)];
  const text = document.createElement("span");
  text.textContent = term.value;
  const language = term["xml:lang"];
  if (language) text.lang = language;
  text.title = language ? `@${language}` : named(term.datatype, options);
  const kind = language ? foreign(language) : unusual(term.datatype, options);
  if (kind === "") return [text];
  const mark = document.createElement("span");
  mark.className = "kind";
  mark.textContent = kind;
  return [text, " ", mark];
}

function named(datatype: string | undefined, options: Options): string {
  return datatype === undefined ? "" : (shortened(datatype, options.prefixes) ?? datatype);
}

/** The language tag, if it differs from that of the page. */
function foreign(language: string): string {
  return language === document.documentElement.lang ? "" : `@${language}`;
}

/** The datatype, if it is not from XML Schema; those are clear from the values. */
function unusual(datatype: string | undefined, options: Options): string {
  return datatype?.startsWith(XSD) ? "" : named(datatype, options);
}

/** An IRI, linked if a browser can open it; those of meagraph lead to this service. */
function link(iri: string, options: Options): Node | string {
  const text = shortened(iri, options.prefixes) ?? iri.replace(`${BASE}id/`, "");
  if (!/^(https?|mailto):/.test(iri)) return text;
  const anchor = document.createElement("a");
  anchor.href = iri.startsWith(BASE) ? `${options.base}/${iri.slice(BASE.length)}` : iri;
  anchor.textContent = text;
  anchor.title = iri;
  return anchor;
}
