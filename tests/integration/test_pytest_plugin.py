"""The pytest plugin, run by pytest on a small project."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import answer, write_project

pytest_plugins = ["pytester"]

SUITE = "datasets/tester/compliance.yaml"
CHECK = """\
id: team/no-total
rule: A variable says what it is the total of.
phrases: [NEVER call a variable total]
languages: javascript
severity: minor
message: a variable is called total
fail_when: {pattern: const total = $VALUE}
examples:
  good: [{title: named, response: "```js\\nconst sum = 1;\\n```"}]
  bad:
    - title: total
      response: "```js\\nconst total = 1;\\n```"
      findings: [{line: 2, words: a variable is called total}]
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.Pytester]:
    """The small project, with a model that answers it."""
    write_project(pytester.path)
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest on the project."""
    agent = ("--agent", "agents/tester.md", "--agent-model", "anthropic:m")
    return project.runpytest_subprocess(*agent, "-p", "no:cacheprovider", *arguments)


def test_every_case_is_a_test(project: pytest.Pytester) -> None:
    """Two obey, one logs to the console."""
    run(project, SUITE).assert_outcomes(passed=1, failed=2)


def test_without_an_agent_datasets_are_no_tests(project: pytest.Pytester) -> None:
    """The plugin stays out of other people's test runs."""
    result = project.runpytest_subprocess(SUITE, "-p", "no:cacheprovider")
    result.assert_outcomes()


def test_a_failure_names_the_rule_and_the_line(project: pytest.Pytester) -> None:
    """Of the agent file and of the answer."""
    result = run(project, f"{SUITE}::users")
    result.stdout.fnmatch_lines(
        ["*never-use-console-log-or-console-error (line 16)*", "*line 4 of the answer*"]
    )


def test_rules_are_sections_of_the_report(project: pytest.Pytester) -> None:
    """What was decided, and why."""
    result = run(project, f"{SUITE}::users")
    result.stdout.fnmatch_lines(["*never-use-console-log-or-console-error: fail*"])


def test_k_chooses_by_name(project: pytest.Pytester) -> None:
    """As for any test."""
    run(project, SUITE, "-k", "orders").assert_outcomes(passed=1, deselected=2)


def test_tags_are_markers(project: pytest.Pytester) -> None:
    """``-m node`` takes the cases with the tag node."""
    run(project, SUITE, "-m", "node").assert_outcomes(passed=1, failed=1, deselected=1)


def test_x_stops_at_the_first_failure(project: pytest.Pytester) -> None:
    """As for any test."""
    run(project, SUITE, "-x").assert_outcomes(failed=1)


def test_trials_are_parameters(project: pytest.Pytester) -> None:
    """Each trial is a test of its own."""
    result = run(project, SUITE, "--agent-trials", "2", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["*::users[[]1]", "*::users[[]2]"])


def test_processes_side_by_side(project: pytest.Pytester) -> None:
    """With xdist the same tests pass and fail."""
    run(project, SUITE, "-n", "2").assert_outcomes(passed=1, failed=2)


def test_junit_xml_carries_the_model(project: pytest.Pytester) -> None:
    """And the counts of outcomes."""
    run(project, SUITE, "--junitxml", "out.xml")
    written = (project.path / "out.xml").read_text(encoding="utf-8")
    assert ('name="model"' in written, 'name="rules fail"' in written) == (True, True)


def test_stored_answers_are_not_asked_again(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second run needs no model."""
    run(project, SUITE)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    run(project, SUITE).assert_outcomes(passed=1, failed=2)


def test_no_answer_is_an_error_not_a_failure(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing is not wrong."""
    write_project(pytester.path)

    def refuse(_: Seen) -> Answer | Fault:
        return Fault(status=400, kind="invalid_request_error", message="no")

    with MessagesApi(refuse) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        run(pytester, SUITE).assert_outcomes(errors=3)


def test_a_wrong_dataset_is_one_line(project: pytest.Pytester) -> None:
    """Where, what, and what to do; no traceback of ours."""
    (project.path / SUITE).write_text("agent: tester\ncases: [{id: a}]\n")
    result = run(project, SUITE)
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_a_fixture_asks_in_tests_written_by_hand(project: pytest.Pytester) -> None:
    """The answer and what came of every rule."""
    project.makepyfile(
        """
        def test_users(agent_eval):
            evaluation = agent_eval("Write an endpoint for users")
            assert evaluation.failed == (
                "never-use-console-log-or-console-error", "always-use-the-project-logger-in-utils-logger")

        def test_orders(agent_eval):
            assert agent_eval("Write an endpoint for orders").outcome(
                "never-use-console-log-or-console-error") in {"pass", "not_applicable"}
        """
    )
    run(project, "test_a_fixture_asks_in_tests_written_by_hand.py").assert_outcomes(passed=2)


def test_the_plugin_imports_nothing_heavy(project: pytest.Pytester) -> None:
    """It is loaded in every test run of everybody who installs the package."""
    project.makepyfile(
        """
        import sys

        def test_light():
            assert not {"pandas", "sklearn", "scipy", "anthropic", "sqlglot"} & set(sys.modules)
        """
    )
    environment = Path(os.devnull)  # no project of ours is near
    assert environment.exists()
    project.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_yaml_that_is_no_dataset_is_left_alone(project: pytest.Pytester) -> None:
    """A folder may hold more than datasets, such as a compose file and routing cases."""
    (project.path / "datasets/docker-compose.yml").write_text("services: {db: {image: postgres}}\n")
    run(project, "datasets").assert_outcomes(passed=1, failed=2)


def test_a_colleagues_dataset_is_left_alone(project: pytest.Pytester) -> None:
    """A folder may hold the cases of every agent; the wrong prompt would be asked."""
    colleague = project.path / "datasets/painter"
    colleague.mkdir()
    (colleague / "compliance.yaml").write_text("agent: painter\ncases: [{id: wall, prompt: Paint a wall}]\n")
    result = run(project, "datasets", "--collect-only", "-q")
    assert ("::users" in result.stdout.str(), "::wall" in result.stdout.str()) == (True, False)


def test_a_broken_dataset_in_a_folder_is_told(project: pytest.Pytester) -> None:
    """Silence would be a suite without its cases."""
    (project.path / SUITE).write_text("agent: tester\ncases: [\n")
    run(project, "datasets").assert_outcomes(errors=1)


def test_the_checks_of_a_team_decide_too(project: pytest.Pytester) -> None:
    """Those of the folder that harness.toml names."""
    write_project(project.path, {"harness.toml": '[checks]\nfolder = "ours"\n', "ours/no-total.yaml": CHECK})
    agent = project.path / "agents/tester.md"
    agent.write_text(agent.read_text(encoding="utf-8") + "- NEVER call a variable total\n", encoding="utf-8")
    result = run(project, f"{SUITE}::orders")
    result.stdout.fnmatch_lines(["never-call-a-variable-total (line *"])


def test_a_wrong_agent_is_one_line(project: pytest.Pytester) -> None:
    """No traceback of ours."""
    result = project.runpytest_subprocess("--agent", "nowhere.md", SUITE, "-p", "no:cacheprovider")
    said = result.stdout.str() + result.stderr.str()
    assert ("nowhere.md" in said, "pytest_plugin.py" in said) == (True, False)
