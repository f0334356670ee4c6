"""Let a server count the tokens of prompts before they are sent."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence

from harness.core.errors import ProviderError
from harness.core.types import Request
from harness.providers.base import Provider
from harness.run.plan import PlannedCall
from harness.store.codec import request_sha

__all__ = ["count_prompts"]


async def count_prompts(calls: Sequence[PlannedCall], provider: Provider, concurrency: int) -> dict[str, int]:
    """Return the tokens of each prompt, by the sha of its call; repeated trials are counted once.

    Raises:
        ProviderError: the server cannot be asked, or does not count.
    """
    shas: dict[str, list[str]] = {}
    prompts: dict[str, Request] = {}
    for call in calls:
        prompt = dataclasses.replace(call.request, trial=1, max_tokens=1)
        key = request_sha(prompt)
        prompts[key] = prompt
        shas.setdefault(key, []).append(call.sha)
    places = asyncio.Semaphore(concurrency)

    async def one(key: str) -> int:
        async with places:
            return await provider.count_tokens(prompts[key])

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {key: group.create_task(one(key)) for key in prompts}
    except* ProviderError as errors:
        raise errors.exceptions[0] from None
    return {sha: tasks[key].result() for key, of_key in shas.items() for sha in of_key}
