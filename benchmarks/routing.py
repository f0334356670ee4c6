"""The lexical router: how often it is right on collections it was not fitted on, and how fast it is.

    python benchmarks/routing.py --collection AGENTS CASES.jsonl --collection AGENTS2 CASES2.jsonl [--write]

Each collection is a folder of agent files and a JSON Lines file of ``{"message", "agent"}``. Weights are
fitted on rosters of many sizes drawn from the collections of other folders, without the messages of the one
they are then tried on, for each choice of what the router may read; then fitted on all. ``--write`` stores
these as ``harness/routing/data/lexical.json``, what the tool uses. ``--kind embedding`` and ``--kind hybrid``
do the same for the routers that go by token vectors, alone or too.
``--calibrate AGENTS CASES``, once per collection, learns how sure the router may be of its choices.
``--speed N M`` times N agents (the collections' own, repeated as needed) and M messages.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat
from pathlib import Path

import numpy as np

from harness.core.types import Agent
from harness.routing.cases import read_cases
from harness.routing.features import RosterFeatures, RouterKind, Source
from harness.routing.fit import fit_confidence, fit_fusion, fit_none
from harness.routing.lexical import LexicalRouter, Weights
from harness.routing.metrics import NONE
from harness.routing.route import last_message
from harness.suite.roster import read_roster

DATA = Path(__file__).parents[1] / "harness" / "routing" / "data"
NO_AGENT = Path(__file__).parent / "data" / "no_agent_messages.txt"
CHOICES = ((), (Source.DIALOGUES,), (Source.BODY,), (Source.BODY, Source.DIALOGUES))
ROSTER_SIZES = (8, 12, 12, 20, 40, 100)  # rosters drawn for the question "any agent at all?"
DRAWS = 3
MESSAGES = 60
SMALL = 20  # agents
FEW = 40  # agents; rosters above teach the weights for large ones
WRONGLY_REFUSED = 0.05  # share of messages with half their words that may be answered "none"


@dataclass(frozen=True, slots=True)
class Collection:
    """Agent files and labelled messages; a name may occur in two files."""

    name: str
    folder: str
    agents: tuple[Agent, ...]
    messages: tuple[str, ...]
    labels: tuple[str, ...]

    def columns(self) -> list[int]:
        """Return, per message, the place of its label among the sorted names."""
        names = sorted({agent.name for agent in self.agents})
        return [names.index(label) for label in self.labels]


def load(folder: str, cases: str) -> Collection:
    rows = [json.loads(line) for line in Path(cases).read_text(encoding="utf-8").splitlines() if line.strip()]
    return Collection(
        Path(cases).stem,
        folder,
        read_roster(Path(folder)).files,
        tuple(row["message"] for row in rows),
        tuple(row["agent"] for row in rows),
    )


def no_agent_messages() -> list[str]:
    lines = NO_AGENT.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def halved(message: str, rng: random.Random) -> str:
    """Drop every other word at random: people say less, and in other words, than authors of examples."""
    return " ".join(word for word in message.split() if rng.random() < 0.5)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the router measures on one roster drawn from a collection.

    ``scores`` and ``right`` are those of the messages for its agents; ``evidence`` is per kind of message.
    """

    size: int
    messages: list[str]
    scores: np.ndarray
    right: list[int]
    evidence: dict[str, np.ndarray]

    def without(self, messages: frozenset[str]) -> Drawn:
        """Return the same without some messages (those of absent agents stay: only their labels say much)."""
        kept = [row for row, message in enumerate(self.messages) if message not in messages]
        evidence = {
            kind: found[kept] if kind in ("fitting", "half the words") else found
            for kind, found in self.evidence.items()
        }
        return Drawn(
            self.size,
            [self.messages[row] for row in kept],
            self.scores[:, kept],
            [self.right[row] for row in kept],
            evidence,
        )


def draw(collection: Collection, sources: tuple[Source, ...], kind: RouterKind) -> list[Drawn]:
    """Draw rosters of many sizes; the first is the whole one."""
    rng = random.Random(0)
    pairs = list(zip(collection.messages, collection.labels, strict=True))
    labelled = sorted({label for _, label in pairs})
    everyone = {agent.name for agent in collection.agents}
    reading = (sources, kind)
    drawn = [_measured(collection, everyone, reading, (pairs, []), rng)]
    for size in [min(size, len(everyone)) for size in ROSTER_SIZES for _ in range(DRAWS)]:
        inside = set(rng.sample(labelled, min(len(labelled), max(3, size // 2))))
        inside |= set(rng.sample(sorted(everyone - inside), size - len(inside)))
        here = [pair for pair in pairs if pair[1] in inside]
        absent = [pair for pair in pairs if pair[1] not in inside]
        rng.shuffle(here)
        rng.shuffle(absent)
        far = absent[:MESSAGES] if size <= SMALL else []  # in a larger roster another agent may well fit
        if here:
            drawn.append(_measured(collection, inside, reading, (here[:MESSAGES], far), rng))
    return drawn


def _measured(
    collection: Collection,
    inside: set[str],
    reading: tuple[tuple[Source, ...], RouterKind],
    said: tuple[list[tuple[str, str]], list[tuple[str, str]]],
    rng: random.Random,
) -> Drawn:
    here, absent = said
    features = RosterFeatures([agent for agent in collection.agents if agent.name in inside], *reading)
    columns = {name: column for column, name in enumerate(features.names)}
    found = features.measure([message for message, _ in here])
    evidence = {
        "fitting": found.evidence,
        "half the words": features.measure([halved(message, rng) for message, _ in here]).evidence,
        "no agent": features.measure(no_agent_messages()).evidence,
    }
    if absent:
        evidence["agent absent"] = features.measure([message for message, _ in absent]).evidence
    right = [columns[label] for _, label in here]
    return Drawn(len(inside), [message for message, _ in here], found.scores, right, evidence)


def learn(drawn: list[Drawn], *, dialogues: bool) -> Weights:
    """Fit the weights for small and for large rosters, and the question "any agent at all?"."""

    def kinds(*names: str) -> np.ndarray:
        return np.vstack([one.evidence[name] for one in drawn for name in names if name in one.evidence])

    small, large = (
        fit_fusion([(one.scores, one.right) for one in drawn if (one.size > FEW) is many and one.messages])
        for many in (False, True)
    )
    if dialogues:
        # The right agent lacks the dialogue that the message comes from, the others lack none. The fewer
        # agents, the more that hides what dialogues are worth: they weigh at least as in large rosters.
        small = (*small[:-1], max(small[-1], large[-1]))
    allowed = (kinds("half the words"), WRONGLY_REFUSED)
    none = fit_none(kinds("fitting", "half the words"), kinds("no agent", "agent absent"), allowed)
    return Weights(small, large, none.bias, none.slopes, none.threshold)


def accuracy(whole: Drawn, weights: Weights) -> tuple[float, float]:
    """Top-1 and top-3 over the agents, ``none`` not allowed."""
    fused = np.tensordot(np.array(weights.fusion(whole.size)), whole.scores, axes=1)
    right = np.array(whole.right)
    own = fused[np.arange(len(right)), right][:, None]
    # Ties count against.
    above = (fused > own + 1e-9).sum(axis=1) + (np.abs(fused - own) <= 1e-9).sum(axis=1) - 1
    return float((above < 1).mean()), float((above < 3).mean())


def refusals(drawn: list[Drawn], weights: Weights) -> list[tuple[str, float]]:
    """Return per kind of message the share that is answered ``none``."""
    shares = []
    for kind in ("fitting", "half the words", "no agent", "agent absent"):
        found = [one.evidence[kind] for one in drawn if kind in one.evidence]
        if found:
            logit = weights.none_bias + np.vstack(found) @ np.array(weights.none_slopes)
            shares.append((kind, float((1 / (1 + np.exp(-logit)) >= weights.none_threshold).mean())))
    return shares


def report(collections: list[Collection], kind: RouterKind, *, write: bool) -> None:
    stored = {}
    for sources in CHOICES:
        key = "+".join(["description", *sorted(sources)])
        drawn = {one.name: draw(one, sources, kind) for one in collections}
        for held in collections:
            said = frozenset(held.messages)
            rest = [one for one in collections if one.folder != held.folder]
            weights = learn(
                [part.without(said) for one in rest for part in drawn[one.name]],
                dialogues=Source.DIALOGUES in sources,
            )
            whole, *small = drawn[held.name]
            top1, top3 = accuracy(whole, weights)
            shares = "  ".join(f"{kind} {share:.3f}" for kind, share in refusals(small, weights))
            print(
                f"{key:28} tried on {held.name:16} n {len(held.messages):4} "
                f"top-1 {top1:.3f}  top-3 {top3:.3f}   answered none: {shares}",
                flush=True,
            )
        stored[key] = learn(
            [part for parts in drawn.values() for part in parts], dialogues=Source.DIALOGUES in sources
        )
    if write:
        rows = {
            key: {
                "small": [round(weight, 3) for weight in weights.small],
                "large": [round(weight, 3) for weight in weights.large],
                "none_bias": round(weights.none_bias, 6),
                "none_slopes": [round(slope, 6) for slope in weights.none_slopes],
                # Rounded down: many messages match nothing and lie exactly on the threshold.
                "none_threshold": math.floor(weights.none_threshold * 1e4) / 1e4,
            }
            for key, weights in stored.items()
        }
        if kind is RouterKind.HYBRID:  # whether any agent fits is left to the words
            lexical = json.loads((DATA / "lexical.json").read_text(encoding="utf-8"))["weights"]
            for key, row in rows.items():
                row.update({name: lexical[key][name] for name in lexical[key] if name.startswith("none")})
        store = DATA / f"{kind}.json"
        known = json.loads(store.read_text(encoding="utf-8")) if store.is_file() else {}
        document = {"confidence": {"bias": 0.0, "slope": 1.0}, **known, "weights": rows}
        store.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        print(f"written: {store}")


def calibrate(pairs: list[list[str]], kind: RouterKind) -> None:
    """Fit the correction of stated confidence with the stored weights, each collection counting the same."""
    sets = []
    for folder, file in pairs:
        agents = read_roster(Path(folder)).files
        cases = [one.case for one in read_cases(Path(file), {agent.name for agent in agents})]
        rankings = LexicalRouter(agents, kind=kind).rank_all([last_message(case) for case in cases])
        right = [one.choice == case.expected_agent for one, case in zip(rankings, cases, strict=True)]
        sets.append(([one.raw_confidence for one in rankings], right))
    bias, slope = fit_confidence(sets)
    store = DATA / f"{kind}.json"
    document = json.loads(store.read_text(encoding="utf-8"))
    document["confidence"] = {"bias": round(bias, 3), "slope": round(slope, 3)}
    store.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print(f"confidence: bias {bias:.3f}, slope {slope:.3f}; written: {store}")


def speed(collections: list[Collection], agents: int, messages: int, kind: RouterKind) -> None:
    own = list(chain.from_iterable(one.agents for one in collections))
    said = list(chain.from_iterable(one.messages for one in collections))
    roster = [
        replace(agent, name=f"{agent.name}-{number}")
        for number, agent in enumerate(islice(chain.from_iterable(repeat(own)), agents))
    ]
    texts = list(islice(chain.from_iterable(repeat(said)), messages))
    LexicalRouter(roster[:2], kind=kind).rank("warm up: import scikit-learn")
    start = time.process_time()
    router = LexicalRouter(roster, kind=kind)
    built = time.process_time()
    answers = router.rank_all(texts)
    done = time.process_time()
    size = sum(len(agent.prompt) + len(agent.listing) for agent in roster) / 1e6
    print(
        f"{agents} agents ({size:.1f} MB) indexed in {built - start:.2f} s, {messages} messages ranked in "
        f"{done - built:.2f} s of processor time; "
        f"{sum(answer.choice == NONE for answer in answers)} answered none"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--collection", nargs=2, action="append", default=[], metavar=("AGENTS", "CASES"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--speed", nargs=2, type=int, default=(400, 2000), metavar=("AGENTS", "MESSAGES"))
    parser.add_argument("--calibrate", nargs=2, action="append", metavar=("AGENTS", "CASES"))
    parser.add_argument("--kind", type=RouterKind, choices=list(RouterKind), default=RouterKind.LEXICAL)
    options = parser.parse_args()
    if options.calibrate:
        calibrate(options.calibrate, options.kind)
        return
    collections = [load(folder, cases) for folder, cases in options.collection]
    report(collections, options.kind, write=options.write)
    speed(collections, *options.speed, options.kind)


if __name__ == "__main__":
    main()
