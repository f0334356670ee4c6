"""``harness experiment``: variants, templates and controls; wrong input is one line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import MODEL, Command, finish, manifest, runs, start, write_project

CASES = 12
DATASET = "datasets/tester/compliance.yaml"
TEMPLATE = "{{ base }}\nBe {{ tone }}.\n"
LOGGER = "import logger from './utils/logger.js';\nlogger.info(1);"
HOSTILE = "<script>alert(1)</script>\u202e"
EXPERIMENT = ("experiment", "agents/tester.md", DATASET, *MODEL)


def answer(seen: Seen) -> Answer:
    """Log to the console where the prompt does not forbid it; NOCODE: write no code at all."""
    prompt = str(seen.body.get("system", ""))
    if "NOCODE" in prompt:
        return Answer("I would plan it first.")
    obeys = "console.log" in prompt
    return Answer(f"Here:\n\n```js\n{LOGGER if obeys else 'console.log(1);'}\n```\n")


def prepare(folder: Path) -> None:
    """Write the small project with a dataset of its own, a template and a prompt that evades."""
    write_project(folder)
    cases = "\n".join(
        f"  - {{id: c{n}, prompt: Write service {n}, applies: [logging/no-console]}}" for n in range(CASES)
    )
    (folder / DATASET).write_text(f"agent: tester\ncases:\n{cases}\n", encoding="utf-8")
    (folder / "datasets/routing.yaml").unlink()
    (folder / "tone.md.j2").write_text(TEMPLATE, encoding="utf-8")
    (folder / "quiet.md").write_text("NOCODE. NEVER use console.log.\n", encoding="utf-8")


@pytest.fixture
def project(small_project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesApi]:
    prepare(small_project)
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield server


@pytest.fixture(scope="module")
def experimented(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], list[Seen]]:
    """A whole experiment: where it lies, its document, and what the model saw. Read it, leave it as it is."""
    folder = tmp_path_factory.mktemp("experiment")
    prepare(folder)
    more = (
        "--variant",
        "tone.md.j2",
        "--variant",
        "shorter.md",
        "--variant",
        "quiet.md",
        "--param",
        "tone=kind",
    )
    with MessagesApi(answer) as server:
        ran = finish(start(folder, *EXPERIMENT, *more, "--json", url=server.url))
    return folder, ran.document, server.seen


@pytest.fixture
def document(
    experimented: tuple[Path, dict[str, Any], list[Seen]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    monkeypatch.chdir(experimented[0])
    return experimented[1]


def variants(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["variant"]: one for one in document["variants"]}


def test_every_variant_is_held_against_the_base(document: dict[str, Any]) -> None:
    found = {name: one["standing"] for name, one in variants(document).items()}
    assert found == {
        "base": "base",
        "tone+tone=kind": "cannot tell",
        "shorter": "worse",
        "quiet": "evades",
        "no-rules": "worse",
        "no-prompt": "worse",
    }


def test_what_evades_is_marked_and_not_best(document: dict[str, Any]) -> None:
    quiet = variants(document)["quiet"]
    assert (quiet["evades"][0]["kind"], "quiet" in document["best_set"], quiet["pareto"]) == (
        "vacuous",
        False,
        False,
    )


def test_the_best_set_holds_base_and_its_like(document: dict[str, Any]) -> None:
    assert sorted(document["best_set"]) == ["base", "tone+tone=kind"]


def test_it_lies_beside_the_run(document: dict[str, Any]) -> None:
    kept = json.loads((Path(document["run"]) / "experiment.json").read_text(encoding="utf-8"))
    assert kept == document


def test_filled_prompts_are_kept_with_the_run(document: dict[str, Any]) -> None:
    place = Path(variants(document)["tone+tone=kind"]["file"])
    assert ("Be kind." in place.read_text(encoding="utf-8"), place.parent.parent) == (
        True,
        Path(document["run"]),
    )


def test_the_manifest_names_the_kept_prompt(document: dict[str, Any]) -> None:
    named = {one["name"]: one["agent"]["path"] for one in manifest(Path(document["run"]))["variants"]}
    assert named["tone+tone=kind"] == variants(document)["tone+tone=kind"]["file"]


def test_a_baseline_can_be_made_of_a_filled_prompt(document: dict[str, Any], harness: Command) -> None:
    ran = harness("baseline", document["run"], "--variant", "tone+tone=kind", "--output", "base.json")
    assert (ran.code, Path("base.json").is_file()) == (0, True)


def test_the_variants_answer_each_case_in_turns(
    experimented: tuple[Path, dict[str, Any], list[Seen]],
) -> None:
    first = experimented[2][:20]
    assert len({seen.question for seen in first}) < len({str(seen.body.get("system")) for seen in first})


def test_asked_again_it_costs_nothing(project: MessagesApi, harness: Command) -> None:
    harness(*EXPERIMENT, "--variant", "shorter.md")
    asked = len(project.seen)
    harness(*EXPERIMENT, "--variant", "shorter.md")
    assert len(project.seen) == asked


def test_an_experiment_file_says_it_all(project: MessagesApi, harness: Command) -> None:
    text = (
        f"question: {json.dumps(HOSTILE)}\nagent: agents/tester.md\nsuite: [{DATASET}]\n"
        "variants: [tone.md.j2]\nparams: {tone: [kind, strict]}\nmodel: anthropic:m\nlimit: 9\n"
    )
    Path("e.yaml").write_text(text, encoding="utf-8")
    ran = harness("experiment", "e.yaml", "--json")
    assert (len(ran.document["variants"]), ran.document["cases"]) == (5, 9)


def test_the_page_escapes_what_others_wrote(project: MessagesApi, harness: Command) -> None:
    text = f"question: {json.dumps(HOSTILE)}\nagent: agents/tester.md\nvariants: [shorter.md]\nlimit: 2\n"
    Path("e.yaml").write_text(text, encoding="utf-8")
    ran = harness("experiment", "e.yaml", DATASET, *MODEL, "--json")
    page = (Path(ran.document["run"]) / "experiment.html").read_text(encoding="utf-8")
    assert ("<script" in page, "\u202e" in page, 'role="img" aria-labelledby' in page) == (False, False, True)


def test_a_forecast_asks_nothing(project: MessagesApi, harness: Command) -> None:
    ran = harness(*EXPERIMENT, "--variant", "shorter.md", "--dry-run", "--json")
    assert (ran.document["wanted"], len(project.seen)) == (4 * CASES, 0)


def test_a_run_has_controls_on_request(project: MessagesApi, harness: Command) -> None:
    ran = harness(
        "run", DATASET, *MODEL, "--agent", "agents/tester.md", "--controls", "--limit", "2", "--json"
    )
    assert set(ran.scores()) == {"base", "no-rules", "no-prompt"}


def test_answers_that_are_missing_are_said(project: MessagesApi, harness: Command) -> None:
    def failing(seen: Seen) -> Answer | Fault:
        return Fault(400, "invalid_request_error", "no") if "service 3" in seen.question else answer(seen)

    project.script = failing
    ran = harness(*EXPERIMENT, "--variant", "shorter.md")
    assert (ran.code, "4 of 48 answers are missing" in ran.err) == (3, True)


def test_a_run_that_cannot_begin_leaves_no_folder(project: MessagesApi, harness: Command) -> None:
    project.script = Fault(401, "authentication_error", "who are you")
    ran = harness(*EXPERIMENT, "--variant", "tone.md.j2", "--param", "tone=kind")
    assert (ran.code, runs(Path())) == (2, [])


def test_hand_written_answers_alone_are_no_experiment(project: MessagesApi, harness: Command) -> None:
    golden = Path("datasets/tester/golden/console.md")
    text = golden.read_text(encoding="utf-8").replace("case: users", "prompt: Write a service")
    golden.write_text(text, encoding="utf-8")
    ran = harness("experiment", "agents/tester.md", golden.as_posix(), "--variant", "shorter.md", *MODEL)
    assert (ran.code, "no case that asks the variants anything" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), "an experiment needs a variant"),
        (("--variant", "nobody.md"), "nobody.md"),
        (("--variant", "tone.md.j2"), "uses the parameter 'tone', which has no values"),
        (("--variant", "tone.md.j2", "--param", "tone"), "write NAME=VALUE"),
        (("--variant", "shorter.md", "--param", "tone=a"), "no template uses it"),
        (("--variant", "agents/tester.md"), "is the base file itself"),
    ],
)
def test_wrong_input_is_one_line(
    project: MessagesApi, harness: Command, more: tuple[str, ...], words: str
) -> None:
    ran = harness(*EXPERIMENT, *more)
    assert (ran.code, words in ran.err, ran.err.count("\n")) == (2, True, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agent: a.md\nvariant: [x.md]\n", "e.yaml:2:"),
        ("variants: [x.md]\n", "agent"),
        ("agent: a.md\nparams: {base: [1]}\n", "the prompt of the agent file"),
        ("agent: a.md\nparams:\n  tone: []\n", "e.yaml:3:"),
        ("agent: [\n", "e.yaml:"),
    ],
)
def test_a_wrong_experiment_file_is_one_line_with_its_place(
    project: MessagesApi, harness: Command, text: str, words: str
) -> None:
    Path("e.yaml").write_text(text, encoding="utf-8")
    ran = harness("experiment", "e.yaml")
    assert (ran.code, words in ran.err, ran.err.count("\n")) == (2, True, 1)
