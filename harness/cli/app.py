"""The command line: one application, its commands, and how errors become one line and an exit code."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click
import typer
from typer.core import TyperGroup

from harness.core.errors import HarnessError

__all__ = ["COMMANDS", "app", "main"]

# name -> (module, one line of help). The module is imported when its command is used, so that
# `harness --help` never pays for pandas, scikit-learn or the SDK. Each module has `command`, a function.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("harness.cli.run", "Plan, sample, decide, score and report: the main job."),
    "inspect": ("harness.cli.inspect", "Show what was read from agent files, with repairs."),
    "rules": ("harness.cli.rules", "Show each rule of an agent with the check it is bound to."),
    "check": ("harness.cli.check", "Decide rules on stored responses or source files, without a model."),
    "route": ("harness.cli.route", "Measure which agent gets each message."),
    "models": ("harness.cli.models", "List and fetch local models."),
}


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command; an unknown name is refused by click."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name=cmd_name)(module.command)
        return typer.main.get_command(single)
