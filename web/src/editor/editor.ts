// The SPARQL editor: adds highlighting, completion, syntax checks and results to the form at /sparql.
//
// The form itself still works: its text area has the query, and its button downloads the results in
// the chosen format.

import Yasqe from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";
import { choose } from "../charts/views";
import { type Answer, query } from "./endpoint";
import { chart } from "./chart";
import { COMPLETERS, complete, register } from "./completion";
import "./editor.css";
import { Mistakes } from "./mistakes";
import { table } from "./table";
import { formatted, vocabulary } from "./vocabulary";

/** Maximum length of a raw response that is shown. */
const SHOWN_AS_SENT = 200_000;
/** Maximum length of a URL that all servers and browsers accept. */
const LONGEST_LINK = 8_000;

const form = element<HTMLFormElement>("editor");
const area = element<HTMLTextAreaElement>("query");
const run = element<HTMLButtonElement>("run");
const stop = element<HTMLButtonElement>("stop");
const share = element<HTMLButtonElement>("share");
const format = element<HTMLSelectElement>("format");
const mistake = element("mistake");
const section = element("answer");
const status = element("status");
const shown = element("shown");
const group = section.querySelector<HTMLElement>(".views")!;
const says = form.dataset;
const base = says["base"] ?? "";

const words = await vocabulary(says["vocabulary"] ?? "");
register(words);
Yasqe.defaults.autocompleters = COMPLETERS;

const place = document.createElement("div");
area.before(place);
const label = form.querySelector<HTMLLabelElement>('label[for="query"]');
const editor = new Yasqe(place, {
  value: area.value,
  persistenceId: null,
  consumeShareLink: null,
  createShareableLink: null,
  showQueryButton: false,
  resizeable: false,
  syntaxErrorCheck: true,
  viewportMargin: Number.POSITIVE_INFINITY,
  screenReaderLabel: label?.textContent ?? "",
  extraKeys: {
    "Ctrl-Enter": () => void answer(),
    "Cmd-Enter": () => void answer(),
    "Ctrl-Space": () => complete(editor),
    // Tab moves the focus on, so that keyboard users can leave the editor.
    Tab: false,
    "Shift-Tab": false,
  } as never,
} as never);
area.hidden = true;
label?.addEventListener("click", () => editor.focus());
for (const each of [run, share, element("keys")]) each.hidden = false;

editor.on("autocompletionShown", (_editor: Yasqe, widget: { hints?: HTMLElement }) => {
  widget.hints?.setAttribute("aria-label", says["saysCompletions"] ?? "");
});
const mistakes = new Mistakes(editor, (line, column) => {
  const pattern = column === undefined ? says["saysInvalid"] : says["saysMistake"];
  const where = { line: String(line), column: String(column) };
  mistake.textContent = line === null ? "" : formatted(pattern, where);
});
editor.on("change", () => {
  area.value = editor.getValue();
  offerFormats();
});
offerFormats();

/** Enable the formats for the type of the query, which are the labels of the groups. */
function offerFormats(): void {
  const kind = editor.getQueryType() ?? "SELECT";
  for (const group of format.querySelectorAll("optgroup")) {
    group.disabled = !group.label.split(", ").includes(kind);
  }
  if (format.selectedOptions[0]?.parentElement?.matches(":disabled")) {
    const first = format.querySelector<HTMLOptionElement>("optgroup:enabled option");
    if (first !== null) first.selected = true;
  }
}

run.addEventListener("click", () => void answer());
let running: AbortController | null = null;
stop.addEventListener("click", () => running?.abort());

/** Run the query, and show its results. */
async function answer(): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  area.value = editor.getValue();
  section.hidden = false;
  stop.hidden = false;
  group.hidden = true;
  shown.replaceChildren();
  status.textContent = formatted(says["saysRunning"]);
  const begun = performance.now();
  try {
    const found = await query(form, mine.signal);
    show(found, ((performance.now() - begun) / 1000).toFixed(2));
    const address = link();
    if (address !== null && found.kind !== "problem") history.replaceState(null, "", address);
  } catch {
    if (running === mine) {
      status.textContent = formatted(says[mine.signal.aborted ? "saysStopped" : "saysUnheard"]);
    }
  } finally {
    if (running === mine) {
      running = null;
      stop.hidden = true;
    }
  }
}

let showView: (name: string) => void = () => undefined;
choose(group, (name) => showView(name));

function show(found: Answer, seconds: string): void {
  status.textContent = formatted(says["saysDone"], { seconds });
  switch (found.kind) {
    case "problem":
      status.textContent = found.title;
      shown.append(paragraph("problem", found.detail));
      if (found.line !== undefined) mistakes.show(found.line, found.column ?? 1);
      break;
    case "truth":
      shown.append(paragraph("truth", formatted(says[found.holds ? "saysYes" : "saysNo"])));
      break;
    case "graph":
      shown.append(...asSent(found.text));
      break;
    case "rows": {
      const rows = found.table.rows.length.toLocaleString(document.documentElement.lang);
      status.textContent = formatted(says["saysRows"], { rows, seconds });
      const prefixes = { ...words.prefixes, ...editor.getPrefixesFromQuery() };
      const options = { prefixes, base, more: says["saysMore"], labelledBy: "answer-heading" };
      const labels = {
        label: says["saysLabel"] ?? "",
        value: says["saysValue"] ?? "",
        uncharted: says["saysUncharted"] ?? "",
        prefixes,
      };
      showView = (name) => {
        if (name === "table") shown.replaceChildren(table(found.table, options));
        else if (name === "chart") shown.replaceChildren(chart(found.table, labels));
        else shown.replaceChildren(...asSent(found.text));
      };
      group.hidden = false;
      showView(group.querySelector<HTMLElement>('[aria-pressed="true"]')?.dataset["view"] ?? "table");
    }
  }
}

function asSent(text: string): HTMLElement[] {
  const sent = document.createElement("pre");
  sent.className = "sent";
  sent.tabIndex = 0;
  sent.setAttribute("role", "region");
  sent.setAttribute("aria-labelledby", "answer-heading");
  sent.textContent = text.slice(0, SHOWN_AS_SENT);
  return text.length > SHOWN_AS_SENT ? [paragraph("note", says["saysCut"] ?? ""), sent] : [sent];
}

share.addEventListener("click", async () => {
  const address = link();
  if (address === null) {
    mistake.textContent = formatted(says["saysLong"]);
    return;
  }
  history.replaceState(null, "", address);
  await navigator.clipboard?.writeText(address);
  mistake.textContent = formatted(says["saysCopied"]);
});

/** The URL of this page with the query, null if it is too long. */
function link(): string | null {
  const parameters = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (name !== "format" && typeof value === "string") parameters.append(name, value);
  }
  const address = `${new URL(form.action).href}?${parameters}`;
  return address.length > LONGEST_LINK ? null : address;
}

for (const example of document.querySelectorAll<HTMLAnchorElement>("a[data-example]")) {
  example.addEventListener("click", (event) => {
    const query = words.examples[example.dataset["example"] ?? ""];
    if (query === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    editor.setValue(query);
    history.replaceState(null, "", example.href);
    section.hidden = true;
    form.scrollIntoView();
    editor.focus();
  });
}

function paragraph(name: string, text: string): HTMLElement {
  const paragraph = document.createElement("p");
  paragraph.className = name;
  paragraph.textContent = text;
  return paragraph;
}

function element<Kind extends HTMLElement = HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found as Kind;
}
