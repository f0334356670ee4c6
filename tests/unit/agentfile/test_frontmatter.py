"""Front matter: strict YAML where it is YAML, lenient where it is not, and every repair named."""

import pytest

from harness.agentfile.frontmatter import FrontMatter, read_front_matter


def read(text: str) -> FrontMatter:
    return read_front_matter(text.split("\n"))


def value(text: str, key: str = "description") -> str:
    entry = read(text).entry(key)
    return entry.value.text if entry else "<absent>"


def kinds(text: str) -> set[str]:
    return {repair.kind for repair in read(text).repairs}


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("plain words", "plain words"),
        ('"double: quoted \\"inner\\""', 'double: quoted "inner"'),
        ("'it''s single'", "it's single"),
        ("|\n  one\n  two", "one\ntwo\n"),
        (">\n  one\n  two", "one two\n"),
        ("one\n  two", "one two"),
        ("yes", "yes"),
        ("12", "12"),
    ],
)
def test_valid_yaml_means_what_yaml_says(source: str, wanted: str) -> None:
    assert value(f"---\nname: a\ndescription: {source}\n---\nBody") == wanted


@pytest.mark.parametrize(
    "source",
    [
        "Use it. Examples: <example>Context: one: two</example>",
        "**Use it** when: needed",
        "Use it\nwhen the user: asks\nfor something",
        '"unescaped "quotes" inside"',
        "@mention first",
        "{braces} are text",
        "`code` first",
        "50% of: it",
    ],
)
def test_a_value_that_is_no_yaml_is_taken_up_to_the_next_key(source: str) -> None:
    assert value(f"---\nname: a\ndescription: {source}\nmodel: opus\n---\nBody").strip('"') == source.strip(
        '"'
    )


@pytest.mark.parametrize("key", ["model", "name", "tools"])
def test_keys_after_a_broken_value_are_still_read(key: str) -> None:
    text = "---\ndescription: a: b: c\nname: x\nmodel: x\ntools: x\n---\n"
    assert value(text, key) == "x"


def test_the_repair_names_key_and_line() -> None:
    repairs = read("---\nname: a\ndescription: b: c\n---\n").repairs
    assert ("front-matter-value", 3) in {(repair.kind, repair.line) for repair in repairs}


def test_unquoted_star_as_tools_is_read() -> None:
    assert value("---\nname: a\ntools: *\n---\n", "tools") == "*"


def test_a_speaker_at_the_start_of_a_line_is_no_key() -> None:
    text = "---\nname: a\ndescription: Use: it\nuser: hello\nassistant: hi\nmodel: opus\n---\n"
    assert value(text) == "Use: it\nuser: hello\nassistant: hi"


def test_a_known_key_inside_a_dialogue_is_speech() -> None:
    text = "---\ndescription: Use: it <example>\nmodel: which one?\n</example>\nname: a\n---\n"
    assert "which one?" in value(text)


def test_unknown_keys_are_kept() -> None:
    assert value("---\nname: a\ncategory: tools\n---\n", "category") == "tools"


def test_nested_values_are_kept_as_their_source() -> None:
    assert value("---\nname: a\nhooks:\n  pre:\n    - x: 1\n---\n", "hooks") == "pre:\n    - x: 1"


def test_a_missing_opening_fence_is_mended() -> None:
    assert kinds("name: a\ndescription: b\n---\nBody") == {"missing-opening-fence"}


def test_unclosed_front_matter_ends_at_the_blank_line_after_the_last_key() -> None:
    assert read("---\nname: a\nmodel: opus\n\nYou are.\n\n## Rules\n").body_line == 4


def test_unclosed_front_matter_is_named() -> None:
    assert "unclosed-front-matter" in kinds("---\nname: a\nmodel: opus\n\nYou are.\n")


def test_a_file_without_front_matter_is_all_body() -> None:
    assert read("# Title\n\nname: not a key\n").body_line == 1


def test_a_rule_line_in_the_body_is_no_front_matter() -> None:
    assert kinds("# Title\n---\nname: a\n---\n") == {"missing-front-matter"}


def test_a_dialogue_that_yaml_would_cut_as_a_comment_is_restored() -> None:
    text = "---\nname: a\ndescription: Use it <example>user: 'Fix issue #12' and #13</example>\n---\n"
    assert value(text).endswith("#13</example>")


def test_a_comment_in_a_value_is_named() -> None:
    assert kinds("---\nname: a\ndescription: Use it #1\n---\n") == {"yaml-comment"}


def test_of_a_key_given_twice_the_first_counts() -> None:
    assert value("---\nname: a\nname: b\n---\n", "name") == "a"


@pytest.mark.parametrize(
    "bomb",
    [
        "a: &a [x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]",
        "a: &a [*a]",
        "a: " + "[" * 5_000,
        "a: " + "{a: " * 500,
    ],
)
def test_hostile_yaml_is_read_as_lines(bomb: str) -> None:
    assert value(f"---\nname: fine\n{bomb}\n---\n", "name") == "fine"
