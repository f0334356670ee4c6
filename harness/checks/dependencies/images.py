"""Base images whose release no longer gets security updates."""

from __future__ import annotations

import re

from harness.checks.dependencies.advisories import Snapshot

__all__ = ["ended_release"]

_NUMBERS = re.compile(r"^v?(\d+(?:\.\d+)*)")
_ALPINE = re.compile(r"alpine(\d+\.\d+)")
_CODE_NAMES = {
    "jessie": ("debian", "8"),
    "stretch": ("debian", "9"),
    "buster": ("debian", "10"),
    "bullseye": ("debian", "11"),
    "bookworm": ("debian", "12"),
    "trusty": ("ubuntu", "14.04"),
    "xenial": ("ubuntu", "16.04"),
    "bionic": ("ubuntu", "18.04"),
    "focal": ("ubuntu", "20.04"),
    "jammy": ("ubuntu", "22.04"),
    "noble": ("ubuntu", "24.04"),
}


def ended_release(known: Snapshot, image: str, tag: str) -> tuple[str, str]:
    """Return the release that an image is built on and that has ended, with the day; empty where none has."""
    for product, release in _releases(image, tag):
        end = _end(known.images.get(product, {}), release)
        if end and end <= known.date:
            return f"{product} {release}", end
    return "", ""


def _releases(image: str, tag: str) -> list[tuple[str, str]]:
    """Return the products and releases that a tag tells: ``18-bullseye`` is Node 18 and Debian 11."""
    found: list[tuple[str, str]] = []
    numbers = _NUMBERS.match(tag)
    if numbers is not None:
        found.append((image, numbers[1]))
    found += [_CODE_NAMES[word] for word in re.split(r"[-_.]", tag.lower()) if word in _CODE_NAMES]
    alpine = _ALPINE.search(tag)
    if alpine is not None:
        found.append(("alpine", alpine[1]))
    return found


def _end(ends: dict[str, str], release: str) -> str:
    """Return the day on which a release ends: that of its series, ``3.8`` for ``3.8.20``.

    A tag that names a major version alone (``3``) stands for its newest series, which has not ended.
    """
    parts = release.split(".")
    for size in range(len(parts), 0, -1):
        end = ends.get(".".join(parts[:size]))
        if end is not None:
            return end
    return ""
