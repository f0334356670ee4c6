"""What is fuzzed: a surface takes bytes from outside and may refuse them in one line, nothing else."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from harness.core.errors import LONGEST_MESSAGE, HarnessError

__all__ = ["FaultError", "Surface", "examine", "json_bytes", "scratch", "text_of"]


class FaultError(Exception):
    """What must not happen, with a name that is the same for the same cause."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__(words)
        self.name = name


@dataclass(frozen=True, slots=True)
class Surface:
    """One way in from outside.

    Attributes:
        name: of the surface, its corpus folder and its tests.
        target: reads the bytes. A ``HarnessError`` refuses them; every other exception is a fault.
        seeds: inputs that are accepted, to start from.
        tokens: pieces of the format.
        form: ``text``, ``json`` or ``bytes``; says which mutations make sense.
        bound_s: processor time one input of at most ``longest`` bytes may take; more is a hang.
        longest: bytes of an input.
        short: inputs in the short form of the tests.
        allowed: other exceptions that are the documented answer of this surface.
    """

    name: str
    target: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    tokens: tuple[str, ...] = ()
    form: str = "text"
    bound_s: float = 10.0
    longest: int = 40_000
    short: int = 40
    allowed: tuple[type[BaseException], ...] = field(default=())


def examine(surface: Surface, data: bytes) -> str:
    """Give bytes to a surface; return how it refused them, or an empty text.

    Raises:
        FaultError: an exception that is no refusal, a refusal of several lines or without end, a hang.
    """
    begun = time.process_time()
    said = ""
    try:
        with _watched(surface):
            surface.target(data)
    except HarnessError as error:
        said = str(error)
    except surface.allowed as error:
        said = str(error) or type(error).__name__
    except (KeyboardInterrupt, SystemExit, FaultError):
        raise
    except BaseException as error:
        raise FaultError(_cause(error), f"{type(error).__name__}: {str(error)[:300]}") from error
    if "\n" in said or "\r" in said:
        raise FaultError("refusal-of-several-lines", said[:300])
    if len(said) > LONGEST_MESSAGE:
        raise FaultError("refusal-without-end", f"{len(said):,} characters: {said[:300]}")
    took = time.process_time() - begun
    if took > surface.bound_s:
        raise FaultError("slow", f"{took:.1f} s of processor time")
    return said


@contextlib.contextmanager
def _watched(surface: Surface) -> Iterator[None]:
    """End what runs in Python for much longer than it may; a library that hangs is ended from outside."""

    def expire(_: int, frame: FrameType | None) -> None:
        where = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}" if frame else "?"
        raise FaultError("hang", f"still at work after {2 * surface.bound_s:.0f} s, at {where}")

    before = signal.signal(signal.SIGVTALRM, expire)
    signal.setitimer(signal.ITIMER_VIRTUAL, 2 * surface.bound_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _cause(error: BaseException) -> str:
    """Name a fault by its type and the innermost place in the package."""
    place, trace = "outside", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/harness/" in code.co_filename:
            place = f"{Path(code.co_filename).stem}-{code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__}-{place}".replace("<", "").replace(">", "")


@functools.cache
def scratch(name: str) -> Path:
    """Return a folder for the files of a surface, in memory where the system has that."""
    memory = Path("/dev/shm")  # noqa: S108 - made by mkdtemp, of this process alone
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-", dir=memory if memory.is_dir() else None))
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def text_of(data: bytes) -> str:
    """Return bytes as text of any kind, half surrogate pairs included."""
    return data.decode("utf-8", "surrogateescape")


def json_bytes(value: Any) -> bytes:
    """Return the JSON text of a value."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
