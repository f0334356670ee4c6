"""``harness view``: the local viewer."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.core.config import load_config
from harness.core.errors import ConfigurationError

if TYPE_CHECKING:
    from harness.viewer.guard import Door

__all__ = ["command"]


def command(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1; 0: any that is free.")] = 0,
    opens: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the link in the browser, where there is a screen.")
    ] = True,
    reports: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the runs; default from harness.toml.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the link as one JSON document to stdout; opens nothing.")
    ] = False,
) -> None:
    """Look through runs, watch one, label answers and accept drafts, in the browser.

    The viewer answers on this machine only, and only who has the link gets in. Labels land in the dataset
    folders, in the files that `harness calibrate` and `harness agreement` read; docs/viewer.md tells how to
    label. Ctrl-C ends it; everything is kept by then.

    Examples:
      harness view

      harness view --port 8765 --no-open

    With --json: {"url", "port"}, written once the viewer answers.

    Exit code: 0 after Ctrl-C; 2 when the port is taken or the extra `viewer` is not installed.
    """
    missing = next((name for name in ("starlette", "uvicorn") if find_spec(name) is None), "")
    if missing:
        raise ConfigurationError(f"the viewer needs {missing}; run: pip install 'agentfile-harness[viewer]'")
    from harness.viewer.serve import open_browser, serve

    config = load_config(Path.cwd())
    if reports is not None:
        config = config.model_copy(update={"reports": str(reports)})

    def ready(door: Door) -> None:
        if as_json:
            print(json.dumps({"url": door.url, "port": door.port}), flush=True)  # noqa: T201
            return
        print(door.url, flush=True)  # noqa: T201 - this is the command line
        opened = opens and open_browser(door.url)
        said = "opened in the browser" if opened else "open this link in a browser on this machine"
        print(f"harness: {said}; Ctrl-C ends the viewer", file=sys.stderr)  # noqa: T201

    serve(config, port, ready)
