"""A fence around a text that must not be mistaken for instructions.

The boundary is made of the sha of the text that it encloses and a salt of the user's own. A text that holds
its own boundary would have to hold a part of its own sha, so whoever wrote the text cannot close the fence;
and the same text gets the same fence, so that a repeated call is the same call.
"""

from __future__ import annotations

import hashlib

__all__ = ["boundary_of"]

_DIGITS = 24


def boundary_of(text: str, salt: str = "") -> str:
    """Return a line that occurs nowhere in the text: ``RESPONSE-`` and 24 hexadecimal digits.

    Args:
        text: what will be enclosed.
        salt: anything the writer of the text does not know.
    """
    data = text.encode("utf-8", "surrogatepass")
    for attempt in range(1_000):
        digest = hashlib.sha256(b"\0".join((salt.encode(), str(attempt).encode(), data))).hexdigest()
        boundary = f"RESPONSE-{digest[:_DIGITS]}"
        if boundary not in text:
            return boundary
    raise AssertionError("unreachable: a text does not hold a thousand parts of its own sha")
