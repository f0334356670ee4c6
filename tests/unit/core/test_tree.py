"""Plain data with places, and YAML read into it."""

from __future__ import annotations

import string

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.tree import MAX_LEAVES, Mapping, Scalar, Sequence, leaves
from harness.core.yaml_tree import yaml_documents


def tree_of(text: str) -> Mapping:
    tree = yaml_documents(text)[0].tree
    assert isinstance(tree, Mapping)
    return tree


def paths(text: str) -> dict[str, str]:
    return {"/".join(path): value.text for path, _, value in leaves(tree_of(text))}


def test_values_are_reached_by_their_keys() -> None:
    """A path of keys leads to the text of a scalar."""
    assert tree_of("a:\n  b: c\n").text("a", "b") == "c"


def test_items_of_lists_are_counted_from_zero() -> None:
    """The number of an item is its key in the path."""
    assert paths("a: [x, y]") == {"a/0": "x", "a/1": "y"}


def test_a_place_is_that_of_the_value() -> None:
    """Lines and columns count from 0."""
    value = tree_of("a: 1\nbb:   'two'\n").get("bb")
    assert isinstance(value, Scalar)
    assert (value.line, value.column, value.width) == (1, 6, 5)


def test_a_quoted_value_is_not_plain() -> None:
    """Quotes tell a text from a number."""
    value = tree_of("a: '1'").get("a")
    assert isinstance(value, Scalar)
    assert not value.plain


def test_a_merged_mapping_gives_what_no_own_key_says() -> None:
    """``<<`` brings keys in, own ones win."""
    text = "base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n"
    assert paths(text)["use/x"] == "1"
    assert paths(text)["use/y"] == "3"


def test_of_several_merged_mappings_the_first_wins() -> None:
    """As YAML has it."""
    text = "a: &a {x: 1}\nb: &b {x: 2}\nuse: {<<: [*a, *b]}\n"
    assert paths(text)["use/x"] == "1"


def test_a_key_given_twice_stands_there_twice() -> None:
    """Whoever looks for repeated keys can see them; the last one counts."""
    tree = tree_of("a: 1\na: 2\n")
    assert [entry.value.text for entry in tree.entries if isinstance(entry.value, Scalar)] == ["1", "2"]
    assert tree.text("a") == "2"


def test_documents_are_read_one_by_one() -> None:
    """A broken document does not take the others with it."""
    first, second, third = yaml_documents("a: 1\n---\nb: [1\n---\nc: 3\n")
    assert (first.fault, bool(second.fault), third.fault) == ("", True, "")


def test_lines_of_later_documents_go_on() -> None:
    """The line is that of the whole text."""
    tree = yaml_documents("a: 1\n---\n\nb: 2\n")[1].tree
    assert isinstance(tree, Mapping)
    assert tree.entries[0].key.line == 3


def test_a_broken_document_keeps_what_was_read() -> None:
    """Up to the fault the tree is there, and the fault has its line."""
    document = yaml_documents("a: 1\nb: 2\n  c: 3\n")[0]
    assert isinstance(document.tree, Mapping)
    assert document.tree.text("a") == "1"
    assert document.fault_line == 2


def test_an_elision_does_not_end_the_document() -> None:
    """A bare ``...`` stands for something left out."""
    document = yaml_documents("a: 1\n...\nb: 2\n")[0]
    assert isinstance(document.tree, Mapping)
    assert document.tree.text("b") == "2"
    assert document.elided


def test_aliases_are_shared_and_leaves_are_bounded() -> None:
    """A bomb of aliases costs no more than the bound."""
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)
    )
    tree = yaml_documents(bomb)[0].tree
    assert tree is not None
    assert sum(1 for _ in leaves(tree)) <= MAX_LEAVES


def test_merges_of_merges_are_bounded() -> None:
    """Nested merges do not grow without end."""
    bomb = "m0: &m0 {k0: 1}\n" + "".join(
        f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}, *m{n - 1}], k{n}: 1}}\n" for n in range(1, 40)
    )
    entry = tree_of(bomb).entry("m39")
    assert entry is not None
    assert isinstance(entry.value, Mapping)
    assert len(entry.value.effective()) <= 201


def test_an_alias_of_itself_is_nothing() -> None:
    """It would have no end."""
    items = tree_of("a: &a [*a]").get("a")
    assert isinstance(items, Sequence)
    assert isinstance(items.items[0], Scalar)


def test_deep_nesting_is_a_fault() -> None:
    """Ten thousand brackets are no recursion error."""
    assert yaml_documents("[" * 10_000)[0].fault


def test_other_line_breaks_are_no_lines() -> None:
    """What YAML 1.1 breaks a line at is a character of the line to editors."""
    (document,) = yaml_documents("a: 1\u2028\nb: 2\n")
    assert document.tree is not None
    assert [key.line for _, key, _ in leaves(document.tree)] == [0, 1]


@settings(deadline=None)
@given(st.text(alphabet=string.printable + "äß{}[]&*!|>…\u2028\x00", max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    """Text of strangers is never a reason to stop."""
    for document in yaml_documents(text):
        if document.tree is not None:
            for _path, key, value in leaves(document.tree):
                assert key.line <= text.count("\n") + 1
                assert value.line <= text.count("\n") + 1
