"""Where a secret is found, and that no finding tells it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.checks.base import Exchange
from harness.checks.config.no_hardcoded_values import NoHardcodedValues
from harness.checks.examples import load_examples
from harness.core.types import Decision, Finding, Outcome
from harness.response.parse import parse_response, parse_source


def decided(text: str, path: str = "app.js") -> Decision:
    return NoHardcodedValues().decide(Exchange((), (), parse_source(text, path)))


def findings(text: str, path: str = "app.js") -> tuple[Finding, ...]:
    return decided(text, path).findings


def test_a_finding_does_not_quote_the_secret() -> None:
    """A report is read by more people than the code."""
    (found,) = findings("const db = { user: 'app', password: 'hunter2' };\n")
    assert found.quote == "const db = { user: 'app', password: *** };"


def test_no_secret_of_the_line_is_quoted() -> None:
    """Two secrets on one line are two findings, and neither quotes the other."""
    found = findings("const a = { password: 'hunter2', apiKey: 'k-93hd72hs81' };\n")
    assert [one.quote for one in found] == ["const a = { password: ***, apiKey: *** };"] * 2


def test_a_finding_stands_at_the_literal() -> None:
    """Columns count from 1; the place is that of the text to be taken out."""
    (found,) = findings("const x = 1;\nconst password = 'hunter2';\n")
    assert (found.line, found.column, found.end_column) == (2, 18, 27)


def test_a_name_and_a_shape_are_one_finding() -> None:
    """What is found twice is told once."""
    assert len(findings("const token = 'ghp_a8Kd93mZ0qLw72XbVt5RyN1eUc4HsJ6fGiPo';\n")) == 1


def test_php_without_opening_tag_has_right_columns() -> None:
    """The tag that is added for the parser moves nothing."""
    program = parse_response("```php\n$password = 'hunter2';\n```\n")
    (found,) = NoHardcodedValues().decide(Exchange((), (), program)).findings
    assert (found.line, found.column) == (2, 13)


@pytest.mark.parametrize(
    "text",
    [
        "// const password = 'hunter2';\nconst a = process.env.A;\n",
        "/* mongodb://root:hunter2@db/app */\nconst a = process.env.A;\n",
        "const a = process.env.A; // ghp_a8Kd93mZ0qLw72XbVt5RyN1eUc4HsJ6fGiPo\n",
    ],
)
def test_comments_hold_no_secret(text: str) -> None:
    """What stands in a comment is not run."""
    assert decided(text).outcome is Outcome.PASS


def test_docstrings_hold_no_secret() -> None:
    """An address in a docstring is documentation."""
    text = 'def connect(url):\n    """Like postgres://app:hunter2@db/app."""\n    return open_secret(url)\n'
    assert decided(text, "app.py").outcome is Outcome.PASS


@pytest.mark.parametrize(
    "line",
    [
        "const uri = `postgres://app:${process.env.PW}@db/app`;",
        "const uri = 'postgres://app:' + process.env.PW + '@db/app';",
        "const uri = ['postgres://', user, ':', password, '@db'].join('');",
        "const uri = util.format('postgres://%s:%s@db/app', user, password);",
    ],
)
def test_addresses_that_are_filled_in_hold_no_password(line: str) -> None:
    """The password comes from elsewhere."""
    assert not [one for one in findings(line) if "password" in one.message]


@pytest.mark.parametrize(
    "line",
    [
        "const uri = 'postgres://app:' + 'hunter2' + '@' + host;",
        "const uri = ['postgres://', 'app', ':', 'hunter2', '@db'].join('');",
        "const p = 'hunter2'; const uri = `postgres://app:${p}@db/app`;",
    ],
)
def test_addresses_that_are_put_together_from_literals_hold_one(line: str) -> None:
    """Cutting the literal in pieces hides nothing."""
    assert len(findings(line)) == 1


def test_a_list_of_captions_is_left_alone() -> None:
    """Beside captions, a single word is a caption too."""
    text = "const t = { password: 'Kennwort', user: 'Benutzername', hint: 'Enter it here', pin: 'Zahl' };\n"
    assert decided(text).outcome is Outcome.PASS


def test_a_form_of_addresses_holds_no_password() -> None:
    """Brackets say what may be left out: the text explains how an address is written."""
    assert findings('option("--proxy", help="scheme://[user:passwd@]proxy.server:port")\n', "a.py") == ()


def test_ten_thousand_secrets_are_told_within_bounds() -> None:
    """Nobody reads on after so many."""
    assert len(findings("PASSWORD=abc\n" * 10_000, ".env")) == 200


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_answers_are_decided(data: st.DataObject) -> None:
    """Nothing that is cut out of an answer makes the check raise, and every quote is bounded."""
    text = data.draw(st.sampled_from([one.response for one in load_examples(NoHardcodedValues())]))
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    program = parse_response(text[:start] + data.draw(st.text(max_size=12)) + text[end:])
    decision = NoHardcodedValues().decide(Exchange((), (), program))
    assert all(len(one.quote) <= 160 for one in decision.findings)
