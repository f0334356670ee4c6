"""``harness view`` as a process of its own: its link, its end, and labels that other commands read."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from messages_api import Answer, MessagesApi, Seen
from run_project import MODEL, NO_CONSOLE, Command

RULE = "always-explain-your-reasoning-for-each-decision-in"
GOLDEN = "golden datasets/tester/golden tester"


class Browser:
    """What the pages' scripts do, without a browser."""

    def __init__(self, link: str) -> None:
        self.origin = link.partition("/?")[0]
        self.client = httpx2.Client(base_url=self.origin)
        self.client.get(link)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def label(self, source: str, rule: str, annotator: str, labels: list[str]) -> None:
        """Label the first answers of a rule, as the keys would."""
        query = {"set": source, "annotator": annotator, "rule": rule}
        address = self.client.get("/label/answer", params=query).headers["location"]
        for label in labels:
            item = parse_qs(urlsplit(address).query)["item"][0]
            body = {**query, "seed": "0", "item": item, "label": label, "note": "n", "line": 1, "before": ""}
            answer = self.client.post("/api/label", json=body, headers={"origin": self.origin})
            assert answer.status_code == 200, answer.text
            address = answer.json()["next"]


@contextmanager
def viewing(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command; give the process and its first line."""
    command = [sys.executable, "-m", "harness", "view", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    return process.returncode, errors


def test_it_prints_a_link_and_ends_on_an_interrupt(small_project: Path) -> None:
    """On loopback, with a secret; nothing else is said, not even in the end."""
    with viewing("--json") as (process, line):
        told = json.loads(line)
        status = httpx2.get(told["url"]).status_code
        code, errors = ended(process)
    link = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=[\w-]{43}", told["url"])
    assert (link is not None, status, code, errors) == (True, 200, 0, "")


def test_a_port_that_is_taken_is_one_line(small_project: Path) -> None:
    """Which, and what to do."""
    with viewing("--json") as (_, line):
        port = json.loads(line)["port"]
        command = [sys.executable, "-m", "harness", "view", "--port", str(port)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (second.returncode, second.stdout, second.stderr.count("\n")) == (2, "", 1)


def test_without_its_packages_the_remedy_is_told(
    small_project: Path, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with the command to install them."""
    monkeypatch.setattr("harness.cli.view.find_spec", lambda name: None)
    told = harness("view")
    assert (told.code, "pip install 'agentfile-harness[viewer]'" in told.err) == (2, True)


def test_labels_survive_a_kill(small_project: Path) -> None:
    """What was answered with 200 is on the disk, whole."""
    with viewing("--json") as (process, line):
        with Browser(json.loads(line)["url"]) as browser:
            browser.label(GOLDEN, RULE, "anna", ["pass"])
        process.kill()
        process.wait(timeout=30)
    folder = small_project / "datasets/tester/golden"
    text = (folder / "anna.labels.yaml").read_text()
    assert (RULE in text, [path.name for path in folder.glob(".*")]) == (True, [])


def test_agreement_reads_the_labels_of_a_run(
    small_project: Path, model_server: MessagesApi, harness: Command
) -> None:
    """`harness agreement RUN datasets/…/labels/RUN/*.jsonl`, as it always did."""
    suite = "datasets/tester/compliance.yaml"
    folder = harness("run", suite, *MODEL, "--no-routing", "--trials", "4", "--json").folder
    with viewing("--json") as (_, line), Browser(json.loads(line)["url"]) as browser:
        browser.label(f"run {folder.name}", NO_CONSOLE, "anna", ["pass", "fail", "pass"])
        browser.label(f"run {folder.name}", NO_CONSOLE, "ben", ["pass", "fail", "fail"])
    files = sorted(str(path) for path in (small_project / "datasets/tester/labels" / folder.name).glob("*"))
    told: dict[str, Any] = harness("agreement", str(folder), *files, "--json").document
    assert (told["annotators"], told["answers"], told["disputed"]) == (["anna", "ben"], 3, 1)


def judge(seen: Seen) -> Answer:
    """Call everything undecided: it is the labels that are looked at."""
    verdict = {"evidence": [], "reason": "r", "verdict": "undecided"}
    return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict))


def test_calibrate_reads_the_labels_of_golden_responses(
    small_project: Path, harness: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judge is held against what was labelled in the viewer."""
    with viewing("--json") as (_, line), Browser(json.loads(line)["url"]) as browser:
        browser.label(GOLDEN, RULE, "anna", ["fail"])
    with MessagesApi(judge) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        told = harness("calibrate", "--judge", "anthropic:judge", "--json").document
    (row,) = [row for row in told["rules"] if row["rule"] == RULE]
    assert row["labels"] == 1
