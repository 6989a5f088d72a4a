// What every page may use: it looks whether there is something to do, and loads what does it.

import "./page.css";

const tables = document.querySelectorAll<HTMLTableElement>("table[data-chart]");
if (tables.length > 0) {
  const { offerChart } = await import("./charts/offer");
  tables.forEach(offerChart);
}
