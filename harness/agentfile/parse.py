"""The bytes of one agent file to an :class:`~harness.core.types.Agent`."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path, PurePath

from harness.agentfile.dialogues import read_dialogues
from harness.agentfile.encoding import decode
from harness.agentfile.examples import find_blocks, without_blocks
from harness.agentfile.fences import without_common_indent
from harness.agentfile.frontmatter import FrontMatter, read_front_matter
from harness.agentfile.outline import outline
from harness.agentfile.overrides import apply_entries, with_included
from harness.agentfile.rules import UNRESOLVED_INHERITANCE, extract_rules
from harness.agentfile.sidecar_file import load_sidecar, sidecar_path
from harness.agentfile.source import read_bytes
from harness.core.jsonl import sha_of
from harness.core.types import Agent, Repair

__all__ = ["parse_agent", "read_agent"]

_USED_KEYS = frozenset({"name", "description", "model", "tools"})
_TOOL = re.compile(r"[^\s,(][^,(]{0,200}(?:\([^()]{0,500}\))?")
_EVERY_TOOL = frozenset({"*", "all", "all tools"})


def parse_agent(data: bytes, path: str) -> Agent:
    """Read an agent file. Pure: the same bytes give the same agent; ids are slugs of the rules' words.

    Args:
        data: content of the file.
        path: its name, for messages, and for the agent's name where the file gives none.

    Raises:
        AgentFileError: the file is too large or is not text. Everything else is read leniently, and
            what was mended is named in ``repairs``.
    """
    decoded = decode(data, path)
    source = decoded.text.split("\n")
    lines = without_common_indent(source) if decoded.text.lstrip().startswith("---") else source
    front = read_front_matter(lines)
    repairs = [*decoded.repairs, *front.repairs]
    if lines is not source:
        repairs.append(
            Repair("indented-file", 1, "the whole file is indented; the indentation was taken off")
        )
    name = _name(front, path, repairs)
    listing = _text(front, "description")
    if front.present and not listing:
        repairs.append(Repair("missing-description", 1, "no description: a router cannot choose this agent"))
    read = outline(lines[front.body_line - 1 :], front.body_line)
    found = read_dialogues(lines, front, read.code, name)
    rules, warnings = extract_rules(read, source, found.body_lines)
    repairs += [*found.repairs, *warnings]
    return Agent(
        name=name,
        description=without_blocks(listing, find_blocks(listing)),
        listing=listing,
        prompt="\n".join(lines[front.body_line - 1 :]).strip("\n"),
        model=_text(front, "model"),
        tools=_tools(front),
        dialogues=found.dialogues,
        rules=rules,
        path=path,
        sha=sha_of(decoded.text),
        repairs=tuple(sorted(repairs, key=lambda repair: repair.line)),
        extra=tuple((entry.key, entry.value.text) for entry in front.entries if entry.key not in _USED_KEYS),
    )


def read_agent(path: Path) -> Agent:
    """Read an agent file from disk, with the explicit ids and the included rules of its sidecar.

    Raises:
        AgentFileError: the file cannot be read.
        ConfigurationError: the sidecar is wrong.
    """
    agent = parse_agent(read_bytes(path), str(path))
    file = load_sidecar(sidecar_path(path))
    if not file.entries and not file.includes:
        return agent
    rules, _ = apply_entries(with_included(agent.rules, file), file)
    # Rules that the prompt says it inherits are supplied once shared files are included.
    repairs = tuple(
        item for item in agent.repairs if not file.includes or item.kind != UNRESOLVED_INHERITANCE
    )
    return dataclasses.replace(agent, rules=rules, repairs=repairs)


def _text(front: FrontMatter, key: str) -> str:
    entry = front.entry(key)
    return entry.value.text.strip() if entry else ""


def _name(front: FrontMatter, path: str, repairs: list[Repair]) -> str:
    name = " ".join(_text(front, "name").split())
    if name:
        return name
    stem = PurePath(path).stem or "agent"
    if front.present:
        repairs.append(Repair("missing-name", 1, f"no name; the file's own, {stem!r}, was taken"))
    return stem


def _tools(front: FrontMatter) -> tuple[str, ...]:
    entry = front.entry("tools")
    if entry is None:
        return ()
    text = entry.value.text.strip().strip("[]")
    items = entry.value.items or tuple(match.group().strip() for match in _TOOL.finditer(text))
    tools = tuple(item.strip().strip("\"'") for item in items if item.strip())
    return () if any(tool.lower() in _EVERY_TOOL for tool in tools) else tools
