"""Decide answers, each only once: what was decided before under the same code, rules and case is recalled.

A verdict follows from the answer, the case, the rules with their checks and parameters, the mode, and the
code that decides. All of them are in the key or in the state of the cache, so that a recalled verdict is the
one that deciding again would give; deleting the cache costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import harness
from harness.checks.base import Check
from harness.checks.bind import Binding
from harness.checks.facts import code_stamp, stamp
from harness.checks.own_code import own_files, parser_versions
from harness.core.jsonl import canonical_json, sha_of, to_jsonable
from harness.core.types import (
    Basis,
    Case,
    Decision,
    Finding,
    Mode,
    Outcome,
    Sample,
    Verdict,
)
from harness.pipeline.helpers import Deciders, Table
from harness.store.verdicts import VerdictCache

__all__ = ["Rules", "decide_remembered", "identity_of", "is_lasting", "key_of", "packed", "state_of"]

_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_GROUP = 500  # answers that are looked up, decided and remembered together


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the rules of the specification with their checks, and how they are read.

    ``folder`` holds the declarative checks among them, ``None`` where there are none.
    """

    bindings: Sequence[Binding]
    checks: Mapping[str, Check]
    mode: Mode
    folder: Path | None = None

    @property
    def demanded(self) -> list[Binding]:
        """The rules that are not waived, in file order."""
        return [binding for binding in self.bindings if not binding.waived]


def decide_remembered(
    rules: Rules,
    samples: Sequence[Sample],
    cases: Mapping[str, Case],
    path: Path,
    progress: Callable[[int], None],
) -> tuple[Verdict, ...]:
    """Decide all rules that are not waived for every answer; see ``decide_samples``.

    Args:
        rules: what decides.
        samples: the answers.
        cases: what they answer, by id.
        path: the file of the cache.
        progress: told how many answers are decided.
    """
    demanded, state = rules.demanded, state_of(rules)
    prefix = identity_of(rules)
    verdicts: list[Verdict] = []
    counter = itertools.count(1)

    def advance(answers: int) -> None:
        for _ in range(answers):
            progress(next(counter))

    deciding = [(one.rule.id, one.check, _version(rules, one)) for one in demanded]
    table = Table(demanded, rules.checks, rules.mode)
    with VerdictCache(path, state) as known, Deciders(table, rules.folder, state) as deciders:
        for start in range(0, len(samples), _GROUP):
            group = samples[start : start + _GROUP]
            keys = [key_of(prefix, sample, cases[sample.case]) for sample in group]
            recalled = known.get_many(keys)
            advance(sum(key in recalled for key in keys))
            unknown = [
                (one, cases[one.case]) for one, key in zip(group, keys, strict=True) if key not in recalled
            ]
            decided = iter(deciders.decide(unknown, advance))
            fresh: dict[bytes, bytes] = {}
            for sample, key in zip(group, keys, strict=True):
                if key in recalled:
                    verdicts += _recalled(recalled[key], sample, deciding, rules.mode)
                    continue
                new = next(decided)
                verdicts += new
                if is_lasting(new):
                    fresh[key] = packed(new)
            known.put_many(fresh)
    return tuple(verdicts)


# --- what a verdict follows from ---------------------------------------------------------------------


def identity_of(rules: Rules) -> bytes:
    """Identify the rules that decide: what they are, and the checks and parameters they are bound to."""
    told = [
        (one.rule.id, one.rule.polarity, one.check, one.parameters, rules.mode, _version(rules, one))
        for one in rules.demanded
    ]
    return sha_of(told).encode()


def _version(rules: Rules, binding: Binding) -> int:
    check = rules.checks.get(binding.check)
    return 0 if check is None else check.version


def is_lasting(verdicts: Sequence[Verdict]) -> bool:
    """Tell whether verdicts may be remembered: a crash may have been the machine's."""
    return all(one.decision.outcome is not Outcome.ERROR for one in verdicts)


def key_of(prefix: bytes, sample: Sample, case: Case) -> bytes:
    """Identify all that the verdicts on one answer follow from, but for the code; see :func:`state_of`.

    Args:
        prefix: what :func:`identity_of` says of the rules.
        sample: the answer.
        case: what it answers.
    """
    completion = sample.completion
    question = case.sha or sha_of((case.messages, case.files))
    told = canonical_json(
        (question, case.applies, case.not_applicable, completion.stop, to_jsonable(completion.tool_calls))
    )
    digest = hashlib.sha256(prefix)
    for part in (told, completion.text):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()


def state_of(rules: Rules) -> str:
    """Identify the code that decides: ours, the parsers it rests on, and a team's own checks."""
    own = [stamp(path) for path in own_files(rules.checks.values())]
    return sha_of((_code_of_ours(), own))


@cache
def _code_of_ours() -> str:
    return sha_of((harness.__version__, sys.version, parser_versions(), code_stamp()))


# --- verdicts as bytes -------------------------------------------------------------------------------


def packed(verdicts: Sequence[Verdict]) -> bytes:
    """Return verdicts on one answer as the cache keeps them."""
    rows = [
        (
            one.decision.outcome.value,
            one.decision.reason,
            [_finding_row(finding) for finding in one.decision.findings],
            one.decision.evidence,
            one.flag,
        )
        for one in verdicts
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _finding_row(one: Finding) -> tuple[object, ...]:
    place = (one.block, one.line, one.column, one.end_line, one.end_column)
    return (*place, one.message, one.quote, one.file)


def _recalled(
    body: bytes, sample: Sample, deciding: Sequence[tuple[str, str, int]], mode: Mode
) -> Iterator[Verdict]:
    """Yield the verdicts of an answer; ``deciding`` are rule, check and the check's version of each."""
    rows: list[Any] = json.loads(body.decode("utf-8", "surrogatepass"))
    for (rule, check, version), (outcome, reason, findings, evidence, flag) in zip(
        deciding, rows, strict=True
    ):
        yield Verdict(
            case=sample.case,
            variant=sample.variant,
            trial=sample.trial,
            rule=rule,
            check=check,
            version=version,
            mode=mode,
            basis=Basis.STATIC,
            decision=Decision(
                outcome=_OUTCOMES[outcome],
                reason=reason,
                findings=tuple([Finding(*row) for row in findings]) if findings else (),
                evidence=tuple([(name, value) for name, value in evidence]) if evidence else (),
            ),
            flag=flag,
        )
