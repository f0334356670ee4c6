"""The file name that an answer gives a code block.

Names stand in the info string (``js title="src/app.js"``), in a comment among the first lines, in the
sentence that leads to the block, or in the heading above it.
"""

from __future__ import annotations

import re

from harness.response.languages import JAVASCRIPT_FAMILY, language_of_path, language_of_tag
from harness.response.markdown import Fence

__all__ = ["COMMENT", "comment_text", "file_name_of"]

MAX_LINE = 300
COMMENT = re.compile(r"[ \t]*(?://+|#+(?!!)|/\*+|<!--|--+|\*)(?P<text>.*)")
# A file name with an extension, or one of the files that have none.
_PATH = re.compile(
    r"(?<![\w@.\-/\[\]])(?P<path>(?:\.{0,2}/|~/|@/)?(?:[\w@.\-\[\]()+]{1,80}/){0,15}"
    r"(?:[\w@.\-\[\]+]{1,80}\.[A-Za-z]{1,10}|Dockerfile|Makefile|\.env))(?![\w/(])"
)
# Products that look like files.
_PRODUCTS = re.compile(
    r"(?:node|express|next|nuxt|vue|react|nest|three|d3|moment|day|alpine|ember|backbone|chart|bull|passport|"
    r"socket|fastify|sails|meteor|deno|sequelize|knex|objection|discord)\.(?:js|ts)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"""^(?:\d+[.)]\s*|step\s+\d+\s*[:.\-–—]?\s*|[^\w\s./@\[]+\s*)*
    (?:@?(?:file(?:\s?name)?|path|in|create|creating|update|updating|add|edit|new\s+file|module|location|source)
       \b\s*(?:(?:a|the|new)\s+)*(?:file)?\s*[:=]?\s*)?""",
    re.IGNORECASE | re.VERBOSE,
)
# Words before a path that say that the block uses that file rather than being it.
_USED = re.compile(
    r"""\b(?:from|imports?|imported|importing|require[sd]?|requiring|us(?:e|es|ed|ing)|via|through|with|of|like|
    by|instead\sof|replac(?:e|es|ing)|calls?|calling|extends?|see|than|against|and|reads?|loads?)
    (?:\s+(?:the|our|your|its|an?|existing|shared|project['’]?s?|logger|module|file|in|as))*\s*[`"'(]*$""",
    re.IGNORECASE | re.VERBOSE,
)
_EDGE = "*`#:\"'=~-–— \t"
_HEAD_LINES = 5


def comment_text(line: str) -> str | None:
    """Return what a line of comment says; ``None`` for a line of code."""
    found = COMMENT.match(line[:MAX_LINE])
    if found is None:
        return None
    return found["text"].strip().removesuffix("*/").removesuffix("-->").strip()


def file_name_of(fence: Fence) -> tuple[str, str]:
    """Return the language tag of a fence and the file name that the answer gives the block, or empty."""
    info = fence.info[:MAX_LINE]
    tag, _, rest = info.partition(" ")
    if ":" in tag:
        tag, _, name = tag.partition(":")
        rest = f"{name} {rest}"
    named = _path_in(rest.replace("{", " ").replace(":", " ").replace("=", " "))
    if named:
        return tag, named
    if tag and not language_of_tag(tag) and _path_in(tag):
        return tag.rpartition(".")[2], _path_in(tag)
    return tag, _in_comments(fence.text) or _in_words(fence, tag)


def _in_comments(text: str) -> str:
    for line in text.split("\n", _HEAD_LINES)[:_HEAD_LINES]:
        words = comment_text(line)
        if words is not None:
            named = _only_path(words)
            if named:
                return named
    return ""


def _in_words(fence: Fence, tag: str) -> str:
    intro = fence.intro.rstrip().rsplit("\n", 1)[-1][-MAX_LINE:]
    heading = fence.headings[-1][:MAX_LINE] if fence.headings and fence.first_below_heading else ""
    for words, plain in ((intro, False), (heading, True)):
        # Of words without a dot only a few names are files.
        if "." in words or "file" in words:
            for named in (_only_path(words), _last_path(words, plain=plain)):
                if named and _fits(tag, named):
                    return named
    return ""


def _fits(tag: str, path: str) -> bool:
    """A sentence may name another file than the one that follows: the languages must agree."""
    language = language_of_tag(tag)
    by_path = language_of_path(path)
    return not language or language == by_path or {language, by_path} <= JAVASCRIPT_FAMILY


def _path_in(words: str) -> str:
    found = _PATH.search(words)
    return _clean(found["path"]) if found is not None and _is_file(found["path"]) else ""


def _is_file(path: str) -> bool:
    return bool(language_of_path(path)) and not _PRODUCTS.fullmatch(path)


def _only_path(words: str) -> str:
    """Return the path that words consist of, but for a label before and a remark behind it."""
    words = _bare(words)
    start = _LEAD.match(words)
    words = _bare(words[start.end() if start is not None else 0 :])
    found = _PATH.match(words)
    if found is None or not _is_file(found["path"]):
        return ""
    rest = words[found.end() :].strip("*_`\"' \t")
    # `app.js - the entry point` names the file; `app.js is where the routes live` is a sentence.
    if rest and not rest.startswith(("(", "-", "–", "—", "//", ",", ":", "=", "~", "[", "<", "|")):
        return ""
    return _clean(found["path"])


def _bare(words: str) -> str:
    """Take emphasis off. An underscore is emphasis only on both sides: `_middleware/x.js` begins with one."""
    words = words.strip(_EDGE)
    while len(words) > 1 and words[0] == words[-1] == "_":
        words = words[1:-1].strip(_EDGE)
    return words


_QUOTED = re.compile(r"`[^`\n]{1,200}`|\([^()\s]{1,200}\)|\*\*[^*\s]{1,200}\*\*")
_QUOTED_OR_BARE = re.compile(rf"{_QUOTED.pattern}|[\w@./\-\[\]+]{{3,200}}")


def _last_path(words: str, *, plain: bool = False) -> str:
    """Return the last path that a sentence gives, not merely uses: quoted, in brackets, or (plain) bare."""
    for quoted in reversed(list((_QUOTED_OR_BARE if plain else _QUOTED).finditer(words))):
        found = _PATH.fullmatch(quoted[0].strip("`()* "))
        if found is not None and _is_file(found["path"]) and not _USED.search(words[: quoted.start()]):
            return _clean(found["path"])
    if not plain and words.rstrip("*_ ").endswith(":"):
        bare = [one for one in _PATH.finditer(words) if "/" in one["path"] and _is_file(one["path"])]
        if len(bare) == 1 and not _USED.search(words[: bare[0].start()]):
            return _clean(bare[0]["path"])
    return ""


def _clean(path: str) -> str:
    return path.replace("\\", "/").removeprefix("./").lstrip("/")
