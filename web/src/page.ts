// The script of every page: loads charts if the page has tables for them.

import "./page.css";

const tables = document.querySelectorAll<HTMLTableElement>("table[data-chart]");
if (tables.length > 0) {
  const { offerChart } = await import("./charts/offer");
  tables.forEach(offerChart);
}
