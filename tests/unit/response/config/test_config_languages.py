"""Configuration is recognised by its tag, its file name or its first lines, also where the tag is loose."""

from __future__ import annotations

import pytest

from harness.response.languages import language_of


@pytest.mark.parametrize(
    ("tag", "path", "text", "language"),
    [
        ("", "", "# site\nserver {\n  listen 80;\n}\n", "nginx"),
        ("", "", "location /api {\n  proxy_pass http://x;\n}", "nginx"),
        ("conf", "", "upstream api {\n  server a;\n}", "nginx"),
        ("conf", "nginx.conf", "worker_processes 1;", "nginx"),
        ("", "deploy/nginx/default.conf", "x", "nginx"),
        ("", "", "django==4.2\nflask>=1\n", "requirements"),
        ("", "", "-r base.txt\ndjango>=4.2,<4.3\n", "requirements"),
        ("text", "", "# requirements\ndjango==4.2\n", "requirements"),
        ("", "requirements/base.txt", "x", "requirements"),
        ("bash", "requirements.txt", "# requirements.txt\nflask==1\n", "requirements"),
        ("bash", "requirements.txt", "pip install -r requirements.txt", "bash"),
        ("", "", "A=1\n# c\nDB_URL=postgres://x\n", "env"),
        ("", "", 'A="b c"\nB=2', "env"),
        ("bash", ".env", '# .env\nA=1\nB="x y"\n', "env"),
        ("bash", ".env", "cp .env.example .env\n", "bash"),
        ("bash", "", "A=1\nB=2", "bash"),
        ("", "src/env.ts", "x", "typescript"),
        ("", "Pipfile", "x", "toml"),
        ("", "", "ARG V=1\nFROM node:$V\nRUN x", "dockerfile"),
        ("docker", "", "services:\n  a: {}", "yaml"),
        ("docker", "", '# x\nversion: "3"\nservices:\n', "yaml"),
        ("dockerfile", "", "FROM x\n", "dockerfile"),
        ("", "", "apiVersion: v1\nkind: X", "yaml"),
        ("", "", "total >= 5 then do this", ""),
        ("text", "", "GET /x", "text"),
    ],
)
def test_the_language_of_configuration(tag: str, path: str, text: str, language: str) -> None:
    """The nearest evidence decides."""
    assert language_of(tag, path, text) == language


@pytest.mark.parametrize("line", ['A="b"', "A='b' c", "A=bc", "", " ", "ARG A=b", "a==1,<2", "# x"])
def test_a_long_list_that_fails_at_its_end_is_not_tried_again(line: str) -> None:
    """The signs read each line in one way only."""
    language_of("", "", f"{line}\n" * 2_000 + "!")
