"""The bare SDK in a loop: what any Python program that calls a model pays."""

import asyncio

from common import COUNT, IN_FLIGHT, ask, client, demand_all, passes


async def main() -> None:
    """Ask everything, so many at once."""
    numbers = iter(range(COUNT))
    passed = 0

    async def worker() -> None:
        nonlocal passed
        for number in numbers:
            text = await ask(opened, number)
            passed += all(passes(text))

    async with client() as opened:
        await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))
    demand_all(passed)


asyncio.run(main())
