"use strict";
// Without scripts the page shows all the same; with them tables sort and findings filter.
const value = (row, column) => {
  const cell = row.cells[column];
  const text = cell.dataset.sort ?? cell.textContent.trim();
  return text !== "" && !Number.isNaN(Number(text)) ? Number(text) : text.toLowerCase();
};
const compare = (one, other) =>
  typeof one === typeof other ? (one < other ? -1 : one > other ? 1 : 0) : typeof one === "number" ? -1 : 1;
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    rows.sort((one, other) => (up ? 1 : -1) * compare(one[0], other[0]));
    body.append(...rows.map(([, row]) => row));
  }));
}
for (const filter of document.querySelectorAll(".filter")) {
  const input = filter.querySelector("input");
  const count = filter.querySelector(".count");
  const rows = [...filter.parentElement.querySelector("table.findings").tBodies[0].rows];
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = shown === rows.length ? `${shown} findings` : `${shown} of ${rows.length} findings`;
  });
}
addEventListener("hashchange", () => {
  const view = document.querySelector(".view:target");
  if (view) { scrollTo(0, 0); document.getElementById("main").focus({ preventScroll: true }); document.title = view.querySelector("h1").textContent; }
});
