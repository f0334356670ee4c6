"""Mutants that write a value of the request into the text of a query instead of giving it as a parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import Edit, SgNode

from harness.calibration.mutants.source import Mutant, Source, edited

__all__ = ["write_into_query"]

_SENDERS = frozenset({"query", "execute"})
_REQUEST = {
    "python": re.compile(r"\brequest\."),
    "": re.compile(r"\b(?:req|request|ctx)\.(?:body|params|query)\b"),
}
_PLACE = {"python": re.compile(r"%s"), "": re.compile(r"\$1\b|\?")}
_CALLED = re.compile(r"\w\((?!['\"])")
_FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "function_declaration", "function_definition"}
)
_STATEMENT = re.compile(r"^\s*(?:SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


def write_into_query(source: Source) -> Iterator[Mutant]:
    """The first parameter of a query that surely comes from the request is written into its text."""
    for mutable in source.mutables:
        language = "python" if mutable.block.language == "python" else ""
        if not (language or mutable.is_javascript):
            continue
        for call in mutable.root.find_all(kind="call" if language else "call_expression"):
            edits = _edits(call, language)
            text = edited(mutable, edits)
            if text is not None:
                place = source.place(mutable, call)
                yield Mutant("write a value into a query", place, source.rewritten({mutable.block: text}))
                return


def _edits(call: SgNode, language: str) -> list[Edit]:
    function, arguments = call.field("function"), call.field("arguments")
    if function is None or arguments is None or function.text().rpartition(".")[2] not in _SENDERS:
        return []
    given = [child for child in arguments.children() if child.is_named()]
    if len(given) != 2 or given[1].kind() not in {"array", "list", "tuple"}:
        return []
    text, values = given[0], [child for child in given[1].children() if child.is_named()]
    content = _content(text)
    place = _PLACE[language].search(content)
    if place is None or not values or not _STATEMENT.match(content) or not _is_requested(values[0], language):
        return []
    value = values[0].text()
    if any(char in value for char in "\"'`\\{}\n"):
        return []
    rest = ", ".join(one.text() for one in values[1:])
    if language:
        written = f"{content[: place.start()]}'{{{value}}}'{content[place.end() :]}"
        if "{" in content or '"""' in content:
            return []
        return [text.replace(f'f"""{written}"""'), given[1].replace(f"[{rest}]")]
    written = f"{content[: place.start()]}'${{{value}}}'{content[place.end() :]}"
    written = re.sub(r"\$(\d+)\b", lambda match: f"${int(match[1]) - 1}", written)
    return [text.replace(f"`{written}`"), given[1].replace(f"[{rest}]")]


def _content(text: SgNode) -> str:
    """Return what stands between the quotes of a plain text; empty for anything else."""
    if text.kind() == "template_string":
        return "" if "${" in text.text() else text.text()[1:-1]
    if text.kind() != "string" or text.text()[:1] not in "'\"":
        return ""
    quotes = 3 if text.text()[:3] in {'"""', "'''"} else 1
    content = text.text()[quotes:-quotes]
    return "" if "\\" in content or "`" in content else content


def _is_requested(value: SgNode, language: str) -> bool:
    """Tell whether a value is one of the request, or declared from one in the same function."""
    asked = _REQUEST[language]
    if asked.match(value.text()):
        return True
    root = re.match(r"[A-Za-z_$][\w$]*", value.text())
    function = next((one for one in value.ancestors() if one.kind() in _FUNCTIONS), None)
    if root is None or function is None:
        return False
    kind, left, right = (
        ("assignment", "left", "right") if language else ("variable_declarator", "name", "value")
    )
    for node in function.find_all(kind=kind):
        name, source = node.field(left), node.field(right)
        if name is None or source is None or not re.search(rf"\b{re.escape(root[0])}\b", name.text()):
            continue
        # What a function makes of it may be a number, or a value that was checked.
        if asked.match(source.text()) and not _CALLED.search(source.text()):
            return True
    return False
