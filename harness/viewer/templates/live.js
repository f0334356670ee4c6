"use strict";
// A run in progress: asks where it stands, every second and a half, until it has come to its end.
(() => {
  const box = document.querySelector("[data-live]");
  const at = (name) => document.getElementById(`live-${name}`);
  const show = (said) => {
    const done = said.wanted - said.waiting;
    at("bar").max = Math.max(1, said.wanted);
    at("bar").value = done;
    const words = said.waiting
      ? `${done.toLocaleString("en")} of ${said.wanted.toLocaleString("en")} answers`
      : "All answers are there; they are being decided.";
    if (at("words").textContent !== words) { at("words").textContent = words; }
    for (const name of ["answered", "stored", "failed", "waiting"]) { at(name).textContent = said[name].toLocaleString("en"); }
    at("kinds").textContent = said.kinds.join(", ");
    at("left").textContent = said.left || "–";
    at("elapsed").textContent = said.elapsed;
    at("tokens").textContent = said.tokens;
    at("cost").textContent = said.cost;
    at("quiet").hidden = !said.quiet;
    at("quiet-for").textContent = said.quiet;
  };
  const look = async () => {
    try {
      const answer = await fetch(box.dataset.live);
      if (answer.ok) {
        const said = await answer.json();
        show(said);
        if (said.status !== "running") { location.reload(); return; }
      }
    } catch { at("words").textContent = "The viewer cannot be reached; the run itself goes on."; }
    setTimeout(look, document.hidden ? 10000 : 1500);
  };
  setTimeout(look, 1500);
})();
