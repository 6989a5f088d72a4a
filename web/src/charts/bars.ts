// A bar chart as a list of labels, bars and numbers, which screen readers, narrow screens and
// printers handle.

export interface Bar {
  label: string;
  value: number;
  /** The language of the label, if known. */
  language?: string;
}

export function bars(rows: readonly Bar[]): HTMLElement {
  const most = Math.max(...rows.map((row) => row.value), 0);
  const list = document.createElement("ol");
  list.className = "drawn";
  list.setAttribute("role", "list");
  for (const row of rows) {
    list.append(item(row, most > 0 ? Math.max(row.value, 0) / most : 0));
  }
  return list;
}

function item(row: Bar, share: number): HTMLElement {
  const item = document.createElement("li");
  const label = document.createElement("span");
  label.className = "drawn-label";
  label.textContent = row.label;
  if (row.language) label.lang = row.language;
  const track = document.createElement("span");
  track.className = "drawn-track";
  const bar = document.createElement("span");
  bar.className = "drawn-bar";
  bar.style.setProperty("--share", share.toFixed(4));
  const value = document.createElement("span");
  value.className = "drawn-value";
  value.textContent = row.value.toLocaleString(document.documentElement.lang);
  track.append(bar, value);
  item.append(label, " ", track);
  return item;
}

/** Parse a number of a table, NaN if it is not a number. */
export function number(text: string): number {
  const plain = text.replace(/[\s\u00a0\u202f,]/g, "");
  return plain === "" ? Number.NaN : Number(plain);
}
