"""The application: which address shows which page, and how an error becomes one line on a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from harness.core.config import Config
from harness.core.errors import HarnessError, InputError
from harness.core.json_text import parse_json
from harness.report.template import asset
from harness.viewer.comparing import ComparePages
from harness.viewer.draft_pages import DraftPages
from harness.viewer.guard import Door, Guard
from harness.viewer.label_pages import LabelPages
from harness.viewer.labelling import ConflictError
from harness.viewer.live import LiveRuns
from harness.viewer.project import Project
from harness.viewer.render import Renderer
from harness.viewer.run_pages import RunPages

__all__ = ["make_app"]

_STATIC = {
    "report.css": ("style.css", "harness.report", "text/css"),
    "viewer.css": ("viewer.css", "harness.viewer", "text/css"),
    "label.js": ("label.js", "harness.viewer", "text/javascript"),
    "drafts.js": ("drafts.js", "harness.viewer", "text/javascript"),
    "live.js": ("live.js", "harness.viewer", "text/javascript"),
}

_Post = Callable[[dict[str, Any]], dict[str, Any]]


def make_app(config: Config, door: Door) -> ASGIApp:
    """Return the viewer of the project in the current folder, with its guard around it."""
    project, show = Project(config), Renderer()
    runs = RunPages(project, LiveRuns(config), show)
    labels, drafts = LabelPages(project, show), DraftPages(project, show)
    comparing = ComparePages(project, show)
    routes = [
        Route("/", runs.index),
        Route("/runs/{run}", runs.overview),
        Route("/runs/{run}/report", runs.report),
        Route("/runs/{run}/answers", runs.answers),
        Route("/runs/{run}/answer", runs.answer),
        Route("/runs/{run}/progress", runs.progress),
        Route("/compare", comparing.page),
        Route("/compare/report", comparing.report),
        Route("/label", labels.start),
        Route("/label/rules", labels.rules),
        Route("/label/answer", labels.answer),
        Route("/disagreements", labels.disagreements),
        Route("/disagreements/answer", labels.dispute),
        Route("/drafts", drafts.index),
        Route("/drafts/file", drafts.file),
        Route("/api/label", _posted(labels.label), methods=["POST"]),
        Route("/api/agree", _posted(labels.agree), methods=["POST"]),
        Route("/api/draft", _posted(drafts.change), methods=["POST"]),
        Route("/api/dataset", _posted(drafts.write), methods=["POST"]),
        Route("/static/{name}", _static),
    ]

    async def on_error(request: Request, error: Exception) -> Response:
        code = 409 if isinstance(error, ConflictError) else 400 if isinstance(error, InputError) else 503
        if request.url.path.startswith("/api/"):
            return JSONResponse({"error": str(error)}, code)
        return show("error.html.j2", code, message=str(error))

    async def on_missing(_: Request, __: Exception) -> Response:
        return show("error.html.j2", 404, message="There is no such page.")

    app = Starlette(routes=routes, exception_handlers={HarnessError: on_error, 404: on_missing})
    return Guard(app, door)


def _posted(work: _Post) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint for a function of JSON objects; it runs beside the event loop."""

    async def endpoint(request: Request) -> Response:
        try:
            value = parse_json(await request.body())
        except ValueError as error:
            raise InputError("the request is no JSON; load the page again") from error
        if not isinstance(value, dict):
            raise InputError("the request is no JSON object; load the page again")
        return JSONResponse(await run_in_threadpool(work, value))

    return endpoint


def _static(request: Request) -> Response:
    found = _STATIC.get(request.path_params["name"])
    if found is None:
        return Response("", 404)
    name, package, kind = found
    return Response(asset(name, package), media_type=f"{kind}; charset=utf-8")
