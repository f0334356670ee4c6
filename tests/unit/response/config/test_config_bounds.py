"""Configuration of strangers: any text, in any language, costs little and raises nothing."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.response.block import Block, BlockRole
from harness.response.config.build import Config
from harness.response.config.packages import named_packages

LANGUAGES = ("yaml", "json", "env", "ini", "toml", "dockerfile", "nginx", "requirements", "bash")
PIECES = (
    "services:\n  a:\n    image: x\n    ports: ['80:80']\n",
    "FROM node:20\nRUN npm i a@1 \\\n",
    'A="b\n',
    "export A='b\n",
    '{"dependencies": {"a": "^1"',
    "[tool.poetry.dependencies]\na = {",
    '"""',
    "'''",
    "<<EOF\n",
    "server { location / {",
    "* * * * * pg_dump | gzip > x\n",
    "- &a [*a]\n",
    "<<: *a\n",
    "\t",
    "\u2028",
    "$(",
    "#",
    "\\\n",
)


def read_all(language: str, text: str) -> Config:
    block = Block(1, language, BlockRole.CONFIG, text, 1)
    config = Config([block])
    lines = text.split("\n")
    for one in config.settings:
        assert one.place.line < len(lines)
        one.place.finding("x")
        one.key_place.finding("x")
    for compose in config.compose:
        for service in compose.services:
            service.place.finding("x")
    named_packages(config)
    return config


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_mixture_is_read(language: str, text: str) -> None:
    """Every setting has a place in the block."""
    read_all(language, text)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(LANGUAGES), st.text(alphabet=string.printable + "äß…\x00", max_size=200))
def test_any_text_is_read(language: str, text: str) -> None:
    """Whatever the bytes."""
    read_all(language, text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "{" * 10_000,
        "(" * 10_000,
        "a = [" * 5_000,
        "A=b\n" * 50_000,
        "a: &a\n" * 5_000,
        "FROM x \\\n" * 20_000,
        '"' * 100_000,
        "\\\n" * 50_000,
        "a" * 300_000,
        "server {" * 10_000,
        "'" + "a\n" * 20_000,
        "RUN <<A <<B <<C\n" * 5_000,
        "FROM x\nENV " + "A=b " * 50_000,
        "listen 80; " * 30_000,
        "cat > x <<EOF\n" * 20_000,
        'A="\n' * 20_000,
    ],
    ids=lambda text: text[:8].strip(),
)
def test_large_and_deep_blocks_are_read(language: str, text: str) -> None:
    """None of them hangs or exhausts the stack."""
    read_all(language, text)


def test_an_empty_value_at_the_end_of_yaml_stands_in_the_block() -> None:
    assert [one.place.line for one in read_all("yaml", "?").settings] == [0]
