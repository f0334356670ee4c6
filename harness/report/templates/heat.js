// The heat map: rules down, cases (or tags, or clusters) across. Arrow keys walk, Enter follows the link of a cell.

const WIDEST = 60;
const HIGHEST = 100;

function columnsOf(entries, by) {
  if (by === "cases") return entries.map((entry) => ({ name: entry.id, href: `#${entry.anchor}`, entries: [entry] }));
  const groups = new Map();
  for (const entry of entries)
    for (const name of by === "tags" ? (entry.tags.length ? entry.tags : ["(no tag)"]) : [entry.cluster]) {
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(entry);
    }
  return [...groups].map(([name, own]) => ({ name, href: "", entries: own })).sort((a, b) => b.entries.length - a.entries.length);
}

// What came of a group of cases, for all rules in one pass: ten thousand answers to 48 rules are half a million letters.
// KINDS numbers per rule, and the answer that its cell leads to: the first decided one, a broken one before others.
const KINDS = "feupn.";
const NUMBER = new Uint8Array(128).fill(KINDS.indexOf("."));
for (const letter of Object.keys(KIND)) NUMBER[letter.charCodeAt(0)] = KINDS.indexOf(KIND[letter]);
const NOT_APPLICABLE = KINDS.indexOf("n");

function tallyOf(entries, rules) {
  const counts = new Uint32Array(rules * KINDS.length);
  const first = new Array(rules).fill(null);
  const best = new Uint8Array(rules).fill(NOT_APPLICABLE);
  for (const entry of entries) for (const answer of entry.answers) {
    const letters = answer.letters;
    for (let rule = 0; rule < letters.length; rule++) {
      const kind = NUMBER[letters.charCodeAt(rule)];
      counts[rule * KINDS.length + kind] += 1;
      if (kind < NOT_APPLICABLE && (best[rule] === NOT_APPLICABLE || (kind === 0 && best[rule] > 0))) {
        best[rule] = kind;
        first[rule] = answer;
      }
    }
  }
  return { counts, first };
}

function cellOf(tally, rule) {
  const cell = { first: tally.first[rule] };
  [...KINDS].forEach((letter, kind) => { cell[letter] = tally.counts[rule * KINDS.length + kind]; });
  cell.worst = [...KINDS].find((letter) => letter === "." || cell[letter]);
  return cell;
}

function cellElement(column, rule, name, grouped) {
  const cell = cellOf(column.tally, rule);
  const decided = cell.p + cell.f;
  const box = make("td", { role: "gridcell", class: `cell ${cell.worst === "." ? "none" : OUTCOMES[cell.worst][0]}` });
  if (!cell.first) {
    const said = cell.n ? "does not apply" : "not decided";
    box.append(make("span", { tabindex: -1, "aria-label": `${name}, ${column.name}: ${said}` }, cell.n ? "·" : ""));
    return box;
  }
  const many = cell.p + cell.f + cell.u + cell.e > 1;
  const share = decided ? cell.f / decided : 0;
  if (cell.f && many) box.classList.add(`shade${Math.max(1, Math.ceil(share * 5))}`);
  const line = lineOf(cell.first, rule);
  const word = many ? `${cell.f} of ${decided} decided answers break it` : OUTCOMES[cell.worst][1] + (line ? `, line ${line}` : "");
  const sign = grouped ? (decided ? `${Math.round(share * 100)}` : OUTCOMES[cell.worst][2]) : OUTCOMES[cell.worst][2];
  const link = make("a", { tabindex: -1, "aria-label": `${name}, ${column.name}: ${word}`, title: `${column.name}: ${word}`,
    href: `#${cell.first.anchor}${line ? `-L${line}` : ""}` }, sign);
  if (grouped) Object.assign(link.dataset, { rule, group: column.name });
  box.append(link);
  return box;
}

function rulesShown(index, entries) {
  const tally = tallyOf(entries, index.rules.length);
  const rows = index.rules.map((rule, at) => {
    const cell = cellOf(tally, at);
    return { at, fails: cell.f, decided: cell.p + cell.f, open: cell.u + cell.e };
  });
  return rows.filter((row) => row.decided || row.open)
    .sort((a, b) => b.fails / (b.decided || 1) - a.fails / (a.decided || 1) || a.at - b.at);
}

function heatMap(index, onGroup) {
  const section = document.getElementById("heat");
  const choice = document.getElementById("heat-by");
  const place = document.getElementById("heat-place");
  const said = document.getElementById("heat-said");
  const pager = document.getElementById("heat-pager");
  let all = [], chosen = "", start = 0, only = -1;

  function draw() {
    const by = chosen || (all.length <= WIDEST ? "cases" : new Set(all.flatMap((one) => one.tags)).size > 1 ? "tags" : "cases");
    choice.value = by;
    const columns = columnsOf(all, by);
    start = Math.min(start, Math.max(0, columns.length - 1));
    const shown = columns.slice(start, start + WIDEST);
    for (const column of shown) column.tally = tallyOf(column.entries, index.rules.length);
    const rows = rulesShown(index, all).filter((row) => only < 0 || row.at === only);
    const grouped = by !== "cases";
    const head = make("tr", {}, make("td", {}));
    for (const column of shown) head.append(make("th", { scope: "col" }, make("span", {},
      column.href ? make("a", { href: column.href, tabindex: -1, title: column.name }, column.name.replace(/^golden\//, "").slice(0, 32)) : `${column.name.slice(0, 28)} (${column.entries.length})`)));
    const body = make("tbody", {});
    for (const row of rows.slice(0, HIGHEST)) {
      const [name, anchor] = index.rules[row.at];
      const line = make("tr", {}, make("th", { scope: "row" }, make("a", { href: `#${anchor}`, tabindex: -1, title: name }, name)));
      for (const column of shown) line.append(cellElement(column, row.at, name, grouped));
      body.append(line);
    }
    const left = rows.length > HIGHEST ? ` ${rows.length - HIGHEST} rules with fewer fails are not drawn.` : "";
    const table = make("table", { class: `heat${grouped ? " grouped" : ""}`, role: "grid", "aria-label": "Rules by cases" }, make("thead", {}, head), body);
    place.replaceChildren(rows.length && shown.length ? table : make("p", { class: "missing" }, "Nothing was decided for what the filter shows."));
    const first = table.querySelector("tbody td > *");
    if (first) first.tabIndex = 0;
    said.textContent = (grouped ? "A number is the share of decided answers in per cent that break the rule; choose a cell to see its cases."
      : "✗ broken, ✓ obeyed, ? undecided, ! check crashed, · does not apply. A cell leads to the answer and its marked line.") + left;
    pager.hidden = columns.length <= WIDEST;
    pager.querySelector("output").textContent = `${start + 1}–${Math.min(start + WIDEST, columns.length)} of ${columns.length.toLocaleString("en")}`;
    const [back, on] = pager.querySelectorAll("button");
    back.disabled = start === 0;
    on.disabled = start + WIDEST >= columns.length;
  }

  function step(event) {
    const cell = event.target.closest("td[role=gridcell]");
    if (!cell) return;
    const row = cell.parentElement, at = [...row.children].indexOf(cell), last = row.children.length - 1;
    const to = { ArrowRight: cell.nextElementSibling, ArrowLeft: at > 1 ? cell.previousElementSibling : null,
      ArrowDown: row.nextElementSibling?.children[at], ArrowUp: row.previousElementSibling?.children[at],
      Home: row.children[1], End: row.children[last] }[event.key];
    if (!to) return;
    event.preventDefault();
    event.target.tabIndex = -1;
    to.firstElementChild.tabIndex = 0;
    to.firstElementChild.focus();
  }

  place.addEventListener("keydown", step);
  place.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-group]");
    if (!link) return;
    event.preventDefault();
    onGroup(Number(link.dataset.rule), choice.value, link.dataset.group);
  });
  choice.addEventListener("change", () => { chosen = choice.value; start = 0; draw(); });
  const [back, on] = pager.querySelectorAll("button");
  back.addEventListener("click", () => { start = Math.max(0, start - WIDEST); draw(); });
  on.addEventListener("click", () => { start += WIDEST; draw(); });
  section.hidden = false;
  return {
    show(entries, rule) { all = entries; only = rule; start = 0; draw(); },
    by(kind) { chosen = kind; },
  };
}
