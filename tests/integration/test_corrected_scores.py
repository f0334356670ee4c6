"""A run's scores with the corrected rates beside them, in JSON and on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from messages_api import MessagesApi
from run_project import MODEL, NO_CONSOLE, Command, Ran

OWN = """\
id: team/no-moment
rule: moment is in maintenance mode; new code uses date-fns.
phrases: [Never use moment for dates]
languages: javascript
message: moment is imported; use date-fns
fail_when: {pattern: import $NAME from 'moment'}
examples:
  good: [{title: date-fns, response: "```js\\nimport { format } from 'date-fns';\\n```"}]
  bad:
    - title: moment
      response: "```js\\nimport moment from 'moment';\\n```"
      findings: [{line: 2, words: moment is imported}]
"""
GOLDEN = "---\ncase: users\nauthor: hand\nlabels: {{team/no-moment: {0}}}\n---\n```js\nimport {1};\n```\n"


@pytest.fixture
def made(harness: Command, model_server: MessagesApi) -> Ran:
    """A run of the small suite."""
    return harness("run", "datasets/tester/compliance.yaml", *MODEL, "--no-routing", "--json")


def test_a_score_brings_the_rate_without_the_checks_errors(made: Ran) -> None:
    """With the errors it was corrected for, and where they were measured."""
    corrected = made.scores()["base"]["corrected"]
    assert (corrected["low"] <= corrected["mean"] <= corrected["high"], corrected["false_pass"]["n"] > 0) == (
        True,
        True,
    )


def test_the_aggregate_has_no_corrected_rate(made: Ran) -> None:
    """It mixes instruments."""
    assert made.scores("*")["base"]["corrected"] is None


def test_the_file_says_what_the_output_says(made: Ran) -> None:
    """results.json is the same document."""
    written = json.loads((made.folder / "results.json").read_text(encoding="utf-8"))
    assert written["scores"] == made.document["scores"]


def test_the_page_names_the_errors_beside_the_rate(made: Ran) -> None:
    """In words, at the rule."""
    page = (made.folder / "report.html").read_text(encoding="utf-8")
    start = page.index(f'id="rule-{NO_CONSOLE}"')
    assert "once the errors of what decides it are taken out" in page[start : start + 6_000]


def test_a_teams_own_check_is_corrected_by_the_teams_own_labels(
    harness: Command, model_server: MessagesApi, small_project: Path
) -> None:
    """`harness calibrate --checks` keeps its errors; the next run takes them."""
    (small_project / "checks").mkdir()
    (small_project / "checks/no-moment.yaml").write_text(OWN)
    (small_project / "harness.toml").write_text('[checks]\nfolder = "checks"\n')
    agent = small_project / "agents/tester.md"
    agent.write_text(f"{agent.read_text()}- NEVER use moment for dates\n")
    for number in range(8):
        label, line = (
            ("fail", "moment from 'moment'") if number % 2 else ("pass", "{ format } from 'date-fns'")
        )
        path = small_project / f"datasets/tester/golden/dates-{number}.md"
        path.write_text(GOLDEN.format(label, line))
    kept = harness("calibrate", "--checks", "--json").document["kept"]
    made = harness("run", "datasets/tester/compliance.yaml", *MODEL, "--no-routing", "--json")
    corrected = made.scores("never-use-moment-for-dates")["base"]["corrected"]
    assert (kept, corrected["false_pass"]) == ("reports/calibrations/checks.jsonl", {"hits": 0, "n": 4})
