"""A run as pandas frames, for notebooks and for people who live in data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from harness.core.errors import IncompleteError, InputError
from harness.core.types import Outcome, Role, Sample
from harness.report.formats.csv import safe_cell
from harness.stats.interval import NO_NUMBER
from harness.stats.score import score_verdicts
from harness.store.decided import DecidedRun

__all__ = ["COLUMNS", "Run"]

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "rules": {
        "rule": "id of the rule",
        "text": "its words in the agent file",
        "section": "the heading above it",
        "polarity": "never, always or should",
        "severity": "critical, major or minor",
        "check": "what decides it; empty: a judge or nobody",
        "line": "its line in the agent file, from 1",
    },
    "cases": {
        "case": "id of the case",
        "question": "the last message of the user",
        "tags": "its tags, a tuple of texts",
        "cluster": "cases that paraphrase one another share it; never empty",
        "provenance": "where it comes from, file:line",
    },
    "verdicts": {
        "case": "id of the case",
        "variant": "name of the prompt",
        "trial": "number of the answer, from 1",
        "rule": "id of the rule",
        "check": "id of the check, judge/<rubric> for a judged rule",
        "version": "version of the check",
        "basis": "static, judge or human",
        "outcome": "pass, fail, not_applicable, undecided or error",
        "flag": "omitted, vacuous or empty",
        "obeyed": "1.0 for pass, 0.0 for fail, missing for everything else",
        "reason": "one sentence",
        "findings": "how many places were kept (five at most)",
    },
    "findings": {
        "case": "id of the case",
        "variant": "name of the prompt",
        "trial": "number of the answer, from 1",
        "rule": "id of the rule",
        "line": "line in the answer, from 1",
        "column": "column in that line, from 1",
        "message": "what was found there",
        "quote": "the words there, shortened",
    },
    "scores": {
        "variant": "name of the prompt",
        "rule": "id of the rule; * for all together",
        "check": "id of the check",
        "mean": "share obeyed in [0, 1]: the mean over cases of the mean over trials",
        "low": "lower end of the 95 % interval, clustered by case",
        "high": "its upper end",
        "n": "decided verdicts, pass and fail",
        "cases": "cases among them",
        "omitted": "fails because the answer leaves out what the rule asks for",
        "vacuous": "passes where nothing could have broken the rule",
        "not_applicable": "verdicts that say so",
        "undecided": "verdicts that say so",
        "error": "verdicts on which the check crashed",
        "missing": "answers that were wanted and do not exist",
    },
    "answers": {
        "case": "id of the case",
        "variant": "name of the prompt",
        "trial": "number of the answer, from 1",
        "text": "what the model wrote",
        "model_served": "the model as the server names it",
        "stop": "why it stopped",
        "input_tokens": "tokens of the prompt",
        "output_tokens": "tokens of the answer",
        "latency_s": "seconds the call took; missing for answers of a batch",
    },
}
"""Every frame with its columns, in order, each with what it holds."""

_OBEYED = {Outcome.PASS: 1.0, Outcome.FAIL: 0.0}


@dataclass(frozen=True)
class Run:
    """A decided run. Each property is a frame of its own, made when it is first asked for.

    Attributes:
        decided: the run as it was decided.
        samples: its answers; empty where the store no longer has them.
    """

    decided: DecidedRun
    samples: Sequence[Sample] = ()

    @cached_property
    def rules(self) -> pd.DataFrame:
        """One row for each rule of the specification, in the order of the file."""
        return _frame(
            "rules",
            [
                (
                    one.id,
                    one.rule.text,
                    one.rule.section,
                    one.rule.polarity.value,
                    one.severity.value,
                    one.check,
                    one.line,
                )
                for one in self.decided.rules
            ],
        )

    @cached_property
    def cases(self) -> pd.DataFrame:
        """One row for each case."""
        return _frame(
            "cases",
            [
                (
                    case.id,
                    next((m.text for m in reversed(case.messages) if m.role is Role.USER), ""),
                    case.tags,
                    case.cluster or case.id,
                    case.provenance,
                )
                for case in self.decided.cases
            ],
        )

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row for each rule of each answer; the mean of ``obeyed`` is over passes and fails alone."""
        return _frame(
            "verdicts",
            [
                (
                    one.case,
                    one.variant,
                    one.trial,
                    one.rule,
                    one.check,
                    one.version,
                    one.basis.value,
                    one.decision.outcome.value,
                    one.flag,
                    _OBEYED.get(one.decision.outcome),
                    one.decision.reason,
                    len(one.decision.findings),
                )
                for one in self.decided.verdicts
            ],
        ).astype({"obeyed": "float64"})

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row for each place that a verdict rests on."""
        return _frame(
            "findings",
            [
                (
                    one.case,
                    one.variant,
                    one.trial,
                    one.rule,
                    finding.line,
                    finding.column,
                    finding.message,
                    finding.quote,
                )
                for one in self.decided.verdicts
                for finding in one.decision.findings
            ],
        )

    @cached_property
    def scores(self) -> pd.DataFrame:
        """One row for each rule and variant, and one for all rules of a variant."""
        missing = {name: 0 for name, _ in self.decided.variants}
        for one in self.decided.missing:
            missing[one.variant] = missing.get(one.variant, 0) + 1
        scores = score_verdicts(
            self.decided.verdicts, missing, {case.id: case.cluster for case in self.decided.cases}
        )
        names = list(COLUMNS["scores"])
        rows = [tuple(_number(getattr(score, name)) for name in names) for score in scores]
        frame = _frame("scores", rows)
        return frame.astype(dict.fromkeys(("mean", "low", "high"), "float64"))

    @cached_property
    def answers(self) -> pd.DataFrame:
        """One row for each answer of the model; none where the store no longer has them."""
        return _frame(
            "answers",
            [
                (
                    one.case,
                    one.variant,
                    one.trial,
                    one.completion.text,
                    one.completion.model_served,
                    one.completion.stop.value,
                    one.completion.usage.input_tokens,
                    one.completion.usage.output_tokens,
                    math.nan if one.completion.latency_s is None else one.completion.latency_s,
                )
                for one in self.samples
            ],
        )

    def export(self, folder: Path, kind: str = "parquet") -> tuple[Path, ...]:
        """Write every frame into a folder, ``verdicts.parquet`` and so on; return what was written.

        Args:
            folder: is made where it does not exist.
            kind: ``parquet`` (needs the extra ``scale``) or ``csv``.

        Raises:
            InputError: another kind, or a package is missing.
            IncompleteError: the folder cannot be written to.
        """
        if kind not in {"parquet", "csv"}:
            raise InputError(f"{kind!r} is no format of an export; name parquet or csv")
        written = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in COLUMNS:
                path = folder / f"{name}.{kind}"
                frame: pd.DataFrame = getattr(self, name)
                if kind == "csv":
                    texts = frame.select_dtypes(["object", "string"]).columns
                    safe = {one: frame[one].map(_cell) for one in texts}
                    frame.assign(**safe).to_csv(path, index=False)
                else:
                    frame.to_parquet(path, index=False)
                written.append(path)
        except ImportError as error:
            raise InputError(
                "Parquet needs a package: install 'agentfile-harness[scale]', or export as csv"
            ) from error
        except OSError as error:
            raise IncompleteError(f"{folder}: cannot be written ({error.strerror or error})") from error
        return tuple(written)


def _cell(value: object) -> object:
    """A spreadsheet takes a text that begins like a formula for one."""
    return safe_cell(value) if isinstance(value, str) else value


def _number(value: object) -> object:
    return None if value is NO_NUMBER else value


def _frame(name: str, rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    whole = [tuple(_encodable(value) for value in row) for row in rows]
    return pd.DataFrame.from_records(whole, columns=list(COLUMNS[name]))


def _encodable(value: object) -> object:
    """Write out half a surrogate pair: neither a column of texts nor a file of UTF-8 can hold it."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    return tuple(_encodable(one) for one in value) if isinstance(value, tuple) else value
