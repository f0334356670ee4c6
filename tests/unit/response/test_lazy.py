"""Lazy properties and records that are frozen for the type checker."""

from __future__ import annotations

from dataclasses import replace

from harness.response.lazy import lazy
from harness.response.record import entity, lazy_record, record


class Counted:
    """Counts how often its property is worked out."""

    asked = 0

    @lazy
    def answer(self) -> int:
        """What it is all about."""
        self.asked += 1
        return 42


@record
class Place:
    line: int
    column: int = 1


@entity
class Thing:
    name: str


@lazy_record
class Words:
    text: str

    @lazy
    def first(self) -> str:
        """The first word."""
        return self.text.split()[0]


def test_a_lazy_property_is_worked_out_once() -> None:
    counted = Counted()
    assert (counted.answer, counted.answer, counted.asked) == (42, 42, 1)


def test_each_object_has_a_lazy_property_of_its_own() -> None:
    first, second = Counted(), Counted()
    _ = first.answer
    assert second.asked == 0


def test_a_lazy_property_has_the_words_of_its_function() -> None:
    assert Counted.answer.__doc__ == "What it is all about."


def test_records_are_equal_by_content() -> None:
    assert {Place(3), Place(3, 1)} == {Place(3)}


def test_records_of_two_classes_are_never_equal() -> None:
    other: object = Words("3")
    assert other != Place(3)


def test_a_record_has_no_room_for_other_attributes() -> None:
    assert not hasattr(Place(3), "__dict__")


def test_entities_are_equal_only_to_themselves() -> None:
    assert Thing("a") != Thing("a")


def test_a_record_may_have_lazy_properties() -> None:
    assert Words("one two").first == "one"


def test_a_record_is_replaced_by_a_changed_one() -> None:
    assert replace(Place(3), line=4) == Place(4)
