"""The packages of the extra ``scale``: imported where they are used, and asked for in one line."""

from __future__ import annotations

from typing import Any

from harness.core.errors import ConfigurationError

__all__ = ["dask_distributed", "pyarrow"]

_REMEDY = "run `pip install 'agentfile-harness[scale]'`"


def pyarrow() -> tuple[Any, Any]:
    """Return ``pyarrow`` and ``pyarrow.parquet``.

    Raises:
        ConfigurationError: they are not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigurationError(f"Parquet partitions need pyarrow ({error}); {_REMEDY}") from error
    return pa, parquet


def dask_distributed() -> Any:
    """Return ``distributed``.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        import distributed
    except ImportError as error:
        raise ConfigurationError(f"--engine dask needs dask[distributed] ({error}); {_REMEDY}") from error
    return distributed
