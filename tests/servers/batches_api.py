"""A Messages API server that also takes Message Batches: delayed, shuffled, with scripted faults."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from messages_api import Answer, Fault, MessagesApi, Script, Seen, echo, message_of

__all__ = ["BatchesApi", "Taken", "errored"]

PATH = "/v1/messages/batches"


@dataclass
class Taken:
    """A batch that the server took; ``made`` is on the monotonic clock, ``created`` in seconds since 1970."""

    id: str
    requests: list[dict[str, Any]]
    made: float = field(default_factory=time.monotonic)
    created: float = field(default_factory=time.time)
    archived: bool = False


def errored(kind: str, message: str = "scripted") -> dict[str, Any]:
    """Return the result of a request that failed; ``expired`` and ``canceled`` have no error."""
    if kind in {"expired", "canceled"}:
        return {"type": kind}
    error = {"type": "error", "error": {"type": kind, "message": message}}
    return {"type": "errored", "error": error, "request_id": None}


class BatchesApi(MessagesApi):
    """The server.

    Attributes:
        batches: what was taken, oldest first.
        batch_s: how long a batch takes, in seconds.
        outcome: the result of a request that is not answered: told its body and how often it was taken.
        lose: told the number of a submission (from 0): take it, and answer with this fault all the same.
        refuse: told the same: answer with this fault instead of taking it.
        list_fault: answer with this fault instead of a list.
        hidden: names of batches that are not on the list.
        on_event: told of ``submit``, ``refused`` or ``taken``, ``receipt``, ``list``, ``poll``, ``fetch``,
            and ``line`` (of results) as they happen.
        cut_results: the results end in the middle, so many times.
        drop_results: leave out so many lines of the results.
    """

    def __init__(self, script: Script = echo, *, batch_s: float = 0.0, seed: int = 1) -> None:
        super().__init__(script)
        self.batches: list[Taken] = []
        self.batch_s = batch_s
        self.outcome: Callable[[dict[str, Any], int], dict[str, Any] | None] = lambda body, times: None
        self.lose: Callable[[int], Fault | None] = lambda number: None
        self.refuse: Callable[[int], Fault | None] = lambda number: None
        self.list_fault: Fault | None = None
        self.hidden: set[str] = set()
        self.cut_results = 0
        self.drop_results = 0
        self.polls = 0
        self.on_event: Callable[[str], None] = lambda event: None
        self._submissions = 0
        self._times: Counter[str] = Counter()
        self._random = random.Random(seed)

    @property
    def paid(self) -> Counter[str]:
        """How often each question was taken to be answered, in batches and in single calls."""
        bodies = [one["params"] for batch in self.batches for one in batch.requests]
        return Counter([_question(body) for body in bodies] + [seen.question for seen in self.seen])

    @property
    def taken(self) -> Counter[str]:
        """How often each request was taken in a batch, by what its name says of it (its sha)."""
        return Counter(one["custom_id"][:40] for batch in self.batches for one in batch.requests)

    def foreign(self, name: str, custom_ids: Iterable[str]) -> None:
        """Take a batch of somebody else with the same key, as if it had been sent now."""
        params = {"model": "m", "messages": [{"role": "user", "content": "not ours"}]}
        self.batches.append(Taken(name, [{"custom_id": one, "params": params} for one in custom_ids]))

    def add_routes(self, app: web.Application) -> None:
        """Serve batches."""
        app.router.add_post(PATH, self._create)
        app.router.add_get(PATH, self._list)
        app.router.add_get(PATH + "/{id}", self._retrieve)
        app.router.add_get(PATH + "/{id}/results", self._results)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        number, self._submissions = self._submissions, self._submissions + 1
        self.on_event("submit")
        body = await request.json()
        fault = self.refuse(number)
        if fault is not None:
            self.on_event("refused")
            return await self._fail(request, fault)
        batch = Taken(f"msgbatch_{number}", body["requests"])
        self.batches.append(batch)
        self.on_event("taken")
        await asyncio.sleep(self.delay_s)
        lost = self.lose(number)
        if lost is not None:
            return await self._fail(request, lost)
        self.on_event("receipt")
        return web.json_response(self._shown(batch))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.on_event("list")
        if self.list_fault is not None:
            return await self._fail(request, self.list_fault)
        newest = [one for one in reversed(self.batches) if one.id not in self.hidden]
        after = request.query.get("after_id", "")
        start = next((n + 1 for n, one in enumerate(newest) if one.id == after), 0)
        limit = int(request.query.get("limit", "20"))
        page = newest[start : start + limit]
        more = len(newest) > start + limit
        return web.json_response({"data": [self._shown(one) for one in page], "has_more": more})

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        self.polls += 1
        self.on_event("poll")
        batch = self._find(request)
        return _unknown() if batch is None else web.json_response(self._shown(batch))

    async def _results(self, request: web.Request) -> web.StreamResponse:
        batch = self._find(request)
        if batch is None or not self._ended(batch):
            return _unknown()
        self.on_event("fetch")
        response = web.StreamResponse(headers={"Content-Type": "application/x-jsonl"})
        await response.prepare(request)
        requests = self._random.sample(batch.requests, len(batch.requests))[self.drop_results :]
        for number, one in enumerate(requests):
            if self.cut_results and number == len(requests) // 2:
                self.cut_results -= 1
                assert request.transport is not None
                request.transport.abort()
                return response
            self.on_event("line")
            await asyncio.sleep(self.delay_s / 10)
            await response.write(json.dumps(self._result(one)).encode() + b"\n")
        return response

    def _result(self, one: dict[str, Any]) -> dict[str, Any]:
        body = one["params"]
        self._times[one["custom_id"][:40]] += 1
        result = self.outcome(body, self._times[one["custom_id"][:40]])
        if result is None:
            seen = Seen(0, body, {}, PATH, time.monotonic())
            answer = self.script(seen) if callable(self.script) else self.script
            assert isinstance(answer, Answer)
            result = {"type": "succeeded", "message": message_of(seen, answer)}
        return {"custom_id": one["custom_id"], "result": result}

    def _find(self, request: web.Request) -> Taken | None:
        return next((one for one in self.batches if one.id == request.match_info["id"]), None)

    def _ended(self, batch: Taken) -> bool:
        return time.monotonic() - batch.made >= self.batch_s

    def _shown(self, batch: Taken) -> dict[str, Any]:
        ended = self._ended(batch)
        counts = {"processing": 0, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
        counts["succeeded" if ended else "processing"] = len(batch.requests)
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress",
            "request_counts": counts,
            "created_at": datetime.fromtimestamp(batch.created, UTC).isoformat(),
            "expires_at": datetime.fromtimestamp(batch.created + 86_400, UTC).isoformat(),
            "archived_at": datetime.now(UTC).isoformat() if batch.archived else None,
            "results_url": f"{self.url}{PATH}/{batch.id}/results" if ended and not batch.archived else None,
        }


def _question(body: dict[str, Any]) -> str:
    return Seen(0, body, {}, PATH, 0.0).question


def _unknown() -> web.Response:
    error = {"type": "error", "error": {"type": "not_found_error", "message": "no such batch"}}
    return web.json_response(error, status=404)
