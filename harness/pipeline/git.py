"""What git knows: files as they were at a commit, and what changed since."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

from harness.core.errors import InputError

__all__ = ["changed_since", "commit_of", "export_folder"]

_TIMEOUT_S = 120


def commit_of(ref: str, folder: Path) -> str:
    """Return the sha of the commit that a name means.

    Raises:
        InputError: there is no git, no repository around the folder, or no such commit.
    """
    if ref.startswith("-"):
        raise InputError(f"{ref}: not the name of a commit")
    # A shallow clone, as CI makes them, has not fetched what it does not need.
    said = _git(
        folder,
        f"{ref}: no such commit here; in CI, fetch it first (a checkout with its history: fetch-depth: 0)",
        "rev-parse",
        "--verify",
        "--quiet",
        f"{ref}^{{commit}}",
    )
    return said.decode("ascii").strip()


def export_folder(ref: str, folder: Path, target: Path) -> Path | None:
    """Write a folder as it was at a commit below ``target``; return where, or nothing if it was not there.

    Raises:
        InputError: there is no such commit, or git fails.
    """
    commit = commit_of(ref, folder)
    prefix = _git(folder, f"{folder}: not in a git repository", "rev-parse", "--show-prefix")
    inside = prefix.decode("utf-8", "surrogateescape").strip().rstrip("/")
    tree = f"{commit}:{inside}" if inside else commit
    probe = subprocess.run(
        ("git", "-C", str(folder), "cat-file", "-e", tree),
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if probe.returncode:
        return None
    failed = f"{folder}: git cannot archive it at {ref}"
    # `git archive` sees nothing from within a folder that the tree does not have.
    top = _git(folder, failed, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").strip()
    packed = _git(Path(top), failed, "archive", "--format=tar", tree)
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(target, filter="data")
    return target


def changed_since(ref: str, folder: Path) -> frozenset[Path]:
    """Return the files below a folder that differ from a commit, those not yet added too (absolute paths).

    Raises:
        InputError: there is no such commit, or git fails.
    """
    commit = commit_of(ref, folder)
    failed = f"{folder}: git cannot say what changed since {ref}"
    names = _git(folder, failed, "diff", "--name-only", "-z", "--relative", commit, "--", ".")
    names += _git(folder, failed, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    found = names.decode("utf-8", "surrogateescape").split("\0")
    return frozenset((folder / name).resolve() for name in found if name)


def _git(folder: Path, failed: str, *arguments: str) -> bytes:
    try:
        answer = subprocess.run(
            ("git", "-C", str(folder), *arguments), capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except FileNotFoundError as error:
        raise InputError(f"{failed} (git is not installed)") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{failed} (git did not answer in {_TIMEOUT_S} s)") from error
    if answer.returncode:
        words = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"{failed} ({words[-1]})" if words else failed)
    return answer.stdout
