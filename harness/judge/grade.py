"""Decide with a judge what static checks left open: plan the calls, read the answers, count the votes.

A sound static outcome is never put to a judge. What is left is asked in two rounds: all questions, and once
more those whose answer was none. A question that has no proper answer after that is ``undecided``, as is one
on which the votes do not agree by a majority. Pure: the calls are made by whoever executes the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.checks.base import Exchange
from harness.checks.bind import Binding
from harness.checks.decide import settled
from harness.core.errors import ConfigurationError
from harness.core.jsonl import sha_of
from harness.core.types import (
    Basis,
    Case,
    Decision,
    Message,
    Outcome,
    Request,
    Role,
    Sample,
    SampleFailure,
    Verdict,
)
from harness.judge.answer import Asked, MalformedError, Opinion, read_answers, schema_of
from harness.judge.prompt import (
    Question,
    again,
    exchange_message,
    question_message,
    response_is_cut,
    response_parts,
    supplied_cut,
    system_prompt,
    template_sha,
)
from harness.judge.quotes import Source
from harness.judge.rubric import Rubric, rubric_for
from harness.judge.votes import Ballot, NotAskedError, tally
from harness.judge.votes import majority as majority_of
from harness.providers.base import IDENTITY_MARK, FailureKind
from harness.run.plan import PlannedCall, planned_call

__all__ = ["Ask", "JudgeSettings", "Left", "Subject", "grade", "judge_key", "left_open"]

Ask = Callable[[Sequence[PlannedCall]], Mapping[str, Sample | SampleFailure]]
"""Makes calls and returns the answers by the sha of the request; what was not asked is left out."""

_FIRM = frozenset({Outcome.PASS, Outcome.FAIL})
MAX_FACTS = 6  # facts of a static check that a judge is shown
MAX_MALFORMED = 4_000  # characters of an unusable answer that are shown to its author again


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How judges are asked.

    Attributes:
        models: one or more judges, ``provider:name``; each votes.
        repeats: how often each judge is asked the same.
        rules_per_call: rules put in one call; more is cheaper, and agreement should be measured again.
        max_tokens: longest answer of a judge, per rule.
        salt: makes fences that nobody outside can foresee.
        first_repeat: number of the first repeat; one that was never used asks anew.
        parameters: parameters of a request, by model.
    """

    models: tuple[str, ...]
    repeats: int = 1
    rules_per_call: int = 1
    max_tokens: int = 700
    salt: str = ""
    parameters: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    first_repeat: int = 1

    def __post_init__(self) -> None:
        if not self.models:
            raise ConfigurationError("no judge is named; give a model, such as anthropic:claude-sonnet-5")
        for name in ("repeats", "rules_per_call", "max_tokens"):
            if getattr(self, name) < 1:
                raise ConfigurationError(
                    f"{name} of the judge is {getattr(self, name)}; it must be at least 1"
                )


@dataclass(frozen=True, slots=True)
class Left:
    """A rule that a static check left open, for one answer."""

    binding: Binding
    verdict: Verdict
    rubric: Rubric


@dataclass(frozen=True, slots=True)
class Subject:
    """One answer, with the rules that a judge has to decide for it."""

    case: Case
    variant: str
    trial: int
    exchange: Exchange
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class _Call:
    """One planned call: whose answer, which rules, and how to read what comes back."""

    planned: PlannedCall
    subject: Subject
    left: tuple[Left, ...]
    asked: tuple[Asked, ...]
    source: Source


_Votes = dict[tuple[int, str], list[Ballot]]
"""Per answer (by position) and rule: the judge and its opinion."""


def judge_key(settings: JudgeSettings, binding: Binding, rubric: Rubric) -> tuple[tuple[str, str], ...]:
    """Return what identifies a judge for one rule: its models, the shas of all they are told, and how."""
    return (
        ("judge", " + ".join(settings.models)),
        ("rubric", f"{rubric.id} {rubric.sha_for(binding)[:12]}"),
        ("template", template_sha()[:12]),
        ("way", _way(settings)),
    )


def _way(settings: JudgeSettings) -> str:
    """Say how a judge is asked; weights and servers of one name are other judges."""
    said = (
        f"repeats {settings.repeats}, rules per call {settings.rules_per_call}, tokens {settings.max_tokens}"
    )
    own = {
        model: {name: value for name, value in given.items() if name.startswith(IDENTITY_MARK)}
        for model, given in settings.parameters.items()
    }
    return f"{said}, {sha_of(own)[:8]}" if any(own.values()) else said


def left_open(bindings: Iterable[Binding], verdicts: Mapping[str, Verdict]) -> tuple[Left, ...]:
    """Return the rules that are for a judge, given the static verdicts on one answer by rule.

    A verdict with a flag stands: that nothing is there was seen.
    """
    found = []
    for binding in bindings:
        verdict = verdicts.get(binding.rule.id)
        if verdict is None or verdict.flag:
            continue
        rubric = rubric_for(binding)
        if verdict.decision.outcome in rubric.asks:
            found.append(Left(binding, verdict, rubric))
    return tuple(found)


def grade(subjects: Sequence[Subject], settings: JudgeSettings, ask: Ask) -> tuple[Verdict, ...]:
    """Return a verdict with the basis ``judge`` for every rule that was left open, in order.

    Raises:
        HarnessError: whatever ``ask`` raises; nothing is decided then.
    """
    votes: _Votes = {}
    calls = list(_first_round(subjects, settings))
    repeated = list(_read(calls, ask([call.planned for _, call in calls]), votes))
    if repeated:
        answers = ask([call.planned for _, call in repeated])
        for _ in _read(repeated, answers, votes, last=True):
            pass
    return tuple(
        _verdict(subject, left, votes.get((position, left.binding.rule.id), []), settings)
        for position, subject in enumerate(subjects)
        for left in subject.left
    )


# --- asking ----------------------------------------------------------------------------------


def _first_round(subjects: Sequence[Subject], settings: JudgeSettings) -> Iterator[tuple[int, _Call]]:
    """Plan every question; all calls about one answer follow one another, for the cache of the prompt."""
    system = system_prompt()
    for position, subject in enumerate(subjects):
        response, parts = response_parts(subject.exchange)
        exchange = exchange_message(subject.exchange, response, settings.salt)
        source = Source(response, parts)
        for model in settings.models:
            for start in range(0, len(subject.left), settings.rules_per_call):
                left = subject.left[start : start + settings.rules_per_call]
                asked, message = _questions(left, settings.salt)
                for repeat in range(settings.first_repeat, settings.first_repeat + settings.repeats):
                    request = Request(
                        model=model,
                        system=system,
                        messages=(exchange, message),
                        max_tokens=settings.max_tokens * len(left),
                        trial=repeat,
                        output_schema=schema_of(asked),
                        parameters=dict(settings.parameters.get(model, {})),
                    )
                    planned = planned_call(request, subject.case, subject.variant)
                    yield position, _Call(planned, subject, left, asked, source)


def _questions(left: Sequence[Left], salt: str = "") -> tuple[tuple[Asked, ...], Message]:
    questions = [
        Question(
            key=f"Q{number}",
            rule=one.binding.rule.text,
            polarity=one.binding.rule.polarity,
            section=one.binding.rule.section,
            rubric=one.rubric,
            remark=one.binding.rubric,
            evidence=_facts(one.verdict),
        )
        for number, one in enumerate(left, start=1)
    ]
    asked = tuple(Asked(one.key, one.offers, one.polarity) for one in questions)
    return asked, question_message(questions, salt)


def _facts(verdict: Verdict) -> tuple[str, ...]:
    """Return what a static check saw, each fact on one line; words of the answer are marked as such."""
    if not verdict.check:
        return ()
    decision = verdict.decision
    facts = [f"{verdict.check}: {_line(decision.reason)}"]
    facts += [f"line {one.line}: {_line(one.message)}" for one in decision.findings[: MAX_FACTS - 1]]
    return tuple(facts)


def _line(text: str) -> str:
    return " ".join(text.split())[:240].replace("RESPONSE-", "RESPONSE ")


def _second_call(call: _Call, answer: str, left: Left, asked: Asked, why: Opinion | MalformedError) -> _Call:
    """Ask for one rule again, showing the judge its answer and what was wrong with it."""
    first = call.planned.request
    _, question = _questions([left])
    alone = replace(asked, key="Q1")
    said = answer[:MAX_MALFORMED].strip() or "(nothing)"
    messages = (first.messages[0], question, Message(Role.ASSISTANT, said), again(str(why)))
    request = replace(
        first,
        messages=messages,
        max_tokens=first.max_tokens // len(call.left),
        output_schema=schema_of([alone]),
    )
    planned = planned_call(request, call.subject.case, call.subject.variant)
    return _Call(planned, call.subject, (left,), (alone,), call.source)


# --- reading ---------------------------------------------------------------------------------


def _read(
    calls: Sequence[tuple[int, _Call]],
    answers: Mapping[str, Sample | SampleFailure],
    votes: _Votes,
    *,
    last: bool = False,
) -> Iterator[tuple[int, _Call]]:
    """Count the votes of the answers; yield what has to be asked once more."""
    for position, call in calls:
        answer = answers.get(call.planned.sha)
        said = answer.completion.text if isinstance(answer, Sample) else ""
        for left, asked, opinion in _opinions(call, answer):
            malformed = isinstance(opinion, MalformedError) and not isinstance(opinion, NotAskedError)
            if malformed and not last:
                yield position, _second_call(call, said, left, asked, opinion)
            else:
                _vote(votes, position, left, call.planned.request.model, opinion)


def _opinions(
    call: _Call, answer: Sample | SampleFailure | None
) -> Iterator[tuple[Left, Asked, Opinion | MalformedError]]:
    if isinstance(answer, Sample):
        read = read_answers(answer.completion, call.asked, call.source, call.subject.exchange.program)
    else:
        read = dict.fromkeys((one.key for one in call.asked), _no_answer(answer))
    for left, asked in zip(call.left, call.asked, strict=True):
        yield left, asked, read[asked.key]


def _no_answer(failure: SampleFailure | None) -> MalformedError:
    """Say why there is nothing to read: what a server sent that is no answer is the judge's doing."""
    if failure is None:
        return NotAskedError("the judge could not be asked")
    if failure.kind == FailureKind.INVALID_RESPONSE:
        return MalformedError(f"the judge's answer could not be read: {failure.message}")
    return NotAskedError(f"the judge could not be asked ({failure.kind}: {failure.message})")


def _vote(votes: _Votes, position: int, left: Left, model: str, opinion: Opinion | MalformedError) -> None:
    votes.setdefault((position, left.binding.rule.id), []).append((model, opinion))


def _verdict(
    subject: Subject,
    left: Left,
    votes: Sequence[Ballot],
    settings: JudgeSettings,
) -> Verdict:
    majority = majority_of(votes)
    if response_is_cut(subject.exchange) and not majority.findings and majority.outcome in _FIRM:
        # What the rest would have held is not known: only what was shown counts.
        majority = Decision(Outcome.UNDECIDED, f"the answer was cut off; until then: {majority.reason}")
    decision, flag = settled(subject.case, left.binding, subject.exchange, majority)
    key = judge_key(settings, left.binding, left.rubric)
    evidence = dict(decision.evidence) | dict(key) | {"votes": tally(votes)}
    # What the check said stands again wherever this judge is not trusted.
    evidence["static"] = left.verdict.decision.outcome.value
    if any(isinstance(vote, NotAskedError) for _, vote in votes):
        evidence["unasked"] = "true"
    if cut := supplied_cut(subject.exchange):
        evidence["supplied"] = cut
    return replace(
        left.verdict,
        basis=Basis.JUDGE,
        decision=replace(decision, evidence=tuple(sorted(evidence.items()))),
        flag=flag,
    )
