"""A raw HTTP client: the floor below every SDK."""

import asyncio
import json

import aiohttp
from common import COUNT, IN_FLIGHT, KEY, MAX_TOKENS, MODEL, PROMPT, URL, demand_all, passes, question


async def main() -> None:
    """Ask everything, so many at once."""
    numbers = iter(range(COUNT))
    passed = 0
    headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01", "content-type": "application/json"}

    async def worker() -> None:
        nonlocal passed
        for number in numbers:
            messages = [{"role": "user", "content": question(number)}]
            body = {"model": MODEL, "max_tokens": MAX_TOKENS, "system": PROMPT, "messages": messages}
            async with session.post(f"{URL}/v1/messages", data=json.dumps(body), headers=headers) as answer:
                text = (await answer.json())["content"][0]["text"]
            passed += all(passes(text))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:
        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    demand_all(passed)


asyncio.run(main())
