"""JavaScript, TypeScript and TSX in the common form. ``parse`` and ``lower`` are what others call."""

from harness.response.flow.javascript.lower import lower, parse

__all__ = ["lower", "parse"]
