"""Hand-written YAML: every fault has its line, and no input is too expensive."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from harness.core.errors import DatasetError, HarnessError, InputError
from harness.core.located_yaml import read_bounded, read_yaml, validated


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    words: tuple[str, ...] = ()


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    items: tuple[Inner, ...]


def fault_of(text: str) -> str:
    with pytest.raises(InputError) as caught:
        validated(read_yaml(text, "file.yaml"), Outer)
    return str(caught.value)


def test_values_are_plain_data() -> None:
    """Mappings, lists, texts, numbers and booleans come out as Python has them."""
    assert read_yaml("a: [1, two, true, 2.5, null]", "f").value == {"a": [1, "two", True, 2.5, None]}


def test_a_date_stays_a_text() -> None:
    """A version such as 2024-01-01 is what the author typed."""
    assert read_yaml("day: 2024-01-01", "f").value == {"day": "2024-01-01"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("items:\n- name: a\n  wrods: [b]\n", "file.yaml:3: unknown key 'wrods'; did you mean 'words'?"),
        ("items:\n- name: a\n\n- words: [b]\n", "file.yaml:4: items[2].name is missing; add it"),
        ("items:\n- name: 7\n", "file.yaml:2: items[1].name must be a text, not 7; put it in quotes"),
        ("items:\n- name: a\n  words:\n  - b\n  - no\n", "file.yaml:5: items[1].words[2] must be a text"),
        ("items:\n- name: a\n  name: b\n", "file.yaml:3: the key 'name' stands here twice; keep one"),
        ("items:\n- name: a\n  1: b\n", "file.yaml:3: a key must be a text; put it in quotes"),
        ("items:\n- name: !!python/name:os.system x\n", "file.yaml:2: the YAML tag"),
        ("items:\n- name: [\n", "file.yaml:3: not valid YAML"),
        ("items:\n- name: *nowhere\n", "file.yaml:2: not valid YAML"),
        ("items: 5", "file.yaml:1: items:"),
        ("", "file.yaml:1: the file:"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_the_remedy(text: str, expected: str) -> None:
    """Whoever edits the file learns the line, what was found and what to do."""
    assert fault_of(text).startswith(expected)


def test_several_faults_are_counted_and_the_first_is_told() -> None:
    """One line suffices to go on; the rest is announced."""
    assert fault_of("items:\n- name: 1\n- name: 2\n").endswith("(and 1 more)")


def test_lines_count_from_where_the_text_begins() -> None:
    """Front matter is a part of a file: its lines are those of the file."""
    document = read_yaml("a: 1\nb: 2\n", "f", first_line=10)
    assert document.line_of(("b",)) == 11


def test_an_unknown_place_gets_the_line_of_what_surrounds_it() -> None:
    """A missing key has no line of its own."""
    assert read_yaml("a:\n  b: 1\n", "f").line_of(("a", "b", "c", 3)) == 2


def test_a_merge_key_brings_in_what_it_names() -> None:
    """YAML's own way to share parts works, and own keys win."""
    text = "base: &base {x: 1, y: 2}\nuse:\n  <<: *base\n  y: 3\n"
    assert read_yaml(text, "f").value["use"] == {"x": 1, "y": 3}


def laughs() -> str:
    lists = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 10)]
    return "a0: &a0 [x, x]\n" + "".join(lists)


def merges() -> str:
    maps = [f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}]}}\n" for level in range(1, 10)]
    return "a0: &a0 {k: v}\n" + "".join(maps)


@pytest.mark.parametrize(
    "text",
    [laughs(), merges(), "a: &a [*a]", "[" * 5000, "- " * 5000 + "x", "{a: " * 5000],
    ids=["billion laughs", "merges", "itself", "brackets", "dashes", "braces"],
)
def test_a_bomb_is_refused(text: str) -> None:
    """Aliases and nesting that would fill the memory are one line of complaint."""
    with pytest.raises(InputError, match=r"^f:[0-9]+: "):
        read_yaml(text, "f")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_its_line(text: str) -> None:
    """No input leads to anything but a value or the one error that was asked for."""
    message = "f:"
    try:
        read_yaml(text, "f", error=DatasetError)
    except DatasetError as error:
        message = str(error)
    assert message.startswith("f:")


def test_a_file_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    """The size is bounded before anything is parsed."""
    path = tmp_path / "big.yaml"
    path.write_text("x" * 11)
    with pytest.raises(InputError, match="larger than 10 bytes"):
        read_bounded(path, limit=10)


def test_a_file_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    """A stray byte is found by its line."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(InputError, match=r"f\.yaml:2: not UTF-8"):
        read_bounded(path)


def test_windows_line_ends_and_a_byte_order_mark_are_taken_away(tmp_path: Path) -> None:
    """Files from any editor read alike."""
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read_bounded(path) == "a: 1\nb: 2\n"


@pytest.mark.parametrize("value", ["!!int", "!!int '))'", "!!float ''"])
def test_a_number_that_is_none_is_one_line(value: str) -> None:
    with pytest.raises(HarnessError, match="is not a usable value"):
        read_yaml(f"a: {value}\n", "file.yaml")
