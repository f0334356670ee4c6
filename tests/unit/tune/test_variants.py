"""Files, folders and templates become variants; the control arms are made from the base."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.agentfile.parse import read_agent
from harness.core.errors import InputError
from harness.core.types import Agent
from harness.tune.variants import NO_PROMPT, NO_RULES, arms_of, control_arms

HEAD = "---\nname: tester\ndescription: d\n---\n"
BODY = "You are an engineer.\n\n## Rules\n- NEVER use console.log\n- ALWAYS use the logger\n\nBe kind.\n"


@pytest.fixture
def base(tmp_path: Path) -> Agent:
    (tmp_path / "tester.md").write_text(HEAD + BODY, encoding="utf-8")
    return read_agent(tmp_path / "tester.md")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def names(base: Agent, *paths: Path, **values: tuple[str, ...]) -> list[str]:
    return [variant.name for variant in arms_of(base, paths, values, ("base",)).variants]


def test_a_folder_means_the_prompts_in_it(base: Agent, tmp_path: Path) -> None:
    for name in ("b.md", "a.txt", "notes.csv", "README.md"):
        write(tmp_path, f"prompts/{name}", f"Prompt {name}")
    assert names(base, tmp_path / "prompts") == ["a", "b"]


def test_the_base_in_a_folder_is_left_out(base: Agent, tmp_path: Path) -> None:
    write(tmp_path, "other.md", "Another prompt.")
    assert names(base, tmp_path) == ["other"]


def test_a_filled_template_is_named_by_its_values(base: Agent, tmp_path: Path) -> None:
    path = write(tmp_path, "tone.md.j2", "Be {{ tone }}.")
    assert names(base, path, tone=("strict", "very, very kind")) == [
        "tone+tone=strict",
        "tone+tone=very-very-kind",
    ]


def test_a_filled_template_keeps_its_text(base: Agent, tmp_path: Path) -> None:
    arms = arms_of(base, [write(tmp_path, "t.md.j2", "Be {{ tone }}.")], {"tone": ("kind",)}, ())
    assert arms.texts == {"t+tone=kind": "Be kind."}


def test_a_prompt_that_is_the_base_again_is_left_out_and_said(base: Agent, tmp_path: Path) -> None:
    arms = arms_of(base, [write(tmp_path, "t.md.j2", "{{ base }}")], {}, ())
    assert (arms.variants, "the same prompt as the base" in arms.notes[0]) == ((), True)


def test_two_files_of_one_name_get_two_names(base: Agent, tmp_path: Path) -> None:
    paths = [write(tmp_path, f"{folder}/short.md", folder) for folder in ("x", "y")]
    assert names(base, *paths) == ["short", paths[1].as_posix()]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: [folder / "tester.md"], "is the base file itself"),
        (lambda folder: [write(folder, "x.md", "x")] * 2, "given twice"),
        (lambda folder: [write(folder, "x.md", "  \n")], "holds neither"),
        (lambda folder: [write(folder, "e/notes.csv", "x").parent], "holds no prompt"),
    ],
)
def test_what_is_no_variant_is_refused(base: Agent, tmp_path: Path, make: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        arms_of(base, make(tmp_path), {}, ())  # type: ignore[operator]


def test_a_parameter_that_no_template_uses_is_refused(base: Agent, tmp_path: Path) -> None:
    path = write(tmp_path, "t.md.j2", "Be {{ tone }}.")
    with pytest.raises(InputError, match="--param tune: no template uses it"):
        arms_of(base, [path], {"tone": ("a",), "tune": ("b",)}, ())


def test_the_control_without_rules_keeps_the_rest(base: Agent) -> None:
    (agent,) = (one.agent for one in control_arms(base).variants if one.name == NO_RULES)
    assert (agent.prompt.split("\n")[0], "console" in agent.prompt, agent.rules) == (
        "You are an engineer.",
        False,
        (),
    )


def test_the_control_without_a_prompt_keeps_who_the_agent_is(base: Agent) -> None:
    (agent,) = (one.agent for one in control_arms(base).variants if one.name == NO_PROMPT)
    assert (agent.prompt, agent.name, agent.listing) == ("", "tester", "d")


def test_without_rules_there_is_one_control_and_a_note(tmp_path: Path) -> None:
    path = write(tmp_path, "plain.md", "Just be kind to everyone.")
    arms = control_arms(read_agent(path))
    assert ([one.name for one in arms.variants], len(arms.notes)) == ([NO_PROMPT], 1)
