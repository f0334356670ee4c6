"""G08: security is part of the design: input, injection, authentication."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import ABSENCE, Check, Exchange, Soundness
from harness.checks.question import Scope, declines, question_text, scope_of
from harness.checks.security.signs import ACCESS, INJECTION, INPUT, Matter, signs_of
from harness.checks.topics.remarks import Remark, Topic, cue, remarks_of
from harness.checks.topics.verdict import is_cut, is_foreign, omission
from harness.core.types import Decision, Outcome

__all__ = ["SECURITY", "SecurityConsidered"]

SECURITY = Topic(
    name="security",
    title=re.compile(
        r"\bsecur|\bthreat|\battack|\bhardening|\bpentest|\bfinding\b|\bsafe(?:ty|guards?)?\b|\bprotect"
        r"|\binjection"
        r"|\bauthenticat|\bauthori[sz]",
        re.IGNORECASE,
    ),
    plain=re.compile(r"\bsecur|\bthreat|\bpentest", re.IGNORECASE),
    cues=(
        cue(
            INPUT,
            "allo boun esca form inpu joi refu reje sani seri unkn vali xss zod",
            r"\bvalidat\w+|\bsaniti[sz]\w+|\bescap(?:e|es|ed|ing)\b|\ballow-?list\w*|\bJoi\b|\bzod\b"
            r"|\bserializers?\b|\binputs?\b"
            r"|\b(?:bounds|bounded|refuses?|rejects?)\b|\bunknown\s+(?:keys?|fields?|parameters?|types?)\b"
            r"|\bXSS\b|\bFormRequest",
        ),
        cue(
            INJECTION,
            "bind boun esca inje para plac quot stat",
            r"\binjection\b|\bparamet(?:er|ri)[sz]\w*|\bplaceholders?\b|\bprepared\s+statements?\b"
            r"|\bbinds?\b|\bbound\b"
            r"|\bstatements?\s+are\b|\bparameters\s+only\b|\bquoted?\s+identifiers?\b|\bescapeId\b",
            ill=True,
        ),
        cue(
            ACCESS,
            "auth cred csrf jwt jwts log logg logi logs owne pass perm role sess sign toke",
            r"\bauthenticat\w+|\bauthori[sz]\w+|\blog(?:s|ged)?[\s-]?in\b|\bsessions?\b|\btokens?\b"
            r"|\bJWTs?\b|\bsignature\b"
            r"|\broles?\b|\bpasswords?\b|\bownership\b|\bCSRF\b|\bpermissions?\b|\bcredentials\b",
        ),
    ),
    asked=re.compile(
        r"\bsecur\w+|\bpentest\w*|\bvulnerab\w+|\binjection\b|\bXSS\b|\bauth\w*|\blogin\b", re.IGNORECASE
    ),
)
_PUBLIC = re.compile(r"\b(?:public(?:ly)?|anonymous|open\s+to\s+(?:all|everybody))\b", re.IGNORECASE)
_WORDS = {
    INPUT: "how input is checked",
    INJECTION: "how injection is prevented",
    ACCESS: "who may call",
}


class SecurityConsidered(Check):
    """A design considers security: how input is checked, injection is prevented, and callers are known.

    Each of the three counts where the code has a surface for it: endpoints take input and callers, queries
    can be injected. It is considered where the code handles it or where the answer says how. What neither
    code nor words speak of fails; a section that leaves one out is for a judge, as is how good any of it is.
    """

    id: ClassVar[str] = "security/considered"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    unread: ClassVar[frozenset[Outcome]] = ABSENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Point out security implications",
        "Always mention security considerations",
        "Think about security in every answer",
        "Explain the security implications",
        "Discuss security considerations",
        "Consider security in each proposal",
        "Security implications",
        "Highlight security considerations",
        "Consider security, with input sanitization, prevention of SQL injection and authentication flows",
        "Cover security in the design, how input is sanitised, SQL injection prevented, authentication flows",
        "Consider security implications of every design",
        "Consider security",
        "Security considerations",
        "Discuss security aspects of the solution",
        "Address security concerns",
        "Address security implications",
        "Cover security in the design: how input is sanitised, SQL injection prevented, callers known",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on code and prose together."""
        signs = exchange.program.once(signs_of)
        remarks = remarks_of(exchange, SECURITY)
        section = any(one.section and one.substance and one.cues for one in remarks)
        # Once a section says something of substance, its short sentences count as well.
        said = frozenset(
            name for one in remarks if one.substance or (section and one.section) for name in one.cues
        )
        if not signs.relevant:
            return _without_surface(exchange, remarks, said, section=section)
        covered = (said if section or len(said) > 1 else frozenset()) | signs.handled
        missing = (signs.relevant - covered) | (signs.open - (said if section else frozenset()))
        if not missing and (section or len(signs.handled) > 1):
            words = ", ".join(sorted(covered & signs.relevant))
            return Decision(Outcome.PASS, f"considered: {words}", evidence=(("matters", words),))
        return _lacking(exchange, signs.doubtful, missing, section=section)


def _without_surface(
    exchange: Exchange, remarks: list[Remark], said: frozenset[Matter], *, section: bool
) -> Decision:
    if section and said:
        return Decision(Outcome.PASS, f"security is discussed: {', '.join(sorted(said))}")
    if is_cut(exchange):
        return Decision(Outcome.UNDECIDED, "the answer was cut off before it came to security")
    scope, words = scope_of(exchange)
    if scope is Scope.NARROW:
        return Decision(Outcome.NOT_APPLICABLE, f"the question is narrow ({words})")
    if said or any(one.plain for one in remarks):
        return Decision(Outcome.UNDECIDED, "security is touched; a judge weighs it")
    return Decision(Outcome.NOT_APPLICABLE, "no endpoint takes input and nothing is queried")


def _lacking(
    exchange: Exchange, doubtful: frozenset[Matter], missing: frozenset[Matter], *, section: bool
) -> Decision:
    if is_cut(exchange):
        return Decision(Outcome.UNDECIDED, "the answer was cut off before it came to security")
    if declines(exchange, SECURITY.plain):
        return Decision(Outcome.NOT_APPLICABLE, "the user wants to do without security")
    listed = " and ".join(_WORDS[one] for one in sorted(missing))
    if section:
        return Decision(Outcome.UNDECIDED, f"security is discussed, but not {listed}")
    if not missing:
        return Decision(Outcome.UNDECIDED, "one matter of security is in the code, nothing is said of it")
    if missing <= doubtful:
        return Decision(Outcome.UNDECIDED, f"what is not shown decides {listed}")
    scope, words = scope_of(exchange)
    if scope is Scope.NARROW:
        return Decision(Outcome.UNDECIDED, f"the question is narrow ({words})")
    if ACCESS in missing and _PUBLIC.search(question_text(exchange)):
        return Decision(Outcome.UNDECIDED, "the user says that it is public")
    if is_foreign(exchange):
        return Decision(Outcome.UNDECIDED, "the answer is not in English, its prose is not understood")
    return omission(exchange, f"neither code nor words show {listed}")
