"""Where a rule stands: what its agent writes, and whether its heading speaks of the agent's own work.

The same words ask for different things in different places. "RBAC properly configured" is about a cluster
in an agent for Kubernetes, "Handle errors" about what a user sees in one for React, and "Verify backups"
under "Information gathering" tells how to look around, not what an answer holds. A check whose verdict there
would be on something else than the rule is not bound.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

__all__ = ["Setting", "misplaced", "setting_of"]

MAX_TEXT = 300  # characters of a description that are looked at


class Setting(StrEnum):
    """What the answers of an agent, or those that a part of its rules is about, consist of."""

    SERVER = "code that the checks read"
    LANGUAGE = "a language that the check does not read"
    FRONTEND = "what runs in a browser or on a device"
    INFRASTRUCTURE = "infrastructure"
    ELSEWHERE = "no software"


# Names of technologies and trades, as they stand in names and headings. What the checks read comes first: an
# agent for Node and Go is none for Go alone.
_WORDS = {
    Setting.SERVER: (
        r"apis? back-?end bun celery deno django drf express fastapi fastify flask full-?stack graphql "
        r"javascript js knex koa laravel mariadb microservices? mongo(?:db|ose)? mssql mysql nest(?:js)? "
        r"next\.?js node(?:js)? nuxt orm payments? php postgres(?:ql)? prisma python remix sequelize "
        r"servers? sql(?:ite)? symfony trpc typeorm typescript ts webhooks? wordpress"
    ),
    Setting.LANGUAGE: (
        r"actix android asp\.?net c# c\+\+ c(?:-sharp|-pro|-expert) clojure cpp csharp dart (?:dot|\.)net "
        r"elixir embedded erlang f# fsharp gin go golang haskell ios java julia kotlin lua maui ocaml perl "
        r"phoenix powershell rails ruby rust scala solidity spring(?:-boot)? swift swiftui tauri unity "
        r"unreal winforms"
    ),
    Setting.FRONTEND: (
        r"angular(?:js)? astro browser client-side css expo flutter front-?end html jquery mobile "
        r"react(?:-native)? solidjs svelte tailwind ui ux user-interface vue web-vitals webpack"
    ),
    Setting.INFRASTRUCTURE: (
        r"ansible aws azure bicep ci/?cd circleci cloud cluster devops gitlab-ci github-actions gitops helm "
        r"iac iam infra(?:structure)? jenkins k8s kubernetes networks? pulumi sre terraform terragrunt"
    ),
    Setting.ELSEWHERE: (
        r"agent-\w+er blog business compet(?:itive|itor) content copywriter customer ethics finance "
        r"healthcare legal license market(?:er|ing|-research) multi-agent music podcast portfolio "
        r"product-manager prompt-engineer recruit\w* research(?:er)? risk-(?:manager|assessor) sales scrum "
        r"seo social-media task-\w+er video"
    ),
}
_NAMED = {
    setting: re.compile(rf"(?<![\w.+#-])(?:{'|'.join(words.split())})(?![\w+#])", re.IGNORECASE)
    for setting, words in _WORDS.items()
}
_NO_LANGUAGE = re.compile(r"\bgo[\s-]+(?:beyond|deeper|further|live|no|through|to)\b", re.IGNORECASE)
# In running text "go", "rest", "content" and "swift" are mostly plain words; these are not.
_SAID = re.compile(
    r"(?<![\w.+#-])(?:c#|c\+\+|golang|kotlin|asp\.net|\.net|rust|clojure|elixir|erlang|haskell|ocaml|scala|"
    r"spring boot|swiftui|powershell)(?![\w+#])",
    re.IGNORECASE,
)

_OF_SERVERS = frozenset(
    (
        "access/authenticated-and-rate-limited access/rbac access/session audit/operations "
        "code/handles-errors "
        "database/indexed database/relations database/schema-complete errors/handled errors/status-codes "
        "injection/sanitised logging/no-console logging/project-logger validation/boundary-and-constraints "
        "validation/library"
    ).split()
)
# Checks that do not even notice code in a language they do not read: they would call it clean, or find
# nothing that the rule speaks of. The others leave it undecided.
_BLIND = frozenset(
    (
        "access/session crypto/encrypted injection/sanitised logging/no-console logging/no-pii "
        "logging/project-logger security/owasp validation/library"
    ).split()
)
_OUTSIDE = {
    Setting.SERVER: frozenset[str](),
    Setting.LANGUAGE: _BLIND,
    Setting.FRONTEND: _OF_SERVERS,
    Setting.INFRASTRUCTURE: _OF_SERVERS | {"backup/recovery", "crypto/encrypted"},
}
_BUILT_IN = frozenset(
    (
        "access api audit backup code config context crypto database dependencies errors injection "
        "logging security "
        "testing topics validation"
    ).split()
)
# What an answer says is a matter of these also where the agent looks around.
_OF_WORDS = frozenset({"security/considered"})
_OWN_WORK = re.compile(
    r"\b(?:information|requirements?|evidence|context|data)[\s-]+(?:gathering|collection)\b|"
    r"\b(?:evaluation|assessment|discovery|investigation|reconnaissance|triage|inventory)"
    r"(?:\s+(?:steps|priorities|criteria|questions|process|checklist|phase|patterns))?\s*$|"
    r"\b(?:analysis|investigation|discovery)\s+(?:steps|priorities|approach|best practices|phase)\s*$",
    re.IGNORECASE,
)


def setting_of(name: str, description: str, section: str) -> Setting:
    """Tell what a rule is about: by its heading, else the agent's name, else the agent's description."""
    named = _named(section)
    return named if named and named is not Setting.ELSEWHERE else _of_agent(name, description[:MAX_TEXT])


@lru_cache(maxsize=1024)
def _of_agent(name: str, description: str) -> Setting:
    named = _named(name)
    if named is None and _SAID.search(description) and not _NAMED[Setting.SERVER].search(description):
        named = Setting.LANGUAGE
    return named or Setting.SERVER


@lru_cache(maxsize=4096)
def _named(text: str) -> Setting | None:
    text = _NO_LANGUAGE.sub(" ", text[:MAX_TEXT])
    apart = re.sub(r"(?<=[a-z])[-_](?=[a-z])", " ", text)
    for variant in (apart, apart.replace(" ", "-")):
        for setting, pattern in _NAMED.items():
            if pattern.search(variant):
                return setting
    return None


def misplaced(check: str, setting: Setting, section: str) -> str:
    """Return why a rule in this place is not one for a check; empty where it is.

    A team's own checks know best what they read: only those of this package are kept away.
    """
    group = check.split("/", maxsplit=1)[0]
    if group not in _BUILT_IN:
        return ""
    if setting is Setting.ELSEWHERE or check in _OUTSIDE[setting]:
        return f"it is about {setting.value}"
    if group != "topics" and check not in _OF_WORDS and _OWN_WORK.search(section[:MAX_TEXT]):
        return f"{section[:60]!r} tells how the agent works, not what an answer holds"
    return ""
