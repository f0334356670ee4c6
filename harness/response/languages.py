"""Which language a block is in: from its tag, its file name, or by trial parse."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from ast_grep_py import SgNode, SgRoot

from harness.core.json_text import is_json

__all__ = ["JAVASCRIPT_FAMILY", "UNREAD_LANGUAGES", "language_of", "language_of_path", "language_of_tag"]

JAVASCRIPT_FAMILY = frozenset({"javascript", "typescript", "tsx"})

# Tag or file extension -> our name of the language. Names that tree-sitter knows are its own.
_NAMES = {
    "javascript": "js jsx javascript mjs cjs node nodejs es6 ecmascript",
    "typescript": "ts typescript mts cts",
    "tsx": "tsx",
    "python": "py python python3 py3 django",
    "php": "php laravel",
    "sql": "sql postgresql postgres pgsql psql mysql mariadb plpgsql sqlite",
    "yaml": "yaml yml docker-compose compose kubernetes k8s openapi swagger",
    "json": "json json5 jsonc",
    "bash": "bash sh shell zsh console shell-session shellsession terminal crontab cron",
    "dockerfile": "dockerfile docker containerfile",
    "html": "html htm vue svelte ejs",
    "css": "css scss less",
    "graphql": "graphql gql",
    "prisma": "prisma",
    "nginx": "nginx nginxconf",
    "env": "env dotenv env.example env.sample",
    "requirements": "requirements requirements.txt pip-requirements",
    "toml": "toml",
    "ini": "ini conf properties cfg npmrc",
    "http": "http rest",
    "diff": "diff patch",
    "text": "text txt plain plaintext output log tree markdown md mermaid",
    "go": "go golang",
    "java": "java",
    "ruby": "rb ruby",
    "rust": "rs rust",
    "kotlin": "kt kts kotlin",
    "csharp": "cs csharp c# dotnet",
    "scala": "scala sc",
    "groovy": "groovy gradle",
    "clojure": "clj clojure",
    "elixir": "ex exs elixir",
    "erlang": "erl erlang",
    "haskell": "hs haskell",
    "fsharp": "fs fsharp f#",
    "vb": "vb vbnet",
    "perl": "pl pm perl",
    "lua": "lua",
    "c": "c",
    "cpp": "cpp c++ cc cxx hpp",
    "crystal": "crystal",
    "powershell": "ps1 powershell pwsh",
    "swift": "swift",
    "dart": "dart flutter",
    "xml": "xml",
    "hcl": "hcl tf terraform",
}
_BY_TAG = {tag: name for name, tags in _NAMES.items() for tag in tags.split()}
_BY_FILE_NAME = {
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "nginx.conf": "nginx",
    "makefile": "makefile",
    "pipfile": "toml",
    "crontab": "bash",
}
_REQUIREMENTS_NAME = re.compile(
    r"(?:^|/)(?:(?:[\w-]*requirements|constraints)[\w.-]*|requirements/[\w.-]+)\.(?:txt|in)$"
)
_NGINX_NAME = re.compile(r"(?:^|/)(?:nginx|sites-(?:available|enabled)|conf\.d)(?:/|[\w.-]*\.conf$)")
# Languages of servers that are known by name and that no check follows, as they are spoken of.
UNREAD_LANGUAGES: Mapping[str, str] = {
    **{name: name.capitalize() for name in "go java ruby rust kotlin scala groovy clojure elixir".split()},
    **{name: name.capitalize() for name in "erlang haskell perl lua c crystal powershell".split()},
    "csharp": "C#",
    "fsharp": "F#",
    "vb": "Visual Basic",
    "cpp": "C++",
}
# What may be tried where no tag says what it is, and kinds that prove the language.
_TRIALS = ("javascript", "typescript", "python", "bash")
_MAX_TRIAL_CHARACTERS = 20_000
_MAX_JSON_CHARACTERS = 100_000


def language_of_tag(tag: str) -> str:
    """Return the language of a fence's tag, or empty."""
    return _BY_TAG.get(tag.strip().lower().lstrip(".{").rstrip("}"), "")


def language_of_path(path: str) -> str:
    """Return the language of a file name, or empty."""
    name = posixpath.basename(path).lower()
    if name in _BY_FILE_NAME or name.startswith("dockerfile"):
        return _BY_FILE_NAME.get(name, "dockerfile")
    if name == ".env" or name.startswith(".env.") or name in {"env.example", "env.sample"}:
        return "env"
    if _REQUIREMENTS_NAME.search(path.lower()):
        return "requirements"
    if _NGINX_NAME.search(path.lower()) and "." not in name.removesuffix(".conf"):
        return "nginx"
    return _BY_TAG.get(name.rpartition(".")[2], "") if "." in name else ""


def language_of(tag: str, path: str, text: str, *, cut: bool = False) -> str:
    """Return the language of a block: tag first, then file name, then trial parse; else empty.

    ``cut`` says that the block was cut off: its last lines may not parse.
    """
    named = language_of_tag(tag) if tag else ""
    by_path = language_of_path(path) if path else ""
    if named in {"", "text"} and by_path:
        return by_path
    if named == "json" and text.lstrip()[:1] not in _JSON_STARTS:
        return by_trial(text, cut=cut) or named
    if named in _LOOSE_TAGS:
        loose = _told_by_content(named, by_path, text)
        if loose:
            return loose
    if named in {"ini", "text"}:
        # nginx has no tag of its own in many dialects of markdown, and a list of packages has none at all.
        return next((name for name in _configuration(text) if name in {"nginx", "requirements"}), named)
    if named:
        # `.tsx` files are often tagged `typescript`.
        return by_path if by_path in JAVASCRIPT_FAMILY and named in JAVASCRIPT_FAMILY else named
    return "" if tag else by_trial(text, cut=cut)


# Tags that stand above configuration of other kinds, too: `.env` as bash, compose as docker, nginx as conf.
_LOOSE_TAGS = frozenset({"bash", "ini", "dockerfile"})
_COMPOSE_HEAD = re.compile(
    r"(?:[ \t]*(?:\#[^\n]*)?\n){0,20}(?:version|services|name|x-[\w-]+)[ \t]*:(?:[ \t]|\n|$)"
)


def _told_by_content(named: str, by_path: str, text: str) -> str:
    """Return the language of a block whose tag is not exact, or empty where the tag is right."""
    if named == "dockerfile":
        return "yaml" if by_path == "yaml" or _COMPOSE_HEAD.match(text[:_MAX_WORD]) else ""
    if named == "ini":
        return by_path if by_path in {"nginx", "env"} else ""
    if by_path in {"env", "requirements"}:
        return by_path if by_path in _configuration(text) else ""
    return ""


_JSON_STARTS = frozenset('{["-0123456789tfn/')
_FIRST_WORDS = (
    (re.compile(r"<\?php\b"), "php"),
    (re.compile(r"(?:\$|>{1,3}|\w+[>#])\s+\w"), "bash"),
    (re.compile(r"<(?:!doctype|html|template|script|style|div|form|head|body)\b", re.IGNORECASE), "html"),
    (
        re.compile(
            r"(?:CREATE|ALTER|DROP)\s+(?:UNIQUE\s+)?(?:TABLE|INDEX|TYPE|EXTENSION|VIEW)\b|SELECT\s.+\sFROM\b|"
            r"INSERT\s+INTO\b|UPDATE\s+\S+\s+SET\b|DELETE\s+FROM\b|EXPLAIN\b",
            re.IGNORECASE,
        ),
        "sql",
    ),
    (re.compile(r"FROM\s+[\w./:@-]+(?:\s+AS\s+\w+)?\s*\n", re.IGNORECASE), "dockerfile"),
    (re.compile(r"package\s+\w+\s*\n|func\s+(?:\(\w+\s+\*?\w+\)\s*)?\w+\(.*\{\s*\n"), "go"),
    (re.compile(r"(?:package|import)\s+(?:static\s+)?[a-z]\w*(?:\.[\w*]+)+;|@RestController\b"), "java"),
    (re.compile(r"using\s+[A-Z]\w*(?:\.\w+)*;|namespace\s+[A-Z]\w*(?:\.\w+)+|\[ApiController\]"), "csharp"),
    (
        re.compile(
            r"use\s+\w+(?:::[\w{}, *]+)+;|#\[(?:derive|tokio|actix_web)\b|(?:pub\s+)?(?:async\s+)?fn\s+\w+"
        ),
        "rust",
    ),
    (re.compile(r"defmodule\s+[A-Z]"), "elixir"),
    (re.compile(r"class\s+[A-Z]\w*\s+<\s+[A-Z]|Rails\.application|require\s+'[\w/-]+'\s*\n"), "ruby"),
    (re.compile(r"(?:GET|POST|PUT|PATCH|DELETE)\s+(?:/|https?:)|HTTP/[12]"), "http"),
    (
        re.compile(r"(?:services|version):\s*(?:\n|['\"]?\d)|(?:apiVersion|openapi|swagger|jobs|stages):\s"),
        "yaml",
    ),
    (re.compile(r"(?:\$\s+)?(?:npm|npx|yarn|pnpm|curl|docker|git|cd|mkdir|sudo|pip|psql|export)\s"), "bash"),
)
# Kinds of nodes that prose and directory listings do not have, even where they happen to parse.
_PROOF = {
    "javascript": (
        "lexical_declaration import_statement function_declaration arrow_function class_declaration "
        "export_statement member_expression assignment_expression if_statement try_statement"
    ).split(),
    "typescript": (
        "lexical_declaration import_statement interface_declaration class_declaration type_annotation"
    ).split(),
    "python": (
        "function_definition import_statement import_from_statement class_definition with_statement"
    ).split(),
    "bash": "pipeline variable_assignment if_statement".split(),
}
# Share of the text that may be in error: an elision, the end of a block that was cut off.
_TOLERATED = 0.1
_MAX_WORD = 2_000


def by_trial(text: str, *, cut: bool = False) -> str:
    """Return the language in which a text without tag and name parses, or empty."""
    stripped = text.strip()
    if not stripped:
        return ""
    if stripped[0] in "{[" and len(text) <= _MAX_JSON_CHARACTERS and is_json(stripped):
        return "json"
    head = stripped[:_MAX_WORD]
    for pattern, language in _FIRST_WORDS:
        if pattern.match(head):
            return language
    for language in _configuration(head):
        return language
    if cut or len(text) > _MAX_TRIAL_CHARACTERS:
        # The missing end puts all that is still open in error; and what is huge is not parsed four times.
        return max(_SIGNS, key=lambda name: len(_SIGNS[name].findall(head))) if _signs_of_code(head) else ""
    best, least = "", _TOLERATED
    for language in _TRIALS:
        root = SgRoot(text, language).root()
        wrong = sum(len(node.text()) for node in root.find_all(kind="ERROR")) / len(text)
        if wrong <= least and _is_code(root, language) and (wrong < least or not best):
            best, least = language, wrong
        if best and not least:
            break
    return best


# Each value can be read in one way only: a long list that fails at its end is not tried again.
_ASSIGNMENT = r"""[A-Z][A-Z0-9_]*=(?:[^\s"'#]\S*|"[^"\n]*"|'[^'\n]*')?"""
# Signs of configuration that no other language has; comments in front of them are passed over.
_CONFIGURATION = (
    (
        re.compile(
            r"(?:server|http|events|upstream[ \t]+[\w.-]+|location[ \t]+[^\n{]{1,200})"
            r"[ \t]*\{[ \t]*(?:\#[^\n]*)?\n"
            r"|(?:limit_req_zone|limit_conn_zone|proxy_cache_path|map[ \t]+\$\w+)[ \t]"
        ),
        "nginx",
    ),
    (
        re.compile(
            r"(?:ARG[ \t]+\w+(?:=\S*)?[ \t]*\n\s*){0,20}"
            r"FROM[ \t]+[\w./:@${}-]+(?:[ \t]+AS[ \t]+\w+)?[ \t]*\n",
            re.IGNORECASE,
        ),
        "dockerfile",
    ),
    (
        re.compile(
            r"(?:-{1,2}[a-z][a-z-]*[ =][^\n]*\n\s*){0,10}"
            r"[A-Za-z][\w.-]*(?:\[[\w, -]+\])?[ \t]*(?:==|~=|>=|<=)[ \t]*\d[\w.*]*"
            r"(?:[ \t]*,[ \t]*[=~<>!]{1,2}[ \t]*[\w.*]+){0,5}[ \t]*(?:[;#][^\n]*)?(?:\n|$)"
        ),
        "requirements",
    ),
    (
        re.compile(rf"(?:(?:\#[^\n]*|{_ASSIGNMENT})?[ \t]*\n)*{_ASSIGNMENT}\s*$"),
        "env",
    ),
)
_COMMENTS = re.compile(r"(?:[ \t]*(?:\#[^\n]*)?\n)*[ \t]*")


def _configuration(text: str) -> Iterator[str]:
    head = text[:_MAX_WORD]
    start = _COMMENTS.match(head)
    at = start.end() if start else 0
    for pattern, language in _CONFIGURATION:
        if pattern.match(head, at):
            yield language


_SIGNS = {
    "javascript": re.compile(
        r"^[ \t]*(?:const|let|var)\s+[\w${\[]|=>|\brequire\(|^import\s.+\sfrom\s|^export\s|\bfunction\b.*\{",
        re.MULTILINE,
    ),
    "python": re.compile(
        r"^[ \t]*(?:def|class)\s+\w+.*:|^from\s\S+\simport\s|^import\s\w+$|\bself\.", re.MULTILINE
    ),
}


def _signs_of_code(text: str) -> bool:
    return any(len(signs.findall(text)) > 1 for signs in _SIGNS.values())


def _is_code(root: SgNode, language: str) -> bool:
    return any(root.find(kind=kind) is not None for kind in _PROOF[language])
