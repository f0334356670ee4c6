"""From files, folders and templates to the variants of a run, and the control arms beside them.

A variant that is no file as it stands (a filled template, a control) keeps its text, so that a run can write
it down: what was asked must be readable, and askable again, when the template has changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.agentfile.encoding import decode
from harness.agentfile.parse import parse_agent
from harness.agentfile.source import read_bytes
from harness.core.errors import AgentFileError, InputError
from harness.core.types import Agent, Variant
from harness.tune.template import MOST_PROMPTS, Parameters, Value, filled, is_template, used_names
from harness.tune.units import UnitKind, agent_without, first_line_of_prompt, units_of, without

__all__ = ["CONTROLS", "NO_PROMPT", "NO_RULES", "Arms", "arms_of", "control_arms", "variant_files"]

NO_PROMPT = "no-prompt"
NO_RULES = "no-rules"
CONTROLS = (NO_RULES, NO_PROMPT)
"""Names of the control arms: the base file without its rules, and no system prompt at all."""

_SUFFIXES = frozenset({".md", ".txt", ".j2"})
_LONGEST_VALUE = 24


@dataclass(frozen=True, slots=True)
class Arms:
    """Variants beside the base.

    Attributes:
        variants: in the order in which they were named.
        texts: by name, the text of those that are in no file.
        notes: one sentence each, about what was left out.
    """

    variants: tuple[Variant, ...]
    texts: Mapping[str, str]
    notes: tuple[str, ...] = ()


def variant_files(paths: Sequence[Path], base: Path) -> list[Path]:
    """Return the files that paths mean; a folder means the prompts and templates in it, by name.

    Args:
        paths: files and folders.
        base: the file of the base, which is left out where it lies in a folder.

    Raises:
        InputError: a folder holds none.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(
            one
            for one in path.iterdir()
            if one.is_file() and one.suffix in _SUFFIXES and not one.name.startswith((".", "README"))
            if one.resolve() != base.resolve()
        )
        if not inside:
            raise InputError(f"--variant {path}: the folder holds no prompt (.md, .txt, .j2); name another")
        found += inside
    return found


def arms_of(base: Agent, paths: Sequence[Path], parameters: Parameters, taken: Sequence[str]) -> Arms:
    """Read the variants that files, folders and templates give.

    Args:
        base: the specification's own agent.
        paths: files and folders.
        parameters: values for the templates among them.
        taken: names that are not free.

    Raises:
        InputError: a file cannot be read, is given twice, is the base itself, or holds nothing; a parameter
            is used by no template; or there are too many.
    """
    files = variant_files(paths, Path(base.path))
    templates = [path for path in files if is_template(path)]
    _demand_used(templates, parameters)
    names, seen = _Names(taken), {Path(base.path).resolve(): "is the base file itself"}
    variants: list[Variant] = []
    texts: dict[str, str] = {}
    notes: list[str] = []
    prompts = {(base.listing, base.prompt): "the base"}
    for path in files:
        if path.resolve() in seen:
            raise InputError(f"--variant {path}: {seen[path.resolve()]}; leave it out")
        seen[path.resolve()] = "given twice"
        if not is_template(path):
            agent = demand_content(parse_agent(read_bytes(path), str(path)), path)
            variants.append(Variant(names.free(path, path.stem), agent))
            prompts.setdefault((agent.listing, agent.prompt), variants[-1].name)
            continue
        for setting, text in filled(path, base, parameters):
            agent = demand_content(parse_agent(text.encode("utf-8"), str(path)), path)
            content = (agent.listing or base.listing, agent.prompt)
            if content in prompts:
                values = ", ".join(f"{name}={value}" for name, value in setting.items()) or "its only prompt"
                notes.append(f"{path} with {values}: the same prompt as {prompts[content]}; left out")
                continue
            variants.append(Variant(names.free(path, _named(path, setting)), agent))
            prompts[content] = variants[-1].name
            texts[variants[-1].name] = text
    if len(variants) > MOST_PROMPTS:
        raise InputError(f"{len(variants)} variants: at most {MOST_PROMPTS} can be told apart; name fewer")
    return Arms(tuple(variants), texts, tuple(notes))


def control_arms(base: Agent) -> Arms:
    """Return the base without its rules, and without any prompt; no rules of its own, no first control.

    Raises:
        AgentFileError: the base is no file that can be read.
    """
    path = Path(base.path)
    if not path.is_file():
        raise AgentFileError(f"{path}: there is no agent file to make the control arms of; name one")
    source = decode(read_bytes(path), str(path)).text
    variants: list[Variant] = []
    texts: dict[str, str] = {}
    for unit in units_of(base, source, {UnitKind.CONTROL}):
        if unit.id == "control:rules":
            variants.append(Variant(NO_RULES, agent_without(base, source, unit.cuts)))
            texts[NO_RULES] = without(source, unit.cuts)
    lines = source.split("\n")
    head = "\n".join(lines[: first_line_of_prompt(lines) - 1])
    head = f"{head}\n" if head else ""
    variants.append(Variant(NO_PROMPT, replace(parse_agent(head.encode("utf-8"), base.path), prompt="")))
    texts[NO_PROMPT] = head
    notes = (
        () if NO_RULES in texts else (f"{path}: no rules of its own; the control without them is left out",)
    )
    return Arms(tuple(variants), texts, notes)


def demand_content(agent: Agent, path: Path) -> Agent:
    """Return an agent that holds something to test.

    Raises:
        AgentFileError: it holds nothing.
    """
    if not agent.prompt.strip() and not agent.rules and not agent.dialogues:
        raise AgentFileError(f"{path}: holds neither a prompt nor rules nor dialogues; name an agent file")
    return agent


def _demand_used(templates: Sequence[Path], parameters: Parameters) -> None:
    if not parameters:
        return
    used = frozenset().union(*(used_names(path) for path in templates))
    for name in parameters:
        if name not in used:
            where = ", ".join(map(str, templates)) or "none is given: a template's name ends in .j2"
            raise InputError(f"--param {name}: no template uses it ({where}); check the spelling")


def _named(path: Path, setting: Mapping[str, Value]) -> str:
    """Return a name that a shell takes as it is: ``prompt+tone=strict+examples=2``."""
    stem = path.name.removesuffix(".j2")
    stem = Path(stem).stem if Path(stem).suffix in _SUFFIXES else stem
    return "+".join([stem, *(f"{name}={_slug(value)}" for name, value in setting.items())])


def _slug(value: Value) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return re.sub(r"[^\w.-]+", "-", text[:_LONGEST_VALUE]).strip("-") or "empty"


class _Names:
    """Gives every variant a name of its own."""

    def __init__(self, taken: Sequence[str]) -> None:
        self._taken = set(taken)

    def free(self, path: Path, wanted: str) -> str:
        """Return the wanted name, or the file's path, or either with a number."""
        number = len(self._taken)
        choices = (wanted, path.as_posix(), f"{wanted}-{number}", f"{path.as_posix()}-{number}")
        name = next(name for name in choices if name not in self._taken)
        self._taken.add(name)
        return name
