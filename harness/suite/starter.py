"""Starter cases: what can be asked of an agent on its first day, made of its own rules and dialogues.

For every kind of rule that a check decides there are two messages shipped with the package, an ordinary one
and one that tempts to break the rule. For the other rules a person has to write the message: each gets a
draft that says so, and no run reads drafts.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from harness.core.escape import reveal
from harness.core.shipped import shipped_yaml
from harness.core.types import Agent, Case, Polarity
from harness.suite.catalogue import Specification
from harness.suite.drafts import TO_WRITE, Draft, DraftFile, DraftKind, draft_text
from harness.suite.load import NO_AGENT

__all__ = [
    "STARTER",
    "compliance_text",
    "file_name",
    "routing_text",
    "starter_checks",
    "starter_drafts",
    "unreachable_rules",
]

STARTER = "starter"
"""Tag of every starter case."""

MOST_DRAFTS = 300
"""Drafts in one file: more than a person reads."""

_DATA = Path(__file__).parent / "data" / "starter.yaml"
_REFERENCE = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)?", re.ASCII)
_LONGEST_NAME = 60
_LONGEST_REFERENCE = 120
_SHOWN_RULE = 400
# Names that walking over datasets skips or reads as something else, and those that Windows cannot have.
_TAKEN = {
    *("golden", "held-back", "routing", "node-modules", "pycache", "vendor", "venv", "dist", "build"),
    *("con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))),
}
_WEIGHT_OF_NAME = 5
_COMPLIANCE_HEAD = """\
# Starter cases for the agent {name}, made from templates: they run as they stand,
# and they are not your users' words. Replace them by what people really ask, add files of your project where
# an answer needs them (docs/datasets.md), and take the tag `starter` off what you have looked at.
# The tag `tempting` marks messages that invite to break the rule.
"""
_ROUTING_HEAD = """\
# Messages and the agent that should get each: the dialogues of the agent files, and a few that no agent
# should get. The dialogues are easy: a description quotes its own. Add what people really ask.
"""


def file_name(name: str) -> str:
    """Return a name for files and case ids: small ASCII letters, digits and hyphens.

    An agent's name may hold anything: path separators, letters that look like others. What had to be left out
    is made up for by a digest, so that two names never share a file for it; upper case and separators alone
    are not.
    """
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].strip("-")
    lossless = re.fullmatch(r"[A-Za-z0-9 _-]*", name) is not None and len(name) <= _LONGEST_NAME
    if kept and lossless and kept not in _TAKEN:
        return kept
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return f"{kept or 'agent'}-{digest}"


def starter_checks(specification: Specification) -> tuple[str, ...]:
    """Return the checks that decide a rule of the agent and have templates, in the order of the rules."""
    known = shipped_yaml(_DATA)["prompts"]
    bound = dict.fromkeys(item.check for item in specification.bindings if item.check and not item.waived)
    return tuple(check for check in bound if check in known)


def compliance_text(specification: Specification, slug: str) -> str:
    """Return a compliance dataset with an ordinary and a tempting case for each kind of rule a check decides.

    Empty where no check decides a rule of the agent.
    """
    prompts, stack = shipped_yaml(_DATA)["prompts"], _stack(specification.agent)
    cases = [
        {
            "id": f"{slug}-{check.replace('/', '-')}-{kind}",
            "prompt": prompts[check][kind].replace("{stack}", stack),
            "applies": [check],
            "tags": [STARTER, *(["tempting"] if kind == "tempting" else [])],
        }
        for check in starter_checks(specification)
        for kind in ("ordinary", "tempting")
    ]
    if not cases:
        return ""
    shown = reveal(" ".join(specification.agent.name.split()))[:80]
    return _COMPLIANCE_HEAD.format(name=shown) + _dump({"agent": specification.agent.name, "cases": cases})


def starter_drafts(specification: Specification, slug: str) -> str:
    """Return a draft file with one entry for each rule that no template speaks of; empty where there is none.

    Rules that the sidecar waives are left out, and so are those that a dataset cannot name
    (:func:`unreachable_rules`).
    """
    decided = set(starter_checks(specification))
    drafts = [
        Draft(
            id=f"{slug}-{item.rule.id}"[:_LONGEST_REFERENCE],
            kind=DraftKind.TEMPTING if item.rule.polarity is Polarity.NEVER else DraftKind.ORDINARY,
            target=item.rule.id,
            prompt=_to_write(item.rule.polarity),
            why=f"line {item.rule.span.line}: {reveal(item.rule.text)[:_SHOWN_RULE]}",
        )
        for item in specification.bindings
        if item.check not in decided and not item.waived and _nameable(item.rule.id)
    ]
    if not drafts:
        return ""
    first = {draft.id: draft for draft in drafts}
    kept = tuple(first.values())[:MOST_DRAFTS]
    return draft_text(DraftFile(agent=specification.agent.name, drafts=kept))


def unreachable_rules(specification: Specification) -> tuple[str, ...]:
    """Return the ids of rules that no dataset can name, since an id there is made of ASCII letters."""
    return tuple(
        item.rule.id
        for item in specification.bindings
        if not item.check and not item.waived and not _nameable(item.rule.id)
    )


def routing_text(cases: Sequence[Case], slugs: dict[str, str], taken: Collection[str]) -> str:
    """Return a routing dataset of the routing cases that dialogues make; empty where there are none.

    Args:
        cases: derived cases; their ids become ``<agent>-dialogue-<number>``.
        slugs: the file name of each agent.
        taken: case ids that exist in the project already.
    """
    rows = [*_routing_rows(cases, slugs, taken)]
    if not rows:
        return ""
    strangers = [
        {"id": f"none-{number}", "message": message, "agent": NO_AGENT, "tags": [STARTER]}
        for number, message in enumerate(shipped_yaml(_DATA)["none"], start=1)
        if f"none-{number}" not in taken
    ]
    return _ROUTING_HEAD + _dump({"cases": [*rows, *strangers]})


def _routing_rows(
    cases: Sequence[Case], slugs: dict[str, str], taken: Collection[str]
) -> Iterator[dict[str, Any]]:
    used = set(taken)
    for case in cases:
        owner, _, number = case.id.rpartition("/")
        name = f"{slugs.get(owner, file_name(owner))}-{number}"
        if name in used:
            continue
        used.add(name)
        text = case.messages[-1].text
        yield {
            "id": name,
            "message": text,
            "agent": case.expected_agent,
            "tags": [STARTER, *(tag for tag in case.tags if tag != "derived")],
        }


def _stack(agent: Agent) -> str:
    """Return what an agent works with, to be put into a message, or nothing where its file does not say."""
    text = f"{(agent.name + ' ') * _WEIGHT_OF_NAME} {agent.description} {agent.prompt}".casefold()
    best, most = "", 0
    for stack in shipped_yaml(_DATA)["stacks"]:
        words = "|".join(re.escape(word) for word in stack["words"])
        count = len(re.findall(rf"(?<![\w.])(?:{words})(?!\w)", text))
        if count > most:
            best, most = f" ({stack['say']})", count
    return best


def _to_write(polarity: Polarity) -> str:
    if polarity is Polarity.NEVER:
        return f"{TO_WRITE} a message that invites to break this rule, as somebody in a hurry would write it"
    return f"{TO_WRITE} a message for which every good answer has to follow this rule, without naming it"


def _nameable(rule: str) -> bool:
    return len(rule) <= _LONGEST_REFERENCE and _REFERENCE.fullmatch(rule) is not None


def _dump(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
