"""Which language a block is in: from its tag, its file name, or by trial parse."""

from __future__ import annotations

import json
import posixpath

from ast_grep_py import SgNode, SgRoot

__all__ = ["JAVASCRIPT_FAMILY", "language_of", "language_of_path", "language_of_tag"]

JAVASCRIPT_FAMILY = frozenset({"javascript", "typescript", "tsx"})

# Tag or file extension -> our name of the language. Names that tree-sitter knows are its own.
_NAMES = {
    "javascript": "js jsx javascript mjs cjs node nodejs es6 ecmascript",
    "typescript": "ts typescript mts cts",
    "tsx": "tsx",
    "python": "py python python3 py3 django",
    "php": "php laravel",
    "sql": "sql postgresql postgres pgsql psql mysql mariadb plpgsql sqlite",
    "yaml": "yaml yml docker-compose compose",
    "json": "json json5 jsonc",
    "bash": "bash sh shell zsh console shell-session terminal",
    "dockerfile": "dockerfile docker",
    "html": "html htm vue svelte ejs",
    "css": "css scss less",
    "graphql": "graphql gql",
    "prisma": "prisma",
    "nginx": "nginx",
    "env": "env dotenv",
    "toml": "toml",
    "ini": "ini conf properties cfg",
    "http": "http rest",
    "diff": "diff patch",
    "text": "text txt plain plaintext output log tree markdown md mermaid",
    "go": "go golang",
    "java": "java",
    "ruby": "rb ruby",
    "rust": "rs rust",
    "kotlin": "kt kotlin",
    "csharp": "cs csharp",
    "xml": "xml",
    "hcl": "hcl tf terraform",
}
_BY_TAG = {tag: name for name, tags in _NAMES.items() for tag in tags.split()}
_BY_FILE_NAME = {"dockerfile": "dockerfile", "nginx.conf": "nginx", "makefile": "makefile"}
# What may be tried where no tag says what it is, and kinds that prove the language.
_TRIALS = ("javascript", "typescript", "python", "bash")
_MAX_TRIAL_CHARACTERS = 100_000


def language_of_tag(tag: str) -> str:
    """Return the language of a fence's tag, or empty."""
    return _BY_TAG.get(tag.strip().lower().lstrip(".{").rstrip("}"), "")


def language_of_path(path: str) -> str:
    """Return the language of a file name, or empty."""
    name = posixpath.basename(path).lower()
    if name in _BY_FILE_NAME or name.startswith("dockerfile"):
        return _BY_FILE_NAME.get(name, "dockerfile")
    if name == ".env" or name.startswith(".env."):
        return "env"
    return _BY_TAG.get(name.rpartition(".")[2], "") if "." in name else ""


def language_of(tag: str, path: str, text: str) -> str:
    """Return the language of a block: tag first, then file name, then trial parse; else empty."""
    named = language_of_tag(tag) if tag else ""
    by_path = language_of_path(path) if path else ""
    if named in {"", "text"} and by_path:
        return by_path
    if named:
        # `.tsx` files are often tagged `typescript`.
        return by_path if by_path in JAVASCRIPT_FAMILY and named in JAVASCRIPT_FAMILY else named
    if tag:
        return ""
    return by_path or _by_trial(text)


def _by_trial(text: str) -> str:
    stripped = text.strip()
    if not stripped or len(text) > _MAX_TRIAL_CHARACTERS:
        return ""
    if stripped.startswith("<?php"):
        return "php"
    if stripped[0] in "{[":
        try:
            json.loads(stripped)
        except (ValueError, RecursionError):
            pass
        else:
            return "json"
    for language in _TRIALS:
        root = SgRoot(text, language).root()
        if root.find(kind="ERROR") is None and _is_code(root, language):
            return language
    return ""


def _is_code(root: SgNode, language: str) -> bool:
    """Prose and directory listings sometimes parse; they hold none of these."""
    kinds = {
        "javascript": ("lexical_declaration", "import_statement", "function_declaration", "arrow_function"),
        "typescript": (
            "lexical_declaration",
            "import_statement",
            "interface_declaration",
            "class_declaration",
        ),
        "python": ("function_definition", "import_statement", "import_from_statement", "class_definition"),
        "bash": ("pipeline", "variable_assignment", "if_statement"),
    }[language]
    if any(root.find(kind=kind) is not None for kind in kinds):
        return True
    calls = {"javascript": "call_expression", "python": "call"}.get(language)
    return (
        calls is not None
        and root.find(kind=calls) is not None
        and root.find(kind="member_expression") is not None
    )
