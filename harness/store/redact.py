"""Secrets taken out of texts that leave the machine: by value where we know them, by shape where not."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from harness.checks.config.secrets.shapes import token_shapes

__all__ = ["REDACTED", "known_secrets", "redacted"]

REDACTED = "[redacted]"
_SHORTEST = 8  # what is shorter than this as a secret would be found in ordinary words
_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PASSPHRASE", re.IGNORECASE)
# Where a key is written beside the word that says so, in headers and assignments.
_HEADERS = re.compile(
    r"(?i)\b(?:(?:authorization|proxy-authorization)[\"']?\s*[:=]\s*[\"']?(?:bearer|basic|token)\s+"
    r"|(?:x-api-key|x-auth-token)[\"']?\s*[:=]\s*[\"']?)"
    r"(?=[A-Za-z._~+/=-]{0,400}\d)([A-Za-z0-9._~+/=-]{12,400})"  # a name of a variable has no digit
)
_PRIVATE_KEY = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY = 8_000  # characters of a private key of the longest kind in use
_USERINFO = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://([^\s/:@\"'`]{1,200}:[^\s/@\"'`]{1,200})@")


def known_secrets(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the values of environment variables that are named like secrets, longest first."""
    variables = os.environ if environment is None else environment
    found = {
        value.strip()
        for name, value in variables.items()
        if _NAMES.search(name) and len(value.strip()) >= _SHORTEST and "/" not in value.strip()[:1]
    }
    return tuple(sorted(found, key=lambda secret: (-len(secret), secret)))


def redacted(value: Any, secrets: Sequence[str]) -> Any:
    """Return a JSON value with the secrets in its texts (keys of objects too) replaced.

    Taken out are the ``secrets`` themselves, tokens that are known by their shape, credentials beside the
    words that announce them, and user and password in addresses. An example of a token that documentation
    uses stays.
    """
    if isinstance(value, str):
        return _text(value, secrets)
    if isinstance(value, dict):
        return {_text(key, secrets): redacted(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [redacted(item, secrets) for item in value]
    return value


def _text(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    spans = [(shape.start, shape.end) for shape in token_shapes(text) if not shape.exemplary]
    for pattern in (_HEADERS, _USERINFO):
        spans += [match.span(1) for match in pattern.finditer(text)]
    spans += [_key_block(text, match.start(), match.end()) for match in _PRIVATE_KEY.finditer(text)]
    for start, end in _merged(spans):
        text = f"{text[:start]}{REDACTED}{text[end:]}"
    return text


def _key_block(text: str, start: int, body: int) -> tuple[int, int]:
    """Return where a private key stands: up to its last line, or as far as one can reach."""
    end = text.find("-----END", body, body + _LONGEST_KEY)
    return start, min(len(text), body + _LONGEST_KEY) if end < 0 else end


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans without overlaps, from the last to the first."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged[::-1]
