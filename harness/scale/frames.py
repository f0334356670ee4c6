"""What a worker and the process that watches it say to each other: a kind, a length, and bytes.

Nothing is pickled: the answers of models travel here.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import IO

__all__ = ["Kind", "receive", "send"]

_HEAD = struct.Struct(">BQ")
_LARGEST = 1 << 31


class Kind(IntEnum):
    """What a message is.

    ``PLAN``, ``TASK`` and ``PARTITION`` go to a worker. ``READY`` (the state of its code), ``STARTING`` (the
    place of an answer), ``DONE`` (verdicts), ``SIZE`` (bytes of memory) and ``FAULT`` (an error in words)
    come back.
    """

    PLAN = 1
    TASK = 2
    PARTITION = 3
    READY = 4
    STARTING = 5
    DONE = 6
    SIZE = 7
    FAULT = 8


def send(pipe: IO[bytes], kind: Kind, data: bytes) -> None:
    """Write one message.

    Raises:
        OSError: nobody reads any more.
    """
    pipe.write(_HEAD.pack(kind, len(data)))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[Kind, bytes]:
    """Read one message.

    Raises:
        EOFError: the other side is gone.
        ValueError: what came is no message.
    """
    kind, length = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    if length > _LARGEST:
        raise ValueError(f"a message of {length} bytes")
    return Kind(kind), _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if data is None or len(data) < length:
        raise EOFError("the other side is gone")
    return data
