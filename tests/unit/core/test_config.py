"""``harness.toml``: every key optional, no key unknown."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.core.config import Config, load_config
from harness.core.errors import ConfigurationError


def load(folder: Path, text: str) -> Config:
    (folder / "harness.toml").write_text(text, encoding="utf-8")
    return load_config(folder)


def test_without_a_file_every_default_holds(tmp_path: Path) -> None:
    """Nothing has to be configured."""
    assert load_config(tmp_path) == Config()


def test_the_default_model_needs_no_key(tmp_path: Path) -> None:
    """A new user has no key."""
    assert load_config(tmp_path).run.model == "local:smollm2"


def test_a_value_replaces_its_default(tmp_path: Path) -> None:
    """One key may be set alone."""
    assert load(tmp_path, "[run]\ntrials = 5\n").run.trials == 5


def test_an_unknown_key_is_refused_by_name(tmp_path: Path) -> None:
    """A misspelt key must not be ignored in silence."""
    with pytest.raises(ConfigurationError, match=r"run\.trails"):
        load(tmp_path, "[run]\ntrails = 5\n")


def test_a_wrong_type_is_refused_by_name(tmp_path: Path) -> None:
    """The message names the key."""
    with pytest.raises(ConfigurationError, match=r"run\.trials"):
        load(tmp_path, '[run]\ntrials = "many"\n')


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    """The message names the file and what the parser found."""
    with pytest.raises(ConfigurationError, match=r"harness\.toml: not valid TOML"):
        load(tmp_path, "[run\n")


def test_a_configuration_cannot_be_changed() -> None:
    """Options of the command line make a copy."""
    with pytest.raises(ValidationError):
        Config().agents = "elsewhere"  # type: ignore[misc]


def test_a_number_of_thousands_of_digits_is_one_line(tmp_path: Path) -> None:
    """Python itself refuses to read it."""
    with pytest.raises(ConfigurationError, match=r"harness\.toml: not valid TOML: Exceeds the limit"):
        load(tmp_path, "[run]\ntrials = " + "9" * 5_000 + "\n")
