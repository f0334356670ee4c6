"""All that is hardcoded in an answer; found once, for all checks that want to know."""

from __future__ import annotations

import re
from itertools import islice

from harness.checks.config.secrets.code import MAX_FOUND, CodeReader
from harness.checks.config.secrets.joined import passwords_in_joined_addresses
from harness.checks.config.secrets.place import Hardcoded
from harness.checks.config.secrets.services import services_in_code
from harness.checks.config.secrets.settings import is_sample_file, secrets_of_config
from harness.checks.config.secrets.texts import secrets_by_shape
from harness.checks.config.secrets.uses import secrets_in_use
from harness.response.block import Block, BlockRole, Origin
from harness.response.flow.build import LANGUAGES
from harness.response.languages import JAVASCRIPT_FAMILY
from harness.response.program import Program

__all__ = ["counted_blocks", "hardcoded_secrets", "has_configuration"]

_CODE = frozenset({BlockRole.CODE, BlockRole.SCRIPT, BlockRole.FRONTEND})
_CONFIG = frozenset({BlockRole.CONFIG, BlockRole.SHELL})
_SHAPED = frozenset("yaml json env ini toml dockerfile nginx bash hcl xml sql".split())
# What code has that is configured: it reads settings, opens connections, holds secrets.
_CONFIGURED = re.compile(
    r"process\.env|os\.environ|getenv|\benv\(|_ENV\b|\.env\.|\b(?:[Cc]onfig|[Ss]ettings)\b|ConfigService"
    r"|\.listen\(|://"
    r"|\bnew (?:Pool|PDO|Redis|MongoClient|Sequelize|DataSource|Client)\b"
    r"|create(?:Client|Pool|Connection)|connect\(|[Pp]assw|PASSW|[Ss]ecret|SECRET|[Tt]oken|TOKEN"
    r"|[Aa][Pp][Ii][_-]?[Kk][Ee][Yy]|[Cc]redential|CREDENTIAL|[Pp]rivate[_-]?[Kk]ey"
)
# Most programs that are configured have one of these, and a plain look costs far less.
_SIGNS = (
    "process.env",
    "os.environ",
    "getenv",
    "://",
    "assword",
    "token",
    "Token",
    "ecret",
    "PASSW",
    "TOKEN",
    "SECRET",
)
# One of these, in small letters, stands in all others; to look for them costs less than the pattern does.
_PIECES = (
    ".env. env( _env config settings .listen( pool pdo redis mongoclient sequelize datasource client "
    "createconnection connect( passw api credential private"
).split()
_SEED = re.compile(
    r"(?:^|[/._-])(?:seed|seeds|seeder|seeders|migrations?|fixtures?|factor(?:y|ies))(?:[/._-]|$)",
    re.IGNORECASE,
)


def hardcoded_secrets(program: Program) -> tuple[Hardcoded, ...]:
    """Return the secrets that stand in what an answer wrote."""
    return program.once(_find)


def counted_blocks(program: Program) -> tuple[Block, ...]:
    """Return the blocks in which a secret counts: no tests, no counter-examples, nothing supplied."""
    return tuple(
        block
        for block in program.blocks
        if block.origin is not Origin.SUPPLIED
        and not block.oversized
        and (block.role in _CODE or block.role in _CONFIG or block.language in {"sql", "hcl", "xml"})
        and block.role not in {BlockRole.TEST, BlockRole.COUNTER_EXAMPLE}
    )


def has_configuration(program: Program) -> bool:
    """Say whether anything in an answer could be hardcoded: a file of settings, code that is configured."""
    return any(
        (block.language in _SHAPED and block.language != "sql" and (block.language != "json" or block.path))
        or _is_configured(block.text)
        for block in counted_blocks(program)
        if block.language != "json" or block.path
    )


def _is_configured(text: str) -> bool:
    if any(sign in text for sign in _SIGNS):
        return True
    small = text.lower()
    return any(piece in small for piece in _PIECES) and _CONFIGURED.search(text) is not None


def _find(program: Program) -> tuple[Hardcoded, ...]:
    blocks = counted_blocks(program)
    found: list[Hardcoded] = []
    flow = program.flow
    units = [
        unit for block in blocks if block.language in LANGUAGES and (unit := flow.unit(block)) is not None
    ]
    for unit in units:
        reader = CodeReader(
            flow,
            unit,
            strict=unit.block.role is BlockRole.FRONTEND and unit.language in JAVASCRIPT_FAMILY,
            rows=unit.block.role is BlockRole.SCRIPT and _SEED.search(unit.block.path) is not None,
        )
        found += reader.read()
        found += passwords_in_joined_addresses(flow, unit)
    for unit in units:
        found += services_in_code(flow, unit)
    found += islice(secrets_in_use(flow, units), MAX_FOUND)
    found += secrets_of_config(
        program.config, tuple(block for block in blocks if block.language not in LANGUAGES)
    )
    for block in blocks:
        if block.language in LANGUAGES or block.language in _SHAPED:
            found += secrets_by_shape(flow, block, sample=is_sample_file(block))
    return tuple(one for one in found if not one.place.shown_as_wrong)
