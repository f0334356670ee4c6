"""What names and paths (``x``, ``self.x``, ``req.query.sort``) stand for at one point of a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.response.flow.expressions import Attribute, Await, Call, Constant, Expression, Index, Name
from harness.response.flow.taint.values import Value, join

__all__ = ["Environment", "callee_of", "path_of"]

_MAX_LINKS = 8


def path_of(expression: Expression) -> str:
    """Return a variable or a chain of constant members as a path; empty for anything else."""
    links: list[str] = []
    here = expression
    while len(links) <= _MAX_LINKS:
        if isinstance(here, Name):
            return "\t".join([here.name, *reversed(links)])
        if isinstance(here, Attribute):
            links.append(here.name)
            here = here.base
        elif isinstance(here, Index) and isinstance(here.key, Constant):
            links.append(str(here.key.value)[:80])
            here = here.base
        elif isinstance(here, Await):
            here = here.value
        else:
            return ""
    return ""


def callee_of(call: Call) -> Expression:
    """Return what is called; ``await pool.query<T>(...)`` is parsed as a call of ``await pool.query``."""
    callee = call.callee
    return callee.value if isinstance(callee, Await) else callee


class Environment:
    """A layer of knowledge over another one: forking costs nothing, joining only what changed."""

    __slots__ = ("_under", "below", "known")

    def __init__(self, below: Environment | None = None) -> None:
        self.below = below
        self.known: dict[str, Value] = {}
        # Root name -> the longer paths known in this layer.
        self._under: dict[str, set[str]] = {}

    def fork(self) -> Environment:
        """Return a layer of its own over this one."""
        return Environment(self)

    def get(self, path: str) -> Value | None:
        """Return what a path stands for; ``None`` where only its base is known, or nothing."""
        prefixes = _prefixes(path)
        layer: Environment | None = self
        while layer is not None:
            known = layer.known
            found = known.get(path)
            if found is not None:
                return found
            if prefixes and any(prefix in known for prefix in prefixes):
                return None
            layer = layer.below
        return None

    def set(self, path: str, value: Value) -> None:
        """Note an assignment: what was known of parts is forgotten."""
        self.forget_parts(path)
        self.refine(path, value)

    def refine(self, path: str, value: Value) -> None:
        """Note what is now known of a path, its parts untouched."""
        self.known[path] = value
        root, tab, _ = path.partition("\t")
        if tab:
            self._under.setdefault(root, set()).add(path)

    def forget_parts(self, path: str) -> None:
        """Forget what this layer knows of the parts of a path."""
        root = path.partition("\t")[0]
        under = self._under.get(root)
        if under:
            gone = {one for one in under if one.startswith(path + "\t")}
            under -= gone
            for one in gone:
                self.known.pop(one, None)

    def changed(self) -> Iterator[str]:
        """Yield the paths that this layer knows."""
        yield from self.known

    def absorb(self, layer: Environment) -> None:
        """Take over all that a layer over this one knows."""
        for path in sorted(layer.known, key=len):
            self.set(path, layer.known[path])

    def rebased(self, below: Environment) -> Environment:
        """Return the same knowledge over another layer."""
        layer = Environment(below)
        layer.absorb(self)
        return layer

    def flattened(self, below: Environment) -> Environment:
        """Return as one layer over ``below`` all that is known between it and here."""
        chain: list[Environment] = []
        here: Environment | None = self
        while here is not None and here is not below:
            chain.append(here)
            here = here.below
        layer = Environment(below)
        for one in reversed(chain):
            layer.absorb(one)
        return layer

    def flattened_to(self, inside: Environment) -> Environment:
        """Return as one layer what is known from ``inside`` (a layer below) up to here."""
        below = inside.below
        return self.flattened(below) if below is not None else self

    def merge(self, branches: Sequence[Environment], read: Callable[[Environment, str], Value]) -> None:
        """Take over what layers over this one know, where any of them may have happened.

        Args:
            branches: layers directly over this one.
            read: what a path means in a layer that holds nothing about it itself.
        """
        if len(branches) == 1:
            self.absorb(branches[0])
            return
        paths: dict[str, None] = {}
        for branch in branches:
            paths.update(dict.fromkeys(branch.known))
        merged = {}
        for path in sorted(paths, key=len):
            found = [branch.get(path) or read(branch, path) for branch in branches]
            whole = found[0]
            for one in found[1:]:
                whole = join(whole, one)
            merged[path] = whole
        for path, value in merged.items():
            self.set(path, value)


def _prefixes(path: str) -> tuple[str, ...]:
    if "\t" not in path:
        return ()
    parts = path.split("\t")
    return tuple("\t".join(parts[:count]) for count in range(1, len(parts)))
