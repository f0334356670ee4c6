"""Labelling: blind, in a random order that stays, kept at once, and read by what reads labels."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from viewer_example import ANSWERS, GOLDEN_SET, NO_CONSOLE, REASONING, RUN, MadeRun, Visitor

from harness.calibration.human_labels import read_labels
from harness.checks.registry import all_checks
from harness.core.types import Outcome
from harness.store.decided import read_decided
from harness.suite.annotations import read_annotations
from harness.suite.catalogue import AgentFolder

ANNA = Path("datasets/tester/golden/anna.labels.yaml")
RUN_LABELS = Path("datasets/tester/labels") / RUN / "anna.jsonl"
RUN_SET = f"run {RUN}"


def kept(annotator: str = "anna") -> dict[str, str]:
    """What the golden folder holds of an annotator: response -> label."""
    found = read_annotations(Path("datasets/tester/golden"))
    return {one.response: one.label.value for one in found if one.annotator == annotator}


def page_of(visitor: Visitor, item: str, rule: str = REASONING, source: str = GOLDEN_SET) -> str:
    query = {"set": source, "annotator": "anna", "rule": rule, "seed": "0", "item": item}
    return str(visitor.get("/label/answer", **query).text)


# --- what is seen ----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["secret-name", "writer", "explained-reasoning", "golden/"])
def test_a_golden_response_is_shown_blind(visitor: Visitor, word: str) -> None:
    """Neither its name (which often tells), nor who labelled it, nor the check of the rule."""
    pages = [page_of(visitor, item) for item in visitor.items(GOLDEN_SET, REASONING)]
    address = "datasets/tester/golden tester"  # of the set, which every page names
    assert not any(word in page.replace(address, "") for page in pages)


@pytest.mark.parametrize("word", ["case-", "logging/", "reason of", "printed to the console", "hit"])
def test_an_answer_of_a_run_is_shown_blind(project: Path, word: str) -> None:
    """Neither its case, nor its check, nor verdict, reason or marks."""
    MadeRun().write()
    visitor = Visitor()
    items = visitor.items(RUN_SET, NO_CONSOLE)
    pages = [page_of(visitor, item, NO_CONSOLE, RUN_SET).replace("<code>", "") for item in items]
    assert not any(word in page for page in pages)


def test_the_label_of_another_person_is_not_shown(visitor: Visitor) -> None:
    """Two people label apart: the page is the same, whatever the other said."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    before = page_of(visitor, item)
    visitor.label(item, "fail", annotator="ben", note="so plain")
    assert page_of(visitor, item) == before


def test_question_answer_and_rule_are_shown(visitor: Visitor) -> None:
    """All that a label is to rest on."""
    page = page_of(visitor, visitor.items(GOLDEN_SET, REASONING)[0])
    words = ("Plan the service", "I use a queue", "explain your reasoning", "Rubric")
    assert [word in page for word in words] == [True] * 4


# --- the order -------------------------------------------------------------------------------------


def test_every_answer_comes_once(visitor: Visitor) -> None:
    """Walking on leads through all of them and back to the first."""
    assert len(visitor.items(GOLDEN_SET, REASONING)) == 6


def test_the_order_is_the_same_for_everybody(visitor: Visitor) -> None:
    """So that two people's first labels meet."""
    assert visitor.items(GOLDEN_SET, REASONING, "anna") == visitor.items(GOLDEN_SET, REASONING, "ben")


def test_another_seed_is_another_order(visitor: Visitor) -> None:
    """And other keys, which say nothing of the names."""
    assert visitor.items(GOLDEN_SET, REASONING, seed=1) != visitor.items(GOLDEN_SET, REASONING, seed=2)


def test_a_new_answer_moves_no_other(visitor: Visitor, project: Path) -> None:
    """The order is that of hashes, not of a shuffled list."""
    before = visitor.items(GOLDEN_SET, REASONING)
    golden = project / "datasets/tester/golden"
    (golden / "new.md").write_text((golden / "secret-name-0.md").read_text())
    after = visitor.items(GOLDEN_SET, REASONING)
    assert (len(after), [item for item in after if item in before]) == (7, before)


def test_only_decided_answers_of_a_run_are_labelled(project: Path) -> None:
    """Those are what a corrected rate rests on; a rule that nothing decided offers all."""
    MadeRun().write()
    visitor = Visitor()
    counts = [len(visitor.items(RUN_SET, rule)) for rule in (NO_CONSOLE, REASONING)]
    assert counts == [ANSWERS, ANSWERS]


# --- what is kept ----------------------------------------------------------------------------------


def test_a_label_lands_in_the_annotators_own_file(visitor: Visitor) -> None:
    """With note and line, as docs/datasets.md shows them."""
    visitor.label(visitor.items(GOLDEN_SET, REASONING)[0], "fail", note="no price", line=3)
    assert f'{REASONING}: {{label: fail, note: "no price", line: 3}}' in ANNA.read_text()


def test_a_label_leads_on_to_the_next_open_answer(visitor: Visitor) -> None:
    """In the order of the walk."""
    items = visitor.items(GOLDEN_SET, REASONING)
    assert f"item={items[1]}" in visitor.label(items[0], "pass").json()["next"]


def test_what_was_skipped_comes_again_at_the_end(visitor: Visitor) -> None:
    """After the last one the first open one follows."""
    items = visitor.items(GOLDEN_SET, REASONING)
    assert f"item={items[0]}" in visitor.label(items[-1], "pass").json()["next"]


def test_after_the_last_label_there_is_an_end(visitor: Visitor) -> None:
    """The way on leads to a page that says so."""
    told = [visitor.label(item, "pass").json() for item in visitor.items(GOLDEN_SET, REASONING)]
    assert "All labelled" in visitor.get(told[-1]["next"]).text


def test_a_label_can_be_taken_back(visitor: Visitor) -> None:
    """As the page's undo does it: with what stood there before, and the stamp of what stands there now."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    undo = visitor.label(item, "pass").json()["undo"]
    visitor.label(item, **undo["old"], before=undo["stamp"])
    assert kept() == {}


def test_a_changed_label_comes_back_by_undo(visitor: Visitor) -> None:
    """Its note and its line too."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    first = visitor.label(item, "fail", note="why", line=2).json()["undo"]
    second = visitor.label(item, "pass", before=first["stamp"]).json()["undo"]
    visitor.label(item, **second["old"], before=second["stamp"])
    assert f'{REASONING}: {{label: fail, note: "why", line: 2}}' in ANNA.read_text()


def test_a_label_that_was_not_seen_is_not_replaced(visitor: Visitor) -> None:
    """A second tab that still shows the answer as open is told, and what the first kept stays."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    visitor.label(item, "pass")
    answer = visitor.label(item, "fail")
    assert (answer.status_code, list(kept().values())) == (409, ["pass"])


def test_two_tabs_lose_nothing(visitor: Visitor) -> None:
    """Six labels at the same moment, of two people, are twelve labels."""
    items = visitor.items(GOLDEN_SET, REASONING)
    other = Visitor()  # another viewer of the same project
    jobs = [
        threading.Thread(target=where.label, args=(item, "pass"), kwargs={"annotator": who})
        for item in items
        for where, who in ((visitor, "anna"), (other, "anna2"))
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()
    assert (len(kept("anna")), len(kept("anna2"))) == (6, 6)


def test_labels_and_comments_of_a_file_stay(visitor: Visitor) -> None:
    """What the annotator wrote by hand, also under a file of another name."""
    own = ANNA.with_name("mine.labels.yaml")
    own.write_text(f"# read twice\nannotator: anna\nlabels:\n  secret-name-0: {{{NO_CONSOLE}: pass}}\n")
    visitor.label(visitor.items(GOLDEN_SET, REASONING)[0], "fail")
    text = own.read_text()
    assert (ANNA.exists(), text.startswith("# read twice\n"), f"{NO_CONSOLE}: pass" in text) == (
        False,
        True,
        True,
    )


def test_labels_of_a_run_are_read_as_they_are(project: Path) -> None:
    """By what `harness agreement` reads them with."""
    folder = MadeRun().write()
    visitor = Visitor()
    for item in visitor.items(RUN_SET, NO_CONSOLE):
        visitor.label(item, "fail", set=RUN_SET, rule=NO_CONSOLE, note="it prints", line=2)
    labels = read_labels([RUN_LABELS], read_decided(folder))
    assert (labels.annotators, set(labels.consensus().values()), len(labels.by_answer)) == (
        ("anna",),
        {Outcome.FAIL},
        ANSWERS,
    )


def test_a_label_of_a_run_can_be_changed(project: Path) -> None:
    """One row for an answer, whatever was said before."""
    MadeRun().write()
    visitor = Visitor()
    item = visitor.items(RUN_SET, NO_CONSOLE)[0]
    sent = {"set": RUN_SET, "rule": NO_CONSOLE}
    stamp = visitor.label(item, "fail", **sent).json()["undo"]["stamp"]
    visitor.label(item, "pass", before=stamp, **sent)
    assert [json.loads(line)["label"] for line in RUN_LABELS.read_text().splitlines()] == ["pass"]


# --- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["", "../eve", "a/b", "agreed", "writer", "x" * 41, "-a", "ä", "a b", ".hidden", "a.labels"]
)
def test_a_name_that_is_none_is_refused(visitor: Visitor, name: str) -> None:
    """No path, nobody who is not a person, nothing endless; and no file is made."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    before = sorted(path.name for path in Path("datasets").rglob("*"))
    answer = visitor.label(item, "pass", annotator=name)
    assert (answer.status_code, sorted(path.name for path in Path("datasets").rglob("*"))) == (400, before)


@pytest.mark.parametrize(
    "source",
    ["", "golden ../.. tester", "golden /etc tester", "run ../reports", "run ..", f"run {RUN}/../..", "x"],
)
def test_a_set_is_one_that_was_found(visitor: Visitor, source: str) -> None:
    """No path is made of what a request says."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    assert visitor.label(item, "pass", set=source).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": "no-such-rule"},
        {"rule": 7},
        {"item": "0" * 20},
        {"item": "../x"},
        {"label": "error"},
        {"label": "maybe"},
        {"label": 1},
        {"note": "x" * 2_001},
        {"note": ["x"]},
        {"line": -1},
        {"line": "3"},
        {"line": 10**9},
        {"seed": "x"},
        {"seed": "9" * 12},
    ],
)
def test_what_is_no_label_is_told_in_one_line(visitor: Visitor, wrong: dict[str, object]) -> None:
    """And nothing is kept."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    answer = visitor.label(item, **{"label": "pass", **wrong})
    assert (answer.status_code, "\n" in answer.json()["error"], ANNA.exists()) == (400, False, False)


@pytest.mark.parametrize("note", ["a\ud800b", "\x00\x1b[2J", "\u202e\u2028", "- x: {y}\n# z", '"\\', "é😀"])
def test_any_note_can_be_kept_and_read(visitor: Visitor, note: str) -> None:
    """Half a character, control characters, YAML of its own: the file stays readable."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    sent = visitor.client.post(
        "/api/label",
        content=json.dumps(
            {
                "set": GOLDEN_SET,
                "annotator": "anna",
                "rule": REASONING,
                "item": item,
                "label": "pass",
                "note": note,
            }
        ),
        headers={"origin": "http://127.0.0.1:8000", "content-type": "application/json"},
    )
    assert (sent.status_code, list(kept().values())) == (200, ["pass"])


def test_a_damaged_file_of_labels_is_named(visitor: Visitor) -> None:
    """And left as it is."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    ANNA.write_text("annotator: anna\nlabels: [")
    answer = visitor.label(item, "pass")
    assert (answer.status_code, "anna.labels.yaml" in answer.json()["error"], ANNA.read_text()[-1]) == (
        400,
        True,
        "[",
    )


def test_the_rules_show_how_far_the_labels_have_come(visitor: Visitor) -> None:
    """What is settled, of what is advised."""
    for item in visitor.items(GOLDEN_SET, REASONING)[:2]:
        visitor.label(item, "undecided")
    page = visitor.get("/label/rules", set=GOLDEN_SET, annotator="anna").text
    assert ("4 of 6" in page, "2 disputed" in page, "2 labels here already" in page) == (True, True, True)


def test_the_catalogue_is_that_of_the_project(project: Path) -> None:
    """The example's rules are what its tests say they are."""
    bindings = AgentFolder(Path("agents"), all_checks(None)).specification("tester").bindings
    assert [one.rule.id for one in bindings] == [NO_CONSOLE, REASONING]
