"""Find files: the same rules for agent files, datasets and source trees.

Hidden folders and folders of installed packages are skipped, links are not followed out of the
tree, and the order is the sorted one, so that two machines see the same list.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from harness.core.errors import InputError

__all__ = ["SKIPPED_FOLDERS", "expand", "is_file", "is_folder", "leads_out", "walk_files"]

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "vendor", "venv", "dist", "build"})


def is_folder(path: Path) -> bool:
    """Say whether there is a folder; a name from a document may be one that no folder can have."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Say whether there is a file; a name from a document may be one that no file can have."""
    try:
        return path.is_file()
    except OSError:
        return False


def walk_files(folder: Path, suffixes: Collection[str] = (), *, linked: bool = False) -> Iterator[Path]:
    """Yield the files below a folder in sorted order; ``suffixes`` (with dot) limits them.

    A stranger's tree may link to any file of this machine: a link to a file out of the folder is passed
    over, unless ``linked`` says that people link such files from elsewhere. Linked folders never are walked.
    """
    for here, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in SKIPPED_FOLDERS
        )
        for name in sorted(files):
            path = Path(here) / name
            if name.startswith(".") and not name.startswith(".env"):
                continue
            if suffixes and path.suffix.lower() not in suffixes:
                continue
            if path.is_file() and (linked or not leads_out(path, folder)):
                yield path


def leads_out(path: Path, folder: Path) -> bool:
    """Tell whether a file of a folder is a link to something outside of it."""
    return path.is_symlink() and not path.resolve().is_relative_to(folder.resolve())


def expand(paths: Iterable[Path], suffixes: Collection[str] = ()) -> list[Path]:
    """Turn files and folders into a list of files, each once, in the order given.

    A file that is named is taken whatever its suffix.

    Raises:
        InputError: a path does not exist, or a folder holds no file that fits.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = list(walk_files(path, suffixes))
            if not inside:
                wanted = f" with {', '.join(sorted(suffixes))}" if suffixes else ""
                raise InputError(
                    f"{path}: the folder holds no file{wanted} (links out of it are not "
                    "followed); name another folder or a file"
                )
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise InputError(f"{path}: no such file or folder; check the spelling (you are in {Path.cwd()})")
    return list(found)
