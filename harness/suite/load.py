"""Load a suite: dataset files and folders in, frozen cases and golden responses out."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.discover import walk_files
from harness.core.errors import DatasetError, InputError
from harness.core.located_yaml import Document, Where, read_bounded, read_yaml, validated
from harness.core.types import Case, CaseKind
from harness.suite.cases import sealed
from harness.suite.catalogue import Catalogue, Specification, closest
from harness.suite.golden import (
    GOLDEN_FOLDER,
    GoldenFile,
    GoldenResponse,
    files_of,
    messages_of,
    own_case,
    read_golden,
)
from harness.suite.schema import LABELS_SUFFIX, ComplianceCase, ComplianceFile, RoutingCase, RoutingFile

__all__ = ["NO_AGENT", "Suite", "agent_named_in", "compliance_files", "find_files", "load_suite"]

NO_AGENT = "none"  # the label of a message that no agent should get
YAML_SUFFIXES = (".yaml", ".yml")
HELD_BACK = "held-back"
NO_DATASETS = (".harness.yaml", LABELS_SUFFIX)  # YAML beside datasets: sidecars, labels of annotators


@dataclass(frozen=True, slots=True)
class Suite:
    """Everything that was loaded, in the order of the files and of the cases in them.

    ``rosters`` maps the id of a routing case to the folder of its agents (``None``: the project's
    own). ``warnings`` are lines of the form ``file:line: what``; there are none in a strict load.
    """

    cases: tuple[Case, ...]
    golden: tuple[GoldenResponse, ...]
    rosters: Mapping[str, Path | None]
    warnings: tuple[str, ...]

    def of_kind(self, kind: CaseKind) -> tuple[Case, ...]:
        """Return the cases of one kind."""
        return tuple(case for case in self.cases if case.kind is kind)


def load_suite(paths: Sequence[Path], catalogue: Catalogue, *, strict: bool = True) -> Suite:
    """Load dataset files and folders.

    A folder means every ``.yaml`` and ``.yml`` below it; golden responses (``golden/*.md``) are only
    loaded where a path names such a file, a ``golden`` folder or something inside one. What a YAML
    file is shows in its content: a compliance dataset has ``agent:``, a routing dataset has it in
    each case.

    Args:
        paths: files and folders, each loaded once.
        catalogue: finds agents by name; :class:`harness.suite.catalogue.AgentFolder` is the usual one.
        strict: refuse a reference to a rule that the agent does not have. Give ``False`` to measure
            another agent file with the dataset: such references then become warnings.

    Raises:
        DatasetError: a file breaks its format, an id is given twice or a reference means nothing;
            the message begins with ``file:line``.
        InputError: a path does not exist or holds nothing to load.
    """
    loader = _Loader(catalogue, strict=strict)
    for path in find_files(paths):
        loader.load(path)
    return Suite(tuple(loader.cases), tuple(loader.golden), loader.rosters, tuple(loader.warnings))


def find_files(paths: Sequence[Path]) -> list[Path]:
    """Return the dataset files that paths mean, each once, folders expanded in sorted order.

    Raises:
        InputError: a path does not exist, or a folder holds no dataset.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = list(_inside(path))
            if not inside:
                raise InputError(
                    f"{path}: the folder holds no dataset (.yaml, or .md in golden/); name another"
                )
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise InputError(
                f"{path}: no such dataset file or folder; check the spelling (you are in {Path.cwd()})"
            )
    return list(found)


def compliance_files(paths: Sequence[Path], agent: str) -> list[Path]:
    """Return, of the datasets that paths mean, those with compliance cases for one agent.

    Raises:
        DatasetError: a file is not YAML.
        InputError: a path does not exist, or a folder holds no dataset.
    """
    return [path for path in find_files(paths) if agent_named_in(path) == agent]


def agent_named_in(path: Path) -> str:
    """Return the agent that a compliance dataset names at its top; empty for any other file.

    Raises:
        DatasetError: the file is not YAML.
    """
    return _agent_of(_read(path).value) if path.suffix in YAML_SUFFIXES else ""


def _inside(folder: Path) -> list[Path]:
    held_back = HELD_BACK in folder.resolve().parts  # for final figures: only who names it gets it
    golden = GOLDEN_FOLDER in folder.parts or folder.resolve().name == GOLDEN_FOLDER
    suffixes = (*YAML_SUFFIXES, ".md") if golden else YAML_SUFFIXES
    return [
        path
        for path in walk_files(folder, suffixes)
        if not path.name.endswith(NO_DATASETS)
        and path.name.lower() != "readme.md"
        and (held_back or HELD_BACK not in path.relative_to(folder).parts)
    ]


def _dataset_folder(golden: Path) -> Path:
    """Return the folder whose datasets a golden response belongs to: the one that holds ``golden/``."""
    for parents in (golden.parents, golden.resolve().parents):
        for parent in parents:
            if parent.name == GOLDEN_FOLDER:
                return parent.parent
    return golden.parent


def _read(path: Path) -> Document:
    return read_yaml(read_bounded(path, error=DatasetError), str(path), error=DatasetError)


def _agent_of(value: Any) -> str:
    """Return the agent that a compliance dataset names; empty for anything else."""
    agent = value.get("agent") if isinstance(value, dict) else None
    return agent if isinstance(agent, str) else ""


def _is_routing(value: Any) -> bool:
    """Tell a routing dataset by its content, even if some of its cases are incomplete."""
    if not isinstance(value, dict) or "agent" in value:
        return False
    cases = value.get("cases")
    entries = [case for case in cases if isinstance(case, dict)] if isinstance(cases, list) else []
    return "roster" in value or any("agent" in case or "message" in case for case in entries)


class _Loader:
    """Collects cases file by file and remembers which ids are taken."""

    def __init__(self, catalogue: Catalogue, *, strict: bool) -> None:
        self.catalogue = catalogue
        self.strict = strict
        self.cases: list[Case] = []
        self.golden: list[GoldenResponse] = []
        self.rosters: dict[str, Path | None] = {}
        self.warnings: dict[str, None] = {}  # each once: golden responses read their dataset again
        self.taken: dict[tuple[CaseKind, str], str] = {}
        self.neighbours: dict[Path, list[Case]] = {}

    def load(self, path: Path) -> None:
        if path.suffix.lower() == ".md":
            self.golden.append(self.golden_response(path))
            return
        document = _read(path)
        cases = self.routing(document) if _is_routing(document.value) else self.compliance(document)
        for index, case in enumerate(cases):
            self.take(case, document, ("cases", index, "id"))
        self.cases.extend(cases)

    def take(self, case: Case, document: Document, where: Where) -> None:
        """Refuse an id that another case of the same kind has: results are keyed by it."""
        first = self.taken.setdefault((case.kind, case.id), case.provenance)
        if first != case.provenance:
            raise document.fault(where, f"the id {case.id!r} is taken by the case at {first}; choose another")

    # --- compliance ---------------------------------------------------------------------------

    def compliance(self, document: Document) -> list[Case]:
        if not isinstance(document.value, dict) or "agent" not in document.value:
            raise document.fault(
                (),
                "not a dataset: a compliance dataset has `agent:` at the top, a routing dataset in each case",
            )
        file = validated(document, ComplianceFile)
        specification = self.specification(file.agent, document, ("agent",))
        return [
            self.compliance_case(entry, file.agent, specification, (document, ("cases", index)))
            for index, entry in enumerate(file.cases)
        ]

    def compliance_case(
        self, entry: ComplianceCase, agent: str, specification: Specification, place: tuple[Document, Where]
    ) -> Case:
        document, where = place
        case = sealed(
            Case(
                id=entry.id,
                kind=CaseKind.COMPLIANCE,
                agent=agent,
                messages=messages_of(entry.prompt, entry.messages),
                files=files_of(entry.files),
                applies=entry.applies,
                not_applicable=entry.not_applicable,
                expected_agent="",
                tags=entry.tags,
                cluster=entry.cluster,
                provenance=f"{Path(document.path).as_posix()}:{document.line_of(where)}",
                sha="",
            )
        )
        applies = self.resolve(entry.applies, specification, (document, (*where, "applies")))
        excluded = self.resolve(entry.not_applicable, specification, (document, (*where, "not_applicable")))
        for rule in applies:
            if rule in excluded:
                raise document.fault(
                    (*where, "not_applicable"), f"the rule {rule!r} stands under `applies` as well; keep one"
                )
        return dataclasses.replace(case, applies=applies, not_applicable=excluded)

    def specification(self, agent: str, document: Document, where: Where) -> Specification:
        try:
            return self.catalogue.specification(agent)
        except InputError as error:
            raise document.fault(where, f"the agent {agent!r} cannot be used: {error}") from error

    def resolve(
        self, references: Sequence[str], specification: Specification, place: tuple[Document, Where]
    ) -> tuple[str, ...]:
        """Turn check ids and rule ids into rule ids, each once."""
        document, where = place
        rules: dict[str, None] = {}
        for index, reference in enumerate(references):
            meant = specification.rules_of(reference)
            if not meant:
                self.unknown(document, (*where, index), specification.why_unknown(reference))
            rules.update(dict.fromkeys(meant))
        return tuple(rules)

    def unknown(self, document: Document, where: Where, message: str) -> None:
        error = document.fault(where, message)
        if self.strict:
            raise error
        self.warnings[str(error)] = None

    # --- routing ------------------------------------------------------------------------------

    def routing(self, document: Document) -> list[Case]:
        file = validated(document, RoutingFile)
        folder = Path(document.path).parent / file.roster if file.roster else None
        try:
            names = self.catalogue.roster(folder)
        except InputError as error:
            raise document.fault(("roster",), f"the roster cannot be used: {error}") from error
        cases = [self.routing_case(entry, names, document, index) for index, entry in enumerate(file.cases)]
        self.rosters.update({case.id: folder for case in cases})
        return cases

    def routing_case(
        self, entry: RoutingCase, names: Collection[str], document: Document, index: int
    ) -> Case:
        where = ("cases", index)
        if entry.agent != NO_AGENT and entry.agent not in names:
            hint = closest(entry.agent, names) or f"known: {NO_AGENT}, {', '.join(sorted(names))}"
            raise document.fault(
                (*where, "agent"), f"no agent of the roster is named {entry.agent!r}; {hint}"
            )
        return sealed(
            Case(
                id=entry.id,
                kind=CaseKind.ROUTING,
                agent="",
                messages=messages_of(entry.message, entry.messages),
                files=(),
                applies=(),
                not_applicable=(),
                expected_agent=entry.agent,
                tags=entry.tags,
                cluster=entry.cluster,
                provenance=f"{Path(document.path).as_posix()}:{document.line_of(where)}",
                sha="",
            )
        )

    # --- golden responses ---------------------------------------------------------------------

    def golden_response(self, path: Path) -> GoldenResponse:
        file = read_golden(path)
        front = file.front
        case = self.answered(file, path)
        specification = self.specification(case.agent, file.document, ("agent",))
        for reference in front.labels:
            if not specification.rules_of(reference):
                self.unknown(file.document, ("labels", reference), specification.why_unknown(reference))
        return GoldenResponse(
            case=case,
            response=file.response,
            labels=dict(front.labels),
            notes=dict(front.notes),
            truncated=front.truncated,
            author=front.author,
            path=path.as_posix(),
            line_offset=file.line_offset,
        )

    def answered(self, file: GoldenFile, path: Path) -> Case:
        """Find the case that a golden response answers, or make it from the response's own question."""
        folder = _dataset_folder(path)
        known = self.cases_beside(folder)
        if not file.front.case:
            agent = file.front.agent or (known[0].agent if known else folder.resolve().name)
            return own_case(file, agent)
        for case in known:
            if case.id == file.front.case:
                return case
        ids = [case.id for case in known]
        hint = closest(file.front.case, ids) or "give `prompt` instead, or mend the id"
        raise file.document.fault(
            ("case",), f"the datasets in {folder} have no compliance case {file.front.case!r}; {hint}"
        )

    def cases_beside(self, folder: Path) -> list[Case]:
        if folder not in self.neighbours:
            documents = [
                _read(path)
                for path in sorted(folder.iterdir())
                if path.suffix in YAML_SUFFIXES and not path.name.endswith(NO_DATASETS) and path.is_file()
            ]
            self.neighbours[folder] = [
                case
                for document in documents
                if _agent_of(document.value)
                for case in self.compliance(document)
            ]
        return self.neighbours[folder]
