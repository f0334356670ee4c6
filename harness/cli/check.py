"""``harness check``: decide rules on stored responses or source files, without a model."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from harness.checks.base import Check, Exchange
from harness.checks.decide import run_check
from harness.checks.registry import all_checks
from harness.cli.examples_view import refuse_unknown, show_examples
from harness.core.config import load_config
from harness.core.discover import leads_out, walk_files
from harness.core.errors import DatasetError, InputError
from harness.core.escape import reveal
from harness.core.types import Basis, Decision, Mode, Outcome, SuppliedFile
from harness.response.languages import language_of_path
from harness.response.parse import parse_files, parse_response, parse_source
from harness.response.program import Program

__all__ = ["command"]

_MAX_FILE_BYTES = 4_000_000
_GRAVEST = (2, 3, 1, 0)  # of exit codes: wrong input, then what could not be completed, then violations
_SYMBOLS = {"pass": "✓", "fail": "✗", "not_applicable": "–", "undecided": "?", "error": "!"}


def command(  # noqa: PLR0913 - one parameter per option of the command line
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
    checks_folder: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Your own declarative checks; default: [checks].")
    ] = None,
    examples: Annotated[
        bool, typer.Option("--examples", help="Decide the examples of your own checks (or of --check ID).")
    ] = False,
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

      harness check --examples

    With --json each line is {"file", "check", "outcome", "basis", "reason", "findings": [{"line", "column",
    "end_line", "end_column", "message", "quote"}]}; with --project findings also name their "file".

    A file that is too large or no text is undecided.

    With --examples no file is decided but the examples of each check: does it do what they state? With --json
    each line is {"check", "place", "example", "problem"}.

    Exit code: 2 when a file cannot be read, 3 when a check crashed, 1 when a check fails, else 0.
    """
    checks = all_checks(load_config(Path.cwd()).with_checks_folder(checks_folder).checks_folder)
    names = list(dict.fromkeys(check or []))
    if examples:
        if paths or project is not None or agent is not None:
            raise InputError(
                "--examples decides the examples of checks; leave files, --project and --agent out"
            )
        raise typer.Exit(show_examples(checks, names, as_json=as_json))
    chosen = _chosen(checks, names, agent)
    codes = {0}
    shown = 0
    for place, looked_at in _exchanges(paths or [], project):
        for one, parameters in chosen:
            if isinstance(looked_at, Decision):
                decision, gravest = looked_at, 2
            else:
                decision = run_check(one, replace(looked_at, parameters=parameters, mode=mode))
                gravest = 3
            codes.add({Outcome.ERROR: gravest, Outcome.FAIL: 1}.get(decision.outcome, 0))
            shown += 1
            _write(place, one, decision, as_json=as_json, in_project=project is not None)
    if not as_json and not shown:
        print("nothing to decide", file=sys.stderr)  # noqa: T201
    raise typer.Exit(next(code for code in _GRAVEST if code in codes))


def _chosen(
    checks: dict[str, Check], names: list[str], agent: Path | None
) -> list[tuple[Check, dict[str, str]]]:
    refuse_unknown(checks, names)
    if agent is None:
        return [(checks[name], dict(checks[name].defaults)) for name in names or sorted(checks)]
    from harness.agentfile.parse import read_agent
    from harness.agentfile.sidecar import read_sidecar
    from harness.checks.bind import bind_rules

    bound = bind_rules(read_agent(agent), read_sidecar(agent), checks)
    by_check = {b.check: dict(b.parameters) for b in bound if b.check and not b.waived}
    unbound = [name for name in names if name not in by_check]
    if unbound or not by_check:
        what = f"--check {unbound[0]}" if unbound else "a check"
        raise InputError(f"{agent}: none of its rules is bound to {what}; see `harness rules {agent}`")
    return [(checks[name], by_check[name]) for name in names or sorted(by_check)]


def _exchanges(paths: list[str], project: Path | None) -> Iterator[tuple[str, Exchange | Decision]]:
    """Yield each place with what there is to look at, or with the decision of what cannot be looked at."""
    if project is not None:
        if paths:
            raise InputError("--project takes the whole tree; leave the other paths out")
        yield str(project), _project_exchange(project)
        return
    if not paths:
        raise InputError("nothing to check: name files or folders, or - to read names from standard input")
    for path in _files(paths):
        try:
            yield str(path), _exchange(path)
        except InputError as error:
            _complain(str(error))
            yield str(path), Decision(Outcome.ERROR, str(error))


def _exchange(path: Path) -> Exchange | Decision:
    data = _read(path)
    if len(data) > _MAX_FILE_BYTES:
        return Decision(Outcome.UNDECIDED, f"not read: more than {_MAX_FILE_BYTES:,} bytes")
    if b"\0" in data:
        return Decision(Outcome.UNDECIDED, "not read: holds NUL bytes, so it is no text in UTF-8")
    if path.suffix.lower() == ".md":
        return _response_exchange(path, _text(data))
    # Only the file's own name: the folders above say where it is kept, not what it is.
    return Exchange((), (), parse_source(_text(data), path.name))


def _files(paths: Iterable[str]) -> Iterator[Path]:
    for name in paths:
        if name == "-":
            yield from _listed()
        elif Path(name).is_dir():
            inside = list(_inside(Path(name)))
            if not inside:
                raise InputError(f"{name}: the folder holds no file to check; name another folder or a file")
            yield from inside
        else:
            yield Path(name)


def _inside(folder: Path) -> Iterator[Path]:
    """Return the responses, programs and configuration files of a folder."""
    return (path for path in walk_files(folder) if _is_checked(path))


def _is_checked(path: Path) -> bool:
    return path.suffix.lower() == ".md" or language_of_path(path.name) not in {"", "text"}


def _listed() -> Iterator[Path]:
    """Read names from standard input, whatever their bytes are."""
    for line in sys.stdin.buffer:
        name = os.fsdecode(line).rstrip("\r\n")
        if name and Path(name).is_dir():
            yield from _inside(Path(name))
        elif name.strip():
            yield Path(name)


def _read(path: Path) -> bytes:
    """Read a file, and of one that is too large only so much that this shows."""
    try:
        if path.is_dir() or not path.exists():
            raise InputError(f"{path}: no such file; check the spelling (you are in {Path.cwd()})")
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); check the name and its permissions") from error


def _text(data: bytes) -> str:
    # Bytes that are no UTF-8 are kept visible; they cannot be part of a name.
    return data.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


def _response_exchange(path: Path, text: str) -> Exchange:
    """Read a response; of a golden file take the supplied files along and leave the labels out."""
    end = text.find("\n---", 3) if text.startswith("---\n") else -1
    if end < 0:
        return Exchange((), (), parse_response(text))
    front, response = text[:end], text[end + 4 :]
    supplied: tuple[SuppliedFile, ...] = ()
    if "\nlabels:" in front:
        supplied = _supplied(path)
    # Blank lines instead of the front matter keep every line at its number in the file.
    return Exchange(
        (), supplied, parse_response("\n" * (front.count("\n") + 1) + response, supplied=supplied)
    )


def _supplied(path: Path) -> tuple[SuppliedFile, ...]:
    """Return the project's files that a golden response was given; other front matter has none."""
    from harness.suite.golden import GOLDEN_FOLDER, files_of, read_golden

    try:
        return files_of(read_golden(path).front.files)
    except DatasetError:
        if GOLDEN_FOLDER in path.resolve().parts:
            raise
        return ()


def _project_exchange(project: Path) -> Exchange:
    if not project.is_dir():
        raise InputError(f"{project}: not a folder; --project takes the root of a source tree")
    files: list[tuple[str, str]] = []
    skipped: list[str] = []
    for path in walk_files(project, linked=True):
        if not language_of_path(path.name):
            continue
        if leads_out(path, project):
            skipped.append(f"{path.relative_to(project).as_posix()} is a link out of the folder")
            continue
        data = _read(path)
        if len(data) > _MAX_FILE_BYTES or b"\0" in data:
            if _is_checked(path):
                skipped.append(f"{path.relative_to(project).as_posix()} is too large or no text")
            continue
        files.append((path.relative_to(project).as_posix(), _text(data)))
    if not files:
        raise InputError(f"{project}: no source files found; name the root of a source tree")
    program = parse_files(files)
    if skipped:
        _complain(f"{len(skipped)} files that are too large, no text or linked from elsewhere were left out")
        # What was not read may hold the violation: no rule is found to be kept.
        program = Program(program.blocks, linked=False, limits=(*program.limits, *skipped))
    return Exchange((), (), program)


def _write(place: str, check: Check, decision: Decision, *, as_json: bool, in_project: bool) -> None:
    if as_json:
        # Escapes for all but ASCII: valid whatever the encoding of the output and whatever a file is called.
        print(json.dumps(_row(place, check, decision, in_project=in_project)))  # noqa: T201
        return
    symbol = _SYMBOLS[decision.outcome.value]
    lines = [f"{symbol} {place}  {check.id}  {decision.outcome.value}: {decision.reason}"]
    if decision.outcome is Outcome.FAIL:
        for finding in decision.findings:
            where = f"{finding.file or place}:{finding.line}:{finding.column}"
            lines.append(f"    {where}  {finding.message}")
    print(reveal("\n".join(lines)))  # noqa: T201


def _complain(message: str) -> None:
    print(f"harness: {reveal(message)}", file=sys.stderr)  # noqa: T201


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
