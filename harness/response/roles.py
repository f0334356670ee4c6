"""What a block is for: server code, browser code, a test, a script, configuration, or a counter-example.

Evidence, nearest first: what the block imports and calls, its file name, its heading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.response.block import BlockRole
from harness.response.labels import counter_lines_of, is_counter_example
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.markdown import Fence
from harness.response.names import file_name_of

__all__ = ["counter_lines_of", "file_name_of", "looks_like_diff", "role_of", "without_removed_lines"]

_TEST_NAME = re.compile(
    r"(?:^|/)(?:__tests__|__mocks__|tests?|specs?|e2e|cypress)/|[.\-](?:test|spec|e2e|mock|cy)\.[a-z]+$"
    r"|(?:^|/)(?:test_[^/]+|[^/]+_tests?|tests|conftest)\.py$|(?:^|/)(?:jest|vitest)\.setup\."
    r"|(?:^|/)(?:[^/]*Test|[^/]*TestCase)\.php$",
    re.IGNORECASE,
)
_TEST_CODE = re.compile(
    r"""^[ \t]*(?:describe|it|test|beforeEach|beforeAll|afterEach|suite)[ \t]*(?:\.\w+)?[ \t]*
        \([ \t]*(?:['"`(]|async\b|\w+\b)
    |\b(?:jest|vi)\.(?:mock|fn|spyOn)\(|\bsinon\.
    |(?:from|require\()[ \t]*['"]
      (?:supertest|vitest|@playwright/test|k6(?:/\w+)?|node:test|@jest/globals|chai|nock)['"]
    """,
    re.MULTILINE | re.VERBOSE,
)
# Looking for plain words is far cheaper than the patterns, and most blocks have none of them.
_TEST_WORDS = (
    "describe it( it. test suite( beforeEach beforeAll afterEach jest vi. sinon. k6 chai nock"
).split()
_SCRIPT_WORDS = ("#!", "exports.up", "exports.down", "queryInterface", "MigrationInterface")
_BROWSER_WORDS = "document. window. Storage. EventSource navigator. alert( $(".split()
_FRONTEND_WORDS = (
    "react next/ jquery alpinejs vue svelte preact solid-js @angular @tanstack @mui expo @ionic client"
).split()
_TEST_HEADING = re.compile(r"\b(?:tests?|testing|specs?)\b", re.IGNORECASE)
_FRONTEND_NAME = re.compile(
    r"""(?:^|/)(?:client|frontend|front-end|public|static|browser|views?/js|ui)/(?!(?:.*/)?(?:api|server)/)
    |(?:^|/)(?:components|pages|hooks|screens|contexts?)/(?:[\w-]+/)*(?:[A-Z]\w*|use[A-Z]\w*)\.[jt]s$
    |\.(?:jsx|tsx|vue|svelte|html?)$""",
    re.VERBOSE,
)
_FRONTEND_IMPORT = re.compile(
    r"""(?:from|require\(|^[ \t]*import)[ \t]*['"]
        (?:react(?:-(?!dom/server)[\w-]+)?(?:/[\w-]+)?|next/(?:link|router|image|navigation)|jquery|alpinejs
        |(?:vue|svelte|preact|solid-js|@angular|@vue|@tanstack|@mui|expo|@ionic)(?:[-/][\w/-]+)?)['"]
    |^['"]use\ client['"]""",
    re.VERBOSE | re.MULTILINE,
)
_FRONTEND_CODE = re.compile(
    r"""\bdocument\.(?:getElementById|querySelector|addEventListener|createElement|body|cookie|forms)
    |\bwindow\.(?:location|addEventListener|localStorage|fetch|document)|\b(?:local|session)Storage\.
    |\bnew[ ]EventSource\(|\bnavigator\.|\balert\(|\$\(document\)|\$\(['"][#.]""",
    re.VERBOSE,
)
_FRONTEND_HEADING = re.compile(
    r"\b(?:front-?end|client[- ]side|(?:in|for|from)\s+the\s+browser|browser\s+(?:code|client|side)|react|vue"
    r"|angular|svelte)\b",
    re.IGNORECASE,
)
# Nothing but a server does this, whatever else the block imports.
_SERVER_CODE = re.compile(
    r"""(?:from|require\(|^[ \t]*import|import\()[ \t]*['"]
        (?:node:[\w/]+|express(?:-[\w-]+)?|fastify|koa|@nestjs/[\w-]+|@hapi/[\w-]+|next/server|react-dom/server
        |https?|fs(?:/promises)?|net|cluster|child_process|worker_threads|pg|mysql2?(?:/promise)?|mongodb|mongoose
        |sequelize|typeorm|knex|@prisma/client|winston|pino|morgan|ioredis|redis|bull(?:mq)?|amqplib|kafkajs
        |jsonwebtoken|bcrypt(?:js)?|helmet|nodemailer|@apollo/server|apollo-server[\w-]*|socket\.io|ws|puppeteer
        |playwright|jsdom)['"]
    |\b(?:app|router|server|fastify)\.(?:get|post|put|patch|delete|use|listen|route)\(|\bcreateServer\(
    |\bres\.(?:json|send|status|sendStatus|end|set|redirect|render)\(
    |\breq\.(?:body|params|query|user|headers)\b""",
    re.VERBOSE | re.MULTILINE,
)
_SERVER_SIGN = re.compile(
    r"\bmodule\.exports\b|\brequire\(|\bprocess\.(?:on|exit|stdout|stderr)\b"
    r"|\bprocess\.env\.(?!REACT_APP_|NEXT_PUBLIC_|VITE_|EXPO_|NODE_ENV|PUBLIC_URL)"
)
_SCRIPT_NAME = re.compile(
    r"(?:^|/)(?:migrations?|seeds?|seeders?|scripts?|bin|cli|fixtures)/|(?:^|/)(?:seed|migrate|seeder)\.[a-z]+$"
    r"|\.(?:seed|migration)\.[a-z]+$",
    re.IGNORECASE,
)
_SCRIPT_CODE = re.compile(
    r"\A#!|^exports\.(?:up|down)\s*=|\basync\s+up\(\s*queryInterface|\bimplements\s+MigrationInterface\b",
    re.MULTILINE,
)
_CONFIG_LANGUAGES = frozenset(
    {"yaml", "json", "dockerfile", "nginx", "env", "toml", "ini", "requirements", "xml", "hcl", "prisma"}
)
_ROLES_BY_LANGUAGE = {
    "bash": BlockRole.SHELL,
    **dict.fromkeys(("css", "html", "swift", "dart"), BlockRole.FRONTEND),  # apps of phones are clients, too
    **dict.fromkeys(("", "text", "http", "graphql"), BlockRole.DATA),
    **dict.fromkeys(_CONFIG_LANGUAGES, BlockRole.CONFIG),
}


def role_of(language: str, path: str, text: str, fence: Fence | None = None) -> BlockRole:
    """Return what a block is for.

    Args:
        language: language of the block.
        path: file name that the answer gives it, or empty.
        text: the code.
        fence: where it stands in the answer; a file stands nowhere.
    """
    headings = fence.headings if fence is not None else ()
    if fence is not None and is_counter_example(text, headings, fence.intro, fence.after):
        return BlockRole.COUNTER_EXAMPLE
    by_language = _ROLES_BY_LANGUAGE.get(language)
    if by_language is not None:
        return by_language
    heading = headings[-1] if headings else ""
    if (path and _TEST_NAME.search(path)) or _has(text, _TEST_WORDS, _TEST_CODE):
        return BlockRole.TEST
    is_jsx = fence is not None and fence.info[:4].lower() in {"jsx", "jsx ", "jsx:"}
    if _is_frontend("tsx" if is_jsx else language, path, text, heading):
        return BlockRole.FRONTEND
    if (path and _SCRIPT_NAME.search(path)) or _has(text, _SCRIPT_WORDS, _SCRIPT_CODE):
        return BlockRole.SCRIPT
    if _TEST_HEADING.search(heading) and "expect(" in text:
        return BlockRole.TEST
    return BlockRole.CODE


def _has(text: str, words: Sequence[str], pattern: re.Pattern[str]) -> bool:
    for word in words:
        if word in text:
            return pattern.search(text) is not None
    return False


def _is_frontend(language: str, path: str, text: str, heading: str) -> bool:
    # No browser runs PHP or Python, wherever the file lies (`public/login.php`) and whatever page it writes.
    if language not in JAVASCRIPT_FAMILY or _SERVER_CODE.search(text):
        return False
    if _has(text, _FRONTEND_WORDS, _FRONTEND_IMPORT):
        return True
    if _SERVER_SIGN.search(text):
        return False
    if language == "tsx" or _has(text, _BROWSER_WORDS, _FRONTEND_CODE):
        return True
    return bool(_FRONTEND_NAME.search(path) or _FRONTEND_HEADING.search(heading))


_HEADERS = re.compile(
    r"--- |\+\+\+ |@@|index [0-9a-f]{4,}|diff --git |\\ No newline|(?:new|deleted) file mode "
)


_SIGNED = re.compile(r"[+-](?:[ \t]|$|[A-Za-z/}])")


def looks_like_diff(text: str) -> bool:
    """Say whether some lines begin with ``+`` and others with ``-``: a patch in disguise."""
    signs = {line[0] for line in text.split("\n") if _SIGNED.match(line)}
    return signs == {"+", "-"}


def without_removed_lines(diff: str, *, keep_columns: bool = False) -> str:
    """Return the new side of a diff, each line kept at its number.

    The first column is taken off; with ``keep_columns`` a blank takes its place, so that every column of a
    language without significant indentation stays what it is.
    """
    blank = " " if keep_columns else ""
    kept: list[str] = []
    for line in diff.split("\n"):
        if line.startswith("-") or _HEADERS.match(line):
            kept.append("")
        elif line.startswith("+"):
            kept.append(blank + line[1:])
        else:
            kept.append(line if keep_columns else line.removeprefix(" "))
    return "\n".join(kept)
