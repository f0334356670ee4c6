"""Write ``docs/commands.md`` from the commands' own help: ``python benchmarks/commands_page.py``.

Nothing is measured; ``make docs`` runs it, and a test holds the page against the help of today.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from harness.cli.app import COMMANDS, build_app
from harness.core.jsonl import write_atomic

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "commands.md"
INTRO = """\
# Commands

*Made by `make docs` from the help of each command. Do not edit.*

Every command explains itself with `--help`, takes `--json` where it has a result (exactly the documented JSON
on standard output, everything else on standard error), and says what is wrong in one line: where, what was
found, what to do.

Exit codes: 0 nothing wrong; 1 a supported regression, a missed threshold, or violations found by `check`; 2
wrong input or configuration; 3 incomplete: calls failed, or a budget is used up; 130 after a second Ctrl-C.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield each command, and each command of a group, by the words that call it."""
    for name in COMMANDS:
        whole: Any = typer.main.get_command(build_app(name))
        command = whole.commands[name]
        if hasattr(command, "commands"):
            yield from ((f"{name} {word}", inner) for word, inner in command.commands.items())
        else:
            yield name, command


def page() -> str:
    """Return the whole page."""
    listed = list(commands())
    rows = [
        f"| [`harness {name}`](#harness-{name.replace(' ', '-')}) | {first_line(one)} |"
        for name, one in listed
    ]
    table = "\n".join(["| command | does |", "|---|---|", *rows])
    return "\n".join([INTRO, table, *(f"\n{section(name, one)}" for name, one in listed)]) + "\n"


def first_line(command: Any) -> str:
    """Return the first sentence of a help text, on one line."""
    return " ".join(help_of(command).split("\n\n")[0].split())


def help_of(command: Any) -> str:
    """Return a help text as its author wrote it."""
    return inspect.cleandoc(command.help or "")


def section(name: str, command: Any) -> str:
    """Return one command: what it does, examples, arguments and options."""
    context = command.context_class(command, info_name=f"harness {name}")
    parts = [f"## harness {name}", f"`{command.get_usage(context).removeprefix('Usage: ')}`"]
    parts += [paragraph(text) for text in help_of(command).split("\n\n")]
    records = [(one.param_type_name, one.get_help_record(context)) for one in command.params]
    for kind in ("argument", "option"):
        rows = [row(*record) for which, record in records if which == kind and record]
        parts += ["\n".join([f"| {kind} | |", "|---|---|", *rows])] if rows else []
    return "\n\n".join(parts)


def paragraph(text: str) -> str:
    """Return a paragraph of a help text; what the help keeps line by line becomes code."""
    kept = text.startswith("\b\n")
    text = text.removeprefix("\b\n")
    head, _, rest = text.partition("\n")
    if head == "Examples:":
        return f"```bash\n{textwrap.dedent(rest).strip()}\n```"
    if kept:
        return f"{head}\n\n```text\n{textwrap.dedent(rest).strip()}\n```" if rest else head
    return prose(text)


def prose(text: str) -> str:
    """Return running text in which options and JSON stand as code, and pages are linked."""
    pieces = []
    while "{" in text:
        head, rest = text.split("{", 1)
        end = closing("{" + rest)
        pieces += [marked(head), f"`{' '.join(('{' + rest)[:end].split())}`"]
        text = ("{" + rest)[end:]
    return "".join([*pieces, marked(text)])


def closing(text: str) -> int:
    """Return the length of the text up to the bracket that closes its first one; all of it without one."""
    depth = 0
    for index, sign in enumerate(text):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if not depth:
            return index + 1
    return len(text)


def marked(text: str) -> str:
    """Return prose with options as code and links to pages."""
    text = re.sub(r"(?<![\w`-])(--[a-z][a-z-]+)", r"`\1`", text)
    return re.sub(r"\bdocs/([a-z-]+\.md)", r"[docs/\1](\1)", text)


def row(name: str, said: str) -> str:
    """Return a row of a table."""
    return f"| `{name.replace('|', chr(92) + '|')}` | {' '.join(said.split()).replace('|', chr(92) + '|')} |"


def main() -> None:
    """Write the page."""
    write_atomic(PAGE, page())
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
