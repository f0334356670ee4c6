"""Templates: filled with every combination of values, within bounds, strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agentfile.parse import parse_agent
from harness.core.errors import ConfigurationError, InputError
from harness.tune.template import filled, parameters_of

BASE = parse_agent(b"---\nname: tester\ndescription: d\n---\nYou test.\n", "agents/tester.md")


def template(folder: Path, text: str) -> Path:
    path = folder / "prompt.md.j2"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_combination_is_a_prompt_and_the_last_parameter_changes_fastest(tmp_path: Path) -> None:
    path = template(tmp_path, "{{ tone }} {{ n }}")
    found = filled(path, BASE, {"tone": ("strict", "kind"), "n": (0, 2)})
    assert [text for _, text in found] == ["strict 0", "strict 2", "kind 0", "kind 2"]


def test_a_parameter_that_a_template_does_not_use_multiplies_nothing(tmp_path: Path) -> None:
    found = filled(template(tmp_path, "{{ tone }}"), BASE, {"tone": ("a", "b"), "other": (1, 2, 3)})
    assert [setting for setting, _ in found] == [{"tone": "a"}, {"tone": "b"}]


def test_the_prompt_under_test_is_at_hand(tmp_path: Path) -> None:
    assert filled(template(tmp_path, "{{ base }}\nBe kind."), BASE, {})[0][1] == "You test.\nBe kind."


def test_zero_and_false_are_values_and_no_texts() -> None:
    assert parameters_of(["n=0,2", "on=true,false", "tone=a,b c"]) == {
        "n": (0, 2),
        "on": (True, False),
        "tone": ("a", "b c"),
    }


@pytest.mark.parametrize("text", ["tone", "=a", "1x=a", "base=a", "a b=c"])
def test_a_parameter_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="write NAME=VALUE"):
        parameters_of([text])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one\n{{ tone }}", "uses the parameter 'tone', which has no values"),
        ("one\n{% if %}", r"prompt\.md\.j2:2: TemplateSyntaxError"),
        ("one\n{{ ''.__class__.__mro__ }}", r"prompt\.md\.j2:2: SecurityError"),
        ("{% include '/etc/passwd' %}", "no loader"),
        ("one\n\n{{ base.nothing }}", r"prompt\.md\.j2:3: UndefinedError"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{% for i in range(90000) %}some words of a prompt {% endfor %}", "more than 1,000,000 characters"),
    ],
)
def test_what_cannot_be_filled_is_one_line_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        filled(template(tmp_path, text), BASE, {})


def test_a_template_cannot_take_all_memory(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="memory"):
        filled(template(tmp_path, "{{ 'a' * 10 ** 10 }}"), BASE, {})


@pytest.mark.full
def test_a_template_cannot_take_all_time(tmp_path: Path) -> None:
    text = "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}"
    with pytest.raises(InputError, match="shorten its loops"):
        filled(template(tmp_path, text), BASE, {})


def test_a_grid_has_bounds(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make 100 prompts"):
        filled(template(tmp_path, "{{ a }}{{ b }}"), BASE, {"a": tuple(range(10)), "b": tuple(range(10))})
