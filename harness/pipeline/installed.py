"""What pip has to be told so that CI installs the harness that is running here (PEP 610)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import metadata

__all__ = ["Installed", "installed", "requirement_of"]

PACKAGE = "agentfile-harness"


@dataclass(frozen=True, slots=True)
class Installed:
    """Where this harness came from.

    Attributes:
        requirement: what pip installs it by.
        note: what a person should know of it; mostly empty.
    """

    requirement: str
    note: str = ""


def installed() -> Installed:
    """Return where the running harness came from."""
    found = metadata.distribution(PACKAGE)
    return requirement_of(found.version, found.read_text("direct_url.json"))


def requirement_of(version: str, direct_url: str | None) -> Installed:
    """Return by what pip installs a package.

    Args:
        version: of the package.
        direct_url: what pip noted when it did not come from an index (PEP 610), as JSON.
    """
    noted = json.loads(direct_url) if direct_url else {}
    address, version_control = str(noted.get("url", "")), noted.get("vcs_info")
    if version_control:
        system, commit = version_control["vcs"], version_control["commit_id"]
        return Installed(f"{PACKAGE} @ {system}+{address}@{commit}")
    if address and not address.startswith("file:"):
        return Installed(f"{PACKAGE} @ {address}")
    pinned = f"{PACKAGE}=={version}"
    if not address:
        return Installed(pinned)
    note = (
        f"this harness was installed from a folder, and the workflow installs {pinned} from an index; where "
        f"that has none, name a repository there: '{PACKAGE} @ git+https://HOST/OWNER/NAME@COMMIT'"
    )
    return Installed(pinned, note)
