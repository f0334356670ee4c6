"""JavaScript, TypeScript and TSX in the common form. ``lower`` is what others call."""

from harness.response.flow.javascript.lower import lower

__all__ = ["lower"]
