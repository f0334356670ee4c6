"""The whole measurement: labelled responses in, figures and disagreements out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.calibration.judged import figures_of, judge_responses
from harness.calibration.labelled import Split
from harness.calibration.mutants.decide import decide_mutants
from harness.calibration.result import Calibration
from harness.checks.base import Check
from harness.core.types import Mode
from harness.suite.catalogue import AgentFolder
from harness.suite.load import Suite, load_suite

__all__ = ["Measurement"]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What is measured: these checks on these labelled responses.

    ``every`` are all checks of the installation: rules are bound with all of them in view, whichever are
    asked for.
    """

    folders: tuple[Path, ...]
    split: Split
    agents: Path
    checks: Mapping[str, Check]
    every: Mapping[str, Check]
    mode: Mode

    def load(self) -> tuple[Suite, AgentFolder]:
        """Read the labelled responses.

        Raises:
            DatasetError: a file breaks its format.
            InputError: an agent is unknown.
        """
        catalogue = AgentFolder(self.agents, self.every)
        return load_suite(self.folders, catalogue, strict=False), catalogue

    def decide(self, suite: Suite, catalogue: AgentFolder, progress: Callable[[int], None]) -> Calibration:
        """Decide every label; ``progress`` is told how many responses are done."""
        rows = tuple(judge_responses(suite.golden, catalogue, self.checks, self.mode, progress))
        return Calibration(
            split=self.split,
            folders=_names(self.folders),
            responses=len(suite.golden),
            checks=figures_of(rows, self.checks),
            disagreements=tuple(sorted((row for row in rows if not row.agrees), key=lambda row: row.check)),
            mutants=None,
            warnings=suite.warnings,
        )

    def with_mutants(
        self, result: Calibration, suite: Suite, catalogue: AgentFolder, progress: Callable[[int], None]
    ) -> Calibration:
        """Decide mutants of what is labelled pass; ``progress`` is told how many responses are done."""
        found = decide_mutants(suite.golden, catalogue, self.checks, self.mode, progress)
        return replace(result, mutants=found)


def _names(folders: Sequence[Path]) -> tuple[str, ...]:
    return tuple(folder.as_posix() for folder in folders)
