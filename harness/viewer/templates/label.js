"use strict";
// Labelling by keyboard. A label is kept before the next answer is shown; nothing is held back here but the
// note of the answer on the screen, which survives a reload.
(() => {
  const desk = document.getElementById("desk");
  const note = document.getElementById("note");
  const line = document.getElementById("line");
  const problem = document.getElementById("problem");
  const told = document.getElementById("told");
  const undo = document.getElementById("undo");
  const here = desk.dataset;
  const draftKey = `note ${here.api} ${here.set} ${here.rule} ${here.item} ${here.annotator || ""}`;
  const undoKey = `undo ${here.api} ${here.set} ${here.rule} ${here.annotator || ""}`;
  let busy = false;

  const remembered = (key, otherwise) => {
    try { return JSON.parse(sessionStorage.getItem(key)) || otherwise; } catch { return otherwise; }
  };
  const remember = (key, value) => {
    try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* a full store loses no label */ }
  };
  const past = remembered(undoKey, []);
  undo.disabled = past.length === 0;

  const fail = (words) => { problem.textContent = words; problem.hidden = false; };

  const post = async (api, body) => {
    const answer = await fetch(api, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => ({ error: `the viewer answers ${answer.status}` }));
    if (!answer.ok) { throw new Error(said.error || `the viewer answers ${answer.status}`); }
    return said;
  };
  const place = () => ({
    set: here.set, annotator: here.annotator || "", rule: here.rule, seed: here.seed || "", item: here.item,
  });
  const once = async (work) => {
    if (busy) { return; }
    busy = true;
    problem.hidden = true;
    try {
      await work();
    } catch (error) {
      const lost = error instanceof TypeError;
      fail(lost ? "Not kept: the viewer cannot be reached. Start `harness view` again, then give the label again." : `Not kept: ${error.message}`);
      busy = false;
    }
  };

  const give = (label) => once(async () => {
    const words = line.value.trim();
    if (words && !/^[0-9]{1,7}$/.test(words)) { throw new Error("a line is a number"); }
    const said = await post(here.api, {
      ...place(), label, note: note.value, line: words ? Number(words) : 0, before: here.before,
    });
    sessionStorage.removeItem(draftKey);
    past.push(said.undo);
    remember(undoKey, past.slice(-200));
    told.textContent = label ? `kept: ${label.replace("_", " ")}` : "taken back";
    location.assign(label ? said.next : said.undo.here);
  });
  const takeBack = () => {
    const last = past.at(-1);
    if (!last) { return; }
    once(async () => {
      const query = new URL(last.here, location.href).searchParams;
      await post(here.api, { ...place(), item: query.get("item"), rule: query.get("rule"), ...last.old, before: last.stamp });
      past.pop();
      remember(undoKey, past);
      location.assign(last.here);
    });
  };
  const go = (address) => { if (address && !busy) { location.assign(address); } };

  // What is typed is safe before it is kept.
  const draft = remembered(draftKey, null);
  if (draft) { note.value = draft.note; line.value = draft.line; }
  const keepDraft = () => remember(draftKey, { note: note.value, line: line.value });
  const pick = () => {
    for (const one of document.querySelectorAll("#response .ln.picked")) { one.classList.remove("picked"); }
    const chosen = line.value && document.querySelector(`#response .ln[data-n="${CSS.escape(line.value.trim())}"]`);
    if (chosen) { chosen.classList.add("picked"); }
  };
  note.addEventListener("input", keepDraft);
  line.addEventListener("input", () => { keepDraft(); pick(); });
  document.getElementById("response").addEventListener("click", (event) => {
    const clicked = event.target.closest(".ln[data-n]");
    if (!clicked || String(getSelection())) { return; }
    line.value = line.value === clicked.dataset.n ? "" : clicked.dataset.n;
    keepDraft();
    pick();
  });
  pick();

  for (const button of document.querySelectorAll("[data-label]")) {
    button.addEventListener("click", () => give(button.dataset.label));
  }
  document.getElementById("skip").addEventListener("click", () => go(here.skip));
  document.getElementById("next").addEventListener("click", () => go(here.after));
  document.getElementById("previous")?.addEventListener("click", () => go(here.back));
  document.getElementById("clear")?.addEventListener("click", () => give(null));
  undo.addEventListener("click", takeBack);

  const keys = {
    p: () => give("pass"),
    f: () => give("fail"),
    n: () => give("not_applicable"),
    u: () => give("undecided"),
    s: () => go(here.skip),
    z: takeBack,
    m: () => note.focus(),
    l: () => line.focus(),
    ArrowRight: () => go(here.after),
    ArrowLeft: () => go(here.back),
    "?": () => { const box = document.querySelector(".keys"); box.open = !box.open; },
  };
  addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input, textarea, select");
    if (field && event.key === "Escape") { field.blur(); return; }
    if (field && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      const set = document.querySelector("[data-label][aria-pressed=true]");
      if (set) { give(set.dataset.label); } else { fail("Choose a label first; the note is kept with it."); }
      return;
    }
    // Arrows scroll code that has the focus; a key that is held down labels one answer, not ten.
    if (field || event.repeat || event.altKey) { return; }
    if ((event.ctrlKey || event.metaKey) && event.key !== "z") { return; }
    if (event.key.startsWith("Arrow") && event.target.closest?.("[tabindex='0']")) { return; }
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act) { event.preventDefault(); act(); }
  });
  // Coming back by the browser's own button shows a page from before the label: ask for it anew.
  addEventListener("pageshow", (event) => { if (event.persisted) { location.reload(); } });
})();
