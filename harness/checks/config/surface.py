"""Where a program takes its configuration from: the environment, a module that reads it, or a literal."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.config.build import Config
from harness.response.config.model import Kind
from harness.response.flow import expressions as e
from harness.response.flow.build import Flow
from harness.response.flow.statements import Import, Unit
from harness.response.flow.walk import walk
from harness.response.languages import UNREAD_LANGUAGES
from harness.response.program import Program
from harness.response.prose.read import prose_of

__all__ = ["Surface", "is_cut_off", "surface_of"]

_ROLES = (BlockRole.CODE, BlockRole.SCRIPT, BlockRole.CONFIG)
# Asked before a block is lowered, in small letters (ignoring case costs ten times as much): a block with
# none of these words configures nothing.
_WORDS = re.compile(
    r"env|config|settings|listen|host|port(?<!export)(?<!import)|://|\.run\b|serve|brokers|bootstrap_|contactpoints|nodes"
)
_ENVIRONMENTS = frozenset({"process.env", "import.meta.env", "os.environ", "Deno.env", "Bun.env"})
_GETTERS = frozenset({"getenv", "env", "environ", "getEnv", "get_env", "envOrFail", "requireEnv"})
_OBJECTS = frozenset({"config", "settings", "cfg", "conf", "env", "Config", "$config", "$settings", "$_ENV"})
_MODULES = re.compile(
    r"(?:^|[./\\:@])(?:config(?:uration)?|settings|env(?:ironment)?|environ|decouple|envalid|convict|dotenv|dynaconf|"
    r"pydantic_settings|env-var|env-schema|@nestjs/config)(?:$|[./\\](?:index|config|settings|env|js|ts|py|php)$)"
)
_BASES = frozenset({"BaseSettings", "Settings"})
_SERVERS = frozenset({"listen", "run", "serve"})
_ADDRESS = re.compile(
    r"^(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|nats|kafka|mssql|sqlserver)(?:\+\w+)?://\S+$"
)
_HOST_KEYS = frozenset({"host", "hostname", "server"})
# Beside a host these make it the address of a database or a broker.
_BESIDE = frozenset("password database db dbname dialect engine driver charset vhost port".split())
_BESIDE_USER = frozenset({"user", "username"})
_HOST_NAME = re.compile(r"^(?:localhost|[\w-]+(?:\.[\w-]+)+)$")
_EVERYWHERE = frozenset({"0.0.0.0", "::", "127.0.0.1"})  # noqa: S104 - where a server listens
_LISTS = frozenset({"brokers", "bootstrap_servers", "contactpoints", "nodes"})
_HOST_AND_PORT = re.compile(r"^[\w.-]+:\d{2,5}$")
_FILLED = re.compile(r"\$\{\w+[^}]*\}|\$\w+|\{\{[^}]*\}\}|%env\(")
_SAID = re.compile(r"\b(?:environment|env(?:ironment)?\s+vars?|\.env)\b", re.IGNORECASE)
_VARIABLE = re.compile(r"`[A-Z][A-Z0-9_]{2,60}`")
_REFERENCES = frozenset(
    {"secretKeyRef", "configMapKeyRef", "configMapRef", "secretRef", "env_file", "envFrom"}
)


@dataclass(slots=True)
class Surface:
    """What was seen: places that read the environment, and literals where a value of it belongs.

    ``unread`` is a language of a block that may do either and that is not understood.
    """

    reads: int = 0
    unread: str = ""
    literals: list[Finding] = field(default_factory=list)


def surface_of(program: Program) -> Surface:
    """Return where the answer takes its configuration from."""
    found = Surface()
    _in_files(program.config, found)
    flow = program.flow
    for block in program.answered:
        if block.role in _ROLES and block.language == "prisma" and "env(" in block.text:
            found.reads += 1
        if block.role in _ROLES and not block.oversized and _WORDS.search(block.text.lower()):
            unit = flow.unit(block)
            if unit is not None:
                _in_code(flow, unit, found)
            elif block.role is BlockRole.CODE and block.language in UNREAD_LANGUAGES:
                found.unread = block.language
    _in_prose(program, found)
    return found


def _in_files(config: Config, found: Surface) -> None:
    """Count files and settings that take their values from the environment, or fill it."""
    for file in (*config.yaml, *config.plain):
        if file.supplied or file.block.role is BlockRole.COUNTER_EXAMPLE:
            continue
        if file.kind in {Kind.ENV, Kind.ENV_EXAMPLE}:
            found.reads += bool(file.settings)
        else:
            found.reads += sum(
                1 for one in file.settings if _FILLED.search(one.value) or _REFERENCES & set(one.path)
            )
    for compose in config.compose:
        if not compose.supplied:
            found.reads += sum(1 for one in compose.services if one.environment or one.env_files)
    for dockerfile in config.dockerfiles:
        own = dockerfile.block.origin is not Origin.SUPPLIED
        found.reads += own and any(one.keyword == "ENV" for one in dockerfile.instructions)


def _in_prose(program: Program, found: Surface) -> None:
    """Count sentences that say which variables come from the environment."""
    if found.reads or not (
        "nvironment" in program.text or ".env" in program.text or "env var" in program.text
    ):
        return
    for passage in program.once(prose_of).passages:
        if _SAID.search(passage.text):
            found.reads += any(
                _SAID.search(one.text) and _VARIABLE.search(one.text) for one in passage.sentences
            )


def _in_code(flow: Flow, unit: Unit, found: Surface) -> None:
    for node in walk(unit.body):
        if _reads(node):
            found.reads += 1
        elif isinstance(node, e.Call):
            if not _port(flow, unit, node, found):
                _connection(flow, unit, node, found)
        elif isinstance(node, e.Mapping):
            _connection(flow, unit, node, found)
        elif isinstance(node, e.Constant):
            _address(flow, unit, node, found)


def _address(flow: Flow, unit: Unit, node: e.Constant, found: Surface) -> None:
    """Note the literal address of a database or a broker."""
    if not isinstance(node.value, str) or not _ADDRESS.match(node.value) or _stands_in(flow, unit, node):
        return
    if not flow.is_counter_example(unit, node.node):
        found.literals.append(flow.finding(unit, node.node, "the address of a service is a literal"))


def _reads(node: object) -> bool:
    """Say whether a node reads the environment or a configuration that does."""
    if isinstance(node, Import):
        lent = node.module.removeprefix("node:") in {"process", "os"} and any(
            one.name in {"env", "environ", "getenv"} for one in node.names
        )
        return lent or _MODULES.search(node.module) is not None
    if isinstance(node, e.Attribute):
        return _spelled(node) in _ENVIRONMENTS or _object(node.base) in _OBJECTS
    if isinstance(node, e.Index):
        return _object(node.base) in _OBJECTS
    if isinstance(node, e.Call):
        callee = node.callee
        name = callee.name if isinstance(callee, e.Name | e.Attribute) else ""
        if name in {"require", "import"} and node.arguments:
            first = node.arguments[0].value
            return isinstance(first, e.Constant) and _MODULES.search(str(first.value)) is not None
        return name in _GETTERS or (isinstance(callee, e.Name) and name == "config")
    if isinstance(node, e.ClassDefinition):
        return any(isinstance(base, e.Name | e.Attribute) and base.name in _BASES for base in node.bases)
    return isinstance(node, e.Assignment) and _takes_environment(node)


def _takes_environment(node: e.Assignment) -> bool:
    """Say whether ``const { env } = process`` stands here."""
    if not (isinstance(node.value, e.Name) and node.value.name in {"process", "os"}):
        return False
    keys = [entry.key for entry in node.target.entries] if isinstance(node.target, e.Mapping) else []
    return any(isinstance(key, e.Constant) and key.value in {"env", "environ"} for key in keys)


def _spelled(node: e.Attribute) -> str:
    base = node.base
    if isinstance(base, e.Attribute) and isinstance(base.base, e.Name):
        return f"{base.base.name}.{base.name}.{node.name}"
    return f"{base.name}.{node.name}" if isinstance(base, e.Name) else ""


def _object(node: e.Expression) -> str:
    return node.name if isinstance(node, e.Name | e.Attribute) else ""


def _port(flow: Flow, unit: Unit, call: e.Call, found: Surface) -> bool:
    """Note a server that listens on a literal port; say whether the call starts one."""
    name = call.callee.name if isinstance(call.callee, e.Name | e.Attribute) else ""
    serves = name in _SERVERS and isinstance(call.callee, e.Attribute)
    if not call.arguments or not (serves or name.endswith("Server")):
        return False
    candidates = [one.value for one in call.arguments if one.name == "port"]
    if name == "listen" and not call.arguments[0].name:
        candidates.append(call.arguments[0].value)
    for argument in call.arguments[:3]:
        entries = _entries(argument.value)
        inner = _entries(entries.get("listen"))
        candidates += [one["port"] for one in (entries, inner) if "port" in one]
    for value in candidates:
        port = flow.names.constant(value, unit) if isinstance(value, e.Name | e.Constant) else None
        is_port = isinstance(port, int) and not isinstance(port, bool) and port > 0
        if is_port and not flow.is_counter_example(unit, value.node):
            found.literals.append(flow.finding(unit, value.node, f"the port {port} is a literal"))
    return True


def _entries(node: e.Expression | None) -> dict[str, e.Expression]:
    """Return the entries of a mapping, or the keyword arguments of a call, by names in small letters."""
    if isinstance(node, e.Call):
        return {one.name.lower(): one.value for one in node.arguments if one.name}
    if not isinstance(node, e.Mapping):
        return {}
    return {
        entry.key.value.lower(): entry.value
        for entry in node.entries
        if isinstance(entry.key, e.Constant) and isinstance(entry.key.value, str)
    }


def _connection(flow: Flow, unit: Unit, node: e.Mapping | e.Call, found: Surface) -> None:
    """Note the literal host of a database or a broker."""
    entries = _entries(node)
    for key in _LISTS & entries.keys():
        value = entries[key]
        _hosts(flow, unit, value.items if isinstance(value, e.Items) else (value,), found)
    host = next((entries[key] for key in _HOST_KEYS if key in entries), None)
    if not isinstance(host, e.Constant) or not isinstance(host.value, str):
        return
    if _is_address(host.value, frozenset(entries)) and not flow.is_counter_example(unit, host.node):
        found.literals.append(flow.finding(unit, host.node, f"the host {host.value[:60]} is a literal"))


def _is_address(host: str, keys: frozenset[str]) -> bool:
    """Say whether a host is that of a service, by what stands beside it; people host meetings, too."""
    if not host or " " in host:
        return False
    if host in _EVERYWHERE and not (_BESIDE - {"port"}) & keys:
        return False
    return bool(_BESIDE & keys) or (bool(_BESIDE_USER & keys) and _HOST_NAME.match(host) is not None)


def _hosts(flow: Flow, unit: Unit, values: tuple[e.Expression, ...], found: Surface) -> None:
    """Note literal brokers and the like."""
    for value in values[:20]:
        text = value.value if isinstance(value, e.Constant) else None
        if (
            isinstance(text, str)
            and _HOST_AND_PORT.match(text)
            and not flow.is_counter_example(unit, value.node)
        ):
            found.literals.append(flow.finding(unit, value.node, f"the host {text[:60]} is a literal"))


def _stands_in(flow: Flow, unit: Unit, node: e.Constant) -> bool:
    """Say whether a text only stands in for a variable that is not set, or is no address to connect to."""
    parent = flow.names.parent(node, unit)
    if isinstance(parent, e.Binary):
        return parent.operator in {"||", "??", "==", "===", "!=", "!==", "in"}
    if isinstance(parent, e.Call):
        callee = parent.callee
        name = callee.name if isinstance(callee, e.Name | e.Attribute) else ""
        keyword = any(one.value is node and one.name == "default" for one in parent.arguments)
        later = (
            parent.arguments
            and parent.arguments[0].value is not node
            and name in {*_GETTERS, "get", "config"}
        )
        return bool(keyword or later or name in {"default", "startsWith", "startswith", "Field"})
    return isinstance(parent, e.Parameter | e.Conditional)


def is_cut_off(block: Block) -> bool:
    """Say whether the answer ended inside a block that could configure more."""
    return block.truncated and block.role in _ROLES
