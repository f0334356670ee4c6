"""What may be tried: the body alone changes, and every rule stays itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.registry import all_checks
from harness.core.errors import InputError
from harness.tune.candidate import AgentText, Candidate, Refused

BODY = """You write services.

## Never
- ❌ NEVER use console.log or console.error
- ❌ NEVER hardcode secrets

## Always
- ✅ ALWAYS validate input with Joi before you use it

Explain your reasoning.
"""
FRONT = b'---\nname: a\ndescription: "Use: for services"   # odd but kept\nmodel: sonnet\n---\n\n'
DATA = FRONT + BODY.encode()


def text(data: bytes = DATA, growth: float = 1.0, path: Path = Path("a.md")) -> AgentText:
    return AgentText(data, path, all_checks(None), growth)


TEXT = text()
PROMPT = TEXT.agent.prompt


def reason(body: str) -> str:
    found = TEXT.candidate(body)
    return found.reason if isinstance(found, Refused) else "tried"


def accepted(body: str, of: AgentText = TEXT) -> Candidate:
    found = of.candidate(body)
    assert isinstance(found, Candidate), found
    return found


def test_the_front_matter_keeps_its_bytes() -> None:
    assert accepted(f"{PROMPT}\n\nLog through the logger.").data.startswith(FRONT)


def test_a_line_that_is_added_is_all_that_changes() -> None:
    added = accepted(f"Log through the logger.\n{PROMPT}").data
    assert added == FRONT + b"Log through the logger.\n" + BODY.encode()


def test_line_ends_stay_those_of_the_file() -> None:
    windows = text(DATA.replace(b"\n", b"\r\n"))
    data = accepted(f"{PROMPT}\nMore.", windows).data
    assert (b"More.\r\n" in data, data.count(b"\n")) == (True, data.count(b"\r\n"))


def test_lines_that_stay_keep_a_misreading_of_their_emoji() -> None:
    misread = DATA.decode().replace("❌", "‚ùå").replace("✅", "‚úÖ").encode()
    assert accepted(f"{PROMPT}\nMore.", text(misread)).data == misread + b"More.\n"


@given(
    st.lists(st.sampled_from(["One more.", "", "Another ✅ word.", "  indented"]), max_size=6),
    st.integers(0, 12),
)
@settings(max_examples=30, deadline=None)
def test_what_is_written_reads_as_what_was_proposed(lines: list[str], at: int) -> None:
    old = PROMPT.split("\n")
    body = "\n".join([*old[:at], *lines, *old[at:]]).strip("\n")
    found = TEXT.candidate(body)
    assert isinstance(found, Refused) or found.agent.prompt == body


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("- ❌ NEVER hardcode secrets\n", "", "is gone"),
        ("NEVER use console.log", "ALWAYS use console.log", "means something else now"),
        ("you use it\n", "you use it, unless told\n", "means something else now"),
        ("ALWAYS validate", "Where practical, validate", ""),
        ("with Joi before", "with zod before", "would be decided in another way"),
        ("secrets\n", "secrets and NEVER use console.log or console.error\n", ""),
        (PROMPT, "Answer in one sentence, no code.", "is gone"),
        (PROMPT, PROMPT + "\nSay \u202e this.", "hide or steer"),
        (PROMPT, "   ", "empty"),
        (PROMPT, PROMPT, "as it is"),
        (PROMPT, PROMPT + " more words" * 300, "too long"),
        (PROMPT, f'{PROMPT}\n<example>\nuser: "Hi"\nassistant: "Ho"\n</example>', "stay as they are"),
    ],
    ids=[
        "dropped",
        "turned",
        "excepted",
        "weakened",
        "rebound",
        "merged",
        "evasive",
        "hidden",
        "empty",
        "same",
        "long",
        "dialogue",
    ],
)
def test_what_is_no_longer_the_agent_is_refused(old: str, new: str, words: str) -> None:
    found = TEXT.candidate(PROMPT.replace(old, new, 1))
    assert isinstance(found, Refused), found
    assert words in found.reason


def test_two_rules_in_one_line_are_refused() -> None:
    both = "- ❌ NEVER use console.log or console.error, and NEVER hardcode secrets\n"
    start, end = PROMPT.index("- ❌ NEVER use"), PROMPT.index("\n## Always")
    assert reason(PROMPT[:start] + both + PROMPT[end:]) != "tried"


def test_a_rule_that_is_only_reworded_is_named() -> None:
    found = accepted(PROMPT.replace("before you use it", "before anything uses it"))
    assert found.reworded == ("always-validate-input-with-joi-before-you-use",)


def test_a_rule_that_is_new_is_named() -> None:
    found = accepted(PROMPT.replace("## Always\n", "## Always\n- ✅ ALWAYS write tests\n"))
    assert [one.split()[-1] for one in found.added] == ["tests"]


def test_a_rule_that_its_sidecar_would_no_longer_find_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.harness.yaml").write_text("rules:\n  - match: NEVER hardcode secrets\n    id: secrets\n")
    path = tmp_path / "a.md"
    path.write_bytes(DATA)
    found = text(path=path).candidate(PROMPT.replace("NEVER hardcode secrets", "NEVER hardcode any secrets"))
    assert isinstance(found, Refused)
    assert "could not be read any more" in found.reason


def test_a_file_that_cannot_be_changed_line_by_line_is_refused() -> None:
    with pytest.raises(InputError, match="save it as UTF-8"):
        text(DATA.decode().encode("utf-16"))


def test_a_file_without_a_body_is_refused() -> None:
    with pytest.raises(InputError, match="no body"):
        text(FRONT)
