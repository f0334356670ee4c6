"""Rules, answers and judges that the tests of the judge share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from harness.checks.bind import Binding
from harness.checks.decide import decide_rule, exchange_of
from harness.core.types import (
    Case,
    CaseKind,
    Completion,
    Message,
    Polarity,
    Request,
    Role,
    Rule,
    Sample,
    Severity,
    Span,
    StopReason,
    Usage,
)
from harness.judge.grade import Subject, left_open
from harness.run.plan import PlannedCall

ANSWER = """\
Orders and payments are separate modules, so that a gateway that is down cannot block ordering.

```js
const order = await orders.create(input);
await outbox.add('payment', order.id);
```

The price is one more table.
"""


def binding(
    text: str = "Explain the reasoning behind decisions and the trade-offs",
    *,
    polarity: Polarity = Polarity.ALWAYS,
    name: str = "reasons",
    rubric: str = "",
) -> Binding:
    rule = Rule(name, text, polarity, "Guidelines", universal=False, span=Span(1, 1, 1, 6))
    return Binding(rule, "", {}, "no check", Severity.MAJOR, waived="", rubric=rubric)


def completion(text: str, stop: StopReason = StopReason.END) -> Completion:
    return Completion(text, (), Usage(10, 5), stop, "judge-served", 0.1)


def subject(answer: str = ANSWER, *bindings: Binding, applies: tuple[str, ...] = ()) -> Subject:
    rules = bindings or (binding(),)
    asked = (Message(Role.USER, "How do I build the checkout?"),)
    case = Case("c", CaseKind.COMPLIANCE, "agent", asked, (), applies, (), "", (), "c", "test:1", "sha")
    exchange = exchange_of(case, completion(answer))
    verdicts = {one.rule.id: decide_rule(case, one, {}, exchange, ("base", 1)) for one in rules}
    return Subject(case, "base", 1, exchange, left_open(rules, verdicts))


def said(verdict: str, *quotes: str, reason: str = "because") -> str:
    return json.dumps({"evidence": list(quotes), "reason": reason, "verdict": verdict})


class ScriptedJudge:
    """Answers each request by a function of it, and remembers what it was asked."""

    def __init__(self, answer: Callable[[Request], str | Completion | None]) -> None:
        self.answer = answer
        self.rounds: list[list[Request]] = []

    def __call__(self, calls: Sequence[PlannedCall]) -> Mapping[str, Sample]:
        self.rounds.append([call.request for call in calls])
        answered: dict[str, Sample] = {}
        for call in calls:
            given = self.answer(call.request)
            if given is not None:
                whole = completion(given) if isinstance(given, str) else given
                request = call.request
                answered[call.sha] = Sample(
                    call.sha, call.case.id, call.variant, request.trial, request.model, whole
                )
        return answered
