"""Fills a template with values. Run as a program of its own, so that a template can be stopped.

A sandbox keeps a template away from the machine, but not from its time and memory: two nested loops, or
doubling a text thirty times, exhaust both. Hence a process with limits: JSON in (``{"source", "settings":
[{name: value}]}``), JSON out (``{"texts", "names"}`` or ``{"error", "line"}``). It imports nothing of this
package, and starts fast.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from jinja2 import StrictUndefined, TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_CHARACTERS = 1_000_000
"""Of one filled template: more than any model reads as a prompt."""

_MEMORY = 512 * 1024 * 1024
_SECONDS = 5


def limit() -> None:
    """Bound time and memory of this process, where the system can."""
    try:
        import resource
    except ImportError:  # on Windows the caller's patience is the only limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))


def fill(source: str, settings: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the texts of a template, one for each setting; or what is wrong, and in which line.

    With no settings it returns the names that the template uses.
    """
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    texts: list[str] = []
    try:
        names = sorted(meta.find_undeclared_variables(environment.parse(source)) - set(environment.globals))
        template = environment.from_string(source)
        for values in settings:
            pieces, length = [], 0
            for piece in template.generate(**values):
                pieces.append(piece)
                length += len(piece)
                if length > MOST_CHARACTERS:
                    return {"error": f"fills to more than {MOST_CHARACTERS:,} characters", "line": 1}
            texts.append("".join(pieces))
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        return {"error": f"{type(error).__name__}: {error}"[:300], "line": _line_of(error)}
    except RecursionError:
        return {"error": "calls itself without end", "line": 1}
    except (MemoryError, OverflowError):
        return {"error": "needs more memory than a prompt can", "line": 1}
    return {"texts": texts, "names": names}


def _line_of(error: BaseException) -> int:
    """Return the line of the template: of a wrong syntax, or the last one that ran."""
    known = getattr(error, "lineno", None)
    if isinstance(known, int):
        return known
    line, trace = 1, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def main() -> None:
    """Serve one request from standard input."""
    limit()
    asked = json.loads(sys.stdin.read())
    sys.stdout.write(json.dumps(fill(asked["source"], asked["settings"])))


if __name__ == "__main__":
    main()
