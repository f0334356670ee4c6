"""``anthropic:inherit``: the model that an agent file names for itself."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from harness.core.errors import ConfigurationError

__all__ = ["INHERIT", "aliases", "inherited_model"]

INHERIT = "anthropic:inherit"
"""The model's name that asks for the agent's own."""

_LONG_CONTEXT = "[1m]"


@cache
def aliases() -> tuple[dict[str, str], str]:
    """Return what the short names of models mean, and the date on which they did."""
    table = tomllib.loads(files("harness.providers").joinpath("aliases.toml").read_text(encoding="utf-8"))
    return table["aliases"], table["date"].isoformat()


def inherited_model(named: str, place: str) -> str:
    """Return the model of an agent as ``provider:name``.

    Args:
        named: what the agent file says: a short name, a whole one, ``inherit`` or nothing.
        place: the agent, for the message.

    Raises:
        ConfigurationError: the file leaves the model to whoever starts the agent, or names an unknown one.
    """
    name = named.strip().lower().removesuffix(_LONG_CONTEXT)
    known, date = aliases()
    if name in known:
        return f"anthropic:{known[name]}"
    if name.startswith("claude-"):
        return f"anthropic:{name}"
    if name in {"", "inherit"}:
        raise ConfigurationError(
            f"{place}: names no model of its own ({INHERIT} was asked for); name one with --model"
        )
    raise ConfigurationError(
        f"{place}: model {named!r} is no alias that is known ({', '.join(known)}; as of {date});"
        " write the whole name there, or name one with --model"
    )
