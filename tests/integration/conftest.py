"""Let these tests import the servers that stand in for models."""

import signal
import sys
from pathlib import Path

SERVERS = next(parent / "servers" for parent in Path(__file__).parents if (parent / "servers").is_dir())
sys.path.insert(0, str(SERVERS))
sys.path.insert(0, str(Path(__file__).parent))

# Where the tests run in the background, interrupts are ignored, and children would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

from collections.abc import Iterator  # noqa: E402 - the path comes first

import pytest  # noqa: E402
from batch_project import batch_server  # noqa: E402, F401 - a fixture
from messages_api import MessagesApi  # noqa: E402
from run_project import Command, Ran, answer, write_project  # noqa: E402

from harness.cli.app import main  # noqa: E402


@pytest.fixture
def small_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two agents and their datasets; the test runs inside it, without any key or server."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def model_server(
    small_project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[MessagesApi]:
    """The model of the small project."""
    with MessagesApi(answer) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        yield server


@pytest.fixture
def harness(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return run
