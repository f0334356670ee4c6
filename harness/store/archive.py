"""A decided run together with its answers, in one compressed file that travels without the store."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from harness.core.documents import parse_document
from harness.core.errors import InputError
from harness.core.jsonl import write_atomic_bytes
from harness.core.types import Sample
from harness.store.coherent import incoherence
from harness.store.decided import DecidedRun

__all__ = ["Archive", "read_archive", "write_archive"]

FORMAT = 2
_LARGEST = 512 * 1024 * 1024


class _Header(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    run: DecidedRun
    prompts: dict[str, str]
    format: int = FORMAT


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sample: Sample


@dataclass(frozen=True, slots=True)
class Archive:
    """A decided run with what is needed to decide it again or to ask its cases again.

    ``prompts`` are the system prompts of its variants, by name.
    """

    run: DecidedRun
    prompts: dict[str, str]
    samples: tuple[Sample, ...]


def write_archive(path: Path, archive: Archive) -> None:
    """Write an archive: gzip of one JSON document per line. Equal archives give equal bytes.

    Raises:
        IncompleteError: the folder cannot be written to or the disk is full.
    """
    header = _Header(run=archive.run, prompts=archive.prompts)
    lines = [header.model_dump_json(), *(_Answer(sample=one).model_dump_json() for one in archive.samples)]
    data = io.BytesIO()
    # Neither the time nor the name of the file belongs to what is archived.
    with gzip.GzipFile(filename="", mode="wb", fileobj=data, mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    write_atomic_bytes(path, data.getvalue())


def read_archive(path: Path) -> Archive:
    """Read an archive.

    Raises:
        InputError: it is not there, damaged, too large, or of another release.
    """
    lines = _unpacked(path)
    words = ("an archive", "make it again with `harness baseline RUN`")
    header = parse_document(_Header, lines[0], path, *words)
    if wrong := incoherence(header.run):
        raise InputError(
            f"{path}: {wrong}; it was damaged or changed: restore it, or make the baseline again"
        )
    samples = tuple(parse_document(_Answer, line, path, *words).sample for line in lines[1:])
    return Archive(header.run, header.prompts, samples)


def _unpacked(path: Path) -> Sequence[bytes]:
    try:
        with gzip.open(path, "rb") as packed:
            data = packed.read(_LARGEST + 1)
    except OSError as error:  # includes what is no gzip file
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); restore it") from error
    except (EOFError, zlib.error) as error:
        raise InputError(f"{path}: damaged ({error}); restore it, or make the baseline again") from error
    if len(data) > _LARGEST:
        raise InputError(f"{path}: unpacks to more than {_LARGEST >> 20} MB; make a smaller baseline")
    return data.splitlines() or [b""]
