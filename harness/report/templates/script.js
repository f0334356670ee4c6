"use strict";
// Filtering, walking and opening. The page is complete without it: everything is in the document, in <details>.
(() => {
  const text = document.getElementById("filter-text");
  const outcome = document.getElementById("filter-outcome");
  const tag = document.getElementById("filter-tag");
  const state = document.getElementById("filter-state");
  const items = [...document.querySelectorAll(".item")];
  const words = new Map(); // the text of an item, in small letters, read once

  const wordsOf = (item) => {
    if (!words.has(item)) words.set(item, item.textContent.toLowerCase());
    return words.get(item);
  };

  const fits = (item, query, wanted, label) =>
    (!wanted || item.dataset.outcomes.split(" ").includes(wanted)) &&
    (!label || !("tags" in item.dataset) || item.dataset.tags.split(" ").includes(label)) &&
    (!query || wordsOf(item).includes(query));

  function tell(kind, singular, plural) {
    const all = document.querySelectorAll(kind);
    const shown = [...all].filter((item) => !item.hidden).length;
    return all.length ? `${shown} of ${all.length} ${all.length === 1 ? singular : plural}` : "";
  }

  function filter() {
    const query = text.value.trim().toLowerCase();
    const label = tag ? tag.value : "";
    for (const item of items) item.hidden = !fits(item, query, outcome.value, label);
    for (const verdict of document.querySelectorAll(".rule .verdicts [data-outcome]"))
      verdict.hidden = Boolean(outcome.value) && verdict.dataset.outcome !== outcome.value;
    for (const section of document.querySelectorAll("section")) {
      const remark = section.querySelector(":scope > .nothing-found");
      const inside = [...section.querySelectorAll(".item")];
      if (remark) remark.hidden = inside.length === 0 || inside.some((item) => !item.hidden);
    }
    const active = query || outcome.value || label;
    const rest = document.getElementById("rules-without-result");
    if (rest && active) rest.open = [...rest.querySelectorAll(".item")].some((item) => !item.hidden);
    state.textContent = [tell(".rule", "rule", "rules"), tell(".case", "case", "cases")].filter(Boolean).join(" and ") + " shown";
  }

  function clear() {
    text.value = "";
    outcome.value = "";
    if (tag) tag.value = "";
    filter();
  }

  // A link may lead into something closed or filtered away: open and show it first.
  function reveal(element) {
    if (element.closest("[hidden]")) clear();
    for (let box = element.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    element.scrollIntoView({ block: element.classList.contains("ln") ? "center" : "start" });
  }

  function follow() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const element = name && document.getElementById(name);
    if (!element) return;
    reveal(element);
    const target = element.matches("details") ? element.querySelector("summary") : element;
    if (!target.matches("a, summary, [tabindex]")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  let current = null;
  function walk(step) {
    const places = [...document.querySelectorAll(".ln.hit")].filter((line) =>
      !line.closest("[hidden]") && !line.previousElementSibling?.matches(".ln.hit"));
    if (!places.length) return;
    const at = places.indexOf(current);
    current = places[at < 0 ? (step > 0 ? 0 : places.length - 1) : (at + step + places.length) % places.length];
    if (location.hash === `#${current.id}`) follow(); else location.hash = current.id;
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && typing) { clear(); event.target.blur(); }
    if (typing) return;
    if (event.key === "/") { event.preventDefault(); text.focus(); }
    if (event.key === "n") walk(1);
    if (event.key === "p") walk(-1);
  }

  function setOpen(open) {
    for (const item of items) if (!item.hidden) item.open = open;
    const rest = document.getElementById("rules-without-result");
    if (rest) rest.open = open;
  }

  let timer = 0;
  text.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 80); });
  outcome.addEventListener("change", filter);
  if (tag) tag.addEventListener("change", filter);
  document.querySelector(".filter").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open-all").addEventListener("click", () => setOpen(true));
  document.getElementById("close-all").addEventListener("click", () => setOpen(false));
  document.addEventListener("keydown", key);
  addEventListener("hashchange", follow);
  filter();
  follow();
})();
