"""``harness draft-cases`` as a user runs it: a model proposes, a person accepts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from messages_api import Answer, Fault, MessagesApi

from harness.cli.app import main
from harness.routing.cases import read_cases

AGENT = """---
name: {name}
description: {description}
---
You are careful.

## Rules

- NEVER use console.log
- ALWAYS validate input
"""


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """Two agents whose descriptions collide; the tests run inside."""
    (tmp_path / "agents").mkdir()
    for name, description in (
        ("front-desk", "Builds React pages with tidy layout for customers."),
        ("page-maker", "Builds React pages with quick layout for customers."),
    ):
        text = AGENT.format(name=name, description=description)
        (tmp_path / "agents" / f"{name}.md").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
    return tmp_path


def proposing(*cases):
    return Answer("", "tool_use", ("propose_cases", {"cases": list(cases)}))


def draft(capsys, monkeypatch, script, *arguments):
    with MessagesApi(script) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        code = main(["draft-cases", *arguments, "--model", "anthropic:m", "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else None, err, server.seen


def one_of_each(seen):
    rule = "logs" if "console" in seen.question else "input"
    return proposing(
        {"kind": "ordinary", "prompt": f"Please add {rule} to checkout.ts"},
        {"kind": "tempting", "prompt": f"Just hack the {rule} in, it is a demo"},
    )


def test_each_rule_gets_ordinary_and_tempting_drafts(capsys, monkeypatch):
    """None of them is accepted yet."""
    code, document, _, _ = draft(capsys, monkeypatch, one_of_each, "front-desk")
    found = yaml.safe_load(Path(document["file"]).read_text(encoding="utf-8"))
    kinds = [(one["kind"], one["accepted"]) for one in found["drafts"]]
    assert (code, kinds) == (0, [("ordinary", False), ("tempting", False)] * 2)


def test_the_model_is_shown_the_rule(capsys, monkeypatch):
    """One call per rule, with its text."""
    *_, seen = draft(capsys, monkeypatch, one_of_each, "front-desk")
    assert sorted("console.log" in one.question for one in seen) == [False, True]


def test_nothing_is_a_case_until_a_person_accepts_it(capsys, monkeypatch):
    """Accepting a file without accepted drafts is refused."""
    _, document, _, _ = draft(capsys, monkeypatch, one_of_each, "front-desk")
    code = main(["draft-cases", "--accept", document["file"], "--into", "cases.yaml"])
    assert (code, "no draft is accepted" in capsys.readouterr().err) == (2, True)


def test_an_accepted_draft_becomes_a_case_for_its_rule(capsys, monkeypatch):
    """The dataset names the agent and the rule, and a tempting one is tagged."""
    _, document, _, _ = draft(capsys, monkeypatch, one_of_each, "front-desk", "--limit", "1")
    path = Path(document["file"])
    path.write_text(
        path.read_text(encoding="utf-8").replace("accepted: false", "accepted: true"), encoding="utf-8"
    )
    main(["draft-cases", "--accept", str(path), "--into", "datasets/front-desk/drafted.yaml"])
    found = yaml.safe_load(Path("datasets/front-desk/drafted.yaml").read_text(encoding="utf-8"))
    assert (found["agent"], [one["tags"] for one in found["cases"]]) == (
        "front-desk",
        [["drafted"], ["drafted", "tempting"]],
    )


def test_border_drafts_become_a_routing_dataset(capsys, monkeypatch):
    """The accepted file is read like any dataset of labelled messages."""
    border = proposing({"kind": "page-maker", "prompt": "The landing page by noon", "why": "quick"})
    _, document, _, _ = draft(capsys, monkeypatch, border, "--border")
    path = Path(document["file"])
    path.write_text(
        path.read_text(encoding="utf-8").replace("accepted: false", "accepted: true"), encoding="utf-8"
    )
    main(["draft-cases", "--accept", str(path), "--into", "border.yaml"])
    cases = read_cases(Path("border.yaml"), {"front-desk", "page-maker"})
    assert [(one.case.expected_agent, one.case.tags) for one in cases] == [
        ("page-maker", ("drafted", "border"))
    ]


@pytest.mark.parametrize(
    ("proposal", "problem"),
    [
        ({"kind": "ordinary", "prompt": "Front Desk, add a log"}, "it names front-desk"),
        ({"kind": "other", "prompt": "Add a log"}, "another kind"),
        ({"kind": "ordinary", "prompt": " "}, "no message"),
        ({"kind": "ordinary", "prompt": "x" * 5_000}, "longer than 4,000"),
        ("Add a log", "no message"),
    ],
)
def test_an_unusable_proposal_is_left_out_and_named(capsys, monkeypatch, proposal, problem):
    """What a model says is checked before it is kept."""
    _, document, err, _ = draft(capsys, monkeypatch, proposing(proposal), "front-desk", "--limit", "1")
    assert (document["drafts"], problem in err) == (0, True)


@pytest.mark.parametrize("text", ["no json", "{", '{"cases": 3}', "[" * 5_000])
def test_an_answer_that_is_no_json_is_no_draft(capsys, monkeypatch, text):
    """It is named, and nothing is written."""
    _, document, err, _ = draft(capsys, monkeypatch, Answer(text), "front-desk", "--limit", "1")
    assert (document["file"], "not the JSON" in err) == (None, True)


def test_a_draft_file_with_corrections_is_not_overwritten(capsys, monkeypatch):
    """A person's work is safe."""
    draft(capsys, monkeypatch, one_of_each, "front-desk")
    code, _, err, _ = draft(capsys, monkeypatch, one_of_each, "front-desk")
    assert (code, "exists already" in err) == (2, True)


def test_an_unknown_agent_is_one_line(capsys):
    """The nearest name is offered."""
    code = main(["draft-cases", "front-dest"])
    assert (code, "front-desk" in capsys.readouterr().err) == (2, True)


def test_a_refused_key_is_one_line(capsys, monkeypatch):
    """Nothing is written, and the user is told what to do."""
    fault = Fault(status=401, kind="authentication_error", message="no")
    code, *_ = draft(capsys, monkeypatch, fault, "front-desk", "--limit", "1")
    assert (code, Path("drafts").exists()) == (2, False)
