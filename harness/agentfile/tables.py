"""Rules in tables: columns named Rule, Do or Don't, and cells that state a demand."""

from __future__ import annotations

import re

from harness.agentfile.headings import Promise
from harness.agentfile.inline import plain_text
from harness.agentfile.wording import leading_polarity, shouted_polarity
from harness.core.types import Polarity

__all__ = ["table_rules"]

_RULE_COLUMN = re.compile(
    r"(?:rules?|guidelines?|requirements?|constraints?|principles?|(?:best )?practices?|polic(?:y"
    r"|ies)|standards?|conventions?|instruction|checks?)\W*\Z",
    re.IGNORECASE,
)
_NEVER_COLUMN = re.compile(
    r"(?:❌\s*)?(?:don['’]?ts?|do not(?: do| use)?|never|avoid|anti[- ]?patterns?|forbidden|prohibited"
    r"|bad(?: practice)?|not allowed)\W*\Z|❌\W*\Z",
    re.IGNORECASE,
)
_ALWAYS_COLUMN = re.compile(
    r"(?:✅\s*)?(?:dos?|do this|always|must|prefer|instead(?: use)?|use instead|good(?: practice)?"
    r"|do instead)\W*\Z|✅\W*\Z",
    re.IGNORECASE,
)
_MARKERS = {"❌": Polarity.NEVER, "🚫": Polarity.NEVER, "⛔": Polarity.NEVER, "✅": Polarity.ALWAYS}
_DETAIL_COLUMN = re.compile(
    r"(?:description|details?|meaning|what|explanation|statement|text)\W*\Z", re.IGNORECASE
)
_NUMBER = re.compile(r"[\W\d]*\Z")
_MIN_WORDS = 2
_MAX_COLUMNS = 4
_MIN_MARKED_WORDS = 4


def table_rules(
    cells: tuple[str, ...], header: tuple[str, ...], announced: Promise
) -> list[tuple[str, Polarity]]:
    """Return the rules of one table row as text and polarity.

    Args:
        cells: the cells as markdown.
        header: the head of the table as plain text.
        announced: what the heading above promises.
    """
    pairs = list(zip(header, (plain_text(cell) for cell in cells), strict=False))
    columns = [(name, cell) for name, cell in pairs if _column_polarity(name)]
    if any(_column_polarity(name) is Polarity.NEVER for name, _ in columns):
        return [
            (_bare(cell), polarity)
            for name, cell in columns
            if (polarity := _column_polarity(name)) is not None and _is_sentence(_bare(cell))
        ]
    ruled = [index for index, (name, _) in enumerate(pairs) if _RULE_COLUMN.match(name)]
    if ruled:
        return _rule_row(pairs, ruled[0])
    found = [(_bare(cell), _stated(cell)) for _, cell in pairs if announced is not Promise.DESCRIPTION]
    return [(cell, polarity) for cell, polarity in found if polarity is not None and _is_sentence(cell)][:1]


def _column_polarity(name: str) -> Polarity | None:
    if _NEVER_COLUMN.match(name):
        return Polarity.NEVER
    return Polarity.ALWAYS if _ALWAYS_COLUMN.match(name) else None


def _rule_row(pairs: list[tuple[str, str]], index: int) -> list[tuple[str, Polarity]]:
    text = pairs[index][1]
    others = [(name, cell) for name, cell in pairs[index + 1 :] if cell and cell not in _MARKERS]
    detail = next((cell for name, cell in others if _DETAIL_COLUMN.match(name)), "")
    stated = _stated(text) or (_stated(detail) if detail else None) or Polarity.SHOULD
    text = _bare(text)
    if detail:
        text = f"{text}: {_bare(detail)}"
    elif others and len(others) <= _MAX_COLUMNS:
        text += " (" + "; ".join(f"{name}: {cell}" for name, cell in others) + ")"
    return [(text, stated)] if _is_sentence(text) else []


def _stated(cell: str) -> Polarity | None:
    """Polarity that a cell states by itself: by a marker with text, or by its first words."""
    marker = next((polarity for mark, polarity in _MARKERS.items() if cell.startswith(mark)), None)
    if marker is not None:
        # In a table of features a tick with a word or two says "yes", and no more.
        return marker if len(_bare(cell).split()) >= _MIN_MARKED_WORDS else None
    strong = shouted_polarity(cell[:40]) or (
        leading_polarity(cell) if not cell.lower().startswith(("no ", "not ", "no,")) else ""
    )
    return Polarity(strong) if strong else None


def _bare(cell: str) -> str:
    return cell.lstrip("❌✅🚫⛔\ufe0f ").strip()


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _MIN_WORDS and not _NUMBER.match(text)
