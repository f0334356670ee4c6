"""Columns of tables that hold what has to be encrypted, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.core.types import Finding
from harness.response.program import Program

__all__ = ["plain_columns"]

_SENSITIVE = re.compile(
    r"(?i)(?:\A|_)(?:iban|ssn|social_security(?:_number|_no)?|insurance_(?:number|no)|national_id"
    r"|passport_(?:number|no)|card_number|credit_card(?:_number|_no)?|cc_number|cvv|cvc|driver_?licen[cs]e(?:_number|_no)?"
    r"|diagnos[ie]s|tax_id|bank_account(?:_number)?)\Z|\A(?:insuranceNumber|cardNumber|socialSecurityNumber|passportNumber|nationalId)\Z"
)
# Searched in small letters: ignoring case costs ten times as much.
_MENTION = re.compile(
    r"iban|ssn|social_?security|insurance_?n|national_?id|passport|card_?number|credit_?card|cc_number|licen[cs]e|cvv|cvc|diagnos|tax_id"
    r"|bank_account"
)
_PROTECTED = re.compile(r"(?i)encrypt|cipher|pgcrypto|pgp_sym|\bkms\b|\bvault\b|tokeni[sz]|last_?(?:4|four)")
_KEY_OF_OTHER = re.compile(r"(?i)foreign|onetoone|many")
_PLAIN_TYPE = re.compile(r"(?i)char|text|string|int|numeric|decimal|\A\Z")


def plain_columns(program: Program) -> Iterator[Finding]:
    """Yield sensitive columns of plain types in a program that encrypts nothing."""
    texts = [block.text for block in program.answered]
    if not any(_MENTION.search(text.lower()) for text in texts) or any(
        _PROTECTED.search(text) for text in texts
    ):
        return
    for table in program.schema.written:
        for column in table.columns:
            if _KEY_OF_OTHER.search(column.kind):
                continue
            if _SENSITIVE.search(column.name) and _PLAIN_TYPE.search(column.kind):
                yield column.place.finding(f"{table.name}.{column.name} is kept as plain text")
