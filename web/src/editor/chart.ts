// Shows results as a chart; the user chooses the columns of labels and numbers.

import { type Bar, bars, number } from "../charts/bars";
import type { Rows } from "./endpoint";
import { shortened } from "./vocabulary";

const MOST = 100;
const TOGETHER = " · ";
/** https://www.w3.org/TR/sparql11-query/#operandDataTypes, the types of counts and computed values. */
const NUMBERS = /^http:\/\/www\.w3\.org\/2001\/XMLSchema#(integer|decimal|float|double)$/;

export interface Labels {
  label: string;
  value: string;
  uncharted: string;
  prefixes: Record<string, string>;
}

/** Columns in which all values have a numeric datatype; the string "1.10" has not. */
function numeric(answer: Rows): string[] {
  return answer.columns.filter((column) => {
    const terms = answer.rows.flatMap((row) => row[column] ?? []);
    return terms.length > 0 && terms.every((term) => NUMBERS.test(term.datatype ?? ""));
  });
}

export function chart(answer: Rows, labels: Labels): HTMLElement {
  const all = document.createElement("div");
  const values = numeric(answer);
  // By convention the last numeric column has the counts, the first other column their labels.
  const value = values.at(-1);
  if (value === undefined) {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = labels.uncharted;
    all.append(note);
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
