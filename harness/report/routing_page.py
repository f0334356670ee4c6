"""The page of one routing measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from harness import __version__
from harness.report.routing_view import MeasuredRouter, router_view
from harness.report.template import asset, make_environment, source_hash

__all__ = ["RoutingPage", "render_routing"]


@dataclass(frozen=True, slots=True)
class RoutingPage:
    """What the page shows.

    Attributes:
        title: who routed, over how many agents.
        router: its choices and what was measured from them.
        notes: further things a reader must know.
    """

    title: str
    router: MeasuredRouter
    notes: Sequence[str]


def render_routing(page: RoutingPage) -> str:
    """Return the page as one self-contained HTML document; every text of others is escaped."""
    style = asset("style.css") + asset("routing.css")
    context: dict[str, Any] = {
        "page": page,
        "view": router_view(page.router),
        "version": __version__,
        "style": Markup(style),  # noqa: S704 - our own files
        "style_hash": Markup(source_hash(style)),  # noqa: S704 - base64
    }
    return make_environment().get_template("routing_page.html.j2").render(context)
