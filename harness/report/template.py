"""What the HTML pages share: the environment of the templates, their assets, and the hashes of these."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from harness.core.escape import reveal
from harness.report import words
from harness.report.escape import anchor, clip

__all__ = ["asset", "make_environment", "source_hash"]

DRAWING_WIDTH = 200  # of a whisker, for 0 to 100 %; the template leaves 4 on either side


def make_environment(*packages: str) -> Environment:
    """Return an environment in which every text is escaped and its hidden characters are written out.

    Args:
        packages: packages with a folder ``templates`` that is looked into before the one of the reports.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in (*packages, "harness.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(
        clip=clip,
        percent=words.percent,
        symbol=words.SYMBOLS.__getitem__,
        word=words.OUTCOMES.__getitem__,
    )
    environment.globals.update(anchor=anchor, interval=words.interval, count=words.count, x=_x)
    return environment


def asset(name: str, package: str = "harness.report") -> str:
    """Return a style sheet or script of our own."""
    return resources.files(package).joinpath("templates", name).read_text(encoding="utf-8")


def source_hash(text: str) -> str:
    """Return the hash by which a content-security policy names a style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _shown(value: Any) -> Any:
    """Write out hidden characters of every text on its way into the page; our own markup has none."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else reveal(value)


def _x(value: float) -> str:
    return f"{4 + value * DRAWING_WIDTH:.1f}"
