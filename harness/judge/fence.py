"""A fence around a text that must not be mistaken for instructions.

The boundary is made of the sha of the text that it encloses and a salt of the user's own. A text that holds
its own boundary would have to hold a part of its own sha, so whoever wrote the text cannot close the fence;
and the same text gets the same fence, so that a repeated call is the same call.
"""

from __future__ import annotations

import hashlib
import unicodedata

__all__ = ["boundary_of", "is_invisible"]

_DIGITS = 24


def boundary_of(text: str, salt: str = "") -> str:
    """Return a line that occurs nowhere in the text: ``RESPONSE-`` and 24 hexadecimal digits.

    It does not occur with invisible characters between its own either.

    Args:
        text: what will be enclosed.
        salt: anything the writer of the text does not know.
    """
    data = text.encode("utf-8", "surrogatepass")
    seen = text if text.isascii() else "".join(sign for sign in text if not is_invisible(sign))
    for attempt in range(1_000):
        digest = hashlib.sha256(b"\0".join((salt.encode(), str(attempt).encode(), data))).hexdigest()
        boundary = f"RESPONSE-{digest[:_DIGITS]}"
        if boundary not in seen:
            return boundary
    raise AssertionError("unreachable: a text does not hold a thousand parts of its own sha")


def is_invisible(sign: str) -> bool:
    """Tell whether a character shows nothing: zero-width spaces and joiners, marks of direction and order."""
    return not sign.isascii() and unicodedata.category(sign) == "Cf"
