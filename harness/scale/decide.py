"""A partition decided: a pure function from the answers, and what decides, to their verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.checks.decide import Table, decide_answer, decide_rule, exchange_of
from harness.core.types import Basis, Completion, Decision, Outcome, StopReason, Usage, Verdict
from harness.scale.partition import DecidedRow, StoredResponse, decided_bytes, read_responses

__all__ = ["decide_partition"]

_EMPTY = Completion("", (), Usage(0, 0), StopReason.END, "", 0.0)


def decide_partition(
    table: Table,
    data: bytes,
    refused: Mapping[int, str],
    first: Sequence[int],
    starting: Callable[[int], None],
) -> bytes:
    """Decide every answer of a partition with every rule.

    The bytes that come back follow from the bytes that went in, the table and ``refused`` alone.

    Args:
        table: what decides.
        data: the partition, a Parquet file.
        refused: answers that are not to be touched, by their place (from 0), and why: each of their rules
            that a check would decide is an ``error`` with that reason.
        first: places of answers that are decided before the others.
        starting: told the place of each answer before it is decided.

    Raises:
        InputError: the partition is damaged.
    """
    responses = read_responses(data, "the partition")
    decided: dict[int, Sequence[Verdict]] = {}
    order = [*first, *(place for place in range(len(responses)) if place not in set(first))]
    for place in order:
        one = responses[place]
        if place in refused:
            verdicts = _given_up(table, one, refused[place])
        else:
            starting(place)
            verdicts = _decided(table, one)
        decided[place] = [one.fixed.get(verdict.rule, verdict) for verdict in verdicts]
    rows = [DecidedRow(place, verdict) for place in sorted(decided) for verdict in decided[place]]
    return decided_bytes(rows)


def _decided(table: Table, one: StoredResponse) -> Sequence[Verdict]:
    try:
        return decide_answer(table, one.sample, one.case)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the parser's panics are no Exceptions
        words = " ".join(str(error).split())[:200]
        return _given_up(table, one, f"the answer could not be read: {type(error).__name__}: {words}")


def _given_up(table: Table, one: StoredResponse, reason: str) -> Sequence[Verdict]:
    """Say of every rule that the answer was needed for that there is no decision; the others stand."""
    case = replace(one.case, files=())
    exchange = replace(exchange_of(case, _EMPTY), mode=table.mode)
    position = (one.sample.variant, one.sample.trial)
    checks = dict(table.checks)
    verdicts = []
    for binding in table.bindings:
        check = checks.get(binding.check)
        if check is None or binding.rule.id in case.not_applicable:
            verdicts.append(decide_rule(case, binding, checks, exchange, position))
            continue
        verdicts.append(
            Verdict(
                case=case.id,
                variant=one.sample.variant,
                trial=one.sample.trial,
                rule=binding.rule.id,
                check=binding.check,
                version=check.version,
                mode=table.mode,
                basis=Basis.STATIC,
                decision=Decision(Outcome.ERROR, reason),
            )
        )
    return verdicts
