"""What an answer says and does about backups: how copies are made, when, and how they are brought back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.core.types import Finding
from harness.response.block import Block, BlockRole, Origin
from harness.response.config.model import Kind
from harness.response.config.shell import Command, read_shell
from harness.response.program import Program
from harness.response.prose.document import Passage, PassageKind
from harness.response.prose.read import prose_of

__all__ = ["Signs", "signs_of"]

_TOOLS = (
    r"pg_dump(?:all)?|pg_basebackup|pgbackrest|wal-?g|wal-e|barman|mysqldump|mysqlpump|mydumper|mariadb-dump|"
    r"mariabackup|mariadb-backup|xtrabackup|mongodump|mongoexport|restic|borg(?:backup)?|velero|litestream|duplicity|dumpdata|"
    r"mysqlsh|pg_probackup|pgmoneta|kopia|bgsave|clickhouse-backup|etcdctl"
)
_TOOL = re.compile(rf"(?<![\w-])(?:{_TOOLS})(?![\w])", re.IGNORECASE)
# Copies that a provider or the database itself makes.
_MADE = re.compile(
    r"""\bWAL(?:\s|-)?(?:archiv|ship|stream)|\barchiv\w*\s+(?:of\s+)?(?:the\s+)?WAL|\barchive_(?:mode|command|timeout)
    |\bWAL\s+is\s+archived|\b(?:bin(?:ary)?[ -]?logs?)\b|\bVACUUM\s+INTO\b|\bappendonly\b|\bAOF\b|\boplog\b
    |\b(?:automat(?:ed|ic)|managed|continuous|full|incremental|differential|physical|logical|off-?site|cross-region
      |encrypted|nightly|daily|hourly|weekly)\s+(?:\w+\s+){0,2}(?:backups?|dumps?|snapshots?)
    |\b(?:back(?:ed|s|ing)?\s+up|dump(?:ed|s)|cop(?:y|ies|ied))\s+(?:\w+\s+){0,6}
      (?:nightly|daily|hourly|every|each|to\s+(?:object|s3|another|off)|off-?site)
    |\bsnapshots?\b[^.]{0,80}\b(?:nightly|daily|hourly|weekly|night|hours?|automat\w*|provider|managed|rds|ebs|volume)\b
    |\b(?:nightly|daily|hourly|automat\w*|provider|managed|rds|ebs|volume|database)\b[^.]{0,80}\bsnapshots?\b
    |\bAWS\s+Backup\b|\bspatie/laravel-backup\b|\bbackup:run\b""",
    re.IGNORECASE | re.VERBOSE,
)
_WHEN = re.compile(
    r"""\b(?:nightly|daily|hourly|weekly|monthly|continuous(?:ly)?|cron(?:job|tab)?|schedul\w+|retention|rotat\w+
    |point[ -]in[ -]time|PITR|RPO|archive_timeout)\b
    |\b(?:every|each|per)\s+(?:\w+\s+)?(?:night|day|hour|week|month|sunday|monday|saturday|\d+|minutes?|morning)
    |\b(?:keep|keeps|kept|retain\w*|stor(?:e|ed)|held)\b[^.]{0,40}\b(?:\d+|two|four|seven|thirty|ninety)\b
    |\b(?:at|around)\s+\d{1,2}(?::\d\d)?\b|\d+\s+days\b""",
    re.IGNORECASE | re.VERBOSE,
)
_BACK = re.compile(
    r"""\b(?:pg_restore|mongorestore|mysqlbinlog|loaddata)\b|\brestor(?:e|es|ed|ing|ation)\b
    |\bpoint[ -]in[ -]time(?:[ -]recovery)?\b|\bPITR\b|\bdisaster[ -]recovery\b
    |\brecovery\s+(?:drill|test|procedure|plan)
    |\bto\s+recover\b|\bgo\s+back\s+to\s+any\b|\brecovers?\s+(?:from|to|the)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_TOPIC = re.compile(
    r"\bback[ -]?ups?\b|\bback(?:ed|ing)?\s+up\b"
    r"|\brestor\w+\s+(?:(?:to|into)\s+(?:an?\s+)?(?:new|fresh|empty|scratch|spare|point)"
    r"|(?:the|from)\s+(?:\w+\s+)?(?:backups?|dumps?|database|snapshots?|archive)|tests?|drills?)\b"
    r"|\bdisaster\b|\bPITR\b"
    r"|\b(?:backup|disaster|data|database)\s+(?:and\s+)?recovery\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\bback[ -]?ups?\b|\brestor\w+|\brecovery\b|\bdisaster\b|\bdata\s+loss\b", re.IGNORECASE)
# Under a title that speaks of recovery alone, these are its steps.
_RECOVERY = re.compile(r"\brecover(?:y|ing)\b|\brestor(?:e|ing|ation)\b", re.IGNORECASE)
_STEP = re.compile(
    r"\b(?:creat|attach|load|replay|promot|provision|prepar|copy|copied|import|switch|repoint|point|mount|"
    r"download|fetch|start|rebuil|recreat)\w*\b",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"\b(?:no|without|not|never|don['’]?t(?!\s+forget)|doesn['’]?t|isn['’]?t|lacks?|missing|skip(?:ped)?|out\s+of\s+scope|later)\b"
    r"[^.]{0,40}\b(?:back[ -]?ups?|restor\w+|recovery|snapshots?|dumps?)\b"
    r"|\b(?:back[ -]?ups?|restor\w+|recovery)\b[^.]{0,30}"
    r"\b(?:missing|out\s+of\s+scope|not\s+(?:covered|included|part))\b",
    re.IGNORECASE,
)
# Looking for plain words is far cheaper than the patterns, and most answers have none of them.
_WORDS = (
    "backup;back up;back-up;backed;backing;restor;recover;snapshot;in-time;in time;pitr;binlog;binary log;"
    "archiv;dump;wal-;walg;wal_;barman;restic;borg;velero;litestream;duplicity;kopia;bgsave;appendonly;aof;"
    "oplog;mysqlsh;pgmoneta;etcdctl;vacuum into"
).split(";")
_RESTORING = frozenset({"pg_restore", "mongorestore", "mysqlbinlog"})
_CLIENTS = frozenset({"psql", "mysql", "mariadb"})
# A dump goes into a client: by redirection, or unpacked through a pipe.
_FED = re.compile(
    r"\b(?:gunzip|zcat|cat|zstd|gzip|xz|unzip|age|gpg|openssl)\b[^|]*\|.*|<\s*[^<\s]+\.(?:sql|dump|gz|zst)"
)
_CLOUD = re.compile(
    r"\b(?:backup_retention_period|point_in_time_recovery|backup_window|automated_backup|backup_policy)\b"
)


@dataclass(slots=True)
class Signs:
    """What was seen: copies are made, at times, brought back; ``mention`` is a word about it all."""

    made: list[str] = field(default_factory=list)
    timed: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    mention: Finding | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether nothing was seen at all."""
        return not (self.made or self.restored or self.mention)


def _speaks_of_it(text: str) -> bool:
    small = text.lower()
    return any(word in small for word in _WORDS)


def signs_of(program: Program) -> Signs:
    """Return what the answer says and does about backups; what the user supplied is left out."""
    found = Signs()
    if _speaks_of_it(program.text):
        _in_prose(program, found)
    for block in program.answered:
        if block.role is BlockRole.COUNTER_EXAMPLE or block.oversized or not _speaks_of_it(block.text):
            continue
        _in_block(program, block, found)
    return found


def _in_prose(program: Program, found: Signs) -> None:
    for passage in program.once(prose_of).passages:
        titled = any(_TITLE.search(title) for title in passage.titles)
        if passage.kind is PassageKind.HEADING or not (titled or _speaks_of_it(passage.text)):
            continue
        _in_passage(passage, found, titled=titled)


def _in_passage(passage: Passage, found: Signs, *, titled: bool) -> None:
    about = titled
    steps = any(_RECOVERY.search(title) and "ackup" not in title for title in passage.titles[-1:])
    for sentence in passage.sentences:
        text = sentence.text
        if _ABSENT.search(text):
            continue
        made = _TOOL.search(text) or _MADE.search(text)
        restored = _BACK.search(text) or (_STEP.search(text) if steps else None)
        about = about or bool(made) or _TOPIC.search(text) is not None
        if made:
            found.made.append(made[0][:60])
        if about and restored:
            found.restored.append(restored[0][:60])
        timed = _WHEN.search(text) if about else None
        if timed:
            found.timed.append(timed[0][:60])
        if found.mention is None and (titled or _TOPIC.search(text)):
            found.mention = sentence.finding("backups are named, but neither made nor brought back")


def _in_block(program: Program, block: Block, found: Signs) -> None:
    if block.language == "bash":
        commands = [one for one in program.config.commands if one.place.block is block]
        _commands(commands, found)
    elif block.language == "yaml":
        _in_yaml(program, block, found)
    elif block.language == "hcl":
        setting = _CLOUD.search(block.text)
        if setting:
            found.made.append(setting[0])
            found.timed.append(setting[0])
    elif block.language == "dockerfile" or block.role in {BlockRole.CODE, BlockRole.SCRIPT}:
        tool = _TOOL.search(_without_comments(block.text))
        if tool:
            found.made.append(tool[0])


def _without_comments(text: str) -> str:
    return "\n".join(
        line for line in text.split("\n") if not line.lstrip().startswith(("#", "//", "*", "--"))
    )


def _in_yaml(program: Program, block: Block, found: Signs) -> None:
    """Take the commands out of services, jobs and manifests, and the times at which they run."""
    files = [file for file in program.config.yaml if file.block is block]
    for file in files:
        job = any(one.name == "kind" and one.value == "CronJob" for one in file.settings)
        for one in file.settings:
            if one.name == "schedule" and (job or file.kind is Kind.PIPELINE):
                found.timed.append(one.value[:40])
            if _speaks_of_it(one.value) or "backup" in "/".join(one.path).lower():
                _commands(read_shell(block, one.value, one.place.line, one.place.column, exact=False), found)
                if re.search(r"\bsleep\s+(?:\d{3,}|\d+[hd])\b", one.value):
                    found.timed.append("sleep")


def _commands(commands: Iterator[Command] | list[Command] | tuple[Command, ...], found: Signs) -> None:
    for one in commands:
        whole = f"{one.name} {' '.join(one.arguments[:6])}"
        words = {one.name, *one.arguments[:10]}
        if words & _RESTORING or (words & _CLIENTS and _FED.search(one.line_text)):
            found.restored.append(one.name)
        elif re.search(r"(?i)\brestor(?:e|ing)\b", whole):
            found.restored.append(whole[:60])
        elif (tool := _TOOL.search(whole)) is not None:
            found.made.append(tool[0])
        elif re.search(r"(?i)create-(?:db-)?(?:cluster-)?snapshot|backups?\s+create|backup:run", whole):
            found.made.append(whole[:60])
        if one.schedule and (_speaks_of_it(one.line_text) or _TOOL.search(whole)):
            found.timed.append(one.schedule)
            if "backup" in one.line_text.lower():
                found.made.append(one.name)


def supplied_backup(program: Program) -> bool:
    """Say whether a file of the user shows that backups are made already."""
    return any(
        block.origin is Origin.SUPPLIED and (_TOOL.search(block.text) or "backup" in block.text.lower())
        for block in program.blocks
    )
