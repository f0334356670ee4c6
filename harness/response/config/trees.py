"""From a tree with places to settings, and which kind of file a tree is."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence as Items
from dataclasses import replace

from harness.core.tree import MAX_LEAVES, Mapping, Scalar, Sequence, Tree, leaves
from harness.response.block import Block
from harness.response.config.model import Kind, Place, Setting

__all__ = ["kind_of_json", "kind_of_yaml", "place_of", "settings_of", "text_items"]

# Lists under these keys hold KEY=value, or mappings with `name` and `value`.
_ASSIGNED = frozenset({"environment", "env", "args", "labels", "build_args", "extra_hosts"})
_SERVICE_KEYS = frozenset(
    "image build container_name ports environment env_file volumes depends_on command entrypoint restart "
    "healthcheck deploy networks expose extends develop profiles secrets configs".split()
)
# Keys that only a service of compose has.
_SERVICE_SIGNS = frozenset("image build container_name env_file depends_on".split())


def place_of(block: Block, part: Tree) -> Place:
    """Return where a part of a tree stands."""
    width = part.width if isinstance(part, Scalar) else 0
    return Place(block, part.line, part.column, width)


def text_items(part: Tree | None) -> Iterator[Scalar]:
    """Yield the scalars of a list, or the one scalar that stands in its stead."""
    if isinstance(part, Scalar):
        yield part
    elif isinstance(part, Sequence):
        yield from (item for item in part.items if isinstance(item, Scalar))


def settings_of(block: Block, kind: Kind, trees: Items[Tree]) -> tuple[Setting, ...]:
    """Return the key/value facts of some trees."""
    found: list[Setting] = []
    last = block.text.count("\n")
    for tree in trees:
        names = _named_values(tree)
        for path, key, value in leaves(tree, MAX_LEAVES):
            setting = _setting(block, kind, path, (key, value), names)
            if setting is not None:
                # An empty value at the end of YAML stands below the last line.
                beyond = setting.place.line > last
                found.append(replace(setting, place=Place(block, last)) if beyond else setting)
    return tuple(found)


def _setting(
    block: Block,
    kind: Kind,
    path: tuple[str, ...],
    pair: tuple[Scalar, Scalar],
    names: dict[Scalar, Scalar],
) -> Setting | None:
    key, value = pair
    if value in names:
        name = names[value]
        return Setting(
            (*path[:-2], name.text),
            value.text,
            place_of(block, value),
            place_of(block, name),
            kind,
            value.plain,
        )
    if len(path) > 1 and path[-1].isdigit() and path[-2].lower() in _ASSIGNED and "=" in value.text:
        name_text, _, text = value.text.partition("=")
        quote = 0 if value.plain else 1
        start = value.column + quote + len(name_text) + 1
        place = Place(block, value.line, start, min(len(text), max(value.width - quote, 0)))
        named = Place(block, value.line, value.column + quote, len(name_text))
        return Setting((*path[:-1], name_text.strip()), text, place, named, kind, value.plain)
    return Setting(path, value.text, place_of(block, value), place_of(block, key), kind, value.plain)


def _named_values(tree: Tree) -> dict[Scalar, Scalar]:
    """Return, for every ``{name: KEY, value: text}`` in an environment list, value by name."""
    found: dict[Scalar, Scalar] = {}
    stack: list[Tree] = [tree]
    visits = 0
    while stack and visits < MAX_LEAVES:
        visits += 1
        part = stack.pop()
        if isinstance(part, Sequence):
            stack += part.items[:MAX_LEAVES]
        elif isinstance(part, Mapping):
            stack += [entry.value for entry in part.entries if not isinstance(entry.value, Scalar)]
            name, value = part.get("name"), part.get("value")
            if isinstance(name, Scalar) and isinstance(value, Scalar):
                found[value] = name
    return found


def kind_of_yaml(tree: Tree | None, name: str) -> Kind:
    """Return what a YAML document is, by its keys and its file name (small letters, no folders)."""
    if not isinstance(tree, Mapping):
        return Kind.YAML
    keys = tree.effective()
    if "apiVersion" in keys and "kind" in keys:
        return Kind.KUBERNETES
    if "openapi" in keys or "swagger" in keys:
        return Kind.OPENAPI
    if "jobs" in keys or "stages" in keys or name in {".gitlab-ci.yml", "bitbucket-pipelines.yml"}:
        return Kind.PIPELINE
    services = tree.get("services")
    if "compose" in name or _are_services(services):
        return Kind.COMPOSE
    return Kind.COMPOSE if not name and _is_service_fragment(tree) else Kind.YAML


def _are_services(services: Tree | None) -> bool:
    """Say whether a ``services:`` is that of compose; Symfony and others have one too."""
    if not isinstance(services, Mapping):
        return False
    for entry in services.effective().values():
        value = entry.value
        if isinstance(value, Mapping) and value.effective().keys() & _SERVICE_KEYS:
            return True
    return False


def _is_service_fragment(tree: Mapping) -> bool:
    """Say whether a mapping holds services without ``services:`` around them: an addition to a file."""
    entries = tree.effective()
    if not entries:
        return False
    return all(
        isinstance(entry.value, Mapping)
        and (keys := entry.value.effective().keys()) & _SERVICE_SIGNS
        and len(keys & _SERVICE_KEYS) * 2 >= len(keys)
        for key, entry in entries.items()
        if key not in {"volumes", "networks", "secrets", "configs"}
    ) and any(key not in {"volumes", "networks", "secrets", "configs"} for key in entries)


def kind_of_json(tree: Tree | None, name: str) -> Kind:
    """Return what a JSON document is, by its file name and its keys."""
    if name == "package.json":
        return Kind.PACKAGE_JSON
    if name == "composer.json":
        return Kind.COMPOSER_JSON
    if not isinstance(tree, Mapping):
        return Kind.JSON
    keys = tree.effective()
    if "openapi" in keys or "swagger" in keys:
        return Kind.OPENAPI
    if "require" in keys or "require-dev" in keys or "autoload" in keys:
        return Kind.COMPOSER_JSON
    named = isinstance(tree.get("dependencies"), Mapping) or isinstance(tree.get("devDependencies"), Mapping)
    if not name and (named or isinstance(tree.get("scripts"), Mapping)):
        return Kind.PACKAGE_JSON
    return Kind.JSON
