"""The command line: one application, its commands, and how errors become one line and an exit code."""

from __future__ import annotations

import errno
import importlib
import inspect
import io
import os
import sys
from collections.abc import Callable, Sequence
from types import ModuleType

import typer

from harness import __version__
from harness.core.errors import HarnessError
from harness.core.escape import reveal

__all__ = ["COMMANDS", "build_app", "main"]

# name -> (module, one line of help). The module is imported when its command is used, so that
# `harness --help` never pays for pandas, scikit-learn or the SDK. Each module has `command`, a function,
# or `group`, an application of its own.
COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("harness.cli.init", "Start with your own agents: configuration, datasets and CI."),
    "run": ("harness.cli.run", "Plan, sample, decide, score and report: the main job."),
    "inspect": ("harness.cli.inspect", "Show what was read from agent files, with the repairs."),
    "rules": ("harness.cli.rules", "Show each rule of an agent with the check it is bound to."),
    "check": ("harness.cli.check", "Decide rules on stored responses or source files, without a model."),
    "route": ("harness.cli.route", "Measure which agent gets each message."),
    "draft-cases": ("harness.cli.draft_cases", "Let a model propose cases for a person to accept."),
    "calibrate": ("harness.cli.calibrate", "Hold the checks against labelled responses."),
    "agreement": ("harness.cli.agreement", "Hold a run against people's labels of its answers."),
    "view": ("harness.cli.view", "Look through runs, label answers and accept drafts, in the browser."),
    "show": ("harness.cli.show", "Walk through a run in the terminal: rates, a rule, an answer with marks."),
    "merge": ("harness.cli.merge", "Put the shards of a suite together to one run."),
    "compare": ("harness.cli.compare", "Say what changed between two runs, and how sure that is."),
    "redecide": ("harness.cli.redecide", "Decide the stored answers of a run with the checks of today."),
    "baseline": ("harness.cli.baseline", "Keep a run as what later ones are held against."),
    "gate": ("harness.cli.gate", "Decide whether a changed prompt may pass."),
    "experiment": ("harness.cli.experiment", "Hold several prompts against each other on the same cases."),
    "ablate": ("harness.cli.ablate", "Find out which lines of a prompt earn their place."),
    "tune": ("harness.cli.tune", "Seek a better prompt, and test it on cases the search never saw."),
    "log": ("harness.cli.log", "Show the score of a prompt, version by version along its git history."),
    "power": ("harness.cli.power", "Say what a suite can see, and what a drop would take."),
    "flaky": ("harness.cli.flaky", "List what passes or fails by luck, over all stored runs."),
    "samples": ("harness.cli.samples", "List, export, import and prune the stored answers."),
    "models": ("harness.cli.models", "List local models and fetch their weights."),
}

INTERRUPTED = 130  # what a shell reports for a command ended by Ctrl-C


def _stub() -> None:  # the help page needs the name of a command, not its code
    """Stand in for a command that was not asked for."""


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"agentfile-harness {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Compile an agent prompt file into tests, run it against a model, decide every rule with evidence."""


def build_app(wanted: str | None) -> typer.Typer:
    """Build the application with one real command; the others only have their line of help."""
    app = typer.Typer(
        name="harness",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for name, (module, line) in COMMANDS.items():
        if name == wanted:
            _add(app, name, importlib.import_module(module), line)
        else:
            app.command(name=name, help=line)(_stub)
    return app


def _add(app: typer.Typer, name: str, module: ModuleType, line: str) -> None:
    """Add a command, or a group of them: a module has a function `command` or a typer `group`."""
    if hasattr(module, "group"):
        app.add_typer(module.group, name=name, help=line)
    else:
        app.command(name=name, short_help=line, help=_help_of(module.command))(module.command)


def _help_of(command: Callable[..., object]) -> str:
    """Return the help of a command; examples stay a line each (click takes the sign for that)."""
    text = inspect.cleandoc(command.__doc__ or "")
    text = text.replace("\n\nExamples:\n", "\n\n\b\nExamples:\n")
    return text.replace("\n\n  harness ", "\n  harness ")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an expected error is one line on standard error."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # An output that cannot show a character gets its escape, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output (head, less) went away; that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _run(arguments: list[str]) -> int:
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    try:
        build_app(wanted)(arguments, prog_name="harness")
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer has seen the interrupt first, and says nothing
            print("harness: stopped", file=sys.stderr)  # noqa: T201
        return stop.code if isinstance(stop.code, int) else 0
    except HarnessError as error:
        print(f"harness: {reveal(str(error))}", file=sys.stderr)  # noqa: T201 - this is the command line
        return error.exit_code
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # a name is the user's; anything else here is a bug
            raise
        said = f"{str(error.filename)[:60]}...: the file name is too long; mend what names it"
        print(f"harness: {reveal(said)}", file=sys.stderr)  # noqa: T201
        return HarnessError.exit_code
    except KeyboardInterrupt:
        print("harness: stopped", file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    return 0
