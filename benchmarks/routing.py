"""The lexical router: how often it is right on collections it was not fitted on, and how fast it is.

    python benchmarks/routing.py --collection AGENTS CASES.jsonl --collection AGENTS2 CASES2.jsonl [--write]

Each collection is a folder of agent files and a JSON Lines file of ``{"message", "agent"}``. Weights are
fitted on all collections but one and tried on that one, for each choice of what the router may read; then
fitted on all. ``--write`` stores these as ``harness/routing/data/lexical.json``, what the tool uses.
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
from harness.routing.features import Measured, RosterFeatures, Source
from harness.routing.fit import fit_fusion, fit_none
from harness.routing.lexical import LexicalRouter, Weights
from harness.routing.metrics import NONE
from harness.suite.roster import read_roster

STORE = Path(__file__).parents[1] / "harness" / "routing" / "data" / "lexical.json"
NO_AGENT = Path(__file__).parent / "data" / "no_agent_messages.txt"
CHOICES = ((), (Source.DIALOGUES,), (Source.BODY,), (Source.BODY, Source.DIALOGUES))
ROSTER_SIZES = (8, 12, 12, 20, 40, 100)  # rosters drawn for the question "any agent at all?"
DRAWS = 3
MESSAGES = 60
WRONGLY_REFUSED = 0.05  # share of messages with half their words that may be answered "none"


@dataclass(frozen=True, slots=True)
class Collection:
    """Agent files and labelled messages; a name may occur in two files."""

    name: str
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


def evidence(collection: Collection, sources: tuple[Source, ...]) -> dict[str, np.ndarray]:
    """Draw rosters of many sizes; measure messages that an agent of them should get and others."""
    rng = random.Random(0)
    labelled = sorted(set(collection.labels))
    drawn: dict[str, list[np.ndarray]] = {
        "fitting": [],
        "half the words": [],
        "no agent": [],
        "agent absent": [],
    }
    most = len({agent.name for agent in collection.agents})
    for size in [min(size, most) for size in ROSTER_SIZES for _ in range(DRAWS)]:
        inside = set(rng.sample(labelled, min(len(labelled), max(3, size // 2))))
        others = sorted({agent.name for agent in collection.agents} - inside)
        inside |= set(rng.sample(others, size - len(inside)))
        features = RosterFeatures([agent for agent in collection.agents if agent.name in inside], sources)
        pairs = list(zip(collection.messages, collection.labels, strict=True))
        here = [message for message, label in pairs if label in inside]
        absent = [message for message, label in pairs if label not in inside]
        rng.shuffle(here)
        rng.shuffle(absent)
        drawn["fitting"].append(features.measure(here[:MESSAGES]).evidence)
        short = [halved(message, rng) for message in here[:MESSAGES]]
        drawn["half the words"].append(features.measure(short).evidence)
        drawn["no agent"].append(features.measure(no_agent_messages()).evidence)
        if absent and size <= 20:  # in a larger roster another agent may well fit
            drawn["agent absent"].append(features.measure(absent[:MESSAGES]).evidence)
    return {kind: np.vstack(parts) for kind, parts in drawn.items() if parts}


def learn(parts: list[tuple[Collection, Measured, dict[str, np.ndarray]]]) -> Weights:
    fusion = fit_fusion([(measured.scores, collection.columns()) for collection, measured, _ in parts])
    fitting = [drawn[kind] for *_, drawn in parts for kind in ("fitting", "half the words")]
    unfitting = [drawn[kind] for *_, drawn in parts for kind in ("no agent", "agent absent") if kind in drawn]
    allowed = np.vstack([drawn["half the words"] for *_, drawn in parts])
    none = fit_none(np.vstack(fitting), np.vstack(unfitting), (allowed, WRONGLY_REFUSED))
    return Weights(fusion, none.bias, none.slopes, none.threshold)


def accuracy(collection: Collection, measured: Measured, weights: Weights) -> tuple[float, float]:
    """Top-1 and top-3 over the agents, ``none`` not allowed."""
    fused = np.tensordot(np.array(weights.fusion), measured.scores, axes=1)
    right = np.array(collection.columns())
    own = fused[np.arange(len(right)), right][:, None]
    above = (
        (fused > own + 1e-9).sum(axis=1) + (np.abs(fused - own) <= 1e-9).sum(axis=1) - 1
    )  # ties count against
    return float((above < 1).mean()), float((above < 3).mean())


def refused(drawn: np.ndarray, weights: Weights) -> float:
    logit = weights.none_bias + drawn @ np.array(weights.none_slopes)
    return float((1 / (1 + np.exp(-logit)) >= weights.none_threshold).mean())


def report(collections: list[Collection], *, write: bool) -> None:
    stored = {}
    for sources in CHOICES:
        key = "+".join(["description", *sorted(sources)])
        parts = [
            (one, RosterFeatures(one.agents, sources).measure(one.messages), evidence(one, sources))
            for one in collections
        ]
        for held in parts:
            rest = [part for part in parts if part is not held] or [held]
            weights = learn(rest)
            collection, measured, drawn = held
            top1, top3 = accuracy(collection, measured, weights)
            learned = "+".join(part[0].name for part in rest)
            shares = "  ".join(f"{kind} {refused(found, weights):.3f}" for kind, found in drawn.items())
            print(
                f"{key:28} fitted on {learned:10} tried on {collection.name:10} n {len(measured.evidence):4} "
                f"top-1 {top1:.3f}  top-3 {top3:.3f}   answered none: {shares}"
            )
        stored[key] = learn(parts)
    if write:
        rows = {
            key: {
                "fusion": [round(weight, 3) for weight in weights.fusion],
                "none_bias": round(weights.none_bias, 6),
                "none_slopes": [round(slope, 6) for slope in weights.none_slopes],
                # Rounded down: many messages match nothing and lie exactly on the threshold.
                "none_threshold": math.floor(weights.none_threshold * 1e4) / 1e4,
            }
            for key, weights in stored.items()
        }
        STORE.write_text(json.dumps({"weights": rows}, indent=2) + "\n", encoding="utf-8")
        print(f"written: {STORE}")


def speed(collections: list[Collection], agents: int, messages: int) -> None:
    own = list(chain.from_iterable(one.agents for one in collections))
    said = list(chain.from_iterable(one.messages for one in collections))
    roster = [
        replace(agent, name=f"{agent.name}-{number}")
        for number, agent in enumerate(islice(chain.from_iterable(repeat(own)), agents))
    ]
    texts = list(islice(chain.from_iterable(repeat(said)), messages))
    LexicalRouter(roster[:2]).rank("warm up: import scikit-learn")
    start = time.perf_counter()
    router = LexicalRouter(roster)
    built = time.perf_counter()
    answers = router.rank_all(texts)
    done = time.perf_counter()
    size = sum(len(agent.prompt) + len(agent.listing) for agent in roster) / 1e6
    print(
        f"{agents} agents ({size:.1f} MB) indexed in {built - start:.2f} s, {messages} messages ranked in "
        f"{done - built:.2f} s; {sum(answer.choice == NONE for answer in answers)} answered none"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--collection", nargs=2, action="append", required=True, metavar=("AGENTS", "CASES"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--speed", nargs=2, type=int, default=(400, 2000), metavar=("AGENTS", "MESSAGES"))
    options = parser.parse_args()
    collections = [load(folder, cases) for folder, cases in options.collection]
    report(collections, write=options.write)
    speed(collections, *options.speed)


if __name__ == "__main__":
    main()
