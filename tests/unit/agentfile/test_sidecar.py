"""The sidecar: ids, overrides and shared rules; and one clear line for each mistake in it."""

from pathlib import Path

import pytest

from harness.agentfile.parse import read_agent
from harness.agentfile.sidecar import read_sidecar
from harness.core.errors import ConfigurationError
from harness.core.types import Severity

AGENT = (
    "---\nname: a\ndescription: b\n---\n*INHERITS ALL HOUSE RULES*\n\n"
    "- Never use console.log here\n- Never use console.log there\n- Always test **all** code\n"
)


@pytest.fixture
def agent_file(tmp_path: Path) -> Path:
    path = tmp_path / "my-agent.md"
    path.write_text(AGENT, encoding="utf-8")
    (tmp_path / "shared.md").write_text(
        "## House rules\n- Never leak keys\n- Always test all code\n", encoding="utf-8"
    )
    return path


def write(agent_file: Path, text: str) -> Path:
    agent_file.with_name("my-agent.harness.yaml").write_text(text, encoding="utf-8")
    return agent_file


def test_without_a_sidecar_there_are_no_overrides(agent_file: Path) -> None:
    assert read_sidecar(agent_file).overrides == {}


def test_an_id_replaces_the_slug(agent_file: Path) -> None:
    write(agent_file, "rules: [{match: Always test all code, id: tested}]")
    assert [rule.id for rule in read_agent(agent_file).rules][2] == "tested"


def test_overrides_are_keyed_by_the_explicit_id(agent_file: Path) -> None:
    write(
        agent_file,
        "rules:\n- {match: Always test, id: tested, severity: critical, check: a/b, parameters: {max: 200}, "
        "waive: not yet, rubric: look closely}",
    )
    override = read_sidecar(agent_file).overrides["tested"]
    assert (override.severity, override.check, override.parameters, override.waived, override.rubric) == (
        Severity.CRITICAL, "a/b", {"max": "200"}, "not yet", "look closely",
    )  # fmt: skip


def test_an_override_without_id_is_keyed_by_the_slug(agent_file: Path) -> None:
    write(agent_file, "rules: [{match: always test ALL code, severity: minor}]")
    assert list(read_sidecar(agent_file).overrides) == ["always-test-all-code"]


def test_shared_rules_are_appended_with_their_source(agent_file: Path) -> None:
    write(agent_file, "include: [shared.md]")
    assert [(r.text, Path(r.source).name, r.span.line) for r in read_agent(agent_file).rules[3:]] == [
        ("Never leak keys", "shared.md", 2), ("Always test all code", "shared.md", 3),
    ]  # fmt: skip


def test_ids_stay_unique_with_shared_rules(agent_file: Path) -> None:
    write(agent_file, "include: [shared.md]")
    assert len({rule.id for rule in read_agent(agent_file).rules}) == 5


def test_shared_rules_settle_the_warning_about_inheritance(agent_file: Path) -> None:
    write(agent_file, "include: [shared.md]")
    assert read_agent(agent_file).repairs == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "rules:\n- match: Always test\n  severty: minor",
            r":3: unknown key 'severty'; did you mean 'severity'\?",
        ),
        ("rule: []", r":1: unknown key 'rule'; did you mean 'rules'\?"),
        ("rules:\n- id: x", r":2: rules\[1\]\.match is missing"),
        ("rules:\n- {match: Always test, severity: huge}", r":2: rules\[1\]\.severity"),
        ("rules:\n- {match: Always test, id: Not A Slug}", r":2: rules\[1\]\.id: an id is a slug"),
        ("rules:\n- match: Never use console", r":2: 'Never use console' fits 2 rules .*line 7.*line 8"),
        ("rules:\n- match: Always tset all code", r":2: .* fits no rule .*Always test all code"),
        ("rules:\n- match: Always test\n- match: Always test all", r":3: .*line 2 already names"),
        (
            "rules:\n- {match: Always test, id: never-use-console-log-here}",
            r":2: the id .* is already that of",
        ),
        ("rules: [", r"not valid YAML"),
        ("- a", r":1: "),
        ("rules: &a [*a]", r":1: the aliases"),
        ("rules: " + "[" * 40, r"nested more than|not valid YAML"),
        ("include: [absent.md]", r":1: include 'absent.md': .*no such file"),
        ("include: [my-agent.harness.yaml]", r"holds no rule"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(agent_file: Path, text: str, wanted: str) -> None:
    write(agent_file, text)
    with pytest.raises(ConfigurationError, match=r"my-agent\.harness\.yaml.*" + wanted):
        read_sidecar(agent_file)


def test_a_wrong_sidecar_also_stops_reading_the_agent(agent_file: Path) -> None:
    write(agent_file, "rules: [{match: nothing like it}]")
    with pytest.raises(ConfigurationError):
        read_agent(agent_file)
