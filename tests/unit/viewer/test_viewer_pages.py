"""The other pages: runs, answers, comparison, progress, disagreements, drafts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from viewer_example import GOLDEN_SET, NO_CONSOLE, REASONING, RUN, MadeRun, Visitor

from harness.core.config import Config
from harness.store.manifest import RunStatus
from harness.store.samples import SampleStore
from harness.suite.annotations import read_annotations
from harness.suite.drafts import read_drafts
from harness.viewer.live import LiveRuns

DRAFTS = Path("drafts/tester.yaml")
DATASET = Path("datasets/tester/drafted.yaml")
GOLDEN = Path("datasets/tester/golden")


@pytest.fixture
def ran(project: Path) -> Visitor:
    """A visitor of a project with one run that has ended."""
    MadeRun().write()
    return Visitor()


# --- runs ------------------------------------------------------------------------------------------


def test_runs_are_listed_with_their_rate_and_cost(ran: Visitor) -> None:
    """Model, state, rate with interval, cost."""
    page = ran.get("/").text
    assert [word in page for word in ("anthropic:m", "complete", "50%", "20–80%", "$0.25")] == [True] * 5


def test_a_damaged_run_does_not_hide_the_others(ran: Visitor) -> None:
    """It is a row that says what is wrong."""
    broken = Path("reports/20261102-000000-broken")
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    page = ran.get("/").text
    assert ("20261102-000000-broken" in page, "50%" in page) == (True, True)


def test_without_a_run_the_way_to_one_is_told(visitor: Visitor) -> None:
    """Not an empty table."""
    assert "harness run" in visitor.get("/").text


def test_a_run_shows_its_rules(ran: Visitor) -> None:
    """By their words, with rate and interval; undecided ones apart."""
    page = ran.get(f"/runs/{RUN}").text
    assert ("NEVER use console.log" in page, "1 rule without a single decided answer" in page) == (True, True)


@pytest.mark.parametrize("name", ["nowhere", "%2e%2e", "..%2f..%2fetc", RUN + "x", "x" * 3_000])
@pytest.mark.parametrize("page", ["", "/report", "/answers", "/progress"])
def test_a_run_is_one_that_was_found(ran: Visitor, name: str, page: str) -> None:
    """No path is made of an address."""
    assert ran.client.get(f"/runs/{name}{page}").status_code in {400, 404}


def test_the_report_is_shut_into_an_origin_of_its_own(ran: Visitor) -> None:
    """It may come from somebody else: its script runs, and can reach nothing here."""
    policy = ran.get(f"/runs/{RUN}/report").headers["content-security-policy"]
    told = ("sandbox allow-scripts;", "default-src 'none'", "form-action 'none'")
    assert ([word in policy for word in told], "allow-same-origin" in policy) == ([True] * 3, False)


def test_answers_can_be_chosen_by_rule_and_outcome(ran: Visitor) -> None:
    """Two of the four print to the console."""
    page = ran.get(f"/runs/{RUN}/answers", rule=NO_CONSOLE, outcome="fail").text
    assert ("2 answers" in page, "case-0" in page, "case-2" in page) == (True, True, False)


def test_an_answer_is_shown_with_its_findings(ran: Visitor) -> None:
    """The line is marked, and says why."""
    page = ran.get(f"/runs/{RUN}/answer", case="case-0", variant="base", trial="1").text
    assert ('class="ln hit"' in page, "printed to the console" in page) == (True, True)


@pytest.mark.parametrize(
    "query", [{}, {"case": "nope"}, {"case": "case-0", "trial": "9"}, {"case": "x" * 500}]
)
def test_an_answer_that_is_not_there_is_one_line(ran: Visitor, query: dict[str, str]) -> None:
    """Told on a page, without a traceback."""
    answer = ran.get(f"/runs/{RUN}/answer", **query)
    assert (answer.status_code, "This did not work" in answer.text) == (400, True)


def test_a_run_that_has_ended_needs_no_store(ran: Visitor) -> None:
    """Its figures are in its folder."""
    for path in Path(".harness").glob("samples.db*"):
        path.write_bytes(b"no store")
    assert ran.get(f"/runs/{RUN}").status_code == 200


def test_a_store_that_is_gone_is_told(ran: Visitor) -> None:
    """Where it was wanted, and what to do."""
    for path in Path(".harness").glob("samples.db*"):
        path.unlink()
    page = ran.get(f"/runs/{RUN}/answer", case="case-0", variant="base", trial="1")
    assert (page.status_code, "restore it" in page.text) == (400, True)


def test_two_runs_are_compared(ran: Visitor) -> None:
    """The conclusion, the flips, and links to both answers."""
    MadeRun(name="20261102-101500-tester-anthropic-m", fails=frozenset({0, 1, 2, 3})).write()
    page = ran.get("/compare", before=RUN, after="20261102-101500-tester-anthropic-m").text
    assert [word in page for word in ("1/1 → 0/1", "answer before", "case-2")] == [True] * 3


def test_the_whole_comparison_is_shut_into_an_origin_of_its_own(ran: Visitor) -> None:
    """The page that `harness compare --html` writes."""
    MadeRun(name="20261102-101500-tester-anthropic-m", fails=frozenset({0, 1, 2, 3})).write()
    page = ran.get("/compare/report", before=RUN, after="20261102-101500-tester-anthropic-m")
    assert ("sandbox allow-scripts" in page.headers["content-security-policy"], "case-2" in page.text) == (
        True,
        True,
    )


@pytest.mark.parametrize("query", [{"before": RUN}, {"before": RUN, "after": "nope"}, {"before": "[1"}])
def test_what_cannot_be_compared_is_told(ran: Visitor, query: dict[str, str]) -> None:
    """On the page where the sides are chosen."""
    answer = ran.get("/compare", **query)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


# --- progress --------------------------------------------------------------------------------------


def going_on(stored: int) -> tuple[MadeRun, Any]:
    """A run in progress that began a minute ago, with some of its answers stored since."""
    began = datetime.now(UTC) - timedelta(seconds=60)
    run = MadeRun(name="live", status=RunStatus.RUNNING, created=began, stored=stored)
    run.write()
    return run, Visitor().get("/runs/live/progress").json()


def test_progress_counts_what_is_there(project: Path) -> None:
    """Three of four are answered, and the last takes as long as each of them."""
    _, told = going_on(3)
    assert (told["answered"], told["waiting"], told["left"], told["tokens"]) == (
        3,
        1,
        "20 s",
        "300 in, 60 out",
    )


def test_without_a_pace_there_is_no_forecast(project: Path) -> None:
    """One answer is none."""
    assert going_on(1)[1]["left"] == ""


def test_an_answer_of_before_is_not_of_this_run(project: Path) -> None:
    """It was stored, and cost nothing now."""
    later = datetime.now(UTC) + timedelta(seconds=60)
    MadeRun(name="live", status=RunStatus.RUNNING, created=later).write()
    told = Visitor().get("/runs/live/progress").json()
    assert (told["stored"], told["answered"], told["tokens"]) == (4, 0, "0 in, 0 out")


def test_a_failure_is_counted_until_it_is_answered(project: Path) -> None:
    """With its kind."""
    run, _ = going_on(3)
    from harness.core.types import SampleFailure

    sample = run.samples[3]
    failure = SampleFailure(sample.request_sha, sample.case, "base", 1, "timeout", "slow", transient=True)
    with SampleStore(Path(".harness/samples.db")) as store:
        store.put_failure(failure)
    told = Visitor().get("/runs/live/progress").json()
    assert (told["failed"], told["kinds"], told["waiting"]) == (1, ["timeout (1)"], 0)


def test_a_run_that_is_quiet_may_have_been_stopped(project: Path) -> None:
    """Nothing has come for long: that is said, and no more than that."""
    began = datetime(2026, 11, 1, tzinfo=UTC)
    folder = MadeRun(name="live", status=RunStatus.RUNNING, created=began, stored=0).write()
    live = LiveRuns(Config(), clock=lambda: began.timestamp() + 3_600).look(folder)
    assert (live.quiet, live.answered, live.left_s) == (True, 0, None)


def test_a_run_in_progress_is_watched_on_its_page(project: Path) -> None:
    """Whoever started it."""
    going_on(3)
    page = Visitor().get("/runs/live").text
    assert ("3 of 4 answers" in page, 'data-live="/runs/live/progress"' in page) == (True, True)


# --- disagreements ---------------------------------------------------------------------------------


def disagree(visitor: Visitor) -> str:
    """Label the first two answers as nobody else does; return the address of a disagreement."""
    for item in visitor.items(GOLDEN_SET, REASONING)[:2]:
        visitor.label(item, "undecided", note="hard to tell")
    page = visitor.get("/disagreements").text
    return str(page.split('<ul class="rows">')[1].split('href="')[1].split('"')[0].replace("&amp;", "&"))


def settle(visitor: Visitor, address: str, label: str | None) -> Any:
    page = visitor.get(address).text
    told = {name: page.split(f'data-{name}="')[1].split('"')[0] for name in ("set", "rule", "item", "before")}
    return visitor.post("/api/agree", {**told, "label": label, "note": "", "line": 0})


def test_a_disagreement_shows_what_each_says(visitor: Visitor) -> None:
    """Names, labels, notes."""
    page = visitor.get(disagree(visitor)).text
    assert [word in page for word in ("anna", "writer", "hard to tell", "undecided")] == [True] * 4


def test_an_agreed_label_is_kept_beside_the_others(visitor: Visitor) -> None:
    """Nobody's own label is touched."""
    settle(visitor, disagree(visitor), "fail")
    who = {one.annotator for one in read_annotations(GOLDEN)}
    assert (who, len(read_annotations(GOLDEN))) == ({"anna", "agreed"}, 3)


def test_a_settled_disagreement_leads_to_the_next(visitor: Visitor) -> None:
    """And after the last one to the list, where both are marked as settled."""
    told = settle(visitor, disagree(visitor), "fail").json()
    last = settle(visitor, told["next"], "pass").json()
    page = visitor.get(last["next"]).text
    assert (last["next"], page.count('class="agreed"')) == ("/disagreements", 2)


def test_what_nobody_disagrees_about_cannot_be_settled(visitor: Visitor) -> None:
    """An agreed label stands for two opinions."""
    item = visitor.items(GOLDEN_SET, REASONING)[0]
    body = {"set": GOLDEN_SET, "rule": REASONING, "item": item, "label": "pass", "before": ""}
    assert visitor.post("/api/agree", body).status_code == 400


# --- drafts ----------------------------------------------------------------------------------------


def decide(visitor: Visitor, number: int, state: str, /, **more: object) -> Any:
    page = visitor.get("/drafts/file", name="tester.yaml").text
    stamp = page.split(f'data-number="{number}" data-stamp="')[1].split('"')[0]
    prompt = read_drafts(DRAFTS).drafts[number].prompt
    body = {"file": "tester.yaml", "number": number, "before": stamp, "state": state, "prompt": prompt}
    return visitor.post("/api/draft", {**body, **more})


def test_a_draft_is_accepted_in_its_file(visitor: Visitor) -> None:
    """At once; the other stays as it is."""
    decide(visitor, 0, "accepted")
    assert [one.accepted for one in read_drafts(DRAFTS).drafts] == [True, False]


def test_a_draft_is_rejected_and_opened_again(visitor: Visitor) -> None:
    """Nothing is thrown away."""
    decide(visitor, 1, "rejected")
    rejected = read_drafts(DRAFTS).drafts[1].rejected
    decide(visitor, 1, "open")
    assert (rejected, read_drafts(DRAFTS).drafts[1].rejected) == (True, False)


def test_a_draft_is_reworded(visitor: Visitor) -> None:
    """With the same key press that accepts it."""
    decide(visitor, 0, "accepted", prompt="Print the invoices,\r\nplease.")
    assert read_drafts(DRAFTS).drafts[0].prompt == "Print the invoices,\nplease."


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "maybe"},
        {"prompt": " "},
        {"prompt": "x" * 4_001},
        {"file": "../tester.yaml"},
        {"file": "/etc/passwd"},
    ],
)
def test_what_is_no_decision_is_refused(visitor: Visitor, wrong: dict[str, object]) -> None:
    """The file stays as it was."""
    before = DRAFTS.read_text()
    answer = decide(visitor, 0, "accepted", **wrong)
    assert (answer.status_code, DRAFTS.read_text()) == (400, before)


@pytest.mark.parametrize("wrong", [{"before": "x"}, {"number": 9}, {"number": -1}, {"number": "0"}])
def test_a_draft_that_was_changed_elsewhere_is_not_overwritten(
    visitor: Visitor, wrong: dict[str, object]
) -> None:
    """The page is told to look again."""
    assert decide(visitor, 0, "accepted", **wrong).status_code == 409


def test_accepted_drafts_become_a_dataset(visitor: Visitor) -> None:
    """Beside the agent's other datasets; what is not accepted stays out."""
    decide(visitor, 0, "accepted")
    told = visitor.post("/api/dataset", {"file": "tester.yaml", "name": "drafted"}).json()
    assert (told["written"], "console-1" in DATASET.read_text(), "console-2" in DATASET.read_text()) == (
        DATASET.as_posix(),
        True,
        False,
    )


@pytest.mark.parametrize("name", ["compliance", "../x", "", "a/b", "x" * 70, "A B"])
def test_no_dataset_is_overwritten_or_put_elsewhere(visitor: Visitor, name: str) -> None:
    """An existing file, a path, no name."""
    decide(visitor, 0, "accepted")
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*.yaml")}
    answer = visitor.post("/api/dataset", {"file": "tester.yaml", "name": name})
    after = {path: path.stat().st_mtime_ns for path in Path().rglob("*.yaml")}
    assert (answer.status_code, after) == (400, before)


def test_an_id_that_is_taken_makes_no_dataset(visitor: Visitor) -> None:
    """It would make all datasets of the agent unusable."""
    decide(visitor, 0, "accepted")
    visitor.post("/api/dataset", {"file": "tester.yaml", "name": "drafted"})
    answer = visitor.post("/api/dataset", {"file": "tester.yaml", "name": "again"})
    assert (answer.status_code, "console-1" in answer.json()["error"]) == (400, True)
