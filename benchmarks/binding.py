"""How often rules are bound to the check that decides them, and what is taken out of their words.

    python benchmarks/binding.py [COLLECTIONS] [--part development|held-back] [--wrong] [--json]

Without COLLECTIONS it measures with the wordings in ``benchmarks/data/binding/wordings.yaml``. COLLECTIONS
is a folder of public collections of agent files; then also with the rules that ``collections.jsonl`` and
``later.jsonl`` point to, which are read there. ``--wrong`` lists what was bound wrongly and
what was not found.

Precision: of the rules bound, how many to the check of their label. Recall: of the rules with a label, how
many are bound to it. Parameters: of the rules that name a library or a path, how many give the check of their
label the right one. Doubtful rules are left out. Intervals are Wilson's, 95 %; those of the weighted rates,
which speak of all rules of the collections, come from 2,000 stratified resamplings.

A kind of rule whose id is reserved for a check still to come is bound by its reserved wordings, so that the
figures speak of all ids from the start. ``--shipped`` leaves these out.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import itertools
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import yaml

from harness.agentfile.parse import read_agent
from harness.agentfile.sidecar import Sidecar
from harness.checks.base import Check, Exchange, Soundness
from harness.checks.bind import Binding, bind_rules
from harness.checks.registry import all_checks
from harness.checks.reserved import reserved_phrases
from harness.core.types import Agent, Decision, Outcome, Polarity, Rule, Span
from harness.stats.interval import wilson_interval

DATA = Path(__file__).parent / "data" / "binding"
MARKS = {"❌": Polarity.NEVER, "✅": Polarity.ALWAYS}
RESAMPLINGS = 2_000
# Our own wordings stand in no agent.
_NOBODY = Agent("", "", "", "", "", (), (), (), "wordings.yaml", "")
# Rules in each stratum of the collections (see data/binding/README.md).
STRATA = {"bound": 149, "near": 570, "middle": 2639, "far": 14731}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A rule with the ids of the checks of which any would do; none for a rule that no check decides."""

    agent: Agent
    rule: Rule
    checks: frozenset[str]
    parameters: dict[str, str] | None
    stratum: str
    doubtful: bool
    held_back: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled rule and what binding made of it."""

    labelled: Labelled
    binding: Binding

    @property
    def right(self) -> bool:
        """Whether the rule is bound to a check of its label."""
        return self.binding.check in self.labelled.checks


def wordings(name: str = "wordings") -> Iterator[Labelled]:
    """Read a file of our own wordings without those that are phrases; half of a label is held back."""
    phrases = {text for check in all_checks().values() for text in check.phrases}
    phrases |= {text for texts in reserved_phrases().values() for text in texts}
    known = {text.casefold() for text in phrases}
    read = yaml.safe_load((DATA / f"{name}.yaml").read_text(encoding="utf-8"))
    for label, entries in read.items():
        for number, entry in enumerate(entries):
            text = entry if isinstance(entry, str) else entry["text"]
            parameters = None if isinstance(entry, str) else entry["parameters"]
            polarity = MARKS.get(text[:1], Polarity.SHOULD)
            rule = Rule("rule", text.lstrip("❌✅ "), polarity, "", False, Span(1, 1, 1, 1))
            if rule.text.casefold() in known:
                continue
            yield Labelled(
                _NOBODY, rule, _ids(label), parameters, "", doubtful=False, held_back=number % 2 == 1
            )


def collected(folder: Path, sample: str) -> Iterator[Labelled]:
    """Read a sample of the rules of collections; a rule that is not found where it was is left out."""
    lines = (DATA / f"{sample}.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    files = {row["file"] for row in rows}
    rules = {
        (file, rule.span.line, _digest(rule)): (agent, rule)
        for file in sorted(files)
        if (folder / file).is_file()
        for agent in (read_agent(folder / file),)
        for rule in agent.rules
    }
    for row in rows:
        found = rules.get((row["file"], row["line"], row["sha"]))
        if found is not None:
            held_back, doubtful = row["held_back"], row["doubtful"]
            yield Labelled(*found, _ids(row["label"]), None, row["stratum"], doubtful, held_back)


def _digest(rule: Rule) -> str:
    return hashlib.sha256(rule.text.encode("utf-8")).hexdigest()[:16]


def _ids(label: str) -> frozenset[str]:
    return frozenset(part.strip() for part in label.split("|")) - {"none"}


def _stand_in(name: str, wordings_of_kind: tuple[str, ...]) -> Check:
    class Reserved(Check):
        """Bound like the check that is to come; decides nothing."""

        id: ClassVar[str] = name
        version: ClassVar[int] = 1
        phrases: ClassVar[tuple[str, ...]] = wordings_of_kind
        soundness: ClassVar[Soundness] = Soundness.EVIDENCE

        def decide(self, exchange: Exchange) -> Decision:  # noqa: ARG002 - the contract of a check
            return Decision(Outcome.UNDECIDED, "no check decides this yet")

    return Reserved()


def judge(labelled: Sequence[Labelled], *, reserved: bool = True) -> list[Judged]:
    """Bind rules, with stand-ins for the checks still to come where ``reserved``."""
    checks = dict(all_checks())
    if reserved:
        checks |= {name: _stand_in(name, texts) for name, texts in reserved_phrases().items()}
    judged: list[Judged] = []
    for _, of_one in itertools.groupby(labelled, key=lambda item: item.agent.path):
        items = list(of_one)
        agent = dataclasses.replace(items[0].agent, rules=tuple(item.rule for item in items))
        bindings = bind_rules(agent, Sidecar(), checks)
        judged.extend(Judged(item, binding) for item, binding in zip(items, bindings, strict=True))
    return judged


def figures(judged: Sequence[Judged]) -> dict[str, dict[str, float | int | None]]:
    """Return precision, recall and the share of parameters that the check of the label finds."""
    clear = [item for item in judged if not item.labelled.doubtful]
    bound = [item for item in clear if item.binding.check]
    right = [item for item in bound if item.right]
    given = [item.labelled for item in clear if item.labelled.parameters is not None]
    return {
        "precision": _rate(len(right), len(bound)),
        "recall": _rate(len(right), sum(bool(item.labelled.checks) for item in clear)),
        "parameters": _rate(sum(_same_parameters(labelled) for labelled in given), len(given)),
    }


def weighted(judged: Sequence[Judged]) -> dict[str, dict[str, float | int | None]]:
    """Return precision and recall over all rules of the collections, each rule standing for its stratum."""
    strata: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        strata[item.labelled.stratum].append(item)
    rng = random.Random(1)
    samples = [_over_strata(strata)] + [
        _over_strata({name: rng.choices(items, k=len(items)) for name, items in strata.items()})
        for _ in range(RESAMPLINGS)
    ]
    result: dict[str, dict[str, float | int | None]] = {}
    for place, name in enumerate(("precision", "recall")):
        values = sorted(sample[place] for sample in samples[1:])
        low, high = values[int(0.025 * RESAMPLINGS)], values[int(0.975 * RESAMPLINGS)]
        result[name] = {"mean": samples[0][place], "low": low, "high": high, "n": len(judged)}
    return result


def _over_strata(strata: dict[str, list[Judged]]) -> tuple[float, float]:
    right = bound = wanted = 0.0
    for name, items in strata.items():
        weight = STRATA[name] / len(items)
        clear = [item for item in items if not item.labelled.doubtful]
        right += weight * sum(item.right for item in clear)
        bound += weight * sum(bool(item.binding.check) for item in clear)
        wanted += weight * sum(bool(item.labelled.checks) for item in clear)
    return right / (bound or 1.0), right / (wanted or 1.0)


def _same_parameters(labelled: Labelled) -> bool:
    (name,) = labelled.checks
    found = all_checks()[name].parameters_of(labelled.rule.text) or {}
    expected = labelled.parameters or {}
    return all(found.get(key, "").casefold() == value.casefold() for key, value in expected.items())


def _rate(hits: int, of: int) -> dict[str, float | int | None]:
    if not of:
        return {"mean": None, "low": None, "high": None, "n": 0}
    low, high = wilson_interval(hits / of, of)
    return {"mean": hits / of, "low": low, "high": high, "n": of}


def _shown(rate: dict[str, float | int | None]) -> str:
    if rate["mean"] is None:
        return "–"
    return f"{rate['mean']:.3f} ({rate['low']:.3f}–{rate['high']:.3f}, n {rate['n']})"


def _wrong(judged: Sequence[Judged]) -> Iterator[str]:
    for item in judged:
        expected = " | ".join(sorted(item.labelled.checks)) or "none"
        if not item.labelled.doubtful and not item.right and (item.binding.check or item.labelled.checks):
            found = item.binding.check or "not bound"
            yield f"    {item.binding.rule.text[:100]!r}: {expected}, but {found} ({item.binding.why})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("collections", nargs="?", type=Path)
    parser.add_argument("--part", choices=("development", "held-back"))
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    sources = {name: list(wordings(name)) for name in ("wordings", "colloquial")}
    if chosen.collections:
        sources |= {name: list(collected(chosen.collections, name)) for name in ("collections", "later")}
    results = {}
    for source, labelled in sources.items():
        judged = judge(labelled, reserved=not chosen.shipped)
        for part in (chosen.part,) if chosen.part else ("development", "held-back"):
            items = [item for item in judged if item.labelled.held_back == (part == "held-back")]
            if not items:
                continue
            rates = figures(items)
            if source == "collections":
                rates |= {f"weighted {name}": rate for name, rate in weighted(items).items()}
            results[f"{source}, {part}"] = rates
            if not chosen.json:
                print(f"{source}, {part} ({len(items)} rules)")
                print("\n".join(f"  {name:20}{_shown(rate)}" for name, rate in rates.items()))
                print("\n".join(_wrong(items)) if chosen.wrong else "")
    if chosen.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
