"""Read a file of bounded size from disk."""

from __future__ import annotations

from pathlib import Path

from harness.agentfile.encoding import MAX_BYTES
from harness.core.errors import AgentFileError

__all__ = ["read_bytes"]


def read_bytes(path: Path) -> bytes:
    """Read a file; of one that is too large only so much that the size can be refused.

    Raises:
        AgentFileError: it does not exist, is no regular file, or cannot be read.
    """
    try:
        if not path.exists():
            raise AgentFileError(f"{path}: no such file; check the spelling (you are in {Path.cwd()})")
        if not path.is_file():
            raise AgentFileError(f"{path}: not a regular file; name a markdown file")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:  # a name that is too long, too
        raise AgentFileError(
            f"{path}: cannot be read ({error.strerror or error}); check its name and permissions"
        ) from error
