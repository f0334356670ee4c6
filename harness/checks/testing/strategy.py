"""R07 and S07: how the solution is tested."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.question import Scope, declines, raises, scope_of
from harness.checks.testing.code import TestCode, test_code_of
from harness.checks.topics.remarks import Remark, Topic, cue, remarks_of
from harness.checks.topics.verdict import is_cut, is_foreign, omission
from harness.core.types import Decision, Outcome

__all__ = ["TESTING", "TestingStrategy"]

TESTING = Topic(
    name="testing",
    title=re.compile(
        r"\btest(?:s|ing|ed|able|plan)?\b|\bQA\b|\bverif(?:y|ying|ication)\b|\bquality\s+assurance\b",
        re.IGNORECASE,
    ),
    plain=re.compile(r"\btest", re.IGNORECASE),
    cues=(
        cue("unit", "pgta unit", r"\bunit\b(?!\s+(?:of\s+work|price|cost|cents)|Cents|Price)|\bpgTAP\b"),
        cue(
            "integration",
            "feat inte",
            r"\bintegration\b(?!\s+(?:with\s+(?:the\s+)?(?:api|provider)|layer|point))|\bfeature\s+tests?\b",
        ),
        cue(
            "end to end",
            "brow cypr e end play",
            r"\bend[\s-]to[\s-]end\b|\be2e\b|\bplaywright\b|\bcypress\b|\bbrowser\s+tests?\b|^\s*browser\b",
        ),
        cue(
            "contract",
            "cons cont pact sche",
            r"\bcontract\s+tests?\b|\bpact\b|\bschemathesis\b|\bconsumer-driven\b",
        ),
        cue(
            "load",
            "arti auto k locu test",
            r"\b(?:load|stress|performance|soak)[\s-]tests?\w*\b|\bk6\b|\bartillery\b|\blocust\b"
            r"|\bautocannon\b",
        ),
        cue(
            "property-based",
            "fast fuzz hypo muta prop",
            r"\bproperty[\s-]based\b|\bhypothesis\b|\bfast-check\b|\bfuzz\w*|\bmutation\s+test\w*",
        ),
        cue(
            "concurrency",
            "conc para race",
            r"\b(?:concurren\w+|parallel|race)\s+(?:\w+\s+)?(?:tests?|requests?|calls?|bookings?|inserts?)\b",
        ),
        cue(
            "security",
            "pene perm secu",
            r"\b(?:security|penetration)\s+tests?\w*\b|\bpermissions?\s+tests?\b",
        ),
        cue("acceptance", "acce regr smok snap", r"\b(?:acceptance|smoke|regression|snapshot)\s+tests?\b"),
    ),
    asked=re.compile(r"\btest(?:s|ing|ed)?\b", re.IGNORECASE),
)
# To try a thing by hand is no strategy.
_BY_HAND = re.compile(
    r"\bpostman\b|\binsomnia\b|\bcurl\b|\bby\s+hand\b|\bmanual(?:ly)?\b|\bclick\s+through\b|\btry\s+it\b"
    r"|\bin\s+(?:the|your)\s+browser\b",
    re.IGNORECASE,
)
_COMPREHENSIVE = re.compile(
    r"\bcomprehensive(?:ly)?\b|\bthorough(?:ly)?\b|\bextensive(?:ly)?\b|\bcomplete(?:ly)?\b|\bfull(?:y)?\b"
    r"|\ball\s+levels\b"
    r"|\bintegration\b",
    re.IGNORECASE,
)
_LEVELS = 2


class TestingStrategy(Check):
    """An answer says how its code is tested.

    Tests as code count where they assert something. In words, a section on testing with one concrete item
    is enough; a rule that demands more (``depth``: "comprehensive", "thorough") asks for two levels of tests,
    each with what it has to show, or for code. A remark to try it in Postman, empty cases and a list of kinds
    of tests are no strategy. Whether the tests are enough is for a judge.
    """

    __test__ = False  # the name is the domain's, pytest must not collect it

    id: ClassVar[str] = "testing/strategy"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Describe how to test the solution",
        "Explain the testing approach",
        "Include unit and integration tests",
        "Cover code with tests",
        "Every feature comes with tests",
        "Provide a test plan",
        "Write unit tests",
        "Integration tests",
        "All components have unit and integration tests",
        "Test coverage with unit and integration tests",
        "Automated unit and integration tests",
        "Test strategy and coverage",
        "Recommend testing approaches",
        "Unit, integration and e2e tests for critical paths",
        "Have a comprehensive strategy for testing",
        "Propose strategies for testing the solution",
        "Suggest a testing strategy",
        "Write unit, integration and end-to-end tests",
        "Comprehensive testing",
        "Testing strategy",
        "Suggest testing approaches",
        "Unit and integration tests",
        "Write unit tests and integration tests for new code",
        "Comprehensive tests",
        "Test coverage by unit, integration and e2e tests",
        "Write tests for new code",
        "Put comprehensive testing strategies into practice",
        "Include testing strategies",
        "Unit and integration tests come with the code",
        "Deliver tests together with the code",
    )
    defaults: ClassVar[dict[str, str]] = {"depth": ""}

    @classmethod
    def parameters_of(cls, rule_text: str) -> dict[str, str] | None:
        """Say how much the rule demands: the word that says so, empty where none does."""
        found = _COMPREHENSIVE.search(rule_text)
        return {"depth": found[0] if found is not None else ""}

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the tests and the prose of the answer."""
        comprehensive = bool(exchange.parameters.get("depth"))
        code = exchange.program.once(test_code_of)
        if code.cases:
            number = f"{code.cases} tests" if code.cases > 1 else "a test"
            return Decision(Outcome.PASS, f"{number} with assertions", evidence=(("tests", str(code.cases)),))
        remarks = [one for one in remarks_of(exchange, TESTING) if one.cues or not _is_by_hand(one)]
        levels = frozenset(name for one in remarks if one.substance for name in one.cues)
        section = any(one.section and one.substance for one in remarks)
        named = ", ".join(sorted(levels))
        if len(levels) >= _LEVELS or (section and not comprehensive):
            return Decision(
                Outcome.PASS, f"a plan for tests: {named or 'a section'}", evidence=(("levels", named),)
            )
        return _lacking(exchange, code, remarks, comprehensive=comprehensive)


def _is_by_hand(remark: Remark) -> bool:
    return _BY_HAND.search(remark.sentence.text) is not None


def _lacking(exchange: Exchange, code: TestCode, remarks: list[Remark], *, comprehensive: bool) -> Decision:
    if is_cut(exchange):
        return Decision(Outcome.UNDECIDED, "the answer was cut off before it came to tests")
    if declines(exchange, TESTING.asked):
        return Decision(Outcome.NOT_APPLICABLE, "the user wants to do without tests")
    scope, words = scope_of(exchange)
    if scope is Scope.NARROW and not raises(exchange, TESTING.asked):
        outcome = Outcome.NOT_APPLICABLE if comprehensive else Outcome.UNDECIDED
        return Decision(outcome, f"the question is narrow ({words})")
    section = [one for one in remarks if one.section]
    if section and comprehensive and any(one.substance for one in section):
        return Decision(
            Outcome.UNDECIDED, "a plan for tests that names less than two levels; a judge weighs it"
        )
    if section:
        return Decision(Outcome.UNDECIDED, "tests are named, but nothing concrete is said of them")
    if is_foreign(exchange):
        return Decision(Outcome.UNDECIDED, "the answer is not in English, its prose is not understood")
    if code.hollow is not None:
        return omission(exchange, "the tests that are there assert nothing", code.hollow)
    single = next((one for one in remarks if one.substance), None)
    if single is not None:
        message = "a remark in passing is all that is said about tests"
        return Decision(Outcome.FAIL, message, (single.sentence.finding(message),))
    return omission(exchange, "no test is shown and none is planned")
