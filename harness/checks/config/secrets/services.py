"""Addresses of a deployment's own services that stand in code: hosts that exist in one network only.

A public API has one address for everybody, a loopback address is that of any machine, and both may rightly
be constants. A name that only one network knows (``db.internal``, ``10.20.0.3``, the ``redis`` of a compose
file) is configuration, whoever connects to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.checks.config.secrets.circumstances import place_of_node
from harness.checks.config.secrets.place import Hardcoded
from harness.checks.config.secrets.readings import last_name, text_of
from harness.checks.config.secrets.words import words_of
from harness.response.block import BlockRole
from harness.response.flow.build import Flow
from harness.response.flow.expressions import Call, Expression, Items, Mapping
from harness.response.flow.statements import Unit

__all__ = ["services_in_code"]

_PRIVATE = (
    r"(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}(?:\.\d{1,3})?"
    r"|[a-z0-9](?:[a-z0-9.-]{0,80}[a-z0-9])?\.(?:internal|local|lan|corp|intra|intranet|svc|svc\.cluster\.local)"
)
_STORE = "postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|amqps?|nats|kafka|memcached|clickhouse|mssql|ldaps?"
_URL = re.compile(
    rf"(?:https?|wss?|grpc|tcp|{_STORE})(?:\+\w+)?://(?:[^@/\s]{{0,80}}@)?(?P<host>{_PRIVATE})(?=[:/?]|$)",
    re.IGNORECASE,
)
# In a network of containers a service is known by one word.
_SERVICE = re.compile(
    rf"(?:{_STORE})(?:\+\w+)?://(?:[^@/\s]{{0,80}}@)?(?!localhost\b)(?P<host>[a-z][a-z0-9_-]{{1,40}})(?=[:/?]|$)"
)
# A private number alone is as often an example as an address.
_HOST = re.compile(rf"(?!\d+\.\d+\.)(?:{_PRIVATE})(?::\d{{2,5}})?", re.IGNORECASE)
# Without one of these there is no such address.
_SIGNS = ("://", ".internal", ".local", ".lan", ".corp", ".intra", ".svc", "10.", "192.168.", "172.")
_CLIENTS = frozenset(
    "connect createClient createPool createConnection Pool Client MongoClient Redis StrictRedis create "
    "from_url create_engine create_async_engine DataSource Sequelize connectAsync createConnectionAsync "
    "Cluster Kafka PDO mysqli mysqli_connect AsyncClient ClientSession forRoot Elasticsearch "
    "KafkaProducer KafkaConsumer discover createTransport knex SMTP postJson".split()
)
_KEYS = frozenset(
    "host hostname url uri baseurl base_url base_uri connectionstring dsn brokers servers nodes node "
    "bootstrap_servers endpoint connection".split()
)
_NAMES = frozenset({"url", "uri", "host", "endpoint", "hostname", "dsn"})


def services_in_code(flow: Flow, unit: Unit) -> Iterator[Hardcoded]:
    """Yield the addresses of own services that a client is made with, or that a constant holds."""
    text = unit.block.text
    if unit.block.role is not BlockRole.CODE or not any(sign in text for sign in _SIGNS):
        return
    for call in unit.calls:
        if last_name(call.callee).rpartition("\\")[2] in _CLIENTS:
            for argument in call.arguments:
                keyed = not argument.name or argument.name.lower() in _KEYS
                yield from _found(flow, unit, argument.value, keyed=keyed and bool(argument.name))
    for assignment in unit.assignments:
        words = words_of(last_name(assignment.target))
        if assignment.value is not None and words and words[-1] in _NAMES:
            yield from _text(flow, unit, assignment.value, named=True)


def _found(flow: Flow, unit: Unit, value: Expression, *, keyed: bool, depth: int = 3) -> Iterator[Hardcoded]:
    if isinstance(value, Mapping) and depth:
        for entry in value.entries:
            key = "" if entry.key is None else (text_of(entry.key) or "")
            if key.lower() in _KEYS:
                yield from _found(flow, unit, entry.value, keyed=True, depth=depth - 1)
    elif isinstance(value, Items) and depth:
        for item in value.items[:20]:
            yield from _found(flow, unit, item, keyed=keyed, depth=depth - 1)
    elif not isinstance(value, Call):
        yield from _text(flow, unit, value, bare=keyed)


def _text(
    flow: Flow, unit: Unit, value: Expression, *, bare: bool = False, named: bool = False
) -> Iterator[Hardcoded]:
    text = text_of(value)
    if text is None or len(text) > 300 or flow.is_counter_example(unit, value.node):
        return
    is_address = _URL.match(text) or (not named and _SERVICE.match(text)) or (bare and _HOST.fullmatch(text))
    if is_address or re.match(rf"\w+:(?:.*;)?host=(?:{_PRIVATE})(?:;|$)", text[:200], re.IGNORECASE):
        message = (
            "the address of a service is written into the code; it differs from one deployment to the next"
        )
        yield Hardcoded(place_of_node(unit, value), message, is_secret=False)
