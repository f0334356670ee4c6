"""Errors of the Anthropic SDK and its HTTP client, named in our words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.core.errors import PermanentProviderError, ProviderError, TransientProviderError
from harness.providers.base import FailureKind, brief, redact
from harness.providers.headers import retry_after_s

if TYPE_CHECKING:
    import anthropic

__all__ = ["BodyTooLargeError", "failure_of", "kind_of_status", "named_failure", "refuses"]

_KINDS_BY_STATUS = {
    400: FailureKind.BAD_REQUEST,
    401: FailureKind.AUTHENTICATION,
    402: FailureKind.PERMISSION,
    403: FailureKind.PERMISSION,
    404: FailureKind.NOT_FOUND,
    405: FailureKind.NOT_FOUND,
    408: FailureKind.SERVER_ERROR,
    409: FailureKind.SERVER_ERROR,
    413: FailureKind.TOO_LARGE,
    429: FailureKind.RATE_LIMIT,
    529: FailureKind.OVERLOADED,
}
# An error inside a stream comes with status 200; its type says what it is.
_KINDS_BY_TYPE = {
    "authentication_error": FailureKind.AUTHENTICATION,
    "billing_error": FailureKind.PERMISSION,
    "not_found_error": FailureKind.NOT_FOUND,
    "overloaded_error": FailureKind.OVERLOADED,
    "permission_error": FailureKind.PERMISSION,
    "rate_limit_error": FailureKind.RATE_LIMIT,
    "request_too_large": FailureKind.TOO_LARGE,
    "timeout_error": FailureKind.SERVER_ERROR,
    "api_error": FailureKind.SERVER_ERROR,
    "invalid_request_error": FailureKind.BAD_REQUEST,
}
_TRANSIENT = {
    FailureKind.TIMEOUT,
    FailureKind.SERVER_ERROR,
    FailureKind.RATE_LIMIT,
    FailureKind.OVERLOADED,
    FailureKind.CONNECTION,
    FailureKind.EXPIRED,
    FailureKind.CANCELED,
    FailureKind.INVALID_RESPONSE,  # of a proxy, or garbled: what a model wrote is judged elsewhere
}
_FATAL = {FailureKind.AUTHENTICATION, FailureKind.PERMISSION, FailureKind.NOT_FOUND}
_REMEDIES = {
    FailureKind.AUTHENTICATION: "check ANTHROPIC_API_KEY",
    FailureKind.PERMISSION: "check what the key may do and that the account has credit",
    FailureKind.NOT_FOUND: "check the model's name and ANTHROPIC_BASE_URL",
    FailureKind.TOO_LARGE: "shorten the prompt",
}
# Servers report a prompt beyond the context window as a plain 400; only the words differ.
_TOO_LONG_WORDS = (
    "prompt is too long",
    "context length",
    "context size",
    "context window",
    "maximum context",
)
_NO_CREDIT_WORDS = ("credit balance",)


class BodyTooLargeError(Exception):
    """A response is longer than any answer; the rest of it was not read."""


def failure_of(error: Exception, place: str, secrets: tuple[str, ...]) -> ProviderError:
    """Name an error of a call; what is not one is a bug and is raised as it is.

    Args:
        error: what the SDK raised.
        place: the model and its server, for the message.
        secrets: what must not be in the message.
    """
    if isinstance(error, ProviderError):
        error.args = (f"{place}: {error}",)
        return error
    kind, said = _classify(error)
    response = getattr(error, "response", None)
    wait = 0.0 if response is None else retry_after_s(response.headers)
    return named_failure(kind, brief(redact(said, secrets)), place, wait)


def named_failure(kind: FailureKind, detail: str, place: str, wait_s: float = 0.0) -> ProviderError:
    """Return the error of a call that failed: whether it may succeed later, and what to do, go with its kind.

    Args:
        kind: why it failed.
        detail: what was said; short, without secrets.
        place: the model and its server.
        wait_s: how long the server wants to be left alone, in seconds.
    """
    if kind is FailureKind.CONNECTION:
        return TransientProviderError(kind, f"{place}: the server cannot be reached ({detail})")
    message = f"{place}: {kind.value.replace('_', ' ')} ({detail})"
    if kind in _TRANSIENT:
        return TransientProviderError(kind, message, retry_after_s=wait_s)
    remedy = _REMEDIES.get(kind)
    return PermanentProviderError(kind, message + (f"; {remedy}" if remedy else ""), fatal=kind in _FATAL)


def refuses(error: Exception, word: str) -> bool:
    """Tell whether a server refuses a request because of one thing in it, by the words it uses."""
    return getattr(error, "status_code", 0) in {400, 422} and word in str(error).lower()


def _classify(error: Exception) -> tuple[FailureKind, str]:
    """Return the kind of an error and what was said; anything that is no error of a call is raised again."""
    import anthropic
    import httpx2

    cause = error.__cause__ if isinstance(error, anthropic.APIConnectionError) else error
    if isinstance(cause, BodyTooLargeError):
        return FailureKind.INVALID_RESPONSE, str(cause)
    if isinstance(cause, httpx2.ConnectTimeout):
        return FailureKind.CONNECTION, "no connection in time"
    # The SDK wraps errors of connecting; those in the middle of a stream come from its HTTP client.
    if isinstance(error, (anthropic.APITimeoutError, httpx2.TimeoutException)):
        return FailureKind.TIMEOUT, "no answer in time"
    if isinstance(error, (anthropic.APIConnectionError, httpx2.TransportError)):
        return FailureKind.CONNECTION, str(cause or error) or type(cause).__name__
    if isinstance(error, anthropic.APIStatusError):
        return _classify_status(error)
    if isinstance(
        error,
        (
            anthropic.APIError,
            httpx2.HTTPError,
            ValueError,
            TypeError,
            AttributeError,
            KeyError,
            RecursionError,
        ),
    ):
        # What the server sent is read without checking it first.
        return FailureKind.INVALID_RESPONSE, f"not a message of the Messages API: {error!r}"
    raise error


def _classify_status(error: anthropic.APIStatusError) -> tuple[FailureKind, str]:
    status = error.status_code
    said = error.api_message if isinstance(error.api_message, str) else error.message
    return kind_of_status(status, said, str(error.type)), f"HTTP {status}: {said}"


def kind_of_status(status: int, said: str, error_type: str = "") -> FailureKind:
    """Return the kind of an error that a server answered with.

    Args:
        status: of HTTP; below 400 for an error inside a stream.
        said: the server's words, which alone tell a prompt that is too long, or an account without credit.
        error_type: what the Messages API calls it.
    """
    kind = _KINDS_BY_TYPE.get(error_type) if status < 400 else _KINDS_BY_STATUS.get(status)
    if kind is None:
        kind = FailureKind.SERVER_ERROR if status >= 500 or status < 400 else FailureKind.BAD_REQUEST
    words = said.lower()
    if kind is FailureKind.BAD_REQUEST and any(phrase in words for phrase in _TOO_LONG_WORDS):
        return FailureKind.TOO_LARGE
    if kind is FailureKind.BAD_REQUEST and any(phrase in words for phrase in _NO_CREDIT_WORDS):
        return FailureKind.PERMISSION
    return kind
