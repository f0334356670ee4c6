"""The project that is looked at: its runs, the answers that can be labelled, its drafts.

Everything is found anew for each page, and read anew where a file has changed: other processes write here
too. An address names a run, a set or a file by what was found; no path is ever made of what a request says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from harness.checks.registry import all_checks
from harness.core.config import Config
from harness.core.discover import walk_files
from harness.core.errors import InputError
from harness.store.decided import DECIDED_NAME, DecidedRun, read_decided
from harness.store.manifest import MANIFEST_NAME
from harness.suite.catalogue import AgentFolder, Specification
from harness.suite.golden import GOLDEN_FOLDER, GoldenResponse
from harness.suite.load import agent_named_in, load_suite
from harness.viewer.cache import Cache, stamp_of_files
from harness.viewer.golden_set import GoldenSet
from harness.viewer.keeping import Keeper
from harness.viewer.labelling import LabelSet
from harness.viewer.run_set import RunSet

__all__ = ["DRAFTS", "LABELS_FOLDER", "Project"]

DRAFTS = "drafts"
"""Folder into which ``harness draft-cases`` writes."""
LABELS_FOLDER = "labels"
"""Folder of a dataset folder that holds the labels of runs."""

_MOST_RUNS = 500
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Project:
    """A project; paths are relative to the folder in which the command was given."""

    config: Config
    runs_read: Cache = field(default_factory=Cache)
    golden_read: Cache = field(default_factory=Cache)

    @property
    def reports(self) -> Path:
        """Where the runs are."""
        return Path(self.config.reports)

    @cached_property
    def keeper(self) -> Keeper:
        """Lets one change of a file through at a time."""
        return Keeper(Path(self.config.store).parent / "viewer.lock")

    @cached_property
    def specifications(self) -> AgentFolder:
        """The agents with their rules, as they were when the viewer started."""
        return AgentFolder(Path(self.config.agents), all_checks(self.config.checks_folder))

    # --- runs -------------------------------------------------------------------------------------

    def runs(self) -> list[Path]:
        """Return the folders of the newest runs, newest first."""
        if not self.reports.is_dir():
            return []
        found = [path for path in self.reports.iterdir() if (path / MANIFEST_NAME).is_file()]
        return sorted(found, key=lambda path: path.name, reverse=True)[:_MOST_RUNS]

    def run(self, name: str) -> Path:
        """Return the folder of a run.

        Raises:
            InputError: there is none of that name.
        """
        for path in self.runs():
            if path.name == name:
                return path
        raise InputError(f"{self.reports}: holds no run {name[:200]!r}; the list of runs has all")

    def decided(self, folder: Path) -> DecidedRun:
        """Return a run as it was decided.

        Raises:
            InputError: it has not come to its end.
        """
        stamp = stamp_of_files([folder / DECIDED_NAME])
        return self.runs_read.get(("decided", folder.name), stamp, lambda: read_decided(folder))

    # --- what can be labelled ---------------------------------------------------------------------

    def golden_folders(self) -> list[Path]:
        """Return the folders of golden responses in the suite; those held back are left out."""
        roots = [Path(one) for one in self.config.suite]
        found: dict[Path, None] = {}
        for root in roots:
            if root.is_dir():
                inside = [root] if root.name == GOLDEN_FOLDER else sorted(root.rglob(GOLDEN_FOLDER))
                found.update(dict.fromkeys(path for path in inside if any(path.glob("*.md"))))
        return list(found)

    def golden_sets(self) -> list[LabelSet]:
        """Return the golden responses by folder and agent.

        Raises:
            DatasetError: a response breaks its format.
        """
        return [one for folder in self.golden_folders() for one in self._golden(folder)]

    def labelled_runs(self) -> list[Path]:
        """Return the runs whose answers can be labelled, newest first."""
        return [path for path in self.runs() if (path / DECIDED_NAME).is_file()]

    def run_set(self, folder: Path) -> RunSet:
        """Return the answers of a run to be labelled.

        Raises:
            InputError: the run has not come to its end.
        """
        run = self.decided(folder)
        labels = self.dataset_folder(run.agent) / LABELS_FOLDER / folder.name
        stamp = stamp_of_files([folder / DECIDED_NAME])
        return self.runs_read.get(
            ("set", folder.name), (stamp, labels), lambda: RunSet(folder, run, labels, self.keeper)
        )

    def labels_of(self, folder: Path) -> Path | None:
        """Return the folder with the labels of a run, if anybody has labelled it; reads no verdicts."""
        for root in (Path(one) for one in self.config.suite):
            if root.is_dir():
                for found in (root, *sorted(path for path in root.iterdir() if path.is_dir())):
                    labels = found / LABELS_FOLDER / folder.name
                    if labels.is_dir():
                        return labels
        return None

    def label_set(self, name: str) -> LabelSet:
        """Return what an address calls by this name.

        Raises:
            InputError: there is nothing of that name.
        """
        kind, _, rest = name.partition(" ")
        if kind == "run":
            return self.run_set(self.run(rest))
        for one in self.golden_sets():
            if one.id == name:
                return one
        raise InputError(f"nothing to label is called {name[:200]!r}; begin again at the page “Label”")

    def dataset_folder(self, agent: str) -> Path:
        """Return the folder with the datasets of an agent, also where it does not exist yet."""
        folders = [Path(one) for one in self.config.suite if Path(one).is_dir()]
        files = [
            path
            for folder in folders
            for path in walk_files(folder, (".yaml", ".yml"))
            if GOLDEN_FOLDER not in path.parts
        ]
        of_agent = self.golden_read.get(
            ("datasets", agent),
            stamp_of_files(files),
            lambda: next((path for path in files if _names_agent(path, agent)), None),
        )
        if of_agent is not None:
            return of_agent.parent
        return self.suite_root() / (_PLAIN.sub("-", agent).strip(".-")[:80] or "agent")

    def suite_root(self) -> Path:
        """Return the first folder of the suite, where datasets that have no place yet go."""
        return next((Path(one) for one in self.config.suite if Path(one).is_dir()), Path("datasets"))

    # --- drafts -----------------------------------------------------------------------------------

    def drafts(self) -> list[Path]:
        """Return the files of drafts."""
        folder = Path(DRAFTS)
        return [path for path in sorted(folder.glob("*.y*ml")) if path.is_file()] if folder.is_dir() else []

    def draft_file(self, name: str) -> Path:
        """Return a file of drafts.

        Raises:
            InputError: there is none of that name.
        """
        for path in self.drafts():
            if path.name == name:
                return path
        raise InputError(f"{DRAFTS}: holds no file {name[:200]!r}; `harness draft-cases AGENT` writes one")

    def specification(self, agent: str) -> Specification:
        """Return the rules of an agent.

        Raises:
            InputError: there is no such agent.
        """
        return self.specifications.specification(agent)

    # --- inside -----------------------------------------------------------------------------------

    def _golden(self, folder: Path) -> list[LabelSet]:
        files = [*sorted(folder.glob("*.md")), *sorted(folder.parent.glob("*.y*ml"))]
        return self.golden_read.get(folder, stamp_of_files(files), lambda: self._read_golden(folder))

    def _read_golden(self, folder: Path) -> list[LabelSet]:
        own = [path for path in sorted(folder.glob("*.md")) if path.name.lower() != "readme.md"]
        by_agent: dict[str, dict[str, GoldenResponse]] = {}
        for one in load_suite(own, self.specifications, strict=False).golden if own else ():
            by_agent.setdefault(one.case.agent, {})[one.id] = one
        return [
            GoldenSet(folder, self.specification(agent), responses, self.keeper)
            for agent, responses in by_agent.items()
        ]


def _names_agent(path: Path, agent: str) -> bool:
    try:
        return agent_named_in(path) == agent
    except InputError:
        return False  # a broken dataset is told of where it is read for its cases
