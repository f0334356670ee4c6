"""The short form of fuzzing: on every surface the inputs that were faults once, and some new ones."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from fuzz_core import FaultError, Surface, examine
from fuzz_mutation import mutated
from fuzz_surfaces import SURFACES

from harness.core.errors import InputError

CORPUS = Path(__file__).parent / "corpus"
KEPT = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_a_fault_is_none_any_more(path: Path) -> None:
    examine(SURFACES[path.parent.name], path.read_bytes())


@pytest.mark.parametrize("name", SURFACES)
def test_new_inputs_are_read_or_refused_in_one_line(name: str) -> None:
    """The same ones every time: `make fuzz` looks further."""
    surface = SURFACES[name]
    seeds = surface.seeds()
    for number in range(surface.short):
        random = Random(f"{name} {number}")
        examine(surface, mutated(surface, random.choice(seeds), random, seeds))


@pytest.mark.parametrize("name", SURFACES)
def test_a_seed_is_accepted(name: str) -> None:
    """Mutations of what is refused at once would reach nothing."""
    surface = SURFACES[name]
    assert examine(surface, surface.seeds()[0]) == ""


def test_a_folder_of_the_corpus_belongs_to_a_surface() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(SURFACES)


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in KEPT) < 1_000_000


def _surface(target: object) -> Surface:
    return Surface("made-up", target, lambda: [b""], bound_s=0.05)  # type: ignore[arg-type]


def _endless(_: bytes) -> None:
    while True:
        pass


def _refuse(_: bytes) -> None:
    raise InputError("a.yaml:1: no; mend it")


def _crash(_: bytes) -> None:
    raise KeyError("x")


def test_a_refusal_is_no_fault() -> None:
    assert examine(_surface(_refuse), b"") == "a.yaml:1: no; mend it"


@pytest.mark.parametrize(("target", "name"), [(_crash, "KeyError-outside"), (_endless, "hang")])
def test_a_fault_is_seen(target: object, name: str) -> None:
    with pytest.raises(FaultError) as caught:
        examine(_surface(target), b"")
    assert caught.value.name == name
