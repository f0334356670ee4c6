"""A key that is planted in the environment, and that the server says back, stands nowhere.

One project goes through the commands of the README with a model that repeats the key in its answers, its
tool calls, its judgements and its error messages. Then every byte of standard output, of standard error, of
the viewer's pages and of every file below the project and its caches is searched.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import sqlite3
import subprocess
import sys
import urllib.parse
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from gate_project import git
from messages_api import Answer, Fault, MessagesApi, Seen
from run_project import MODEL, finish, runs, start, write_project
from test_judge_run import is_judge

KEY = "sk-ant-planted/7Yq+Zk2vN8wXr5LmPbT3"
SUITE = "datasets/tester/compliance.yaml"
WHOLE = ("--model", "anthropic:whole")
JUDGE = ("--judge", "anthropic:judge")


def leaky(seen: Seen) -> Answer | Fault:
    """Say the key wherever a server can say something."""
    if "orders" in seen.question and seen.body["model"] == "m":
        return Fault(400, "invalid_request_error", f"the key {KEY} may not ask this", {"request-id": KEY})
    if "<new-prompt>" in json.dumps(seen.body.get("system", "")):
        return Answer(f"<new-prompt>\nYou are a backend engineer. {KEY}\n</new-prompt>")
    if any(tool["name"] == "propose_cases" for tool in seen.body.get("tools", [])):
        cases = [{"kind": kind, "prompt": f"Write {KEY} to a file"} for kind in ("ordinary", "tempting")]
        return Answer("", "tool_use", ("propose_cases", {"cases": cases}))
    if is_judge(seen):
        verdict = {"evidence": [f"Your key is {KEY}."], "reason": f"it says {KEY}", "verdict": "pass"}
        return Answer("", "tool_use", (seen.body["tools"][0]["name"], verdict))
    if seen.body.get("tools"):
        call = {"description": KEY, "prompt": KEY, "subagent_type": f"tester {KEY}"}
        return Answer(f"I take {KEY}", "tool_use", ("Agent", call))
    return Answer(f"Your key is {KEY}.\n\n```js\nconst key = '{KEY}';\nconsole.log(key);\n```\n")


@dataclass
class Kept:
    """What the commands left: what they said, the exit code of each, and the folder of the project."""

    folder: Path
    said: dict[str, bytes] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    found: list[tuple[str, bytes]] = field(default_factory=list)

    def run(self, url: str, *arguments: str) -> None:
        """Run a command as a process of its own."""
        ran = finish(start(self.folder, *arguments, url=url, key=KEY))
        name = " ".join(arguments)
        self.said[f"{name} (standard output)"] = ran.out.encode()
        self.said[f"{name} (standard error)"] = ran.err.encode()
        self.codes[arguments[0]] = ran.code
        return ran


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("planted")
    write_project(folder)
    services = "".join(f"  - {{id: s{n}, prompt: Write service {n}}}\n" for n in range(12))
    (folder / "datasets/tester/services.yaml").write_text(f"agent: tester\ncases:\n{services}")
    (folder / ".gitignore").write_text(".harness\nreports\ncache\n", encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    with pytest.MonkeyPatch.context() as patch, MessagesApi(leaky) as server:
        patch.setenv("HARNESS_CACHE", str(folder / "cache"))
        patch.setenv("GITHUB_ACTIONS", "true")
        patch.setenv("GITHUB_STEP_SUMMARY", str(folder / "out/summary.md"))
        found = Kept(folder)
        _every_command(found, server.url)
        found.seen = server.seen
        found.found = list(_everything(found))
        yield found


def _every_command(kept: Kept, url: str) -> None:
    run = kept.run
    run(url, "run", *MODEL, *JUDGE, "--trials", "2", "--variant", "shorter.md", "--json")
    for name in ("whole", "other"):
        run(url, "run", "--model", f"anthropic:{name}", "--agents", "agents")
    broken, first, second = (str(one) for one in runs(kept.folder)[:3])
    run(url, "compare", first, second, "--html", "out/compare.html")
    run(url, "show", broken, "--case", "users")
    run(url, "flaky")
    run(url, "agreement", broken, "--draw", "5")
    run(url, "redecide", broken, "--export", "exported")
    run(url, "samples", "export", broken, "-o", "out/bundle.jsonl.gz")
    run(url, "baseline", first)
    agent = kept.folder / "agents/tester.md"
    agent.write_text(agent.read_text(encoding="utf-8") + "\nBe brief.\n", encoding="utf-8")
    pages = [f"--{kind}=out/gate.{kind}" for kind in ("junit", "sarif", "markdown", "html")]
    run(url, "gate", "agents/tester.md", "--against", "git:HEAD", *MODEL, *pages)
    run(url, "route", "--router", "anthropic:m", "--html", "out/route.html")
    run(url, "experiment", "agents/tester.md", SUITE, "--variant", "shorter.md", *MODEL)
    run(url, "tune", "agents/tester.md", "datasets/tester/services.yaml", *WHOLE, "--rounds", "1")
    run(url, "draft-cases", "agents/tester.md", *WHOLE, "--limit", "1")
    _look_at_pages(kept)


def _look_at_pages(kept: Kept) -> None:
    """Fetch every page of the viewer that a link leads to."""
    command = [sys.executable, "-m", "harness", "view", "--json", "--no-open"]
    with subprocess.Popen(command, cwd=kept.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as viewer:
        assert viewer.stdout is not None
        link = json.loads(viewer.stdout.readline())["url"]
        waiting, done = [link, link.partition("?")[0]], set[str]()
        with httpx2.Client(base_url=link.partition("/?")[0], follow_redirects=True) as client:
            while waiting and len(done) < 40:
                address = waiting.pop(0)
                done.add(address)
                answer = client.get(address)
                kept.said[f"the viewer's {address}"] = answer.content + str(answer.headers).encode()
                links = re.findall(r'href="(/[^"#]+)"', answer.text)
                waiting += [one.replace("&amp;", "&") for one in links if one not in done | set(waiting)]
        viewer.terminate()
        out, err = viewer.communicate(timeout=20)
        kept.said["view (the rest)"] = out + err


# --- the search ----------------------------------------------------------------------------------------

FORMS = {
    "as it is": KEY.encode(),
    "base64": base64.b64encode(KEY.encode())[:-4],
    "for a URL": urllib.parse.quote(KEY, safe="").encode(),
    "in JSON, escaped": KEY.replace("/", "\\/").encode(),
    "in HTML": KEY.replace("+", "&#43;").encode(),
    "turned around": KEY[::-1].encode(),
}


def _opened(data: bytes) -> Iterator[bytes]:
    """Yield bytes and what is packed in them: gzip files, and the chunks of a report."""
    yield data
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    for packed in re.findall(rb"[A-Za-z0-9+/=]{200,}", data):
        try:
            yield zlib.decompress(base64.b64decode(packed), -15)
        except (ValueError, zlib.error):
            try:
                yield zlib.decompress(base64.b64decode(packed))
            except (ValueError, zlib.error):
                continue


def _rows(path: Path) -> Iterator[bytes]:
    """Yield the values of a database, unpacked where they are."""
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            for row in database.execute(f'SELECT * FROM "{name}"'):  # noqa: S608 - its own names
                for value in row:
                    data = value if isinstance(value, bytes) else str(value).encode()
                    yield data
                    try:
                        yield zlib.decompress(data)
                    except zlib.error:
                        continue


def _everything(kept: Kept) -> Iterator[tuple[str, bytes]]:
    for name, data in kept.said.items():
        yield from ((name, one) for one in _opened(data))
    for path in sorted(kept.folder.rglob("*")):
        if path.is_file():
            yield from ((str(path), one) for one in _opened(path.read_bytes()))
            if path.suffix in {".sqlite", ".db"} or path.read_bytes()[:15] == b"SQLite format 3":
                yield from ((str(path), one) for one in _rows(path))


def test_the_key_was_sent_and_said_back(kept: Kept) -> None:
    """Else nothing of this would prove anything."""
    sent = [f"{seen.headers.get('x-api-key')} {seen.headers.get('authorization')}" for seen in kept.seen]
    assert sent
    assert all(KEY in one for one in sent)


@pytest.mark.parametrize("form", FORMS)
def test_the_key_stands_nowhere(kept: Kept, form: str) -> None:
    assert [name for name, data in kept.found if FORMS[form] in data] == []


def test_what_was_said_back_is_marked(kept: Kept) -> None:
    """The answers were kept, without the key."""
    assert any(b"Your key is [redacted]." in data for _, data in kept.found)


def test_every_command_did_its_work(kept: Kept) -> None:
    """Where answers are missing, gate and experiment say so by their exit code."""
    broken = {"run": 0, "gate": 3, "experiment": 3}
    assert kept.codes == dict.fromkeys(kept.codes, 0) | broken


@pytest.mark.parametrize(
    "pattern",
    [
        "reports/*/report.html",
        "reports/*/results.json",
        "reports/*/verdicts.csv",
        "reports/*/manifest.json",
        "out/compare.html",
        "out/route.html",
        "out/summary.md",
        "out/gate.junit",
        "out/gate.sarif",
        "out/gate.markdown",
        "out/gate.html",
        "out/bundle.jsonl.gz",
        "reports/baselines/tester*",
        "exported/**/*.parquet",
        "drafts/*.yaml",
    ],
)
def test_every_kind_of_file_was_written(kept: Kept, pattern: str) -> None:
    assert list(kept.folder.glob(pattern))


def test_pages_of_the_viewer_were_read(kept: Kept) -> None:
    assert sum("the viewer's" in name for name in kept.said) > 5
