"""Many short functions in one file: each call that is not safe is found, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.checks.injection.findings import injections_of
from harness.response.parse import parse_source

MARK = "⟵"
FILES = {"styles_python.txt": "main.py", "styles_typescript.txt": "main.ts", "styles_php.txt": "main.php"}


def programs() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, path in FILES.items():
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        found += [(part.partition("\n")[2], path) for part in text.split("\n=== ")[1:]]
    return found


@pytest.mark.parametrize(("text", "path"), programs())
def test_exactly_the_marked_lines_are_found(text: str, path: str) -> None:
    """A finding stands on its call; the call may go over several lines."""
    rows = text.split("\n")
    marked = {number for number, row in enumerate(rows, start=1) if row.endswith(MARK)}
    code = "\n".join(row.removesuffix(MARK).rstrip() if row.endswith(MARK) else row for row in rows)
    findings = injections_of(parse_source(code, path)).findings
    spans = [set(range(one.line, one.end_line + 1)) for one in findings]
    assert [number for number in marked if not any(number in span for span in spans)] == []
    assert [one.line for one, span in zip(findings, spans, strict=True) if not span & marked] == []
