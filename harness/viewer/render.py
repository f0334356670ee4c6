"""Pages out of templates: every text escaped, hidden characters written out, numbers as people write them."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from harness import __version__
from harness.core.errors import InputError
from harness.core.types import Outcome
from harness.report import words
from harness.report.money import dollars
from harness.report.template import make_environment
from harness.stats.interval import NO_NUMBER, Number

__all__ = ["Renderer", "address", "asked", "duration"]

_LONGEST = 400


def address(path: str, **query: object) -> str:
    """Return the address of a page of ours; what is empty is left out of the query."""
    told = {name: str(value) for name, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(told)}" if told else path


def asked(request: Request, name: str) -> str:
    """Return one word of a request's query, empty where it is not given.

    Raises:
        InputError: it is too long to be anything of ours.
    """
    value = request.query_params.get(name, "")
    if len(value) > _LONGEST:
        raise InputError(f"{name}: too long; follow the links of the pages")
    return value


def duration(seconds: float) -> str:
    """Return a time as ``40 s``, ``3 min 5 s`` or ``2 h 10 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3_600} h {whole % 3_600 // 60} min"


def _points(value: Number) -> str:
    return str(NO_NUMBER) if value is NO_NUMBER else f"{value * 100:+.1f}"


@cache
def _environment() -> Any:  # an environment of jinja2, which has its home in report/
    environment = make_environment("harness.viewer")
    environment.filters.update(moment=words.moment, dollars=dollars, duration=duration, points=_points)
    environment.globals.update(
        address=address, version=__version__, outcomes=tuple(Outcome), no_number=NO_NUMBER
    )
    return environment


class Renderer:
    """Makes responses out of templates."""

    def __call__(self, template: str, code: int = 200, /, **context: Any) -> HTMLResponse:
        """Return the page of a template."""
        return HTMLResponse(_environment().get_template(template).render(context), code)
