"""Write ``docs/api.md``: what a user of the library touches, from signatures and docstrings.

python benchmarks/api_page.py
"""

from __future__ import annotations

import enum
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.core.jsonl import write_atomic

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "api.md"
INTRO = """\
# The Python interface

*Made by `make docs` from the code. Do not edit.*

What a script, a check, a provider or a test of your own touches. Everything else may change without notice;
[one run, from start to finish](start-to-finish.md) shows where it is used.

```python
import harness

run = harness.load_run("reports/20261124-120000-my-agent")
print(run.verdicts.groupby("rule")["outcome"].value_counts())
```
"""
# Chapters: a title, and modules with the names that are told of (none: all that they export).
CHAPTERS: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...] = (
    ("Runs", (("harness", ("load_run",)), ("harness.report.frames", ("Run",)))),
    ("Tests", (("harness.pytest_plugin", ("agent_eval", "AgentEval")),)),
    ("Checks", (("harness.checks.base", ()), ("harness.response.program", ("Program", "finding_at")))),
    (
        "Providers",
        (("harness.providers.base", ("Provider", "ProviderOptions", "Traits", "completion_of")),),
    ),
    ("Agent files", (("harness.agentfile.parse", ()),)),
    ("Types", (("harness.core.types", ()),)),
    ("Errors", (("harness.core.errors", ()),)),
)
_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$")
_ENTRY = re.compile(r"^    (\*{0,2}[\w.]+)(?: \([^)]*\))?: ?(.*)$")


def main() -> None:
    """Write the page."""
    write_atomic(PAGE, page())
    print(PAGE.relative_to(ROOT))


def page() -> str:
    """Return the page."""
    return "\n".join([INTRO, *(line for title, parts in CHAPTERS for line in _chapter(title, parts))])


def _chapter(title: str, parts: tuple[tuple[str, tuple[str, ...]], ...]) -> Iterator[str]:
    yield f"## {title}\n"
    for name, wanted in parts:
        module = importlib.import_module(name)
        for each in wanted or module.__all__:
            yield from _object(f"{name}.{each}", getattr(module, each))


def _object(name: str, thing: Any) -> Iterator[str]:
    if not (inspect.isclass(thing) or inspect.isroutine(thing) or hasattr(thing, "__wrapped__")):
        if not callable(thing):
            return  # a constant or an alias: what it means stands where it is used
        thing = inspect.unwrap(getattr(thing, "_get_wrapped_function", lambda: thing)())
    yield f"### `{name}`\n"
    yield from _signature(name.rpartition(".")[2], thing)
    yield _text(_docstring(thing)) + "\n"
    if inspect.isclass(thing):
        yield from _members(thing)


def _docstring(thing: Any) -> str:
    text = inspect.getdoc(thing) or ""
    if not text or text.startswith(f"{getattr(thing, '__name__', '')}("):
        raise SystemExit(f"{thing}: without a docstring; a public name says what it is")
    return text


def _signature(name: str, thing: Any) -> Iterator[str]:
    if inspect.isclass(thing) and issubclass(thing, enum.Enum):
        yield f"`{'`, `'.join(str(member.value) for member in thing)}`\n"
        return
    if inspect.isclass(thing) and (issubclass(thing, Exception) or "__init__" not in vars(thing)):
        return
    try:
        signature = inspect.signature(thing)
    except ValueError:
        return
    # Annotations that are not evaluated are texts; their quotes say nothing to a reader.
    parameters = [
        re.sub(r": '([^']+)'", r": \1", str(one))
        for one in signature.parameters.values()
        if one.name != "self"
    ]
    returned = signature.return_annotation
    arrow = f" -> {returned}" if isinstance(returned, str) and not inspect.isclass(thing) else ""
    parameters = [re.sub(r"<function (\w+) at \w+>", r"\1", one) for one in parameters]
    whole = f"{name}({', '.join(parameters)}){arrow}"
    if len(whole) > 100:
        whole = "\n".join([f"{name}(", *(f"    {one}," for one in parameters), f"){arrow}"])
    yield f"```text\n{whole}\n```\n"


def _members(thing: type) -> Iterator[str]:
    for name, member in vars(thing).items():
        function = getattr(member, "fget", None) or getattr(member, "func", None) or member
        function = getattr(function, "__func__", function)
        if name.startswith("_") or not inspect.isfunction(function) or not function.__doc__:
            continue
        called = name if isinstance(member, property | cached_property) else f"{name}{_brief(function)}"
        first = inspect.cleandoc(function.__doc__).split("\n\n")[0].replace("\n", " ")
        yield f"- `{called}`: {_plain(first)}"
    yield ""


def _brief(function: Any) -> str:
    names = [name for name in inspect.signature(function).parameters if name not in {"self", "cls"}]
    return f"({', '.join(names)})"


def _text(docstring: str) -> str:
    """Turn the sections of a docstring into lists."""
    found: list[str] = []
    for line in docstring.splitlines():
        section, entry = _SECTION.match(line), _ENTRY.match(line)
        if section:
            found += [f"*{section[1]}*", ""]
        elif entry:
            found.append(f"- `{entry[1]}`: {entry[2]}")
        else:
            found.append(
                line.strip() if not found or not found[-1].startswith(("- ", "  ")) else "  " + line.strip()
            )
    return _plain("\n".join(line.rstrip() for line in found))


def _plain(text: str) -> str:
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")


if __name__ == "__main__":
    main()
