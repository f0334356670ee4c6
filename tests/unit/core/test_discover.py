"""Files are found in one order, and what is not the user's own is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.discover import expand, is_file, is_folder, walk_files
from harness.core.errors import InputError


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def names(root: Path, *suffixes: str) -> list[str]:
    return [path.relative_to(root).as_posix() for path in walk_files(root, suffixes)]


def test_files_come_in_sorted_order(tmp_path: Path) -> None:
    """Two machines see the same list."""
    make(tmp_path, "b.md", "a/z.md", "a.md")
    assert names(tmp_path) == ["a.md", "b.md", "a/z.md"]


def test_hidden_and_installed_folders_are_left_out(tmp_path: Path) -> None:
    """Nobody means the code of installed packages."""
    make(tmp_path, ".git/x.md", "node_modules/p/x.md", "src/x.md")
    assert names(tmp_path) == ["src/x.md"]


def test_suffixes_limit_what_is_found(tmp_path: Path) -> None:
    """Suffixes are compared without regard to case."""
    make(tmp_path, "a.MD", "b.js")
    assert names(tmp_path, ".md") == ["a.MD"]


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    """A linked folder may be anywhere, even above."""
    make(tmp_path, "tree/a.md", "elsewhere/b.md")
    (tmp_path / "tree/link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names(tmp_path / "tree") == ["a.md"]


def test_a_linked_file_out_of_the_tree_is_passed_over(tmp_path: Path) -> None:
    """A stranger's checkout may link to any file of this machine."""
    make(tmp_path, "tree/a.md", "secret.md")
    (tmp_path / "tree/link.md").symlink_to(tmp_path / "secret.md")
    assert names(tmp_path / "tree") == ["a.md"]


def test_a_linked_file_within_the_tree_is_read(tmp_path: Path) -> None:
    """It shows nothing that the tree does not hold."""
    make(tmp_path, "tree/sub/a.md")
    (tmp_path / "tree/link.md").symlink_to("sub/a.md")
    assert names(tmp_path / "tree") == ["link.md", "sub/a.md"]


def test_linked_agents_are_read_where_that_is_asked_for(tmp_path: Path) -> None:
    """People keep their agents in one place and link them into their projects."""
    make(tmp_path, "tree/a.md", "mine.md")
    (tmp_path / "tree/link.md").symlink_to(tmp_path / "mine.md")
    found = walk_files(tmp_path / "tree", {".md"}, linked=True)
    assert [path.name for path in found] == ["a.md", "link.md"]


def test_a_named_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    """Whoever names a file means it."""
    make(tmp_path, "odd.txt")
    assert expand([tmp_path / "odd.txt"], {".md"}) == [tmp_path / "odd.txt"]


def test_a_file_named_twice_is_taken_once(tmp_path: Path) -> None:
    """A folder and a file in it may both be named."""
    make(tmp_path, "a.md")
    assert expand([tmp_path, tmp_path / "a.md"]) == [tmp_path / "a.md"]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    """The message says which path is missing."""
    with pytest.raises(InputError, match="gone"):
        expand([tmp_path / "gone"])


def test_a_folder_without_what_is_looked_for_is_named(tmp_path: Path) -> None:
    """An empty folder is a mistake, not an empty result."""
    with pytest.raises(InputError, match=r"no file with \.md"):
        expand([tmp_path], {".md"})


@pytest.mark.parametrize("there", [is_file, is_folder])
def test_a_name_that_no_file_can_have_is_not_there(tmp_path: Path, there: Callable[[Path], bool]) -> None:
    """It comes from a document; asking the system for it is an error of its own."""
    assert there(tmp_path / ("a" * 300)) is False
