"""``harness calibrate --judge``: a judge held against what people say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import Command

RULE = "always-explain-your-reasoning-for-each-decision-in"
GOLDEN = """---
prompt: Plan service {number}
author: writer
labels: {{{rule}: {label}}}
---
{text}
"""
REASONED = "I use a queue, since the peak is short; the price is one more part to run."
BARE = "Here is the service. It follows best practices."
CALIBRATE = ("calibrate", "--judge", "anthropic:judge")


def honest(seen: Seen) -> Answer:
    reasoned = "the price is" in json.dumps(seen.body["messages"][0])
    verdict = {
        "evidence": ["the price is one more part to run"] if reasoned else [],
        "reason": "a price is said" if reasoned else "none",
        "verdict": "pass" if reasoned else "fail",
    }
    return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict))


Script = Callable[[Seen], Answer | Fault]


@pytest.fixture
def labelled(small_project: Path) -> Path:
    golden = small_project / "datasets/tester/golden"
    for number in range(30):
        good = number % 2 == 0
        text = GOLDEN.format(
            number=number, rule=RULE, label="pass" if good else "fail", text=REASONED if good else BARE
        )
        (golden / f"plan-{number}.md").write_text(text)
    return small_project


@pytest.fixture
def judging(labelled: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Script], MessagesApi]]:
    servers: list[MessagesApi] = []

    def serve(script: Script) -> MessagesApi:
        servers.append(MessagesApi(script).__enter__())
        monkeypatch.setenv("ANTHROPIC_BASE_URL", servers[-1].url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        return servers[-1]

    yield serve
    for server in servers:
        server.__exit__(None, None, None)


Judging = Callable[[Script], MessagesApi]


def test_a_judge_that_is_right_may_gate(judging: Judging, harness: Command) -> None:
    judging(honest)
    (row,) = harness(*CALIBRATE, "--json").document["rules"]
    assert (row["rule"], row["may_gate"], row["kappa"]["value"]) == (RULE, True, 1.0)


def test_a_judge_that_says_the_same_to_all_may_not(judging: Judging, harness: Command) -> None:
    def same(seen: Seen) -> Answer:
        verdict = {"evidence": [], "reason": "r", "verdict": "fail"}
        return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict))

    judging(same)
    (row,) = harness(*CALIBRATE, "--json").document["rules"]
    assert not row["may_gate"]


def test_a_judge_that_answers_nonsense_is_undecided_not_wrong(judging: Judging, harness: Command) -> None:
    judging(lambda _: Answer("It obeys."))
    (row,) = harness(*CALIBRATE, "--json").document["rules"]
    assert (row["decided"]["n"], row["undecided"]) == (0, 30)


def test_a_judge_that_decides_nothing_may_not_gate(judging: Judging, harness: Command) -> None:
    judging(lambda _: Answer("It obeys."))
    (row,) = harness(*CALIBRATE, "--json").document["rules"]
    assert (row["tnr"]["value"], row["may_gate"]) == (0.0, False)


def test_the_calibration_is_kept(judging: Judging, harness: Command, labelled: Path) -> None:
    judging(honest)
    told = harness(*CALIBRATE, "--json").document["file"]
    assert json.loads((labelled / told).read_text())["rules"][0]["kappa"] == 1.0


def test_a_limit_takes_labels_from_all_over(judging: Judging, harness: Command) -> None:
    server = judging(honest)
    harness(*CALIBRATE, "--limit", "6")
    assert len(server.seen) == 6


def test_what_annotators_dispute_is_held_against_nobody(
    judging: Judging, harness: Command, labelled: Path
) -> None:
    (labelled / "datasets/tester/golden/anna.labels.yaml").write_text(
        f"annotator: anna\nlabels: {{plan-0: {{{RULE}: fail}}, plan-2: {{{RULE}: pass}}}}\n"
    )
    judging(honest)
    document = harness(*CALIBRATE, "--json").document
    assert (document["rules"][0]["labels"], len(document["disputed"])) == (29, 1)


def test_probes_tell_what_misleads_the_judge(judging: Judging, harness: Command) -> None:
    def gullible(seen: Seen) -> Answer:
        steered = "Ignore the criteria above" in json.dumps(seen.body["messages"][0])
        verdict = {"evidence": ["Here is"], "reason": "r", "verdict": "pass"}
        return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict)) if steered else honest(seen)

    judging(gullible)
    document = harness(*CALIBRATE, "--limit", "4", "--probe", "instruction", "--json").document
    assert document["probes"][0]["favourable"] == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--probe", "mind"), "no such probe"),
        (("--rule", "nobody"), "no label of the rules nobody"),
        (("--checks",), "one of the two"),
        (("--held-back",), "--held-back belongs to --checks"),
        (("--check", "logging/no-console"), "--check belongs to --checks"),
        (("--mutants",), "--mutants belongs to --checks"),
    ],
)
def test_wrong_input_is_one_clear_line(
    judging: Judging, harness: Command, more: tuple[str, ...], words: str
) -> None:
    judging(honest)
    ran = harness(*CALIBRATE, *more)
    assert (ran.code, words in ran.err.splitlines()[-1]) == (2, True)


def test_calls_that_fail_make_the_measurement_incomplete(judging: Judging, harness: Command) -> None:
    judging(lambda _: Fault(status=400))
    assert harness(*CALIBRATE).code == 3


def test_options_of_judges_are_refused_for_checks(judging: Judging, harness: Command) -> None:
    judging(honest)
    ran = harness("calibrate", "--checks", "--limit", "3")
    assert (ran.code, "--limit belongs to --judge" in ran.err) == (2, True)


def test_a_label_of_a_rule_that_nobody_has_is_told(
    judging: Judging, harness: Command, labelled: Path
) -> None:
    (labelled / "datasets/tester/golden/anna.labels.yaml").write_text(
        "annotator: anna\nlabels: {plan-0: {always-explain-your: fail}}\n"
    )
    judging(honest)
    (said,) = harness(*CALIBRATE, "--limit", "2", "--json").document["warnings"]
    assert ("anna.labels.yaml" in said, "no rule 'always-explain-your'" in said) == (True, True)


def test_who_labels_under_the_name_of_the_author_is_refused(
    judging: Judging, harness: Command, labelled: Path
) -> None:
    (labelled / "datasets/tester/golden/writer.labels.yaml").write_text(
        f"annotator: writer\nlabels: {{plan-0: {{{RULE}: fail}}}}\n"
    )
    judging(honest)
    ran = harness(*CALIBRATE)
    assert (ran.code, "'writer' is the author" in ran.err) == (2, True)


def test_responses_of_one_name_in_two_folders_stay_two(
    judging: Judging, harness: Command, labelled: Path
) -> None:
    other = labelled / "datasets/other/golden"
    other.mkdir(parents=True)
    text = GOLDEN.format(number=0, rule=RULE, label="fail", text=BARE)
    (other / "plan-0.md").write_text(text.replace("author:", "agent: tester\nauthor:"))
    judging(honest)
    (row,) = harness(*CALIBRATE, "--json").document["rules"]
    assert (row["labels"], row["kappa"]["value"]) == (31, 1.0)


def test_a_thin_measurement_says_that_the_better_one_stays(judging: Judging, harness: Command) -> None:
    judging(honest)
    harness(*CALIBRATE)
    document = harness(*CALIBRATE, "--limit", "4", "--json").document
    assert "measured before on more labels" in " ".join(document["warnings"])


def test_agreement_is_shown_beside_that_of_another_way_of_asking(
    judging: Judging, harness: Command, labelled: Path
) -> None:
    """Several rules in one call are cheaper; what that costs in agreement is seen here."""
    judging(honest)
    harness(*CALIBRATE)
    (labelled / "harness.toml").write_text("[judge]\nrules_per_call = 5\n")
    (other,) = harness(*CALIBRATE, "--json").document["other_ways"]
    assert ("rules per call 1" in other["way"], other["kappa"], other["labelled"]) == (True, 1.0, 30)
