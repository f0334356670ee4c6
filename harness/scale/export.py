"""A folder of partitions: stored answers that are decided again without the store they came from.

``export.json`` is written last, so a folder that has it is whole. It says once what all answers share, and
of each partition how many answers it holds and the sha of its bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import canonical_json, sha_of, write_atomic, write_atomic_bytes
from harness.core.types import Mode
from harness.scale.partition import StoredResponse, responses_bytes
from harness.store.decided import DecidedRule, RunIdentity

__all__ = [
    "EXPORT_NAME",
    "Export",
    "ExportHeader",
    "Partition",
    "is_export",
    "partition_bytes",
    "read_export",
    "write_export",
]

EXPORT_NAME = "export.json"
FORMAT = 1
KIND: Literal["answers to decide"] = "answers to decide"
RESPONSES = 256
"""Answers in a partition: some seconds of work, so that little is lost with a worker."""

_LARGEST_TEXT = 8 * 1024 * 1024  # characters of answers and questions in one partition


class ExportHeader(RunIdentity):
    """What all answers of an export share.

    Attributes:
        rules: the rules of the run that are demanded, with their checks and parameters.
        mode: how rules are read in other languages.
        checks: the version of each check that decided the run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[DecidedRule, ...]
    mode: Mode
    checks: dict[str, int]


class Partition(BaseModel):
    """One file of an export: its name, how many answers it holds, its size, and the sha of its bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    responses: int
    redacted: int
    bytes: int
    sha: str


class Export(BaseModel):
    """An export, as ``export.json`` describes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["answers to decide"] = KIND
    format: int = FORMAT
    header: ExportHeader
    partitions: tuple[Partition, ...]

    @property
    def responses(self) -> int:
        """Number of answers."""
        return sum(one.responses for one in self.partitions)

    @property
    def redacted(self) -> int:
        """Number of answers of whose texts a secret was taken out."""
        return sum(one.redacted for one in self.partitions)

    @property
    def sha(self) -> str:
        """Identifies the answers and what was said of them."""
        return sha_of(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class _Limits:
    responses: int
    text: int


def is_export(path: Path) -> bool:
    """Tell whether a folder is an export."""
    return (path / EXPORT_NAME).is_file()


def write_export(
    folder: Path, header: ExportHeader, responses: Iterable[StoredResponse], size: int = RESPONSES
) -> Export:
    """Write answers into a folder, one partition after the other.

    The same answers in the same order give the same files. At no time is more than one partition in memory.

    Args:
        folder: an empty folder, one that does not exist, or an earlier export that is to be replaced.
        header: what the answers share.
        responses: the answers, in the order in which verdicts are wanted.
        size: answers in one partition; long ones make it smaller.

    Raises:
        InputError: the folder holds something else.
        IncompleteError: it cannot be written to, or the disk is full.
        ConfigurationError: pyarrow is not installed.
    """
    _demand_room(folder)
    (folder / EXPORT_NAME).unlink(missing_ok=True)
    partitions = []
    for number, group in enumerate(_groups(responses, _Limits(size, _LARGEST_TEXT))):
        name = f"part-{number:06d}.parquet"
        data = responses_bytes(group)
        write_atomic_bytes(folder / name, data)
        partitions.append(
            Partition(
                name=name,
                responses=len(group),
                redacted=sum(one.redacted for one in group),
                bytes=len(data),
                sha=hashlib.sha256(data).hexdigest(),
            )
        )
    _discard(folder, {one.name for one in partitions})
    export = Export(header=header, partitions=tuple(partitions))
    write_atomic(folder / EXPORT_NAME, canonical_json(export.model_dump(mode="json")) + "\n")
    return export


def read_export(folder: Path) -> Export:
    """Read the description of an export.

    Raises:
        InputError: there is none, or it is not one of this release.
    """
    file = folder / EXPORT_NAME
    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"{file}: cannot be read ({error.strerror}); name the folder of an export"
        ) from error
    export = parse_document(Export, data, file, "an export", "make it again with `harness redecide --export`")
    if export.format != FORMAT:
        raise InputError(f"{file}: format {export.format}, this release reads {FORMAT}; export again")
    for one in export.partitions:
        if Path(one.name).name != one.name:
            raise InputError(f"{file}: {one.name!r} is not the name of a partition; export again")
    return export


def partition_bytes(folder: Path, partition: Partition) -> bytes:
    """Read the bytes of a partition, and make sure that they are those that were written.

    Raises:
        InputError: the file is not there, or was changed.
    """
    path = folder / partition.name
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); copy or export it again") from error
    if hashlib.sha256(data).hexdigest() != partition.sha:
        raise InputError(f"{path}: not what was exported (its sha differs); copy or export it again")
    return data


def _groups(responses: Iterable[StoredResponse], limits: _Limits) -> Iterator[list[StoredResponse]]:
    group: list[StoredResponse] = []
    text = 0
    for one in responses:
        group.append(one)
        text += len(one.sample.completion.text) + sum(len(file.text) for file in one.case.files)
        if len(group) == limits.responses or text >= limits.text:
            yield group
            group, text = [], 0
    if group:
        yield group


def _demand_room(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; name a folder for the export")
    others = sorted(path.name for path in folder.iterdir() if not _is_ours(path)) if folder.is_dir() else []
    if others:
        raise InputError(f"{folder}: holds {others[0]}; an export needs a folder of its own")


def _is_ours(path: Path) -> bool:
    return path.name in {EXPORT_NAME, "decided"} or (
        path.name.startswith(("part-", ".part-", f".{EXPORT_NAME}.")) and path.is_file()
    )


def _discard(folder: Path, kept: set[str]) -> None:
    """Remove the partitions of an earlier export, and halves that a killed one left behind."""
    for path in folder.iterdir():
        if path.name.startswith(("part-", ".part-", f".{EXPORT_NAME}.")) and path.name not in kept:
            path.unlink(missing_ok=True)
