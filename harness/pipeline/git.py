"""What git knows: files as they were at a commit, and what changed since."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.agentfile.sidecar_file import load_sidecar, sidecar_path
from harness.core.errors import InputError

__all__ = ["FileVersion", "changed_among", "commit_of", "export_agent", "versions_of", "was_there"]

_TIMEOUT_S = 120
_MOST_LINKS = 20  # a link may lead to a link; more than this is a circle
_LINK = b"120000"  # modes of git's trees
_FILES = {b"100644", b"100755"}


def commit_of(ref: str, folder: Path) -> str:
    """Return the sha of the commit that a name means.

    Raises:
        InputError: there is no git, no repository around the folder, or no such commit.
    """
    if not ref or ref.startswith("-"):
        raise InputError(f"{ref!r}: not the name of a commit")
    _top_of(folder)
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


def was_there(ref: str, file: Path) -> bool:
    """Tell whether a commit has a file.

    Raises:
        InputError: there is no such commit, or the file lies outside of the repository.
    """
    commit, top = commit_of(ref, file.parent), _top_of(file.parent)
    return _followed(commit, top, _inside(file, top)) is not None


def export_agent(ref: str, agent: Path, target: Path) -> Path | None:
    """Write an agent file as it was at a commit, with its sidecar and the files that includes.

    They keep their places in the repository below ``target``, so that paths between them lead where they
    led; links that stay within the repository are followed.

    Returns:
        Where the agent file is, or nothing if it was not there.

    Raises:
        InputError: there is no such commit, git fails, or a path leads out of the repository.
    """
    commit, top = commit_of(ref, agent.parent), _top_of(agent.parent)
    place = _inside(agent, top)
    wanted = [place, _inside(sidecar_path(agent), top)]
    _export(commit, top, wanted, target)
    if not (target / place).is_file():
        return None
    sidecar = target / wanted[1]
    if sidecar.is_file():
        names = [name for name, _ in load_sidecar(sidecar).includes]
        where = f"{agent}: the sidecar of {ref}"
        _export(commit, top, [_joined(wanted[1].parent, name, where) for name in names], target)
    return target / place


@dataclass(frozen=True, slots=True)
class FileVersion:
    """A file as a commit left it: where it was then, and what it held."""

    commit: str
    created: str
    subject: str
    path: PurePosixPath
    data: bytes


def versions_of(file: Path, most: int) -> tuple[FileVersion, ...]:
    """Return the versions of a file along its history, renames followed, the newest first.

    Args:
        file: as it is called today.
        most: so many at most.

    Raises:
        InputError: there is no git, no repository around the file, or the file lies outside of it.
    """
    top = _top_of(file.parent)
    place = _inside(file, top)
    failed = f"{file}: git cannot tell its history"
    form = "--format=%x1e%H%x1f%cI%x1f%s%x1f"
    wanted = ("-z", "--follow", "--name-only", "--diff-filter=AMRCT", f"--max-count={most}", form)
    if not _git(top, failed, "rev-list", "--all", "--max-count=1").strip():
        return ()
    said = _git(top, failed, "log", *wanted, "--", place.as_posix()).decode("utf-8", "surrogateescape")
    found = []
    for record in said.split("\x1e")[1:]:
        parts = record.split("\x1f")
        path = PurePosixPath(parts[-1].strip("\0\n"))
        data = _git(top, failed, "cat-file", "--filters", f"{parts[0]}:{path.as_posix()}")
        found.append(FileVersion(parts[0], parts[1], " ".join(parts[2:-1]), path, data))
    return tuple(found)


def changed_among(ref: str, files: Iterable[Path], folder: Path) -> frozenset[Path]:
    """Return those of some files that differ from a commit, those not yet added too.

    Raises:
        InputError: there is no such commit, git fails, or a file lies outside of the repository.
    """
    commit, top = commit_of(ref, folder), _top_of(folder)
    places = {_inside(file, top).as_posix(): file for file in files}
    if not places:
        return frozenset()
    failed = f"{folder}: git cannot say what changed since {ref}"
    names = _git(top, failed, "diff", "--name-only", "--no-renames", "-z", commit, "--", *places)
    names += _git(top, failed, "ls-files", "--others", "--exclude-standard", "-z", "--", *places)
    found = names.decode("utf-8", "surrogateescape").split("\0")
    return frozenset(places[name] for name in found if name in places)


def _export(commit: str, top: Path, wanted: Sequence[PurePosixPath], target: Path) -> None:
    """Write files of a commit below a folder; a link becomes the file that it leads to."""
    for place in wanted:
        source = _followed(commit, top, place)
        if source is not None:
            # Converted as a checkout would: line endings, large files.
            failed = f"{place}: git cannot read it as it was"
            data = _git(top, failed, "cat-file", "--filters", f"{commit}:{source}")
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            (target / place).write_bytes(data)


def _followed(commit: str, top: Path, place: PurePosixPath) -> PurePosixPath | None:
    """Return the file of a commit that a path leads to, or nothing if it was not there.

    Raises:
        InputError: links lead out of the repository or in a circle.
    """
    for _ in range(_MOST_LINKS):
        failed = f"{place}: git cannot find it in the commit {commit[:12]}"
        found = _git(top, failed, "ls-tree", "-z", "--full-tree", commit, "--", place.as_posix())
        kind = found.split(b" ", 1)[0]
        if kind != _LINK:
            return place if kind in _FILES else None
        leads = _git(top, failed, "cat-file", "blob", f"{commit}:{place}").decode("utf-8", "surrogateescape")
        place = _joined(place.parent, leads, f"{place}: the link, as it was at that commit,")
    raise InputError(f"{place}: its links lead in a circle at the commit {commit[:12]}; mend them")


def _joined(folder: PurePosixPath, name: str, where: str) -> PurePosixPath:
    """Return the place in the repository that a relative path leads to.

    Raises:
        InputError: it leads out of the repository.
    """
    joined = os.path.normpath(folder.as_posix() + "/" + name)
    if name.startswith("/") or joined == ".." or joined.startswith("../"):
        raise InputError(
            f"{where} leads out of the repository ({name}); the file as it was cannot be known: put it into "
            "the repository"
        )
    return PurePosixPath(joined)


def _top_of(folder: Path) -> Path:
    failed = f"{folder}: not in a git repository"
    return Path(
        _git(folder, failed, "rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").rstrip("\n")
    )


def _inside(file: Path, top: Path) -> PurePosixPath:
    """Return where a file lies in its repository; a link is the link, not what it points to.

    Raises:
        InputError: it lies outside.
    """
    place = file.parent.resolve() / file.name
    try:
        return PurePosixPath(place.relative_to(top.resolve()).as_posix())
    except ValueError as error:
        raise InputError(
            f"{file}: lies outside of the git repository {top}; git does not know how it was"
        ) from error


def _git(folder: Path, failed: str, *arguments: str) -> bytes:
    try:
        answer = subprocess.run(
            # A name may hold what git takes for a pattern.
            ("git", "-C", str(folder), "--literal-pathspecs", *arguments),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise InputError(f"{failed} (git is not installed)") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{failed} (git did not answer in {_TIMEOUT_S} s)") from error
    if answer.returncode:
        words = answer.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(f"{failed} ({words[-1]})" if words else failed)
    return answer.stdout
