"""What the pages say stands in the code stands there; what they link to exists."""

from __future__ import annotations

import ast
import re

import pytest
from documents import ROOT, inline_code, pages

NAMED = sorted(
    {
        (page.relative_to(ROOT).as_posix(), said)
        for page in pages()
        for said in inline_code(page)
        if not re.search(r"\b(GROUP|NAME)\b", said)
        and re.fullmatch(r"(harness|tests|benchmarks)/[\w./-]+(::\w+)?", said)
    }
)
LINKS = sorted(
    {
        (page.relative_to(ROOT).as_posix(), target)
        for page in pages()
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "mailto:"))
    }
)


def defined(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, named)}


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_narration_names_its_steps() -> None:
    """Else the next test would hold of nothing."""
    assert len([said for page, said in NAMED if page == "docs/start-to-finish.md"]) > 35


@pytest.mark.parametrize(("page", "said"), NAMED)
def test_what_is_named_exists(page: str, said: str) -> None:
    """A file, and a class or function in it."""
    path, _, name = said.partition("::")
    assert (ROOT / path).exists(), page
    assert not name or name in defined(path), page


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_a_link_leads_somewhere(page: str, target: str) -> None:
    """To a file, and to a heading in it."""
    path, _, anchor = target.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page
    assert file.exists()
    assert not anchor or anchor in anchors(file.read_text(encoding="utf-8"))


def test_every_page_is_in_the_index() -> None:
    """A page that nobody finds is not there."""
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    listed = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert [name for name in sorted(listed) if f"]({name})" not in index] == []
