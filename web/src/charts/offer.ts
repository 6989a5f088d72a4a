// Adds a chart to <table data-chart="bar" data-label="0" data-value="1">. The numbers are the columns
// of labels and values, from 0. Several columns of labels, data-label="0 1", are joined.

import { type Bar, bars, number } from "./bars";
import { views } from "./views";

export function offerChart(table: HTMLTableElement): void {
  const rows = read(table);
  if (table.dataset["chart"] !== "bar" || rows.length === 0) return;
  const shown = table.closest<HTMLElement>(".table") ?? table;
  const chart = document.createElement("div");
  chart.className = "chart";
  chart.hidden = true;
  chart.append(bars(rows));
  const words = document.getElementById("main")?.dataset ?? {};
  const choice = views(
    [
      { name: "table", label: words["saysTable"] ?? "Table" },
      { name: "chart", label: words["saysChart"] ?? "Chart" },
    ],
    (name) => {
      shown.hidden = name !== "table";
      chart.hidden = name !== "chart";
    },
  );
  shown.before(choice);
  shown.after(chart);
}

function read(table: HTMLTableElement): Bar[] {
  const labels = (table.dataset["label"] ?? "0").split(" ").map(Number);
  const value = Number(table.dataset["value"] ?? 1);
  return [...(table.tBodies[0]?.rows ?? [])]
    .map((row) => {
      const cells = labels.flatMap((label) => row.cells[label] ?? []);
      const language = cells.length === 1 ? cells[0]?.closest<HTMLElement>("[lang]")?.lang : "";
      return {
        label: cells.map((cell) => cell.textContent?.trim() ?? "").join(" · "),
        value: number(row.cells[value]?.textContent ?? ""),
        ...(language ? { language } : {}),
      };
    })
    .filter((row) => !Number.isNaN(row.value));
}
