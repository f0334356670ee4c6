"use strict";
// Accepting, rejecting and rewording drafts; each decision is kept in the file before it shows here.
(() => {
  const list = document.getElementById("drafts");
  const problem = document.getElementById("problem");
  const told = document.getElementById("told");
  const articles = [...document.querySelectorAll(".draft")];

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
  const guarded = async (work) => {
    problem.hidden = true;
    try { await work(); } catch (error) {
      problem.textContent = error instanceof TypeError ? "Not kept: the viewer cannot be reached." : `Not kept: ${error.message}`;
      problem.hidden = false;
      problem.scrollIntoView({ block: "center" });
    }
  };
  const text = (article) => article.querySelector(".prompt");
  const change = (article, state) => guarded(async () => {
    if (article.dataset.busy) { return; }
    article.dataset.busy = "1";
    try {
      const said = await post("/api/draft", {
        file: list.dataset.file,
        number: Number(article.dataset.number),
        before: article.dataset.stamp,
        state: state === "save" ? article.dataset.state : state,
        prompt: text(article).value,
      });
      article.dataset.stamp = said.stamp;
      article.dataset.state = said.state;
      article.className = `draft ${said.state}`;
      const badge = article.querySelector(".state");
      badge.className = `state ${said.state}`;
      badge.textContent = said.state;
      article.querySelector("[data-do=save]").hidden = true;
      document.getElementById("accepted").textContent = said.accepted;
      told.textContent = `draft ${Number(article.dataset.number) + 1}: ${said.state}`;
    } finally { delete article.dataset.busy; }
  });

  for (const article of articles) {
    for (const button of article.querySelectorAll("[data-do]")) {
      button.addEventListener("click", () => change(article, button.dataset.do));
    }
    text(article).addEventListener("input", () => { article.querySelector("[data-do=save]").hidden = false; });
  }
  document.getElementById("write").addEventListener("click", () => guarded(async () => {
    const said = await post("/api/dataset", { file: list.dataset.file, name: document.getElementById("dataset").value });
    document.getElementById("written").textContent = `Written: ${said.cases} in ${said.written}`;
  }));

  const current = () => articles.findIndex((one) => one.contains(document.activeElement));
  const step = (by) => {
    const now = current();
    const next = articles[now < 0 ? 0 : Math.min(articles.length - 1, Math.max(0, now + by))];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input, textarea");
    if (field && event.key === "Escape") { (field.closest(".draft") || field).focus(); return; }
    if (field || event.repeat || event.ctrlKey || event.metaKey || event.altKey) { return; }
    const article = articles[current()];
    if (event.key === "j") { step(1); } else if (event.key === "k") { step(-1); } else if (article) {
      const state = { a: "accepted", r: "rejected", o: "open" }[event.key];
      if (state) { change(article, state); } else if (event.key === "e") { event.preventDefault(); text(article).focus(); }
    }
  });
})();
