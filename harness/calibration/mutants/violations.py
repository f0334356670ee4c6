"""Mutants that break one thing that was kept: they log to the console, swallow an error, show a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import Edit, SgNode

from harness.calibration.mutants.source import Mutable, Mutant, Source, edited

__all__ = ["hardcode_secret", "log_to_console", "swallow_errors"]

_LOGGERS = re.compile(r"(?:\w+\.)*(?:logger|log|_logger|LOGGER)")
_METHODS = frozenset({"info", "error", "warn", "warning", "debug"})
_SECRET = re.compile(r"SECRET|PASSWORD|PRIVATE_KEY|API_KEY")
_LITERAL = "'v9Kq2Lx7Tz4Rb8Wn3Yc6'"


def log_to_console(source: Source) -> Iterator[Mutant]:
    """The first call of a logger goes to the console (``console.log``, ``print``, ``var_dump``)."""
    for mutable in source.mutables:
        for kind in ("call_expression",) if mutable.is_javascript else _CALLS.get(mutable.block.language, ()):
            for call in mutable.root.find_all(kind=kind):
                called = _logger_call(mutable, call)
                if called is not None:
                    yield from _one(source, mutable, "log to the console", call, [called])
                    return


_CALLS = {"python": ("call",), "php": ("scoped_call_expression",)}
_CONSOLE = {"python": "print", "php": "var_dump"}


def _logger_call(mutable: Mutable, call: SgNode) -> Edit | None:
    if mutable.block.language == "php":
        scope, name, given = call.field("scope"), call.field("name"), call.field("arguments")
        if (
            scope is None
            or name is None
            or given is None
            or scope.text() != "Log"
            or name.text() not in _METHODS
        ):
            return None
        return call.replace(f"var_dump{given.text()}")
    function, given = call.field("function"), call.field("arguments")
    if function is None or given is None or function.kind() not in {"member_expression", "attribute"}:
        return None
    holder, _, method = function.text().rpartition(".")
    if method not in _METHODS or not _LOGGERS.fullmatch(holder):
        return None
    if mutable.is_javascript:
        return function.replace("console.log")
    first = next((child for child in given.children() if child.is_named()), None)
    return call.replace(f"print({first.text()})") if first is not None else None


def swallow_errors(source: Source) -> Iterator[Mutant]:
    """The first handler of an error does nothing with it: ``catch (error) {}``, ``except Exception: pass``.

    In Python and PHP it also takes every error: to pass over a narrow one may be meant.
    """
    for mutable in source.mutables:
        kind = "except_clause" if mutable.block.language == "python" else "catch_clause"
        for clause in mutable.root.find_all(kind=kind):
            body = clause.field("body") or next(
                (child for child in reversed(clause.children()) if child.kind() == "block"), None
            )
            if body is None or not any(child.is_named() for child in body.children()):
                continue
            edit = body.replace("{}")
            if mutable.block.language == "python":
                edit = clause.replace(f"except Exception:\n{' ' * body.range().start.column}pass")
            elif mutable.block.language == "php":
                edit = clause.replace(r"catch (\Throwable $error) {}")
            yield from _one(source, mutable, "swallow the error", clause, [edit])
            return


def hardcode_secret(source: Source) -> Iterator[Mutant]:
    """The first secret that comes from the environment stands in the code."""
    for mutable in source.mutables:
        for node in _environment_reads(mutable):
            if _SECRET.search(node.text()):
                yield from _one(source, mutable, "write the secret out", node, [node.replace(_LITERAL)])
                return


def _environment_reads(mutable: Mutable) -> Iterator[SgNode]:
    if mutable.is_javascript:
        for node in mutable.root.find_all(kind="member_expression"):
            if re.fullmatch(r"process\.env\.\w+", node.text()):
                yield node
    elif mutable.block.language == "python":
        for kind in ("subscript", "call"):
            for node in mutable.root.find_all(kind=kind):
                if re.match(r"os\.(?:environ|getenv)\b", node.text()) and "\n" not in node.text():
                    yield node
    else:
        for node in mutable.root.find_all(kind="function_call_expression"):
            if re.match(r"(?:env|getenv)\(", node.text()):
                yield node


def _one(source: Source, mutable: Mutable, kind: str, node: SgNode, edits: list[Edit]) -> Iterator[Mutant]:
    text = edited(mutable, edits)
    if text is not None:
        yield Mutant(kind, source.place(mutable, node), source.rewritten({mutable.block: text}))
