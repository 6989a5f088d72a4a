// An answer as a chart: the reader chooses which column has the labels and which the numbers.

import { type Bar, bars, number } from "../charts/bars";
import type { Rows } from "./asking";
import { shortened } from "./words";

const MOST = 100;
const TOGETHER = " · ";
/** https://www.w3.org/TR/sparql11-query/#operandDataTypes: what is counted or computed is of these. */
const NUMBERS = /^http:\/\/www\.w3\.org\/2001\/XMLSchema#(integer|decimal|float|double)$/;

export interface Labels {
  label: string;
  value: string;
  uncharted: string;
  prefixes: Record<string, string>;
}

/** Columns in which every value is a number; a text such as "1.10" is none. */
function numeric(answer: Rows): string[] {
  return answer.columns.filter((column) => {
    const terms = answer.rows.flatMap((row) => row[column] ?? []);
    return terms.length > 0 && terms.every((term) => NUMBERS.test(term.datatype ?? ""));
  });
}

export function chart(answer: Rows, labels: Labels): HTMLElement {
  const all = document.createElement("div");
  const values = numeric(answer);
  // The last number is mostly what was counted, the first other column what it was counted of.
  const value = values.at(-1);
  if (value === undefined) {
    const sorry = document.createElement("p");
    sorry.className = "note";
    sorry.textContent = labels.uncharted;
    all.append(sorry);
    return all;
  }
  const others = answer.columns.filter((column) => !values.includes(column));
  const single = others.length > 0 ? others : [value];
  const labellings = others.length > 1 ? [others.join(TOGETHER), ...single] : single;
  const drawn = document.createElement("div");
  drawn.className = "chart";
  const choices = document.createElement("p");
  choices.className = "actions";
  const labelled = choice(labels.label, labellings);
  const valued = choice(labels.value, values, value);
  const draw = (): void => {
    drawn.replaceChildren(bars(read(answer, labelled.select.value, valued.select.value, labels)));
  };
  for (const each of [labelled, valued]) {
    each.select.addEventListener("change", draw);
    choices.append(each.label);
  }
  draw();
  all.append(choices, drawn);
  return all;
}

function read(answer: Rows, label: string, value: string, labels: Labels): Bar[] {
  return answer.rows.slice(0, MOST).flatMap((row) => {
    const size = row[value];
    if (size === undefined) return [];
    const terms = label.split(TOGETHER).flatMap((column) => row[column] ?? []);
    const text = terms
      .map((term) => (term.type === "uri" ? short(term.value, labels) : term.value))
      .join(TOGETHER);
    const language = terms.length === 1 ? terms[0]?.["xml:lang"] : undefined;
    return [{ label: text, value: number(size.value), ...(language ? { language } : {}) }];
  });
}

function short(iri: string, labels: Labels): string {
  return shortened(iri, labels.prefixes) ?? iri.replace(/^https:\/\/w3id\.org\/meagraph\/id\//, "");
}

function choice(
  text: string,
  options: readonly string[],
  chosen?: string,
): { label: HTMLElement; select: HTMLSelectElement } {
  const label = document.createElement("label");
  const select = document.createElement("select");
  for (const option of options) select.add(new Option(option, option, false, option === chosen));
  label.append(`${text} `, select);
  return { label, select };
}
