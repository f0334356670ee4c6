"""Predicted collisions: how well likeness of texts tells pairs of agents that get confused from others.

    python benchmarks/overlap.py --collection AGENTS CASES.jsonl [--collection AGENTS2 CASES2.jsonl]

A pair counts as confused when the lexical router sends a message for one to the other. That router reads the
same texts, so the figures say how the candidates for likeness compare, not how well a model is foretold.
Prints per collection the area under the ROC curve and the average precision of each candidate, over the pairs
with at least one labelled agent.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from harness.core.types import Agent
from harness.routing.cases import read_cases
from harness.routing.features import description_of, prose_of
from harness.routing.indexes import Cosine
from harness.routing.lexical import LexicalRouter
from harness.routing.route import last_message
from harness.routing.vocabulary import concepts
from harness.routing.wordlist import WordTable
from harness.suite.roster import read_roster


def candidates(agents: Sequence[Agent]) -> dict[str, np.ndarray]:
    """Return per candidate the likeness of all agents with each other."""
    told = [description_of(agent) for agent in agents]
    whole = [f"{text}\n{prose_of(agent)}" for text, agent in zip(told, agents, strict=True)]
    descriptions, bodies = WordTable(told).likeness(), WordTable(whole).likeness()
    return {
        "descriptions": descriptions,
        "with bodies": bodies,
        "mean of both": (descriptions + bodies) / 2,
        "characters": Cosine(told, analyzer="char_wb", ngram_range=(3, 5)).score(told),
        "subjects": Cosine(told, analyzer=concepts).score(told),
    }


def confused(folder: str, file: str) -> tuple[list[Agent], set[tuple[int, int]], set[int]]:
    """Return the agents, the pairs of their places that were confused, and the places of labelled ones."""
    roster = read_roster(Path(folder))
    place = {agent.name: number for number, agent in enumerate(roster.agents)}
    cases = [one.case for one in read_cases(Path(file), place)]
    rankings = LexicalRouter(roster.files).rank_all([last_message(case) for case in cases])
    pairs = set()
    for case, ranking in zip(cases, rankings, strict=True):
        label, choice = place.get(case.expected_agent), place[ranking.agents[0][0]]
        if label is not None and label != choice:
            pairs.add((min(label, choice), max(label, choice)))
    return (
        list(roster.agents),
        pairs,
        {place[case.expected_agent] for case in cases if case.expected_agent in place},
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--collection", nargs=2, action="append", required=True, metavar=("AGENTS", "CASES"))
    for folder, file in parser.parse_args().collection:
        agents, pairs, labelled = confused(folder, file)
        first, second = np.triu_indices(len(agents), k=1)
        kept = np.isin(first, list(labelled)) | np.isin(second, list(labelled))
        first, second = first[kept], second[kept]
        seen = [pair in pairs for pair in zip(first.tolist(), second.tolist(), strict=True)]
        print(f"{Path(file).stem}: {len(seen):,} pairs, {sum(seen)} confused")
        for name, likeness in candidates(agents).items():
            scores = likeness[first, second]
            area, precision = roc_auc_score(seen, scores), average_precision_score(seen, scores)
            print(f"  {name:14} area {area:.3f}  average precision {precision:.3f}")


if __name__ == "__main__":
    main()
