"""What reaches a program that is open to others: requests to the viewer, partitions, states of a search."""

from __future__ import annotations

import contextlib
import functools
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fuzz_core import FaultError, Surface, json_bytes, scratch
from surfaces_kept import SECOND, project

from harness.core.errors import HarnessError

__all__ = ["SURFACES"]

sys.path.append(str(Path(__file__).parents[1] / "unit" / "scale"))
_ORIGIN = "http://127.0.0.1:8000"
_CHANGES = ("/api/label", "/api/agree", "/api/draft", "/api/dataset")
_MARKUP = "<img src=x"


def tuning_state(data: bytes) -> None:
    from harness.pipeline.tuning_state import begin, searched_before

    folder = scratch("kept") / "tuning" / "a"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.json").write_bytes(data)
    searched_before(folder, begin(folder, {"model": "m", "cases": "x"}, 1))


def _state() -> list[bytes]:
    from harness.pipeline.tuning_state import STATE_NAME, begin

    folder = scratch("kept") / "tuning" / "seed"
    folder.mkdir(parents=True, exist_ok=True)
    begin(folder, {"model": "m", "cases": "x"}, 1)
    return [(folder / STATE_NAME).read_bytes()]


@functools.cache
def _visitor() -> Any:
    from viewer_example import Visitor

    with contextlib.chdir(project()):
        return Visitor()


def viewer_page(data: bytes) -> None:
    """An address of a visitor who was let in."""
    path, _, query = data.partition(b"?")
    address = f"{_ORIGIN}/{quote(path.lstrip(b'/')[:1_000], '/%')}?{quote(query[:1_000], '=&%+')}"
    with contextlib.chdir(project()):
        answer = _visitor().client.get(address)
    _demand_shut_in(answer)
    if answer.status_code >= 500 and answer.status_code != 503:
        raise FaultError(f"status-{answer.status_code}", answer.text[:300])
    if _MARKUP in answer.text:
        raise FaultError("markup-in-the-page", answer.text[:300])


def viewer_change(data: bytes) -> None:
    """A change that a script of the page, or something in its place, sends."""
    head, _, body = data.partition(b"\n")
    path = _CHANGES[len(head) % len(_CHANGES)]
    with contextlib.chdir(project()):
        answer = _visitor().client.post(path, content=body, headers={"origin": _ORIGIN})
    _demand_shut_in(answer)
    if answer.status_code >= 500 and answer.status_code != 503:
        raise FaultError(f"status-{answer.status_code}", answer.text[:300])


def _demand_shut_in(answer: Any) -> None:
    headers = answer.headers
    if "content-security-policy" not in headers or headers.get("x-content-type-options") != "nosniff":
        raise FaultError("answer-without-a-policy", f"{answer.status_code} {dict(headers)}"[:300])


def partition(data: bytes) -> None:
    """A Parquet file of answers, and one of decisions on them."""
    from harness.scale.partition import read_decided_rows, read_responses

    with contextlib.suppress(HarnessError):
        read_responses(data, "p")
        return
    list(read_decided_rows(data, _responses(), "p"))


@functools.cache
def _responses() -> tuple[Any, ...]:
    from stored import response

    return tuple(response(number, "console.log(1)") for number in range(1, 3))


def _partitions() -> list[bytes]:
    from harness.core.types import Basis, Decision, Finding, Mode, Outcome, Verdict
    from harness.scale.partition import DecidedRow, decided_bytes, responses_bytes

    responses = list(_responses())
    sample = responses[0].sample
    decision = Decision(Outcome.FAIL, "seen", (Finding(1, 2, 3, 2, 9, "a call", "console.log"),))
    decided = ("r", "a/b", 1, Mode.LITERAL, Basis.STATIC, decision)
    verdict = Verdict(sample.case, sample.variant, sample.trial, *decided)
    return [responses_bytes(responses), decided_bytes([DecidedRow(0, verdict)])]


def _changes() -> list[bytes]:
    from viewer_example import GOLDEN_SET, REASONING

    label = {"set": GOLDEN_SET, "annotator": "anna", "rule": REASONING, "seed": "0", "item": "a"}
    draft = {"file": "tester.yaml", "number": 0, "state": "accepted", "prompt": "x", "name": "new"}
    bodies = ({**label, "label": "pass"}, label, draft, draft)
    return [b"x" * number + b"\n" + json_bytes(body) for number, body in enumerate(bodies)]


SURFACES = (
    Surface(
        "tuning_state",
        tuning_state,
        _state,
        ("settings", "fresh", "searches", "judges", "format"),
        form="json",
    ),
    Surface(
        "viewer_page",
        viewer_page,
        lambda: [
            b"/",
            f"/runs/{SECOND}".encode(),
            f"/runs/{SECOND}/report".encode(),
            f"/runs/{SECOND}/answers?rule=r&outcome=fail".encode(),
            f"/runs/{SECOND}/answer?case=c1&variant=base&trial=1".encode(),
            f"/compare?before={SECOND}&after={SECOND}".encode(),
            b"/label/answer?set=golden&annotator=anna&rule=r&seed=0&item=a",
            b"/drafts/file?name=tester.yaml",
            b"/disagreements/answer?set=golden",
        ],
        ("..%2f", "%00", "%0d%0a", "&", "=", "runs/", "seed=", "trial=", _MARKUP, "\u202e"),
        bound_s=20,
        short=8,
    ),
    Surface("viewer_change", viewer_change, _changes, ("set", "item", "../", "label", "before"), short=8),
    Surface("partition", partition, _partitions, ("PAR1",), form="bytes", short=15),
)
