"""Words that say of code that it is wrong: over a block, at its head, or in the middle of it.

Only a *label* counts ("❌ Bad:", "Before", "Don't do this:"), not every sentence with such a word in it:
"Avoid N+1 queries" above a query that does avoid them is a remark on good code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.response.names import MAX_LINE, comment_text

__all__ = ["counter_lines_of", "is_counter_example"]

_NOUNS = (
    r"code|examples?|versions?|ways?|approach(?:es)?|practices?|implementations?|patterns?|usage|style|snippets?|"
    r"solutions?|quer(?:y|ies)|handlers?|designs?|setups?|idea|logging|attempt"
)
_BAD_WORDS = (
    r"bad|wrong|incorrect|insecure|vulnerable|unsafe|problematic|broken|discouraged|na[iï]ve|flawed|dangerous|"
    r"unacceptable|poor|forbidden|prohibited"
)
_GOOD_WORDS = (
    r"good|right|correct|correctly|secure|safe|safer|better|best|recommended|preferred|fixed|improved|proper|"
    r"refactored|hardened|production-ready|acceptable"
)
_ARTICLES = (
    r"(?:(?:the|an?|your|this|that|our|very|really|much|some|common|typical|current|old|original|new)\s+)*"
)
# What may follow a label: nothing, a separator, or a remark in brackets. A hyphen must stand apart.
_END = r"\s*(?:$|[:!❌✅]|\.(?:\s|$)|\s[-–—(]|[–—])"

_BAD = re.compile(
    rf"""^[\W_]*?(?:[❌✗✘🚫⛔👎]|
    {_ARTICLES}(?:(?:{_BAD_WORDS})(?:\s+(?:{_NOUNS}))?|anti-?patterns?|mistakes?|pitfalls?|before)
      (?:\s+to\s+avoid)?{_END}(?!.*\bafter\b)|
    (?:please\s+)?(?:avoid|don['’]?ts?|do\s+not|never|not)(?:\s+(?:ever\s+)?(?:do|write|use|code)?\s*
      (?:this|that|it|like\s+this|it\s+like\s+this|this\s+way))?{_END}|
    {_ARTICLES}(?:now|today|currently|{_NOUNS}|(?:option|variant|version|example|case|v)\s*\w{{1,8}})
      \s+\(\s*{_ARTICLES}(?:{_BAD_WORDS})\s*\)\W*$|
    not\s+recommended{_END}|(?:what|how)\s+(?:not|never)\s+to\b|things\s+to\s+avoid{_END})""",
    re.IGNORECASE | re.VERBOSE,
)
_GOOD = re.compile(
    rf"""^[\W_]*?(?:[✅✓✔👍]|
    {_ARTICLES}(?:(?:{_GOOD_WORDS})(?:\s+(?:{_NOUNS}))?|after|instead|solution|fix){_END}|
    do(?:\s+(?:this|it\s+like\s+this))?(?:\s+instead)?{_END}|instead\b(?!\s+of)|use\s+this\b)""",
    re.IGNORECASE | re.VERBOSE,
)
# Of a sentence before a block, the last clause says what the block is.
_CLAUSE = re.compile(r"[;,.!?–—]\s+|\n|\s-\s|\b(?:but|so)\b")
_DEMONSTRATIVE = r"(?:this|these|that|those|it|the\s+following|such|like\s+this)"
_KEEP = (
    r"forget|hesitate|worry|miss|skip|omit|need|have|want|change|modify|edit|remove|delete|touch|lose|share|"
    r"break|overlook|ignore|only|just|yet|rely|commit"
)
_NEVER = r"""(?:^|\b(?:you|we|one|please|should|must|and|people|developers)\s)\W*
      (?:never|don['’]?t|do\s+not|not|avoid|stop|mustn['’]?t|shouldn['’]?t|should\s+never|must\s+never)"""
# What is done for this, with this or in this is something else than what follows.
_ITSELF = "".join(
    rf"(?<!\b{word}\s)"
    for word in "for in to of on at by with from about after before into over under during than".split()
)
# A sentence that ends with a full stop says it of the code below only by pointing there.
_BAD_CLAUSE = re.compile(
    rf"""{_NEVER}(?!\s+(?:{_KEEP})\b)\b[^:]{{0,60}}\b(?:{_ITSELF}(?:{_DEMONSTRATIVE}|such\s+as|like)
        |(?:in|with|by)\s+(?:this|that|such|the\s+following)\s+(?:\w+\s+)?
          (?:way|manner|style|fashion|approach|pattern|code))\b[^:.!?]{{0,30}}:?\s*$
    |{_NEVER}\s+(?:\w+\s+){{0,2}}?(?:do|write|use|code|build|ship|deploy|copy|try)\b[^:]{{0,40}}
        \b(?:like\s+(?:this|these)|{_ITSELF}(?:this|these|the\s+following))\b[^:]{{0,30}}$
    |\b(?:instead\s+of|rather\s+than)(?:\s+(?:{_DEMONSTRATIVE}|doing\s+this|writing|code\s+like\s+this))?\s*:?\s*$
    |\b(?:this|that|it|following|these|which|code|version|snippet)\b[^:]{{0,20}}
      \b(?:is|are|was|looks|would\s+be|['’]s)\s+(?:\w+\s+){{0,2}}(?:{_BAD_WORDS})\b[^:]{{0,60}}:\s*$
    |\b(?:an?|the|your|this|common|typical|classic|of)\s+(?:\w+\s+){{0,2}}?
      (?:(?:{_BAD_WORDS})\s+(?:\w+\s+)?(?:{_NOUNS})|anti-?pattern|mistake|pitfall)\b[^:]{{0,60}}:\s*$
    |\b(?:what|how)\s+not\s+to\b""",
    re.IGNORECASE | re.VERBOSE,
)
# "Login (vulnerable):" says it of what the label names.
_BAD_IN_BRACKETS = re.compile(
    rf"^\W*(?:[\w'’`./-]+\s+){{1,5}}\(\s*{_ARTICLES}(?:{_BAD_WORDS})(?:\s+(?:{_NOUNS}))?\s*\)[\W_]*$",
    re.IGNORECASE,
)
# Verbs that turn it round: code that fixes the vulnerable version is not it.
_MENDED = re.compile(
    r"\b(?:avoid(?:s|ing)|prevent\w*|fix(?:es|ed|ing)?|solv\w+|correct(?:s|ed|ing)|replac\w+|mend\w*|"
    r"instead\s+of\s+the|to\s+avoid|safe|guard\w*|protect\w*|rewrit\w+|harden\w*|detect\w*)\b",
    re.IGNORECASE,
)
# Plain words of which a bad clause has at least one: looking for them is far cheaper.
_BAD_HINTS = (
    "never don not avoid stop mustn shouldn instead rather pattern mistake pitfall bad wrong incorrect "
    "insecure vulnerable unsafe problematic broken discouraged naive naïve flawed dangerous unacceptable "
    "poor forbidden prohibited"
).split()
# Old code, shown beside what takes its place: only the pair says so.
_OLD = re.compile(
    r"""\b(?:your|the|this|my)?\s*(?:current|old|existing|original|previous|legacy|present)\s+
      (?:\w+\s+)?(?:code|version|implementation|handler|file|state|one)\b[^:]{0,60}:?\s*$
    |^\W*(?:current|old|existing|original|previous|legacy|currently|today|from|your\s+code)\W*$
    |\b(?:replace|change|swap|turn|convert|rewrite|migrate)\b[^:.]{0,60}:?\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
_OLD_HINTS = (
    "current old existing original previous legacy present today from your replace change swap turn convert "
    "rewrite migrate"
).split()
_NEW = re.compile(
    r"""^\W*(?:the\s+|a\s+)?(?:with|by|to|into|becomes?|new|after|now|improved|updated|refactored|fixed|instead)\b[^.]{0,60}$
    |\b(?:should|must|would|will)\s+(?:become|be|read|look)\b|\bbecomes\b""",
    re.IGNORECASE | re.VERBOSE,
)


def is_counter_example(
    text: str, headings: Sequence[str], intro: str, after: str = "", first_below_heading: bool = True
) -> bool:
    """Say whether a block is shown only to say that it is wrong: by its head, its sentence or its heading."""
    head = _head_label(text)
    if head is not None:
        return head and not _has_good_part(text)
    sentence = " ".join(intro.split())[-MAX_LINE:].strip("*_`#> ")
    if sentence:
        if _GOOD.match(sentence):
            return False
        if _BAD.match(sentence) or _BAD_IN_BRACKETS.match(sentence) or _is_bad_clause(sentence):
            return True
    label = after[:MAX_LINE].strip("*_`#> ")
    small = sentence.lower()
    is_old = bool(label) and any(hint in small for hint in _OLD_HINTS) and _OLD.search(sentence) is not None
    if is_old and (_NEW.search(label) or _GOOD.match(label)):
        return True
    return _under_bad_heading(headings, first_below_heading or not sentence)


def _head_label(text: str) -> bool | None:
    """Return whether the comment at the head of a block says bad; ``None`` where it is no label at all."""
    first = next((line for line in text.split("\n", 3)[:3] if line.strip()), "")
    words = comment_text(first)
    if words is None:
        return None
    if _GOOD.match(words):
        return False
    return True if _BAD.match(words) else None


def _is_bad_clause(sentence: str) -> bool:
    small = sentence.lower()
    if not any(hint in small for hint in _BAD_HINTS):
        return False
    last = re.split(r"[.!?]\s+", sentence)[-1]
    if _MENDED.search(last):
        return False
    clause = next((part for part in reversed(_CLAUSE.split(last)) if part.strip(" :")), "")
    return bool(_BAD_CLAUSE.search(clause.strip()))


_NUMBER = re.compile(r"^(?:\d+[.)]\s*)+")


def _under_bad_heading(headings: Sequence[str], near: bool) -> bool:
    for depth, heading in enumerate(reversed(headings)):
        words = heading[:MAX_LINE].strip("*_`# ")
        words = _NUMBER.sub("", words)
        if _GOOD.match(words):
            return False
        if _BAD.match(words) or _BAD_IN_BRACKETS.match(words):
            return near or depth > 0 or bool(re.match(r"^[\W_]*?[❌🚫⛔]", words))
    return False


def _has_good_part(text: str) -> bool:
    return any((words := comment_text(line)) is not None and _GOOD.match(words) for line in text.split("\n"))


_TRAILING = re.compile(r"\S.*?(?://|#|/\*|--)\s*[❌✗✘🚫⛔👎]")
# A comment with a line of its own; a block has none of them more often than not.
_COMMENT_LINE = re.compile(r"^[ \t]*(?://|#|/\*|<!--|--|\*)", re.MULTILINE)
_COMMENT_MARKS = ("//", "#", "/*", "--", "*")
_CROSSES = "❌✗✘🚫⛔👎"


def counter_lines_of(text: str) -> frozenset[int]:
    """Return the lines (from 1) that comments in a block mark as wrong.

    A mark on a line of its own reaches to the mark "good", where there is one in the block, and else to the
    next blank line; a ❌ behind code means that line alone.
    """
    crossed = any(cross in text for cross in _CROSSES)
    commented = any(mark in text for mark in _COMMENT_MARKS) and _COMMENT_LINE.search(text) is not None
    if not crossed and not commented:
        return frozenset()
    lines = text.split("\n")
    marks = [
        (number, words) for number, line in enumerate(lines, 1) if (words := comment_text(line)) is not None
    ]
    bad = [number for number, words in marks if _BAD.match(words)]
    good = [number for number, words in marks if _GOOD.match(words)]
    found = {
        number
        for number, line in enumerate(lines if crossed else (), 1)
        if "//" in line and _TRAILING.match(line[:MAX_LINE])
    }
    for start in bad:
        if start in found and start not in good:
            continue
        end = next((number for number in good if number > start), 0)
        if not end and good:
            end = len(lines) + 1
        if not end:
            end = next((n for n in range(start, len(lines)) if not lines[n].strip()), len(lines)) + 1
        found.update(range(start, end))
    return frozenset(found)
