"""Questions that have one answer: rules that take different sides contradict each other.

The sides are patterns over the words of one rule, narrow on purpose: they name what is to be short, or who is
to be asked. Add a side only with an example of each and with a look at the development collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["QUESTIONS", "Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the words by which a rule takes a side.

    Attributes:
        about: the question in a few words.
        answers: (side, pattern of the words that take it).
        exempt: words that take a rule out of the question: a condition, another scope.
    """

    about: str
    answers: tuple[tuple[str, re.Pattern[str]], ...]
    exempt: re.Pattern[str]

    def sides(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield the side that a rule takes, with its words; a rule that takes two takes none.

        "Do not ask" holds "ask": words within the words of another side count for nothing.
        """
        if self.exempt.search(text):
            return
        found = [(side, match) for side, words in self.answers if (match := words.search(text))]
        outer = [
            (side, match.group())
            for side, match in found
            if not any(
                other is not match and other.start() <= match.start() and match.end() <= other.end()
                for _, other in found
            )
        ]
        if len(outer) == 1:
            yield outer[0]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_CONDITION = _words(
    r"\b(?:if|when|whenever|unless|except|until|where|while|depending|for\s+(?:simple|complex|small|large|legacy"
    r"|quick|trivial)|or|vs\.?|versus|instead\s+of|rather\s+than|asked|requested|first|initially|but|yet|balance)\b"
)
_ANSWER = r"(?:answers?|responses?|replies|explanations?|outputs?)"
_NOT_BEFORE = r"(?<!never )(?<!not )(?<!don't )(?<!don’t )"
_SEEK = (
    r"(?:ask(?:\s+the\s+user)?\s+(?:for\s+)?|(?:request|require|get|obtain|seek)\s+)(?:explicit\s+|user\s+)*"
)
_LEAVE = r"(?:permission|approval|confirmation)\b"
_WITHOUT = _words(
    r"\b(?:if|when|unless|except|only|reject|refuse|den(?:y|ies)|block|prevent|forbid|avoid|stop|circumstances)\b"
    r"|\b(?:never|not|don['’]t|no)\b.{0,80}\bwithout\b"
)

QUESTIONS = (
    Question(
        "how long answers are",
        (
            (
                "short",
                _words(
                    rf"\b(?:keep\s+(?:your\s+|the\s+|all\s+)?{_ANSWER}\s+(?:as\s+)?(?:very\s+|extremely\s+)?"
                    rf"(?:brief|short|concise|terse|minimal)|^(?:be|stay)\s+(?:brief|concise|terse)\b"
                    rf"|(?:always|must)\s+be\s+(?:brief|concise|terse)\b"
                    rf"|(?:answer|respond|reply)\s+(?:briefly|concisely|tersely)"
                    rf"|(?:answer|respond|reply)\s+in\s+(?:one|a\s+single|two|1|2)\s+sentences?)"
                ),
            ),
            (
                "long",
                _words(
                    rf"\b(?:(?:give|provide|write|offer|deliver)\s+(?:a\s+|an\s+)?(?:long|detailed|comprehensive"
                    rf"|exhaustive|thorough|extensive|in-depth)\s+{_ANSWER}"
                    rf"|(?:answer|respond|reply|explain)\s+(?:everything\s+)?(?:in\s+(?:great\s+|full\s+)?detail\b"
                    rf"|at\s+length|exhaustively|comprehensively|thoroughly)"
                    rf"|^(?:be|stay)\s+(?:verbose|exhaustive)\b"
                    rf"|explain\s+(?:every|each)\s+(?:step|line|decision)\b)"
                ),
            ),
        ),
        _CONDITION,
    ),
    Question(
        "whether answers explain",
        (
            (
                "no words beside the result",
                _words(
                    r"\b(?:(?:output|return|respond\s+with|answer\s+with|reply\s+with|give|provide|write)\s+only\s+"
                    r"(?:the\s+)?(?:code|json|yaml|sql|diff|patch|result)\b(?!\s+(?:block|snippet|example)s?\s+that)"
                    r"|only\s+(?:output|return|respond\s+with|answer\s+with|reply\s+with)\s+(?:the\s+|valid\s+)?"
                    r"(?:code|json|yaml|sql|diff|patch)\b"
                    r"|(?:never|do\s+not|don['’]t)\s+(?:explain|add\s+(?:any\s+)?explanations?"
                    r"|include\s+(?:any\s+)?explanations?)\b(?!\s+(?:how|what|why|that))"
                    r"|^no\s+(?:explanations?|prose|commentary)\b)"
                ),
            ),
            (
                "explanations",
                _words(
                    r"\b(?:(?:always\s+)?explain\s+(?:your|the|all|each|every)\s+(?:reasoning|decisions?|choices?"
                    r"|changes?|trade-?offs?|rationale|thinking|steps?)"
                    r"|(?:include|provide|add|give)\s+(?:an?\s+|clear\s+|detailed\s+|thorough\s+)*explanations?\b)"
                ),
            ),
        ),
        _CONDITION,
    ),
    Question(
        "whether leave is asked for",
        (
            ("ask", _words(rf"{_NOT_BEFORE}\b{_SEEK}{_LEAVE}(?=.{{0,80}}\b(?:before|to|for|from|naming)\b)")),
            (
                "do not ask",
                _words(
                    rf"\b(?:never|do\s+not|don['’]t)\s+(?:stop\s+to\s+|wait\s+to\s+)?{_SEEK}{_LEAVE}"
                    r"(?!.{0,60}\b(?:to|before|for|about|on|during|within)\b)"
                    rf"|\b(?:work|proceed|act|operate|continue|go\s+ahead|execute|implement)\s+(?:\w+\s+){{0,3}}"
                    rf"without\s+(?:(?:asking|waiting)\s+(?:for\s+)?)?(?:any\s+)?{_LEAVE}"
                    r"(?!.{0,60}\b(?:to|before|for|about|on|during|within)\b)"
                ),
            ),
        ),
        _WITHOUT,
    ),
    Question(
        "whether the user is asked questions",
        (
            (
                "ask",
                _words(
                    rf"{_NOT_BEFORE}\b(?:always\s+)?ask\s+(?:the\s+user\s+)?(?:clarifying\s+questions"
                    rf"|for\s+clarification)\b"
                ),
            ),
            (
                "do not ask",
                _words(
                    r"\b(?:never|do\s+not|don['’]t)\s+ask\s+(?:the\s+user\s+)?(?:any\s+|for\s+)?(?:clarifying\s+"
                    r"questions|questions|clarifications?)\b(?!\s+(?:that|about|which|you|one|at))"
                ),
            ),
        ),
        _WITHOUT,
    ),
    Question(
        "how code is indented",
        (
            ("tabs", _words(r"\b(?:use|indent\s+with|prefer)\s+tabs\b")),
            (
                "spaces",
                _words(
                    r"\b(?:use|indent\s+with|prefer)\s+(?:[248]\s+|two\s+|four\s+)?spaces\b|\b[248]-space\s+indent"
                ),
            ),
        ),
        _CONDITION,
    ),
    Question(
        "how many spaces indent",
        tuple(
            (
                f"{digit}",
                _words(rf"\b(?:use|with)\s+(?:{digit}|{name})[\s-]+spaces?\b|\b{digit}-space\s+indent"),
            )
            for digit, name in ((2, "two"), (4, "four"), (8, "eight"))
        ),
        _words(r"\b(?:if|when|unless|except|yaml|json|python|javascript|typescript|html|css|go|or)\b"),
    ),
    Question(
        "which quotes strings have",
        (("single", _words(r"\buse\s+single\s+quotes\b")), ("double", _words(r"\buse\s+double\s+quotes\b"))),
        _words(r"\b(?:if|when|unless|except|jsx|json|html|sql|python|or)\b"),
    ),
    Question(
        "which package manager is used",
        tuple((name, _words(rf"\b(?:always\s+)?use\s+{name}\b")) for name in ("npm", "yarn", "pnpm", "bun")),
        _words(r"\b(?:if|when|unless|except|or|npm\s+(?:audit|scripts?|run)|workspaces?|for)\b"),
    ),
    Question(
        "how modules are exported",
        (
            ("named", _words(r"\b(?:use|prefer)\s+named\s+exports?\b")),
            ("default", _words(r"\b(?:use|prefer)\s+default\s+exports?\b")),
        ),
        _CONDITION,
    ),
    Question(
        "which modules are used",
        (
            ("CommonJS", _words(r"\b(?:use|prefer)\s+(?:commonjs|require\(\))")),
            ("ES modules", _words(r"\b(?:use|prefer)\s+(?:es\s*modules|esm|es6\s+(?:imports|modules))\b")),
        ),
        _CONDITION,
    ),
    Question(
        "whether code has comments",
        (
            (
                "none",
                _words(
                    r"\b(?:never|do\s+not|don['’]t)\s+(?:add|write|include)\s+(?:any\s+|code\s+)?"
                    r"comments\b|^no\s+comments\b"
                ),
            ),
            (
                "comments",
                _words(
                    r"\b(?:always\s+)?(?:add|write|include)\s+(?:\w+\s+){0,2}comments\b(?<!review comments)"
                    r"|\bcomment\s+(?:every|each|all)\s+\w+"
                ),
            ),
        ),
        _words(
            r"\b(?:if|when|unless|except|only|or|that|which|to\s+(?:the\s+)?(?:pr|issue)"
            r"|(?:pull|merge)\s+requests?|review)\b"
        ),
    ),
)
