"""Which labelled responses are taken: the part that authors of checks look at, or the part held back."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from harness.core.errors import InputError
from harness.suite.golden import GOLDEN_FOLDER
from harness.suite.load import HELD_BACK

__all__ = ["Split", "labelled_folders"]


class Split(StrEnum):
    """``development`` may be looked at while a check is written; ``held-back`` is for final figures."""

    DEVELOPMENT = "development"
    HELD_BACK = "held-back"


def labelled_folders(paths: Sequence[Path], split: Split, *, named: bool) -> tuple[Path, ...]:
    """Return the folders (or files) with the labelled responses of one split.

    Args:
        paths: golden folders, files in them, or folders that hold golden folders.
        split: which part of them.
        named: the user named the paths; those of the configuration may lack golden responses.

    Raises:
        InputError: a path does not exist, holds no labelled response, or is of the other split.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            if named:
                raise InputError(
                    f"{path}: no such file or folder; check the spelling (you are in {Path.cwd()})"
                )
            continue
        found.update(dict.fromkeys(_of_split(path, split, named=named)))
    if not found:
        where = ", ".join(str(path) for path in paths)
        part = f"{GOLDEN_FOLDER}/{HELD_BACK}" if split is Split.HELD_BACK else GOLDEN_FOLDER
        raise InputError(
            f"{where}: no folder {part} with labelled responses; docs/datasets.md shows how to add"
        )
    return tuple(found)


def _of_split(path: Path, split: Split, *, named: bool) -> list[Path]:
    parts = path.resolve().parts
    if HELD_BACK in parts:
        if split is not Split.HELD_BACK:
            raise InputError(f"{path}: these responses are held back for final figures; add --held-back")
        return [path]
    if path.is_file():
        return [path] if split is Split.DEVELOPMENT and named else []
    golden = [path] if GOLDEN_FOLDER in parts else _golden_below(path)
    if split is Split.HELD_BACK:
        golden = [folder / HELD_BACK for folder in golden]
    return [folder for folder in golden if folder.is_dir() and any(folder.glob("**/*.md"))]


def _golden_below(folder: Path) -> list[Path]:
    return [found for found in sorted(folder.rglob(GOLDEN_FOLDER)) if found.is_dir()]
