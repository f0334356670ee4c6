"""Bundles: samples in one compressed file that holds no secrets, for bug reports and for tests of others.

A bundle is gzip of one JSON document per line: a header, then what several requests share (system prompt,
tools, parameters) before the first sample that has it, samples, and failures of calls without an answer.
There are neither headers nor keys in it, as none are ever stored; what looks like a secret in a text is
replaced. The sha of a request is taken before that, so a question that held a secret is still found.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.core.errors import InputError, StoreError
from harness.core.json_text import parse_json
from harness.core.jsonl import canonical_json, sha_of, to_jsonable, write_atomic_bytes
from harness.core.types import Request, Sample
from harness.store.codec import (
    decode_completion,
    decode_request,
    encode,
    question_sha,
    request_sha,
    split_request,
)
from harness.store.redact import redacted
from harness.store.samples import SampleStore

__all__ = [
    "BundledSample",
    "Exported",
    "Imported",
    "export_bundle",
    "import_bundle",
    "is_bundle",
    "read_bundle",
]

FORMAT = 1
KIND = "sample bundle"
_MAGIC = b"\x1f\x8b"
_LONGEST_LINE = 64 * 1024 * 1024
_GROUP = 200  # samples committed at once


@dataclass(frozen=True, slots=True)
class Exported:
    """How many samples and failures a bundle holds, in how many of them secrets were replaced, its bytes."""

    samples: int
    failures: int
    redacted: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Imported:
    """How many samples came into a store, were there already, or were left out for their missing secrets."""

    added: int
    known: int
    redacted: int


@dataclass(frozen=True, slots=True)
class BundledSample:
    """A sample with the request it answers.

    ``question`` identifies what was asked, whoever was asked; ``redacted`` says that a secret was taken out
    of the request, which then is no longer the one that was sent.
    """

    sample: Sample
    request: Request
    question: str
    redacted: bool


def export_bundle(
    store: SampleStore, path: Path, answers: Mapping[str, str] | None, secrets: Sequence[str]
) -> Exported:
    """Write a bundle. Equal samples give equal bytes.

    Args:
        store: where the samples are.
        path: the file to write.
        answers: the digest of each answer by the sha of its request, empty for the one that counts now;
            ``None``: the answer that counts now of every request.
        secrets: texts that must not be in the bundle, beside what looks like a secret.

    Raises:
        StoreError: the store cannot be read.
        IncompleteError: the file cannot be written.
    """
    data = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=data, mtime=0) as packed:
        writer = _Writer(packed, secrets)
        writer.line({"format": FORMAT, "kind": KIND})
        for sample in _wanted(store, answers):
            writer.sample(sample, store.request(sample.request_sha))
        failures = [one for one in store.failures() if answers is None or one.request_sha in answers]
        for failure in failures:
            writer.line({"failure": redacted(to_jsonable(failure), secrets)})
    write_atomic_bytes(path, data.getvalue())
    return Exported(writer.samples, len(failures), writer.redacted, len(data.getvalue()))


def _wanted(store: SampleStore, answers: Mapping[str, str] | None) -> Iterator[Sample]:
    if answers is None:
        yield from store.samples()
        return
    shas = list(answers)
    for start in range(0, len(shas), _GROUP):
        group = {sha: answers[sha] for sha in shas[start : start + _GROUP]}
        found = store.recorded(group)
        yield from (found[sha] for sha in group if sha in found)


class _Writer:
    """Writes samples one by one, what they share once."""

    def __init__(self, file: gzip.GzipFile, secrets: Sequence[str]) -> None:
        self._file = file
        self._secrets = secrets
        self._contexts: dict[str, bool] = {}
        self.samples = 0
        self.redacted = 0

    def line(self, value: dict[str, Any]) -> None:
        self._file.write(encode(value) + b"\n")

    def sample(self, sample: Sample, request: Request) -> None:
        shared, own = (to_jsonable(half) for half in split_request(request))
        context = sha_of(shared)
        if context not in self._contexts:
            clean = redacted(shared, self._secrets)
            self._contexts[context] = clean != shared
            self.line({"context": context, "body": clean})
        clean_own = redacted(own, self._secrets)
        completion = to_jsonable(sample.completion)
        clean_completion = redacted(completion, self._secrets)
        altered = self._contexts[context] or clean_own != own
        labels = {"case": sample.case, "variant": sample.variant, "model_asked": sample.model_asked}
        self.line(
            {
                "sample": sample.request_sha,
                "question": question_sha(request),
                "of": context,
                "request": clean_own,
                "completion": clean_completion,
                "redacted": altered,
                **labels,
            }
        )
        self.samples += 1
        self.redacted += altered or clean_completion != completion


def is_bundle(path: Path) -> bool:
    """Tell whether a file is compressed as bundles are."""
    try:
        with path.open("rb") as file:
            return file.read(2) == _MAGIC
    except OSError:
        return False


def read_bundle(path: Path) -> Iterator[BundledSample]:
    """Yield the samples of a bundle.

    Raises:
        InputError: it is not there, damaged, or no bundle of this release.
    """
    contexts: dict[str, bytes] = {}
    for number, row in _rows(path):
        where = f"{path}:{number}"
        try:
            if "context" in row:
                contexts[row["context"]] = canonical_json(row["body"]).encode("utf-8", "surrogatepass")
            elif "sample" in row:
                yield _bundled(row, contexts[row["of"]], where)
            elif "failure" not in row:
                raise InputError(f"{where}: neither a sample nor a failure; export the bundle again")
        except (KeyError, TypeError, StoreError) as error:
            raise InputError(f"{where}: damaged ({error}); export the bundle again") from error


def import_bundle(store: SampleStore, path: Path) -> Imported:
    """Put the samples of a bundle into a store; what the store has stays.

    A request that held a secret cannot be asked again as it was: such samples are left out.

    Raises:
        InputError: it is no bundle, or a sample does not belong to its request.
        StoreError: the store cannot be written.
    """
    before, offered, left_out = len(store), 0, 0
    group: list[tuple[Sample, Request]] = []
    for one in read_bundle(path):
        if one.redacted:
            left_out += 1
            continue
        if request_sha(one.request) != one.sample.request_sha:
            raise InputError(
                f"{path}: the sample of case {one.sample.case!r} does not belong to its request; "
                "the bundle was changed, export it again"
            )
        offered += 1
        group.append((one.sample, one.request))
        if len(group) == _GROUP:
            store.put_many(group)
            group = []
    if group:
        store.put_many(group)
    added = len(store) - before
    return Imported(added, offered - added, left_out)


def _bundled(row: dict[str, Any], shared: bytes, where: str) -> BundledSample:
    own = canonical_json(row["request"]).encode("utf-8", "surrogatepass")
    request = decode_request(shared, own, where)
    completion = decode_completion(canonical_json(row["completion"]).encode("utf-8", "surrogatepass"), where)
    labels = [row[name] for name in ("sample", "case", "variant", "model_asked", "question")]
    if not all(isinstance(label, str) for label in labels):
        raise InputError(f"{where}: a label is no text; export the bundle again")
    sha, case, variant, model, question = labels
    sample = Sample(sha, case, variant, request.trial, model, completion)
    return BundledSample(sample, request, question, bool(row["redacted"]))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with gzip.open(path, "rb") as packed:
            number = 0
            while line := packed.readline(_LONGEST_LINE):
                number += 1
                row = _row(line, f"{path}:{number}")
                if number == 1:
                    _demand_header(row, path)
                else:
                    yield number, row
            if not number:
                raise InputError(f"{path}: empty; export the bundle again")
    except OSError as error:  # includes what is no gzip file
        reason = error.strerror or error
        raise InputError(f"{path}: cannot be read as a bundle ({reason}); export it again") from error
    except (EOFError, zlib.error) as error:
        raise InputError(f"{path}: damaged ({error}); copy or export it again") from error


def _row(line: bytes, where: str) -> dict[str, Any]:
    try:
        row = parse_json(line.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise InputError(f"{where}: no JSON; not a sample bundle") from error
    if not isinstance(row, dict):
        raise InputError(f"{where}: no JSON object; not a sample bundle")
    return row


def _demand_header(row: dict[str, Any], path: Path) -> None:
    if row.get("kind") != KIND:
        raise InputError(f"{path}: not a sample bundle; make one with `harness samples export`")
    if row.get("format") != FORMAT:
        raise InputError(f"{path}: format {row.get('format')}, this release reads {FORMAT}; export it again")
