"""A full disk, a folder that cannot be written to: one clear line, and nothing that was stored is harmed.

Small file systems are mounted where the tests may do that (as root on Linux); the limit on the size of a
file works everywhere.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from messages_api import MessagesApi
from run_project import MODEL, Ran, answer, finish, start, write_project

from harness.store.samples import SampleStore

CASES = 300
COMMAND = ("run", "many.yaml", *MODEL, "--no-routing", "--json")
DRIVER = Path(__file__).parent / "run_driver.py"


@pytest.fixture
def server() -> Iterator[MessagesApi]:
    with MessagesApi(answer) as running:
        yield running


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount(folder, "size=512k"):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def mount(folder: Path, options: str) -> bool:
    """Mount a file system in memory, or change the one that is mounted there."""
    if os.name != "posix" or os.geteuid() != 0:
        return False
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    return done.returncode == 0


def project(folder: Path, store: Path) -> None:
    write_project(folder)
    cases = "".join(f"  - {{id: c{n}, prompt: Write orders number {n}}}\n" for n in range(CASES))
    (folder / "many.yaml").write_text(f"agent: tester\ncases:\n{cases}", encoding="utf-8")
    (folder / "harness.toml").write_text(f'store = "{store.as_posix()}"\n', encoding="utf-8")


def run(folder: Path, server: MessagesApi) -> Ran:
    return finish(start(folder, *COMMAND, url=server.url))


def stored(path: Path) -> set[str]:
    """The questions with an answer; the file is checked on the way."""
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with SampleStore(path) as store:
        return {store.request(one.request_sha).messages[-1].text for one in store.samples()}


def last_line(ran: Ran) -> str:
    return ran.err.strip().splitlines()[-1]


def test_a_full_disk_is_one_line_and_exit_code_3(
    tmp_path: Path, small_disk: Path, server: MessagesApi
) -> None:
    project(tmp_path, small_disk / "samples.db")
    ran = run(tmp_path, server)
    assert (ran.code, "the disk is full" in last_line(ran), "Traceback" in ran.err) == (3, True, False)


def test_what_was_stored_before_the_disk_was_full_is_not_asked_again(
    tmp_path: Path, small_disk: Path, server: MessagesApi
) -> None:
    project(tmp_path, small_disk / "samples.db")
    run(tmp_path, server)
    subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
    kept = stored(small_disk / "samples.db")
    before = len(server.seen)
    ran = run(tmp_path, server)
    again = {seen.question for seen in server.seen[before:]}
    assert (ran.code, bool(kept), kept & again) == (0, True, set())


@pytest.mark.skipif(os.name != "posix", reason="needs limits of processes")
def test_a_file_that_may_not_grow_is_one_line(tmp_path: Path, server: MessagesApi) -> None:
    """A quota or a limit says so in another way than a full disk."""
    done = limited(tmp_path / "samples.db", server.url)
    line = done.stderr.strip().splitlines()[-1]
    assert (done.returncode, line.startswith("error: "), "stays stored" in line) == (3, True, True)


@pytest.mark.skipif(os.name != "posix", reason="needs limits of processes")
def test_a_file_that_may_not_grow_is_not_damaged(tmp_path: Path, server: MessagesApi) -> None:
    limited(tmp_path / "samples.db", server.url)
    assert stored(tmp_path / "samples.db") <= {f"Question {number}" for number in range(CASES)}


def limited(store: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Run a plan in a process whose files may not grow beyond 300 KB."""
    limit = 300_000
    program = (
        "import resource, runpy, sys;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "sys.dont_write_bytecode = True;"
        f"sys.argv = [{str(DRIVER)!r}, {str(store)!r}, '{CASES}', '8'];"
        f"sys.path.insert(0, {str(DRIVER.parent)!r});"
        f"runpy.run_path({str(DRIVER)!r}, run_name='__main__')"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "dummy"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def sealed_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that is written once, and then only read; calling it seals it."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    if not mount(folder, "size=16m"):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def seal(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)


def test_a_read_only_folder_is_one_line_and_exit_code_2(
    tmp_path: Path, sealed_disk: Path, server: MessagesApi
) -> None:
    seal(sealed_disk)
    project(tmp_path, sealed_disk / "new" / "samples.db")
    ran = run(tmp_path, server)
    assert (ran.code, "Read-only file system" in last_line(ran), len(server.seen)) == (2, True, 0)


def test_a_store_that_became_read_only_is_one_line_and_exit_code_2(
    tmp_path: Path, sealed_disk: Path, server: MessagesApi
) -> None:
    SampleStore(sealed_disk / "samples.db").close()
    seal(sealed_disk)
    project(tmp_path, sealed_disk / "samples.db")
    ran = run(tmp_path, server)
    assert (ran.code, "cannot be written to" in last_line(ran), len(server.seen)) == (2, True, 0)


def test_a_store_in_a_read_only_folder_is_replayed_from(
    tmp_path: Path, sealed_disk: Path, server: MessagesApi
) -> None:
    project(tmp_path, sealed_disk / "samples.db")
    run(tmp_path, server)
    seal(sealed_disk)
    project(tmp_path, tmp_path / "another.db")
    command = (
        "run",
        "many.yaml",
        "--model",
        f"replay:{sealed_disk / 'samples.db'}",
        "--no-routing",
        "--json",
    )
    assert finish(start(tmp_path, *command)).document["usage"]["asked"] == CASES
