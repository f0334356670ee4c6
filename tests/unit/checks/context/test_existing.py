"""What the project has: supplied files, and modules that the question names."""

from __future__ import annotations

import pytest

from harness.checks.base import Exchange
from harness.checks.context.existing import existing_of
from harness.checks.context.imports import imports_of, path_parts
from harness.checks.context.parts import part_named
from harness.core.types import Message, Role, SuppliedFile
from harness.response.parse import parse_response


def named(question: str, *files: SuppliedFile) -> list[str]:
    messages = (Message(Role.USER, question),)
    return [one.path for one in existing_of(Exchange(messages, files, parse_response("", supplied=files)))]


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("Our logger is utils/logger.js.", "utils/logger.js"),
        ("We log through app/log.py as always.", "app/log.py"),
        ("The limiter exists in app/limits.py.", "app/limits.py"),
        ("Logging goes through our `src/utils/logger`.", "src/utils/logger"),
        ("See src/db/pool.ts for the pool.", "src/db/pool.ts"),
    ],
)
def test_a_named_module_is_there(question: str, path: str) -> None:
    """The sentence says that it exists."""
    assert named(question) == [path]


@pytest.mark.parametrize(
    "question",
    [
        "Create src/utils/logger.js with winston.",
        "Put the routes into src/routes/rooms.js.",
        "We have no logger yet, so create src/utils/logger.js.",
        "Our app uses pino, please put a wrapper into src/lib/logger.js.",
        "Get rid of lib/legacy/db.js.",
        "Node.js and Next.js with Redis.",
        "POST /api/orders and GET /api/orders/list",
        "Read https://example.org/docs/logger.js first.",
        "Read and/or write, client/server.",
    ],
)
def test_what_is_not_there_is_not_named(question: str) -> None:
    """To be made, left behind, or no file at all."""
    assert named(question) == []


def test_supplied_files_exist() -> None:
    """Also those that the answer rewrites."""
    file = SuppliedFile("src/db.py", "engine = 1\n")
    messages = (Message(Role.USER, "Change it."),)
    program = parse_response("```python\n# src/db.py\nengine = 2\n```", supplied=(file,))
    assert [one.path for one in existing_of(Exchange(messages, (file,), program))] == ["src/db.py"]


def test_a_logger_that_supplied_code_imports_exists() -> None:
    """Shown or not."""
    file = SuppliedFile("src/jobs/a.js", "const logger = require('../utils/logger');\n")
    assert named("Fix it.", file) == ["src/jobs/a.js", "utils/logger"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/utils/logger.ts", "logger"),
        ("app/core/db.py", "database connection"),
        ("src/lib/redis.js", "Redis client"),
        ("src/config/index.ts", "configuration"),
        ("app/limits.py", "rate limiter"),
        ("src/blog/post.ts", ""),
        ("src/catalogue/view.py", ""),
    ],
)
def test_a_file_name_tells_its_part(path: str, name: str) -> None:
    """By whole words: a blog is no log."""
    part = part_named(path)
    assert (part.name if part else "") == name


@pytest.mark.parametrize(
    ("module", "language", "parts"),
    [
        ("../utils/logger.js", "javascript", ("utils", "logger")),
        ("@/lib/redis", "typescript", ("lib", "redis")),
        ("app.core.db", "python", ("app", "core", "db")),
        (".db", "python", ("db",)),
        ("/../src/auth.php", "php", ("src", "auth")),
        ("App\\Models\\User", "php", ("App", "Models", "User")),
    ],
)
def test_a_module_is_a_path(module: str, language: str, parts: tuple[str, ...]) -> None:
    """Dots, aliases and endings are no parts of it."""
    assert path_parts(module, language) == parts


@pytest.mark.parametrize(
    ("language", "code", "module"),
    [
        ("js", "import a from './a';", "./a"),
        ("ts", "const { b } = require('../b');", "../b"),
        ("python", "from core import logging", "core.logging"),
        ("php", "require_once __DIR__ . '/../src/auth.php';", "/../src/auth.php"),
        ("php", "use App\\Models\\User;", "App\\Models\\User"),
    ],
)
def test_imports_of_every_language_are_found(language: str, code: str, module: str) -> None:
    """In one form."""
    found = parse_response(f"```{language}\n{code}\n```").once(imports_of)
    assert module in [one.module for one in found]
