"""Where the Claude Code program is, which version it is, and the surroundings in which it is asked."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

from harness.core.errors import ConfigurationError
from harness.providers.endpoint import KEY_VARIABLE, TOKEN_VARIABLE, reached_address, read_endpoint

__all__ = ["PROGRAM_VARIABLE", "find_program", "program_version", "secrets", "surroundings"]

PROGRAM_VARIABLE = "HARNESS_CLAUDE_CODE"
"""Environment variable that names another program than the one that comes with the SDK."""

OLDEST = (2, 1, 257)
"""Older programs expand ``@path`` and ``/command`` in a message, and the SDK does not know them."""

_PACKAGE = "claude_agent_sdk"
_VERSION = re.compile(r"\b(\d+)\.(\d+)\.(\d+)\b")
_ANSWER_S = 60
_TOKENS = (KEY_VARIABLE, TOKEN_VARIABLE, "CLAUDE_CODE_OAUTH_TOKEN")
_CLOUDS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",  # no updates, telemetry or reports of errors
    "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",  # the choice is read from the stream
    "CLAUDE_CODE_DISABLE_CLAUDE_MDS": "1",  # instructions in folders above the project
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
    "CLAUDE_CODE_MAX_RETRIES": "0",  # the run repeats calls, and nobody else
}


def find_program() -> Path:
    """Return the program: the one that the environment names, that comes with the SDK, or is installed.

    Raises:
        ConfigurationError: the SDK or the program is missing.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError(
            "claude-code: the Claude Agent SDK is missing; run `pip install 'agentfile-harness[claude-code]'`"
        )
    named = os.environ.get(PROGRAM_VARIABLE, "").strip()
    if named:
        path = Path(named).expanduser()
        if not os.access(path, os.X_OK) or path.is_dir():
            raise ConfigurationError(
                f"{PROGRAM_VARIABLE} names {named}, which is no program; correct it, or unset it"
            )
        return path.absolute()
    bundled = Path(spec.submodule_search_locations[0]) / "_bundled" / "claude"
    found = bundled if bundled.is_file() else shutil.which("claude")
    if found is None:
        raise ConfigurationError(
            f"claude-code: no Claude Code program; install it so that `claude --version` works, or name it in"
            f" {PROGRAM_VARIABLE}"
        )
    return Path(found)


@lru_cache
def program_version(program: Path) -> str:
    """Ask the program for its version; other versions answer otherwise, so it is part of each sample's key.

    Raises:
        ConfigurationError: it does not say, or is too old.
    """
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_ANSWER_S, check=False
        )
        said = done.stdout[:1_000]
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{program} cannot be started ({error}); install Claude Code anew"
        ) from error
    found = _VERSION.search(said)
    if found is None:
        raise ConfigurationError(
            f"{program} --version says {said.strip()[:80]!r}; name Claude Code in {PROGRAM_VARIABLE}"
        )
    if tuple(int(part) for part in found.groups()) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ConfigurationError(f"{program} is Claude Code {found[0]}; {oldest} or newer is needed")
    return found[0]


def secrets() -> tuple[str, ...]:
    """Return what must never reach a message, a log or the store."""
    return tuple(value for value in (os.environ.get(name, "").strip() for name in _TOKENS) if value)


def surroundings(settings_folder: Path, timeout_s: float, max_tokens: int) -> dict[str, str]:
    """Return the environment variables that are set for the program, beside those of this process.

    With a key or token in the environment, or a server on this machine, the program gets an empty folder of
    settings: nothing of the user's is read or written. Without, it needs the user's login.

    Raises:
        ConfigurationError: the address of the server is no address.
    """
    found = _QUIET | {
        "API_TIMEOUT_MS": str(int(timeout_s * 1_000)),
        "CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(max_tokens),
    }
    base_url, loopback = reached_address()
    given = any(os.environ.get(name, "").strip() for name in (*_TOKENS, *_CLOUDS))
    if loopback and not given:
        found[KEY_VARIABLE] = read_endpoint().api_key  # it needs none, but the program insists
    if base_url:
        found["ANTHROPIC_BASE_URL"] = base_url
    if given or loopback:
        found["CLAUDE_CONFIG_DIR"] = str(settings_folder)
    return found
