"""What every program of the benchmark shares: the questions, the prompt and the two assertions."""

from __future__ import annotations

import os
import sys
from pathlib import Path

IN_FLIGHT = 50
MAX_TOKENS = 1_024
MODEL = "bench"
URL = os.environ["ANTHROPIC_BASE_URL"]
KEY = os.environ["ANTHROPIC_API_KEY"]
PROMPT = Path(os.environ["BENCH_PROMPT"]).read_text(encoding="utf-8")
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else int(os.environ.get("BENCH_COUNT", "0"))


def question(number: int) -> str:
    """Return a question that no other number has."""
    return f"Write endpoint number {number} for orders"


def passes(text: str) -> tuple[bool, bool]:
    """Return what the two simple assertions say of an answer."""
    return "console.log" not in text, "TODO" not in text


def client():  # type: ignore[no-untyped-def]
    """Return the SDK's client with the fast backend."""
    import anthropic

    return anthropic.AsyncAnthropic(
        api_key=KEY, base_url=URL, max_retries=2, http_client=anthropic.DefaultAioHttpClient()
    )


async def ask(client, number: int) -> str:  # type: ignore[no-untyped-def]
    """Ask one question through the SDK."""
    message = await client.messages.create(
        model=MODEL,
        max_tokens=MAX_TOKENS,
        system=PROMPT,
        messages=[{"role": "user", "content": question(number)}],
    )
    return message.content[0].text


def demand_all(passed: int) -> None:
    """End with an error when not every answer came and passed."""
    if passed != COUNT:
        sys.exit(f"{passed} of {COUNT} passed")
