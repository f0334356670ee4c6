"""The ast-grep rule objects of a declarative check: proved sound on load, matched within bounds.

The matcher's own complaints name no line and stop at the first rule object, so each part is tried by itself
and the fault is told with the line on which it stands. An unknown language would bring the parser down: only
those listed here are ever named to it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

from ast_grep_py import Config, SgNode, SgRoot

from harness.core.located_yaml import Document, Where

__all__ = ["LANGUAGES", "ProvedRule", "prove"]

LANGUAGES = tuple(
    "javascript typescript tsx python php yaml json bash html css go java ruby rust kotlin csharp hcl".split()
)
_RELATIONS = ("inside", "has", "precedes", "follows")
_LISTS = ("all", "any")
_LEAVES = ("pattern", "kind", "regex")
_OTHERS = ("nthChild", "range", "matches", "not")
_KEYS = (*_LEAVES, *_RELATIONS, *_LISTS, *_OTHERS)
_OF_RELATION = (*_KEYS, "stopBy", "field")
_OF_PATTERN = ("context", "selector", "strictness")
_STOPS = ("neighbor", "end")
_CAUSE = re.compile(r"^ +\d+: (?P<words>.+)$", re.MULTILINE)


class ProvedRule:
    """A rule object that its languages accept, with its helper rules."""

    def __init__(
        self, rule: Mapping[str, Any], constraints: Mapping[str, Any], utils: Mapping[str, Any]
    ) -> None:
        self._config = cast("Config", {"rule": rule, "constraints": constraints, "utils": utils})
        self.far_reaching = _has_key(self._config, "stopBy")

    def matches(self, root: SgNode) -> list[SgNode]:
        """Return the nodes that match, in the order of the text."""
        return root.find_all(self._config)


def prove(document: Document, where: Where, languages: Sequence[str]) -> ProvedRule:
    """Return the rule object at a place of a file, with the file's ``constraints`` and ``utils``.

    Args:
        document: the file.
        where: the place of the rule object.
        languages: each must accept the rule.

    Raises:
        HarnessError: of the document's kind, with the line of the fault.
    """
    prover = _Prover(document, languages)
    prover.check_helpers()
    prover.check(where)
    rule = ProvedRule(prover.at(where), prover.constraints, prover.utils)
    for language in languages:
        fault = _fault(language, rule.matches)
        if fault:
            raise document.fault(where, f"not a rule for {language}: {fault}")
    return rule


class _Prover:
    """Checks the rule objects of one file, each by itself."""

    def __init__(self, document: Document, languages: Sequence[str]) -> None:
        self.document = document
        self.languages = languages
        self.constraints: Mapping[str, Any] = document.value.get("constraints") or {}
        self.utils: Mapping[str, Any] = document.value.get("utils") or {}

    def at(self, where: Where) -> Any:
        """Return the value at a place."""
        value = self.document.value
        for part in where:
            value = value[part]
        return value

    def check_helpers(self) -> None:
        """Check the rules that other rules refer to."""
        for name in self.utils:
            self.check(("utils", name))
        for name in self.constraints:
            self.check(("constraints", name))

    def check(self, where: Where, *, relation: bool = False) -> None:
        """Check one rule object and all that it holds."""
        rule = self.at(where)
        if not isinstance(rule, dict) or not rule:
            what = "must be a rule object, such as `pattern: eval($CODE)`"
            raise self.document.fault(where, f"{where[-1]} {what}")
        allowed = _OF_RELATION if relation else _KEYS
        for key in rule:
            if key not in allowed:
                raise self.document.fault((*where, key), f"unknown key {key!r}; {_hint(key, allowed)}")
            self._check_key((*where, key), key)

    def _check_key(self, where: Where, key: str) -> None:
        if key in _LEAVES:
            self._check_leaf(where, key)
        elif key in _RELATIONS or key == "not":
            self.check(where, relation=key in _RELATIONS)
        elif key in _LISTS:
            self._check_list(where, key)
        elif key == "stopBy":
            self._check_stop(where)
        elif key == "matches" and str(self.at(where)) not in self.utils:
            name = str(self.at(where))
            raise self.document.fault(where, f"utils holds no rule {name!r}; {_hint(name, self.utils)}")

    def _check_list(self, where: Where, key: str) -> None:
        rules = self.at(where)
        if not isinstance(rules, list) or not rules:
            raise self.document.fault(where, f"{key} must be a list of rule objects")
        for index in range(len(rules)):
            self.check((*where, index))

    def _check_stop(self, where: Where) -> None:
        value = self.at(where)
        if isinstance(value, dict):
            self.check(where)
        elif value not in _STOPS:
            raise self.document.fault(where, f"stopBy must be neighbor, end or a rule object, not {value!r}")

    def _check_leaf(self, where: Where, key: str) -> None:
        value = self.at(where)
        if key == "pattern" and isinstance(value, dict):
            for inner in value:
                if inner not in _OF_PATTERN:
                    hint = _hint(inner, _OF_PATTERN)
                    raise self.document.fault((*where, inner), f"unknown key {inner!r}; {hint}")
        elif not isinstance(value, str) or not value:
            raise self.document.fault(where, f"{key} must be a text, not {value!r}; put it in quotes")
        for language in self.languages:
            alone = ProvedRule({key: value}, {}, {})
            fault = _fault(language, alone.matches)
            if fault:
                raise self.document.fault(where, f"not a {key} for {language}: {fault}")


def _fault(language: str, use: Callable[[SgNode], object]) -> str:
    """Try a matcher on a text without code; return the last and most precise cause of its complaint."""
    try:
        use(SgRoot("x", language).root())
    except Exception as error:  # noqa: BLE001 - a malformed rule raises a plain Exception
        return _cause(error)
    return ""


def _cause(error: Exception) -> str:
    said = str(error).partition("Stack backtrace")[0].rstrip()
    causes = [match["words"] for match in _CAUSE.finditer(said)]
    words = causes[-1] if causes else said.partition("Caused by:")[2].strip() or said.partition("\n")[0]
    detail = said.rpartition("error: ")[2] if words.endswith("error:") else ""
    return " ".join(f"{words} {detail}".split())[:200]


def _hint(word: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known) or 'none'}"


def _has_key(value: Any, key: str) -> bool:
    return any(name == key for name in _keys(value))


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
