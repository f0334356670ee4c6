"""What a block is for: its file name, its role, and the lines that are shown only as wrong.

Evidence, nearest first: the block's own leading comment, the words just before it, its heading, its
file name, and what it imports.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.response.block import BlockRole
from harness.response.languages import JAVASCRIPT_FAMILY, language_of_path, language_of_tag
from harness.response.markdown import Fence

__all__ = ["counter_lines_of", "file_name_of", "role_of", "without_removed_lines"]

_COMMENT = re.compile(r"^\s*(?://+|#+|/\*+|<!--|--|\*)\s*(.*?)\s*(?:\*/|-->)?\s*$")
# A file name with an extension, or one of the files that have none.
_PATH = re.compile(
    r"(?:[\w@.\-\[\]()+]+/)*(?:[\w@.\-\[\]+]+\.[A-Za-z]{1,10}|Dockerfile|Makefile|\.env)\b(?![/(])"
)

# A label that says of the code below that it is wrong: "❌ Bad:", "Before", "Don't do this".
_BAD = re.compile(
    r"""^\W*(?:❌|✗|✘|🚫|⛔|👎|
    (?:(?:the|a|an|your|this|current|existing|original|old|very)\s+)*
    (?:bad|wrong|incorrect|insecure|vulnerable|unsafe|anti-?patterns?|before|avoid(?:\sthis)?|
       don['’]?t(?:\sdo(?:\sthis)?)?|do\snot(?:\sdo\sthis)?|never\sdo\sthis|not\srecommended|
       problematic|broken|discouraged)
    (?:\s+(?:code|example|version|way|approach|practice|implementation|pattern|usage|style|snippet))?
    \s*(?:[:\-–—.!)(❌]|$))""",
    re.IGNORECASE | re.VERBOSE,
)
_GOOD = re.compile(
    r"""^\W*(?:✅|✓|✔|👍|
    (?:(?:the|a|an|your|this|new|much)\s+)*
    (?:good|right|correct|correctly|secure|safe|better|recommended|preferred|after|instead|fixed|
       do(?:\sthis)?|improved|proper|refactored|solution)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# In a sentence just before a block, the words that say that the block is what not to do.
_BAD_SENTENCE = re.compile(
    r"""❌|✗|🚫|⛔
    |\b(?:instead\sof|rather\sthan|never|don['’]?t|do\snot|avoid|stop|not)\b[^.!?\n]{0,60}
      \b(?:this|following|these|like)\b[^.!?\n]{0,30}:?\s*$
    |\b(?:bad|wrong|incorrect|insecure|vulnerable|unsafe|anti-?pattern|problematic)\b[^.!?\n]{0,60}:\s*$
    |\binstead\sof\s*(?:this)?\s*:\s*$
    |^\W*before\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
_TEST_NAME = re.compile(
    r"(?:^|/)(?:__tests__|tests?|spec|e2e)/|\.(?:test|spec|e2e)\.[a-z]+$|(?:^|/)test_[^/]+\.py$",
    re.IGNORECASE,
)
_TEST_HEADING = re.compile(r"\b(?:tests?|testing|specs?)\b", re.IGNORECASE)
_TEST_CODE = re.compile(
    r"^\s*(?:describe|it|test|beforeEach|beforeAll|suite)\s*(?:\.\w+)?\s*\(", re.MULTILINE
)
_FRONTEND_NAME = re.compile(
    r"""(?:^|/)(?:client|frontend|front-end|public|components|pages|hooks|views?/js|web|ui|browser)/
    |\.(?:jsx|tsx|vue|svelte|html?)$""",
    re.IGNORECASE | re.VERBOSE,
)
_FRONTEND_IMPORT = re.compile(
    r"""(?:from|require\()\s*['"](?:react(?:-[\w-]+)?(?:/[\w-]+)?|next/(?:link|router|image|navigation)
    |vue|svelte|@angular/core|preact|jquery|solid-js)['"]""",
    re.VERBOSE,
)
_FRONTEND_CODE = re.compile(
    r"""\bdocument\.(?:getElementById|querySelector|addEventListener|createElement|body|cookie)
    |\bwindow\.(?:location|addEventListener|localStorage)|\b(?:local|session)Storage\.""",
    re.VERBOSE,
)
_FRONTEND_HEADING = re.compile(r"\b(?:front-?end|client[- ]side|browser|react|vue|angular)\b", re.IGNORECASE)
_SERVER_CODE = re.compile(
    r"""['"](?:express|fastify|koa|@nestjs/common|http|fs|pg|mongoose|sequelize|winston|ioredis|redis)['"]
    |\bapp\.listen\(|\bprocess\.env\b|\bmodule\.exports\b|\breq\.(?:body|params|query|user)\b""",
    re.VERBOSE,
)
_SCRIPT_NAME = re.compile(
    r"(?:^|/)(?:migrations?|seeds?|seeders?|scripts?|bin|cli|fixtures)/|(?:^|/)(?:seed|migrate)\.[a-z]+$",
    re.IGNORECASE,
)
_CONFIG_LANGUAGES = frozenset(
    {"yaml", "json", "dockerfile", "nginx", "env", "toml", "ini", "xml", "hcl", "prisma"}
)
_HEAD_LINES = 4


def file_name_of(fence: Fence) -> tuple[str, str]:
    """Return the language tag of a fence and the file name that the answer gives the block, or empty.

    Names stand in the info string (``js title="src/app.js"``, ``js:src/app.js``), in a comment among the
    first lines, at the end of the words before, or in the heading.
    """
    tag, _, rest = fence.info.partition(" ")
    if ":" in tag:
        tag, _, name = tag.partition(":")
        rest = f"{name} {rest}"
    named = _path_in(rest)
    if named:
        return tag, named
    if tag and not language_of_tag(tag) and _path_in(tag):
        return tag.rpartition(".")[2], _path_in(tag)
    for line in fence.text.split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        comment = _COMMENT.match(line)
        if comment is not None:
            named = _only_path(comment.group(1))
            if named:
                return tag, named
    before = fence.before.rsplit("\n", 1)[-1]
    heading = fence.headings[-1] if fence.headings and fence.first_below_heading else ""
    for words in (before, heading):
        named = _only_path(words) or _last_quoted_path(words)
        if named and _fits(tag, named):
            return tag, named
    return tag, ""


def _fits(tag: str, path: str) -> bool:
    """A sentence may name another file than the one that follows: the languages must agree."""
    language = language_of_tag(tag)
    by_path = language_of_path(path)
    return not language or language == by_path or {language, by_path} <= JAVASCRIPT_FAMILY


def _path_in(words: str) -> str:
    found = _PATH.search(words)
    return _clean(found.group(0)) if found is not None and language_of_path(found.group(0)) else ""


def _only_path(words: str) -> str:
    """Return the path that words consist of, but for a label before and a remark behind it."""
    words = _without_emphasis(words)
    words = re.sub(
        r"^(?:\d+[.)]\s*)?(?:(?:file(?:name)?|path|in|create|update)\s*[:=]?\s*)?",
        "",
        words,
        flags=re.IGNORECASE,
    )
    words = _without_emphasis(words)
    found = _PATH.match(words)
    if found is None or not language_of_path(found.group(0)):
        return ""
    rest = words[found.end() :].strip("*_`: ")
    # `app.js - the entry point` names the file; `app.js is where the routes live` is a sentence.
    if rest and not rest.startswith(("(", "-", "–", "—", "//", ",")):
        return ""
    if "/" not in found.group(0) and re.match(
        r"^(?:node|express|next|vue|react|nest)\.js$", found.group(0), re.IGNORECASE
    ):
        return ""
    return _clean(found.group(0))


def _without_emphasis(words: str) -> str:
    """Strip markup around words; an underscore that only leads is part of a name: `_middleware/auth.js`."""
    words = words.strip("*`#: ")
    return words.strip("_*`: ") if words.startswith("_") and words.endswith("_") else words


def _last_quoted_path(words: str) -> str:
    quoted = re.findall(r"`([^`\n]{1,200})`", words)
    for candidate in reversed(quoted):
        found = _PATH.fullmatch(candidate.strip())
        if found is not None and language_of_path(candidate):
            return _clean(candidate.strip())
    return ""


def _clean(path: str) -> str:
    return path.replace("\\", "/").removeprefix("./").lstrip("/")


def role_of(language: str, path: str, text: str, headings: Sequence[str], before: str) -> BlockRole:
    """Return what a block is for."""
    if _is_counter_example(text, headings, before):
        return BlockRole.COUNTER_EXAMPLE
    if language == "bash":
        return BlockRole.SHELL
    if language in {"", "text", "http", "css", "html", "graphql"}:
        return BlockRole.FRONTEND if language in {"css", "html"} else BlockRole.DATA
    if language in _CONFIG_LANGUAGES:
        return BlockRole.CONFIG
    heading = headings[-1] if headings else ""
    if _TEST_NAME.search(path) or _TEST_CODE.search(text):
        return BlockRole.TEST
    if _is_frontend(language, path, text, heading):
        return BlockRole.FRONTEND
    if _SCRIPT_NAME.search(path):
        return BlockRole.SCRIPT
    if _TEST_HEADING.search(heading) and "expect(" in text:
        return BlockRole.TEST
    return BlockRole.CODE


def _is_frontend(language: str, path: str, text: str, heading: str) -> bool:
    if _SERVER_CODE.search(text):
        return False
    if _FRONTEND_IMPORT.search(text) or _FRONTEND_CODE.search(text) or language == "tsx":
        return True
    return bool(_FRONTEND_NAME.search(path) or _FRONTEND_HEADING.search(heading))


def _is_counter_example(text: str, headings: Sequence[str], before: str) -> bool:
    first = next((line for line in text.split("\n", 3)[:3] if line.strip()), "")
    comment = _COMMENT.match(first)
    if comment is not None and _GOOD.match(comment.group(1)):
        return False
    if comment is not None and _BAD.match(comment.group(1)) and not _has_good_part(text):
        return True
    sentence = before.rsplit("\n", 1)[-1].strip()
    if sentence:
        label = sentence.strip("*_`# ")
        if _GOOD.match(label):
            return False
        if _BAD.match(label) or _BAD_SENTENCE.search(label):
            return True
    heading = headings[-1].strip("*_`# ") if headings else ""
    return bool(heading and not sentence and _BAD.match(heading)) or bool(
        heading and sentence and re.match(r"^\W*(?:❌|🚫|⛔)", heading)
    )


def _has_good_part(text: str) -> bool:
    return any(
        (comment := _COMMENT.match(line)) is not None and _GOOD.match(comment.group(1))
        for line in text.split("\n")
    )


def counter_lines_of(text: str) -> frozenset[int]:
    """Return the lines (from 1) between a comment that says "bad" and the one that says "good"."""
    lines = text.split("\n")
    found: set[int] = set()
    bad_from = 0
    for number, line in enumerate(lines, start=1):
        comment = _COMMENT.match(line)
        if comment is None:
            continue
        if _BAD.match(comment.group(1)):
            bad_from = number
        elif _GOOD.match(comment.group(1)) and bad_from:
            found.update(range(bad_from, number))
            bad_from = 0
    if bad_from:
        # Without a counterpart, the mark reaches to the next blank line.
        end = next((n for n in range(bad_from, len(lines)) if not lines[n].strip()), len(lines))
        found.update(range(bad_from, end + 1))
    return frozenset(found)


def without_removed_lines(diff: str) -> str:
    """Return the new side of a diff, each line kept at its number, the first column taken off."""
    kept: list[str] = []
    for line in diff.split("\n"):
        if line.startswith(("---", "+++", "@@", "-", "index ", "diff ")):
            kept.append("")
        else:
            kept.append(line[1:] if line[:1] in {"+", " "} else line)
    return "\n".join(kept)
