"""Records of words for people (labels, messages, kinds) and records of a login, told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harness.checks.config.secrets.values import is_label, looks_random, names_itself
from harness.checks.config.secrets.words import words_of
from harness.response.flow.expressions import Constant, Mapping

__all__ = ["holds_captions", "is_credential_record", "is_table"]

# Beside a password these say that somebody signs in somewhere with it.
_BESIDE = frozenset(
    "user username login uid host hostname server port database dbname db dialect driver engine account "
    "region endpoint uri url socket client vhost".split()
)

# A record of the names of classes tells kinds.
_CLASS = re.compile(r"(?:[A-Z][a-z0-9]+){2,}")


def holds_captions(node: Mapping) -> bool:
    """Say whether most texts of a record are captions or names of themselves."""
    texts = [
        (entry.key.value, entry.value.value)
        for entry in node.entries
        if isinstance(entry.key, Constant)
        and isinstance(entry.key.value, str)
        and isinstance(entry.value, Constant)
        and isinstance(entry.value.value, str)
    ]
    told = sum(1 for key, value in texts if _is_caption(key, value))
    return told > 0 and told * 2 >= len(texts) and len(texts) > 1


def is_table(node: Mapping) -> bool:
    """Say whether a record sorts many names into few kinds: their types, groups or tables."""
    texts = [
        entry.value.value
        for entry in node.entries
        if isinstance(entry.value, Constant) and isinstance(entry.value.value, str)
    ]
    return len(texts) > 5 and len(set(texts)) * 2 <= len(texts)


def _is_caption(key: str, value: str) -> bool:
    if is_label(value) or names_itself(key, value):
        return True
    if _CLASS.fullmatch(value):
        return True
    return value.isalpha() and value.istitle() and not looks_random(value)


def is_credential_record(keys: Iterable[str], node: Mapping | None) -> bool:
    """Say whether a record is what somebody signs in with: a name or a host beside the password."""
    beside = [key for key in keys if any(word in _BESIDE for word in words_of(key))]
    if not beside:
        return False
    if node is None:
        return True
    return not any(
        isinstance(entry.value, Constant)
        and isinstance(entry.value.value, str)
        and isinstance(entry.key, Constant)
        and entry.key.value in beside
        and _is_caption(str(entry.key.value), entry.value.value)
        for entry in node.entries
    )
