"""``harness check``: decide rules on stored responses or source files, without a model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.checks.base import Check, Exchange
from harness.checks.decide import run_check
from harness.core.discover import expand, walk_files
from harness.core.errors import InputError
from harness.core.types import Basis, Decision, Mode, Outcome, SuppliedFile
from harness.response.languages import language_of_path
from harness.response.parse import parse_files, parse_response, parse_source

__all__ = ["command"]

_SOURCES = (".md", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".py", ".php", ".sql")
_MAX_FILE_BYTES = 4_000_000
_SYMBOLS = {"pass": "✓", "fail": "✗", "not_applicable": "–", "undecided": "?", "error": "!"}


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...", help="Responses (.md), sources, folders; - reads names from stdin."
        ),
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option("--check", metavar="ID", help="Decide only this check; may be repeated."),
    ] = None,
    project: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Decide a whole tree of files as one program.")
    ] = None,
    agent: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Take checks and parameters from the rules of this agent."),
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="How Node-only rules are read in other languages.")
    ] = Mode.ANALOGUE,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON Lines to standard output.")] = False,
) -> None:
    """Decide rules on stored responses or source files, without a model.

    A .md file is read as a response: all its code blocks are one program. Any other file is one block of
    the language that its name says. Without --check and --agent, every check runs with its defaults.

    Examples:
      harness check answer.md

      harness check src/routes/users.js --check validation/library --check access/rbac

      harness check --project . --agent agents/backend-architect.md

      git diff --name-only | harness check - --json

    With --json each line is {"file", "check", "outcome", "basis", "reason", "findings": [{"line", "column",
    "end_line", "end_column", "message", "quote"}]}; with --project findings also name their "file".

    Exit code: 1 when a check fails, 2 when a file cannot be read, else 0.
    """
    chosen = _chosen(check or [], agent)
    worst = 0
    shown = 0
    for place, exchange, problem in _exchanges(paths or [], project):
        for one, parameters in chosen:
            decision = _decision(one, exchange, parameters, mode, problem)
            worst = max(worst, _code(decision, problem))
            shown += 1
            _write(place, one, decision, as_json=as_json, in_project=project is not None)
    if not as_json and not shown:
        print("nothing to decide", file=sys.stderr)  # noqa: T201
    raise typer.Exit(worst)


def _decision(
    check: Check, exchange: Exchange | None, parameters: dict[str, str], mode: Mode, problem: str
) -> Decision:
    if exchange is None:
        return Decision(Outcome.ERROR, problem)
    return run_check(check, replace(exchange, parameters=parameters, mode=mode))


def _code(decision: Decision, problem: str) -> int:
    if problem:
        return 2
    return 1 if decision.outcome is Outcome.FAIL else 0


def _chosen(names: list[str], agent: Path | None) -> list[tuple[Check, dict[str, str]]]:
    from harness.checks.registry import all_checks

    checks = all_checks()
    unknown = [name for name in names if name not in checks]
    if unknown:
        raise InputError(f"--check {unknown[0]}: no such check; there are {', '.join(sorted(checks))}")
    if agent is None:
        return [(checks[name], dict(checks[name].defaults)) for name in names or sorted(checks)]
    from harness.agentfile.parse import read_agent
    from harness.agentfile.sidecar import read_sidecar
    from harness.checks.bind import bind_rules

    bound = bind_rules(read_agent(agent), read_sidecar(agent), checks)
    by_check = {b.check: dict(b.parameters) for b in bound if b.check and not b.waived}
    wanted = [name for name in names or sorted(by_check) if name in by_check]
    if not wanted:
        raise InputError(
            f"{agent}: none of its rules is bound to a check asked for; see `harness rules {agent}`"
        )
    return [(checks[name], by_check[name]) for name in wanted]


def _exchanges(paths: list[str], project: Path | None) -> Iterator[tuple[str, Exchange | None, str]]:
    """Yield place, exchange (or none) and the problem that kept a file from being read."""
    if project is not None:
        if paths:
            raise InputError("--project takes the whole tree; leave the other paths out")
        yield str(project), _project_exchange(project), ""
        return
    if not paths:
        raise InputError("nothing to check: name files or folders, or - to read names from standard input")
    for path in _files(paths):
        try:
            text = _read(path)
            exchange = (
                _response_exchange(path, text)
                if path.suffix.lower() == ".md"
                else _source_exchange(path, text)
            )
        except InputError as error:
            print(f"harness: {error}", file=sys.stderr)  # noqa: T201
            yield str(path), None, str(error)
        else:
            yield str(path), exchange, ""


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for name in paths:
        if name == "-":
            yield from (Path(line.rstrip("\n")) for line in sys.stdin if line.strip())
        elif Path(name).is_dir():
            yield from expand([Path(name)], _SOURCES)
        else:
            yield Path(name)


def _read(path: Path) -> str:
    try:
        if path.is_dir() or not path.exists():
            raise InputError(f"{path}: no such file; check the spelling")
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise InputError(f"{path}: more than {_MAX_FILE_BYTES:,} bytes; too large to be a response")
        # Bytes that are no UTF-8 are kept visible; they cannot be part of a name.
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); check the name and its permissions") from error


def _response_exchange(path: Path, text: str) -> Exchange:
    """Read a response; of a golden file take the supplied files along and leave the labels out."""
    end = text.find("\n---", 3) if text.startswith("---\n") else -1
    if end < 0:
        return Exchange((), (), parse_response(text))
    front, response = text[:end], text[end + 4 :]
    supplied: tuple[SuppliedFile, ...] = ()
    if "\nlabels:" in front:
        from harness.suite.golden import files_of, read_golden

        supplied = files_of(read_golden(path).front.files)
    # Blank lines instead of the front matter keep every line at its number in the file.
    return Exchange(
        (), supplied, parse_response("\n" * (front.count("\n") + 1) + response, supplied=supplied)
    )


def _source_exchange(path: Path, text: str) -> Exchange:
    # Only the file's own name: the folders above say where it is kept, not what it is.
    return Exchange((), (), parse_source(text, path.name))


def _project_exchange(project: Path) -> Exchange:
    if not project.is_dir():
        raise InputError(f"{project}: not a folder; --project takes the root of a source tree")
    files: list[tuple[str, str]] = []
    skipped = 0
    for path in walk_files(project):
        if not language_of_path(path.name) or path.stat().st_size > _MAX_FILE_BYTES:
            skipped += path.suffix in _SOURCES
            continue
        files.append((path.relative_to(project).as_posix(), _read(path)))
    if not files:
        raise InputError(f"{project}: no source files found; name the root of a source tree")
    if skipped:
        print(f"harness: {skipped} files too large to be read were left out", file=sys.stderr)  # noqa: T201
    return Exchange((), (), parse_files(files))


def _write(place: str, check: Check, decision: Decision, *, as_json: bool, in_project: bool) -> None:
    if as_json:
        print(json.dumps(_row(place, check, decision, in_project=in_project), ensure_ascii=False))  # noqa: T201
        return
    from harness.cli.app import printable

    symbol = _SYMBOLS[decision.outcome.value]
    lines = [f"{symbol} {place}  {check.id}  {decision.outcome.value}: {decision.reason}"]
    if decision.outcome is Outcome.FAIL:
        for finding in decision.findings:
            where = f"{finding.file or place}:{finding.line}:{finding.column}"
            lines.append(f"    {where}  {finding.message}")
    print(printable("\n".join(lines)))  # noqa: T201


def _row(place: str, check: Check, decision: Decision, *, in_project: bool) -> dict[str, Any]:
    findings = []
    for finding in decision.findings:
        entry: dict[str, Any] = {
            "line": finding.line,
            "column": finding.column,
            "end_line": finding.end_line,
            "end_column": finding.end_column,
            "message": finding.message,
            "quote": finding.quote,
        }
        if in_project or (finding.file and place.endswith(".md")):
            entry["file"] = finding.file
        findings.append(entry)
    return {
        "file": place,
        "check": check.id,
        "outcome": decision.outcome.value,
        "basis": Basis.STATIC.value,
        "reason": decision.reason,
        "findings": findings,
    }
