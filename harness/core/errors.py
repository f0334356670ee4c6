"""The exception tree. Each message says where, what was found, and what to do.

The exit codes are those the commands promise: 2 for what the user must mend, 3 for what could not
be completed. A bug keeps its traceback: nothing here catches it.
"""

from __future__ import annotations

from harness.core.escape import reveal

__all__ = [
    "LONGEST_MESSAGE",
    "AgentFileError",
    "BudgetError",
    "CheckDefinitionError",
    "ConfigurationError",
    "DatasetError",
    "HarnessError",
    "IncompleteError",
    "InputError",
    "PermanentProviderError",
    "ProviderError",
    "ReplayError",
    "StoreError",
    "StoreSettingError",
    "TransientProviderError",
]


LONGEST_MESSAGE = 2_000
"""Characters of a message: it may quote what it refuses, not repeat it."""

_CUT = " [...] "


class HarnessError(Exception):
    """Base of every error this package raises on purpose. ``exit_code`` is what a command returns.

    Its message is one line of at most ``LONGEST_MESSAGE`` characters, whatever it quotes: breaks and
    hidden characters are written out, and what is too long loses its middle, since the beginning says
    where and the end says what to do.
    """

    exit_code = 2

    def __init__(self, message: str = "") -> None:
        super().__init__(_one_line(message))


class InputError(HarnessError):
    """The user's input is wrong: a missing file, an unknown name, a malformed value."""


class AgentFileError(InputError):
    """An agent file cannot be read at all (lenient loading mends everything else)."""


class DatasetError(InputError):
    """A dataset file is not valid YAML or does not follow the schema."""


class ConfigurationError(InputError):
    """``harness.toml``, an environment variable or a command-line option is wrong."""


class CheckDefinitionError(InputError):
    """A check class or a declarative check lacks what the contract demands."""


class IncompleteError(HarnessError):
    """Work stopped early for a reason outside the input: the disk, the server, the budget."""

    exit_code = 3


class BudgetError(IncompleteError):
    """The run has spent what it may spend."""

    kind = "budget"


class StoreError(IncompleteError):
    """The sample store cannot be read or written."""


class StoreSettingError(StoreError):
    """The file that is named as the sample store cannot be one: the setting must be mended."""

    exit_code = 2


class ProviderError(HarnessError):
    """A call to a model failed. ``kind`` is a short stable word such as ``rate_limit``."""

    exit_code = 3
    transient = False

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class TransientProviderError(ProviderError):
    """The same call may succeed later: throttled, overloaded, connection lost.

    ``retry_after_s`` is how long the server wants to be left alone, in seconds; 0: it did not say.
    """

    transient = True

    def __init__(self, kind: str, message: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(kind, message)
        self.retry_after_s = retry_after_s


class PermanentProviderError(ProviderError):
    """The same call will fail again. ``fatal`` ends the run (no key, 401, unknown model)."""

    def __init__(self, kind: str, message: str, *, fatal: bool = False) -> None:
        super().__init__(kind, message)
        self.fatal = fatal
        if fatal:
            self.exit_code = 2


class ReplayError(PermanentProviderError):
    """A replayed run or folder holds no answer to this request."""


def _one_line(message: str) -> str:
    line = reveal(message).replace("\n", "\\n")
    if len(line) <= LONGEST_MESSAGE:
        return line
    end = LONGEST_MESSAGE // 3
    return f"{line[: LONGEST_MESSAGE - end - len(_CUT)]}{_CUT}{line[-end:]}"
