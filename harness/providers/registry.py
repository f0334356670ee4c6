"""From a model's name to the provider that reaches it."""

from __future__ import annotations

from typing import Any

from harness.core.errors import ConfigurationError
from harness.providers.aliases import INHERIT
from harness.providers.base import Provider, ProviderOptions, split_model

__all__ = ["DEFAULT_MODEL", "OTHER_MODELS", "default_parameters", "open_provider"]

DEFAULT_MODEL = "local:smollm2"
CLAUDE_CODE = "claude-code"
# How models are named besides the embedded one, and what for; the names before the colon are all there are.
OTHER_MODELS = (
    ("local:/path/model.gguf", "any GGUF file, served by llama.cpp inside this program"),
    ("anthropic:<model>", "the Messages API: needs ANTHROPIC_API_KEY, or a server at ANTHROPIC_BASE_URL"),
    ("anthropic:inherit", "the model that the agent file names: sonnet, opus, haiku, fable, or a whole name"),
    (
        "claude-code[:<model>]",
        "the Claude Code program itself, for routing only: needs the extra claude-code",
    ),
    ("replay:<folder>", "answers that exist: a run folder, a sample store, or golden answers"),
)
_KNOWN = ", ".join([DEFAULT_MODEL, *(form for form, _ in OTHER_MODELS)])
_NAMES = frozenset(form.replace("[", ":").partition(":")[0] for form, _ in OTHER_MODELS)


def open_provider(model: str, options: ProviderOptions | None = None) -> Provider:
    """Open the provider of a model; heavy packages are loaded at its first call.

    Weights that a local model lacks are fetched here.

    Raises:
        ConfigurationError: an unknown provider, no key, a wrong address, a missing file or package.
        IncompleteError: weights could not be fetched.
    """
    options = options or ProviderOptions()
    provider, name = _split(model)
    if provider == "anthropic":
        from harness.providers.anthropic import AnthropicProvider

        return AnthropicProvider(name, options)
    if provider == "local":
        from harness.providers.local import LocalProvider

        return LocalProvider(name, options)
    if provider == CLAUDE_CODE:
        from harness.providers.claude_code import ClaudeCodeProvider

        return ClaudeCodeProvider(name, options)
    from harness.providers.replay import open_replay

    return open_replay(name)


def default_parameters(model: str, seed: int = 0) -> dict[str, Any]:
    """Return the parameters that every request to a model carries unless the user sets others.

    They are part of the request, and so of the sample's key: an answer of other weights, of another
    server, or at another temperature is another sample.

    Raises:
        ConfigurationError: the model is not known, or its file does not exist.
    """
    provider, name = _split(model)
    if provider == "anthropic":
        from harness.providers.endpoint import identity

        return identity()
    if provider == CLAUDE_CODE:
        from harness.providers.claude_program import find_program, program_version
        from harness.providers.endpoint import identity

        return {"@program": program_version(find_program()), **identity()}
    if provider == "local":
        from harness.providers.weights import identity_of

        return {"temperature": 0.2, "top_p": 0.9, "seed": seed, "@weights": identity_of(name)}
    return {}


def _split(model: str) -> tuple[str, str]:
    provider, name = split_model(model)
    if provider not in _NAMES:
        raise ConfigurationError(f"{model!r}: unknown provider {provider!r}; use one of: {_KNOWN}")
    if model == INHERIT:
        raise ConfigurationError(
            f"{model!r} stands for the model of an agent file; name the model itself here"
        )
    if not name and provider != CLAUDE_CODE:
        raise ConfigurationError(f"{model!r}: no model named after {provider!r}; use one of: {_KNOWN}")
    return provider, name
