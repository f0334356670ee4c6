"""Starting and ending the server: one socket on loopback, and a clean end on Ctrl-C."""

from __future__ import annotations

import errno
import os
import socket
import sys
import webbrowser
from collections.abc import Callable

from harness.core.config import Config
from harness.core.errors import ConfigurationError, InputError
from harness.viewer.app import make_app
from harness.viewer.guard import Door

__all__ = ["open_browser", "serve"]

HOST = "127.0.0.1"
_GRACE_S = 2


def serve(config: Config, port: int, ready: Callable[[Door], None]) -> None:
    """Serve the project in the current folder until Ctrl-C.

    Args:
        config: the project's.
        port: 0 for any that is free.
        ready: told the way in, once the socket takes connections.

    Raises:
        InputError: the port is taken, or may not be used.
    """
    import uvicorn

    with _listening(port) as listener:
        door = Door(listener.getsockname()[1])
        app = make_app(config, door)
        settings = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,  # an address holds the secret
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_GRACE_S,
            limit_concurrency=200,
        )
        ready(door)
        try:
            uvicorn.Server(settings).run(sockets=[listener])
        except KeyboardInterrupt:
            return  # the usual way to end it


def open_browser(url: str) -> bool:
    """Open the link where there is a screen; a browser of the terminal would take the terminal away."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return False
    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False


def _listening(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"--port {port}: another program listens there; leave --port out, or name another"
            ) from error
        raise ConfigurationError(f"--port {port}: cannot be used ({error.strerror}); name another") from error
