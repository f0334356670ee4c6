"""Commands of a shell: words, variables, schedules."""

from __future__ import annotations

from harness.response.config.shell import Command
from harness.response.parse import parse_response


def commands(text: str) -> list[Command]:
    return list(parse_response(f"```bash\n{text}\n```\n").config.commands)


def only(text: str) -> Command:
    found = commands(text)
    assert len(found) == 1
    return found[0]


def test_words_lose_their_quotes() -> None:
    """Whichever they are."""
    assert only("npm i 'a@1' \"b@2\" c\\@3").arguments == ("i", "a@1", "b@2", "c@3")


def test_a_continuation_is_one_command() -> None:
    """A backslash at the end of a line goes on."""
    assert only("docker run \\\n  -e A=b \\\n  redis:7").arguments == ("run", "-e", "A=b", "redis:7")


def test_a_prompt_is_no_word() -> None:
    """Answers show what stands in a terminal."""
    assert only("$ npm i x").name == "npm"


def test_what_only_starts_a_command_is_left_out() -> None:
    """With its options and variables."""
    assert only("sudo -E FOO=1 /usr/bin/pg_dump shop").name == "pg_dump"


def test_an_expansion_is_not_literal() -> None:
    """Its value is not known."""
    assert [word.literal for word in only('echo "$HOME" plain').words] == [False, True]


def test_export_sets_variables() -> None:
    """With the place of the value."""
    command = only("export A=b C='d e'")
    assert [(one.name, one.value) for one in command.settings] == [("A", "b"), ("C", "d e")]


def test_a_variable_of_its_own_is_a_setting() -> None:
    """A plain assignment is a command without a name."""
    assert [(one.name, one.value) for one in only("A=b").settings] == [("A", "b")]


def test_a_cron_line_has_its_schedule() -> None:
    """With and without the user."""
    found = commands("0 3 * * * pg_dump shop > /b/x\n@daily root /bin/clean")
    assert [(one.name, one.schedule) for one in found] == [("pg_dump", "0 3 * * *"), ("clean", "@daily")]


def test_steps_and_names_in_a_schedule() -> None:
    """Cron knows both."""
    assert only("*/15 2-4 1,15 * mon-fri run").schedule == "*/15 2-4 1,15 * mon-fri"


def test_values_of_options_in_each_spelling() -> None:
    """Apart, joined, with an equals sign."""
    command = only("docker run -e A=1 --env=B=2 -eC=3 --env D=4 x")
    values = [word.text for word in command.option_values("-e", "--env")]
    assert sorted(values) == ["A=1", "B=2", "C=3", "D=4"]


def test_the_statement_of_a_command_has_its_pipe() -> None:
    """What is done with the output is part of it."""
    first = commands("pg_dump x | gzip > y.gz")[0]
    assert first.line_text == "pg_dump x | gzip > y.gz"


def test_a_place_is_that_of_the_word() -> None:
    """Also behind a prompt."""
    word = only("$ npm i lodash").words[1]
    assert (word.place.line, word.place.column, word.place.width) == (0, 8, 6)


def test_ten_thousand_brackets_do_not_hang() -> None:
    """Nor raise."""
    assert isinstance(commands("(" * 10_000), list)
    assert isinstance(commands("$(" * 5_000), list)
