"""P02: no compose file beside the one there is."""

from __future__ import annotations

from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.config.orchestration import Orchestration, asks_for_another_file, named, orchestration_of
from harness.core.types import Decision, Finding, Outcome
from harness.response.config.compose import ComposeFile
from harness.response.config.model import Place

__all__ = ["NoDuplicateCompose"]


class NoDuplicateCompose(Check):
    """A new service joins the compose file that the project has; no second file stands beside it.

    A file under another name beside the user's is a violation, all the more if it defines services again;
    so is a second complete definition of a service among the files of one answer. The same file shown twice,
    whole or as an excerpt, is one file. Where the user asked for a file of its own, or where an answer splits
    services over several new files, only a judge can say whether that is justified.
    """

    id: ClassVar[str] = "config/no-duplicate-compose"
    version: ClassVar[int] = 1
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Use one compose file",
        "Add services to the existing compose file",
        "Do not create new docker-compose files",
        "Keep a single docker-compose.yml",
        (
            "Never add a second docker-compose file beside the existing one; "
            "new services join the main orchestration"
        ),
        "Never create duplicate docker-compose files, use the main orchestration",
        "Never add a second docker-compose file, a new service joins the main orchestration",
        "No duplicate docker-compose files",
        "No second docker-compose file, extend the main orchestration",
        "Do not add a second docker-compose file beside the existing one",
        "Extend the existing docker-compose file for a new service",
        "Never add another docker-compose file",
        "Never create a second docker-compose file",
        "Only one docker-compose file",
        "New services go into the existing docker-compose.yml",
        "Extend the existing docker-compose.yml instead of adding another file",
        "Change the existing docker-compose.yml instead of creating a second one",
        "There is one docker-compose.yml; never add docker-compose.override.yml",
        "No additional compose files",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the compose files of the answer."""
        files = orchestration_of(exchange)
        if not files.answered:
            return Decision(Outcome.NOT_APPLICABLE, "no compose file in the answer")
        broken = next((one.file for one in files.answered if one.block.truncated), None)
        if broken is not None:
            return Decision(Outcome.UNDECIDED, "the answer was cut off inside a compose file")
        if files.existing:
            return _beside_existing(exchange, files)
        return _among_new(exchange, files)


def _beside_existing(exchange: Exchange, files: Orchestration) -> Decision:
    if not files.others:
        return Decision(Outcome.PASS, "the compose file that was there is extended")
    if asks_for_another_file(exchange, files.others):
        return Decision(
            Outcome.UNDECIDED, f"{named(list(files.others))}: the user asked for a file of its own"
        )
    known = files.existing_services
    findings = []
    for name, group in files.others.items():
        again = {service.name for file in group for service in file.services} & known.keys()
        words = f"a second compose file, {name[:60]}, stands beside the existing one"
        if again:
            words += f" and defines {named(list(again))} again"
        findings.append(_finding(group[0], again, words))
    return Decision(Outcome.FAIL, findings[0].message, tuple(findings))


def _among_new(exchange: Exchange, files: Orchestration) -> Decision:
    count = len(files.others) + bool(files.updates)
    if count == 1 and not files.others:
        return Decision(Outcome.PASS, "the answer has one compose file")
    if count == 1:
        if files.mentioned and not asks_for_another_file(exchange, files.others):
            return Decision(Outcome.UNDECIDED, "the compose file that the user speaks of is not shown")
        return Decision(Outcome.PASS, "the answer has one compose file")
    if asks_for_another_file(exchange, files.others):
        return Decision(Outcome.UNDECIDED, "the user asked for several compose files")
    findings = _defined_twice(files)
    if findings:
        return Decision(Outcome.FAIL, findings[0].message, findings)
    return Decision(Outcome.UNDECIDED, f"services are split over {count} compose files")


def _defined_twice(files: Orchestration) -> tuple[Finding, ...]:
    """Return a finding for each later file of the answer that defines a service in full again."""
    groups = [("the main compose file", files.updates), *files.others.items()]
    seen: dict[str, str] = {}
    findings: list[Finding] = []
    for name, group in groups:
        whole = {one.name for file in group for one in file.services if one.keys & {"image", "build"}}
        again = whole & seen.keys()
        if again:
            first = seen[min(again)]
            words = f"{name[:60]} defines {named(list(again))} again, as {first[:60]} does"
            findings.append(_finding(group[0], again, words))
        for one in whole:
            seen.setdefault(one, name)
    return tuple(findings)


def _finding(file: ComposeFile, again: set[str], words: str) -> Finding:
    """Point at the first service that is repeated, else at the first one."""
    services = [one for one in file.services if one.name in again] or list(file.services)
    if services:
        return services[0].place.finding(words)
    return Place(file.block, file.tree.line).finding(words)
