"""Parts of a project that there should be one of: how they are named, and how they are made."""

from __future__ import annotations

import re

from harness.response.record import record

__all__ = ["PARTS", "Part", "part_named"]


@record
class Part:
    """A logger, a pool of connections and the like.

    ``path`` is what file names of it look like, ``makers`` the origins of the calls and base classes that
    make one. Of some (``single``) a second one is wrong even where the first is used as well. ``bypass``
    are calls that do its work without it.
    """

    name: str
    path: re.Pattern[str]
    makers: re.Pattern[str]
    single: bool = False
    bypass: re.Pattern[str] | None = None


PARTS = (
    Part(
        "logger",
        re.compile(r"(?:^|[/_.-])(?:logger|logging|logs?|winston)(?:$|[/_.-])|Logger", re.IGNORECASE),
        re.compile(
            r"winston\.(?:createLogger|Logger)|winston\.loggers\.add|pino|bunyan\.createLogger"
            r"|log4js\.(?:getLogger|configure)"
            r"|tslog\.Logger|loglevel\.getLogger|logging\.(?:basicConfig|\w*Handler|config\.\w+)"
            r"|structlog\.configure"
            r"|loguru\.logger\.add|Monolog\\Logger|Monolog\\Handler\\\w+",
        ),
        single=True,
        bypass=re.compile(
            r"(?:global\.)?console\.(?:log|info|warn|error|debug|trace)|print|error_log|var_dump|print_r"
        ),
    ),
    Part(
        "database connection",
        re.compile(
            r"(?:^|[/_.-])(?:db|database|pool|knex|prisma|sequelize|datasource|mongo\w*|pdo)(?:$"
            r"|[/_.-])",
            re.IGNORECASE,
        ),
        re.compile(
            r"pg\.(?:Pool|Client|default\.Pool)|mysql2?(?:[/.]promise)?\.create(?:Pool|Connection)"
            r"|mariadb\.create(?:Pool|Connection)"
            r"|knex(?:\.knex)?|sequelize\.Sequelize|sequelize|@prisma/client\.PrismaClient"
            r"|typeorm\.(?:DataSource|createConnection)"
            r"|mongoose\.(?:connect|createConnection)|mongodb\.MongoClient(?:\.connect)?|postgres|pg-promise"
            r"|sqlalchemy(?:\.\w+)*\.create_(?:async_)?engine|asyncpg\.(?:create_pool|connect)"
            r"|psycopg2?\.connect"
            r"|psycopg_pool\.\w*ConnectionPool|pymysql\.connect|MySQLdb\.connect|sqlite3\.connect"
            r"|aiomysql\.\w+"
            r"|databases\.Database|pymongo\.MongoClient|motor(?:\.\w+)*\.AsyncIOMotorClient|PDO|mysqli"
            r"|mysqli_connect|pg_connect",
        ),
    ),
    Part(
        "Redis client",
        re.compile(r"(?:^|[/_.-])(?:redis|valkey)(?:$|[/_.-])", re.IGNORECASE),
        re.compile(
            r"ioredis(?:\.(?:Redis|Cluster|default))?|redis\.create(?:Client|Cluster)"
            r"|redis(?:\.asyncio)?\.(?:Redis|StrictRedis|from_url)"
            r"(?:\.from_url)?|redis\.asyncio\.client\.Redis|Predis\\Client|Redis",
        ),
    ),
    Part(
        "configuration",
        re.compile(r"(?:^|[/_.-])(?:config|configuration|settings?|env)(?:$|[/_.-])", re.IGNORECASE),
        re.compile(
            r"dotenv\.(?:config|load_dotenv)|dotenv/config|envalid\.cleanEnv|convict|env-var"
            r"|pydantic_settings\.BaseSettings|pydantic\.BaseSettings"
            r"|environ\.(?:Env|FileAwareEnv)|decouple\.Config|dynaconf\.Dynaconf|Dotenv\\Dotenv(?:\.\w+)?",
        ),
    ),
    Part(
        "rate limiter",
        re.compile(r"(?:limit|throttle)", re.IGNORECASE),
        re.compile(
            r"express-rate-limit(?:\.(?:rateLimit|default))?|rate-limiter-flexible\.\w+|slowapi\.Limiter"
            r"|flask_limiter\.Limiter"
            r"|express-slow-down|limits\.\w+",
        ),
    ),
    Part(
        "mailer",
        re.compile(r"(?:^|[/_.-])(?:mail|mailer|smtp|email)(?:$|[/_.-])", re.IGNORECASE),
        re.compile(r"nodemailer\.createTransport|smtplib\.SMTP(?:_SSL)?|PHPMailer\\PHPMailer\\PHPMailer"),
    ),
)


def part_named(path: str) -> Part | None:
    """Return the part that a file of this name holds, as far as the name tells."""
    stem = path.rsplit(".", 1)[0] if "." in path.rpartition("/")[2] else path
    name = "/".join(stem.split("/")[-2:])
    last = stem.rpartition("/")[2]
    return next((one for one in PARTS if one.path.search(last)), None) or next(
        (one for one in PARTS if one.path.search(name)), None
    )
