"""Columns that hold personal data: which are surely wrong in clear, which protected, which need a judge."""

from __future__ import annotations

import re

from harness.checks.config.secrets.words import words_of
from harness.checks.logging.pii.personal import is_personal
from harness.core.types import Finding
from harness.response.block import Origin
from harness.response.program import Program
from harness.response.record import record
from harness.response.schema.model import Column

__all__ = ["Stored", "stored_in_clear"]

# Nobody may keep these as they are typed: the card schemes and the law of most countries say so.
_NEVER = re.compile(
    r"(?:credit_?|debit_?)?card_?(?:number|no|num)|cvv2?|cvc2?|card_?(?:cvv|cvc)|ssn|social_?security_?(?:number|no)?"
)
_TEXT = re.compile(
    r"^(?:text|(?:n?var)?char|character|string|str|citext|longtext|mediumtext|tinytext|charfield|textfield|integer|int|bigint|$)",
    re.IGNORECASE,
)
_PROTECTED = re.compile(
    r"encrypt|cipher|hash|token|masked|last_?(?:4|four)|_enc$|digest|blind|bidx|vault|secret_ref",
    re.IGNORECASE,
)
# Something in the answer encrypts: which columns it reaches is for a judge to say.
_ENCRYPTS = re.compile(r"encrypt|pgp_sym|createCipher|AESGCM|Fernet|cipher|KMS|tokeni[sz]", re.IGNORECASE)
_PERSONS = frozenset(
    "guest customer patient client member employee contact holder owner recipient sender person".split()
)


@record
class Stored:
    """What the tables of an answer say: findings, one doubtful column, whether any is protected."""

    violations: tuple[Finding, ...] = ()
    doubtful: str = ""
    protected: bool = False


def stored_in_clear(program: Program) -> Stored:
    """Look at the columns that an answer defines."""
    violations: list[Finding] = []
    doubtful, protected = "", False
    tables = program.schema.written
    encrypts = bool(tables) and _encrypts(program)
    for table in tables:
        for column in table.columns:
            if _PROTECTED.search(column.name):
                protected = protected or any(is_personal(word) for word in words_of(column.name))
            elif _is_forbidden(column) and not encrypts:
                violations.append(
                    column.place.finding(f"the column {column.name[:60]} keeps its content in clear")
                )
            elif _is_personal(column.name):
                doubtful = doubtful or column.name[:60]
    return Stored(tuple(violations), doubtful, protected or (encrypts and bool(doubtful)))


def _encrypts(program: Program) -> bool:
    return any(
        _ENCRYPTS.search(block.text) for block in program.blocks if block.origin is not Origin.SUPPLIED
    )


def _is_forbidden(column: Column) -> bool:
    name = "_".join(words_of(column.name))
    return _NEVER.fullmatch(name) is not None and _TEXT.match(column.kind) is not None


def _is_personal(name: str) -> bool:
    words = words_of(name)
    return is_personal(name) or (words[-1:] == ("name",) and any(word in _PERSONS for word in words))
