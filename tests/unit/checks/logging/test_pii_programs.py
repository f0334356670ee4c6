"""Programs that log, each line that should be found marked with ``»``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.checks.base import Exchange
from harness.checks.logging.no_pii import NoPii
from harness.response.parse import parse_source

PARTS = re.split(
    r"^=== ", (Path(__file__).parent / "pii.txt").read_text(encoding="utf-8"), flags=re.MULTILINE
)[1:]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.partition("\n")[0])
def test_the_marked_lines_are_found_and_no_others(part: str) -> None:
    """What is personal is found where it is handed to a log, in four languages."""
    name, _, body = part.partition("\n")
    lines = body.split("\n")
    marked = [number for number, line in enumerate(lines, start=1) if line.startswith("»")]
    program = parse_source("\n".join(line.removeprefix("»") for line in lines), name)
    assert [one.line for one in NoPii().decide(Exchange((), (), program)).findings] == marked
