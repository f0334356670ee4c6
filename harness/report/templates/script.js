// Filtering, walking and opening. Without a script the summary, the rules and the worst cases can be read all the same.

const PAGE = 100; // cases in a list at once
const field = (name) => document.getElementById(`filter-${name}`);
const state = field("state");
const form = document.querySelector(".filter");
let use = null; // clear and walk, as soon as the cases are known

// Keys count from the first moment: what is typed while the index is still being read filters when it is there.
function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, select, textarea");
  if (event.key === "Escape") { if (use) use.clear(); else form.reset(); if (typing) event.target.blur(); }
  if (typing) return;
  if (event.key === "/") { event.preventDefault(); field("text").focus(); }
  if (event.key === "n") use?.walk(1);
  if (event.key === "p") use?.walk(-1);
}

form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = false;
state.textContent = "reading the cases …";
document.addEventListener("keydown", key);

async function start() {
  const index = JSON.parse(await unpacked(document.getElementById("index").textContent.trim()));
  const entries = entriesOf(index);
  const places = new Map();
  for (const entry of entries) {
    places.set(entry.anchor, entry);
    for (const answer of entry.answers) places.set(answer.anchor, entry);
  }
  const several = entries.some((entry) => !entry.hand && entry.answers.length > 1);
  const rules = [...document.querySelectorAll(".rule")];
  const ruleWords = new Map(rules.map((rule) => [rule, rule.textContent.toLowerCase()]));
  const lists = ["answers", "hand-written"].map((name) => listOf(document.getElementById(name))).filter(Boolean);
  const asked = entries.some((entry) => !entry.hand);
  let cluster = "", ready = false, searching = null;

  function listOf(section) {
    if (!section) return null;
    const own = { section, hand: section.id === "hand-written" ? 1 : 0, list: section.querySelector(".list"),
      pager: section.querySelector(".pager"), matched: [], start: 0 };
    const [back, on] = own.pager.querySelectorAll("button");
    back.addEventListener("click", () => { own.start = Math.max(0, own.start - PAGE); draw(own); section.scrollIntoView(); });
    on.addEventListener("click", () => { own.start += PAGE; draw(own); section.scrollIntoView(); });
    section.querySelector(".packed-note")?.remove();
    return own;
  }

  function elementOf(entry) {
    if (!entry.element) {
      entry.element = closed(index, entry);
      entry.element.addEventListener("toggle", () => fill(entry));
    }
    return entry.element;
  }

  function fill(entry) {
    if (entry.chunk < 0) return Promise.resolve();
    entry.filled ??= chunk(entry.chunk).then((found) => {
      elementOf(entry).append(inside(index, contentOf(found, entry.at), several, entry.hand));
    });
    return entry.filled;
  }

  function draw(own) {
    own.list.replaceChildren(...own.matched.slice(own.start, own.start + PAGE).map(elementOf));
    own.pager.hidden = own.matched.length <= PAGE;
    own.pager.querySelector("output").textContent =
      `${own.start + 1}–${Math.min(own.start + PAGE, own.matched.length)} of ${own.matched.length.toLocaleString("en")}`;
    const [back, on] = own.pager.querySelectorAll("button");
    back.disabled = own.start === 0;
    on.disabled = own.start + PAGE >= own.matched.length;
    own.section.querySelector(":scope > .nothing-found").hidden = own.matched.length > 0;
  }

  const chosen = (name) => field(name)?.value || "";
  const LETTERS = { pass: "pv", fail: "fo", not_applicable: "n", undecided: "u", error: "e" };

  function fits(entry, wanted) {
    if (wanted.tag && !entry.tags.includes(wanted.tag)) return false;
    if (wanted.language && !entry.languages.includes(wanted.language)) return false;
    if (cluster && entry.cluster !== cluster) return false;
    if (wanted.rule >= 0)
      return entry.answers.some((answer) => wanted.letters ? wanted.letters.includes(answer.letters[wanted.rule]) : !"n.".includes(answer.letters[wanted.rule]));
    return !wanted.letters || entry.answers.some((answer) => wanted.has.test(answer.letters));
  }

  // Words are looked for in id and question, in the texts as far as they are read, and in the names of rules decided there.
  function says(entry, query, named) {
    if (entry.words === null && entry.chunk < 0) entry.words = entry.element.textContent.toLowerCase();
    return entry.words?.includes(query) || `${entry.id}\n${entry.gist}`.toLowerCase().includes(query) ||
      named.some((rule) => entry.answers.some((answer) => !"n.".includes(answer.letters[rule])));
  }

  // Every text is read once, when somebody first looks for words; then it is kept.
  function read() {
    searching ??= (async () => {
      const groups = Map.groupBy ? Map.groupBy(entries, (entry) => entry.chunk) : entries.reduce((all, entry) =>
        all.set(entry.chunk, [...(all.get(entry.chunk) || []), entry]), new Map());
      await Promise.all([...groups].filter(([number]) => number >= 0).map(async ([number, own]) => {
        const texts = await textsOf(number);
        for (const entry of own) entry.words = wordsOf(texts[entry.at]);
      }));
      ready = true;
      filter();
    })();
  }

  function filterRules(query, outcome, rule) {
    for (const item of rules) {
      item.hidden = !((!outcome || item.dataset.outcomes.split(" ").includes(outcome)) &&
        (rule < 0 || item.id === index.rules[rule][1]) && (!query || ruleWords.get(item).includes(query)));
      for (const verdict of item.querySelectorAll(".verdicts [data-outcome]"))
        verdict.hidden = Boolean(outcome) && verdict.dataset.outcome !== outcome;
    }
    const shown = rules.filter((item) => !item.hidden);
    document.querySelector("#rules > .nothing-found").hidden = rules.length === 0 || shown.length > 0;
    const rest = document.getElementById("rules-without-result");
    if (rest && (query || outcome || rule >= 0)) rest.open = shown.some((item) => rest.contains(item));
    return shown.length;
  }

  function filter() {
    const query = field("text").value.trim().toLowerCase();
    const outcome = chosen("outcome");
    const rule = chosen("rule") === "" ? -1 : Number(chosen("rule"));
    const letters = LETTERS[outcome] || "";
    const wanted = { tag: chosen("tag"), language: chosen("language"), rule, letters, has: new RegExp(`[${letters || "."}]`) };
    const named = query ? index.rules.flatMap(([name], at) => (name.toLowerCase().includes(query) ? [at] : [])) : [];
    const matched = entries.filter((entry) => fits(entry, wanted) && (!query || says(entry, query, named)));
    const shown = filterRules(query, outcome, rule);
    for (const own of lists) {
      own.matched = matched.filter((entry) => entry.hand === own.hand);
      own.start = 0;
      draw(own);
    }
    map.show(matched.filter((entry) => !asked || !entry.hand), rule);
    const unread = query && !ready && entries.some((entry) => entry.chunk >= 0);
    if (unread) read();
    const cases = entries.length ? ` and ${matched.length.toLocaleString("en")} of ${entries.length.toLocaleString("en")} ${entries.length === 1 ? "case" : "cases"}` : "";
    state.textContent = `${shown} of ${rules.length} ${rules.length === 1 ? "rule" : "rules"}${cases} shown` +
      (cluster ? `, in the cluster ${cluster}` : "") + (unread ? "; reading the answers …" : "");
  }

  function clear() {
    for (const name of ["text", "outcome", "rule", "tag", "language"]) if (field(name)) field(name).value = "";
    cluster = "";
    map.by("");
    filter();
  }

  const map = heatMap(index, (rule, by, group) => {
    field("rule").value = String(rule);
    field("outcome").value = "";
    if (by === "tags" && field("tag")) field("tag").value = group;
    if (by === "clusters") cluster = group;
    map.by("cases");
    filter();
    document.querySelector("#heat-place [tabindex='0']")?.focus();
  });

  // A case that the filter hides or that is on another page of its list: show it first.
  async function show(entry) {
    const own = lists.find((list) => list.hand === entry.hand);
    if (!own.matched.includes(entry)) clear();
    const at = own.matched.indexOf(entry);
    if (at < own.start || at >= own.start + PAGE) { own.start = at - (at % PAGE); draw(own); }
    elementOf(entry).open = true;
    await fill(entry);
  }

  function reveal(element) {
    if (element.closest("[hidden]")) clear();
    for (let box = element.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    element.scrollIntoView({ block: element.classList.contains("ln") ? "center" : "start" });
  }

  async function follow() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    if (!name) return;
    const short = name.replace(/-L\d+$/, "");
    const entry = places.get(name) || places.get(short);
    if (entry) await show(entry);
    const element = document.getElementById(name) || document.getElementById(short);
    if (!element) return;
    reveal(element);
    const target = element.matches("details") ? element.querySelector("summary") : element;
    if (!target.matches("a, summary, [tabindex]")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }

  let current = null;
  function walk(step) {
    const hits = [...document.querySelectorAll(".ln.hit")].filter((line) => !line.closest("[hidden]") && !line.previousElementSibling?.matches(".ln.hit"));
    if (!hits.length) return;
    const at = hits.indexOf(current);
    current = hits[at < 0 ? (step > 0 ? 0 : hits.length - 1) : (at + step + hits.length) % hits.length];
    if (location.hash === `#${current.id}`) follow(); else location.hash = current.id;
  }

  function setOpen(open) {
    for (const item of document.querySelectorAll(".item")) if (!item.hidden) item.open = open;
    const rest = document.getElementById("rules-without-result");
    if (rest) rest.open = open;
  }

  let timer = 0;
  field("text").addEventListener("focus", read); // words will be looked for
  field("text").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 80); });
  for (const name of ["outcome", "rule", "tag", "language"]) field(name)?.addEventListener("change", filter);
  document.getElementById("open-all").addEventListener("click", () => setOpen(true));
  document.getElementById("close-all").addEventListener("click", () => setOpen(false));
  document.getElementById("clear-all").addEventListener("click", clear);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-show-rule]");
    if (!link) return;
    clear();
    field("rule").value = link.dataset.showRule;
    field("outcome").value = link.dataset.showOutcome || "";
    filter();
  });
  addEventListener("hashchange", follow);
  filter();
  use = { clear, walk };
  await follow();
  document.documentElement.dataset.ready = "true";
  performance.mark("ready");
}

start();
