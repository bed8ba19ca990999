"use strict";
const { charts, config } = JSON.parse(document.getElementById("data").textContent);
const views = new Map();
const checked = (kind) =>
  new Set([...document.querySelectorAll(`#filters input[data-${kind}]`)]
    .filter((box) => box.checked).map((box) => box.dataset[kind]));
const known = (kind) =>
  new Set([...document.querySelectorAll(`#filters input[data-${kind}]`)].map((box) => box.dataset[kind]));

// Charts are drawn when they come near the screen: a page may hold a hundred.
const drawing = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
}, { rootMargin: "600px" });

async function draw(place) {
  drawing.unobserve(place);
  const number = Number(place.dataset.chart);
  const options = { actions: false, renderer: "svg", config, tooltip: { theme: "custom" } };
  const result = await vegaEmbed(place, structuredClone(charts[number]), options);
  views.set(number, result.view);
  place.dataset.drawn = "yes";
  await filter(number);
}

async function filter(number) {
  const view = views.get(number), shown = checked("architecture"), all = known("architecture");
  const rows = charts[number].data.values.filter(
    (row) => shown.has(row.architecture) || !all.has(row.architecture));
  await view.data("rows", structuredClone(rows)).runAsync();
}

document.getElementById("filters").addEventListener("change", () => {
  const tasks = checked("task"), all = known("task");
  for (const one of document.querySelectorAll("figure")) {
    const task = one.dataset.ofTask;
    one.hidden = all.has(task) && !tasks.has(task);
  }
  const names = checked("architecture"), every = known("architecture");
  for (const row of document.querySelectorAll("tbody tr")) {
    const name = row.cells[0].textContent;
    row.hidden = every.has(name) && !names.has(name);
  }
  for (const number of views.keys()) filter(number);
});

for (const place of document.querySelectorAll(".chart")) drawing.observe(place);
addEventListener("beforeprint", () => document.querySelectorAll(".chart:not([data-drawn])").forEach(draw));
