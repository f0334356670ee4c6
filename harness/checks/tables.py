"""Tables that checks look things up in: YAML beside the module that reads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from harness.core.errors import CheckDefinitionError
from harness.core.located_yaml import read_bounded, read_yaml

__all__ = ["table_beside"]


@cache
def table_beside(module: str, name: str) -> Any:
    """Return the plain value of a YAML file in the folder of a module; read once.

    Args:
        module: the ``__file__`` of the module.
        name: the file's name.

    Raises:
        CheckDefinitionError: the file cannot be read or is no YAML; the message has its line.
    """
    path = Path(module).with_name(name)
    text = read_bounded(path, error=CheckDefinitionError)
    return read_yaml(text, str(path), error=CheckDefinitionError).value
