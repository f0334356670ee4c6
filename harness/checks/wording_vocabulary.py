"""The words that rules are written with: several spellings of one thing, and words that add nothing.

What stands here is the vocabulary of rules in general, not of one check: that "prepared statements" and
"parameterized queries" are one thing, that "robust" and "comprehensive" praise without saying more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["AMBIENT", "COMPOUNDS", "FILLERS", "GENERAL", "MODAL", "SYNONYMS"]

_INPUT = r"(?:user|client|request|incoming|external|form|untrusted|api|query|body|path)"
_CARRIED = r"(?:inputs?|data|parameters?|params?|payloads?|bod(?:y|ies)|values?|fields?)"

# Several words, or several spellings, that mean one thing.
COMPOUNDS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # how people write in a hurry
        (r"(?<!\w)w/o\b", " without "),
        (r"(?<!\w)w/(?!\w)", " with "),
        (r"\s*[=-]>\s*", " : "),
        (r"\b(?:everything|anything|whatever|all)\s+(?:that\s+)?comes?\s+in\b", " input "),
        (r"\bbefore\s+(?:(?:you|we|i|anybody|anyone)\s+)?\w+\s+(?:anything\s+with\s+)?(?:it|them)\b", " "),
        (r"\b(?:roll|make|write|build|creat)(?:e|ing)?\s+(?:your|our|my|its)\s+own\b", " own "),
        (r"\bthings?\b|\bstuff\b|\bwhatsoever\b|\bperiod\b(?=\s*[.!]?$)|\bno\s+exceptions?\b", " "),
        (r"\bha(?:s|ve)\s+to\b", " must "),
        # access
        (r"\brole[\s-]+based\s+access(?:[\s-]+controls?)?\b|\brbac\b", " rbac "),
        (r"\brate[\s-]*limit(?:s|ed|er|ers|ing|ation)?\b|\bthrottl(?:e|es|ed|er|ing)\b", " ratelimit "),
        (r"\bunauthenticated\b|\b(?:without|no)\s+(?:a\s+)?login\b", " without authentication "),
        (r"\b(?:forever|indefinitely)\b", " without expire "),
        (r"\b(?:unthrottled|unlimited)\b", " without ratelimit "),
        (r"\bauth[nz]?\b", " authentication "),
        (r"\bhttp[\s-]?only\b", " httponly "),
        (r"\bsame[\s-]?site\b", " samesite "),
        (r"\b(?:time|times|timed)[\s-]?outs?\b(?=\s*(?:$|[.;,]|and\b|after\b|on\b))", " expire "),
        (r"\blog(?:s|ged|ging)?[\s-]?(?:out|off)\b", " logout "),
        # databases
        (r"\b(?:(?:no)?sql\s*(?:and|or|/|&)\s*)?(?:no)?sql[\s-]+injections?\b", " sqlinjection "),
        (
            (
                r"\bprepared\s+(?:sql\s+)?statements?\b|\b(?:bound|bind|sql)\s+parameters?\b|"
                r"\bparameteri[sz](?:e|es|ed|ing)(?:\s+(?:sql\s+|database\s+)?(?:quer(?:y|ies)|statements?))?\b"
            ),
            " preparedstatement ",
        ),
        (
            r"\bstring\s+(?:concatenation|interpolation|building)\b|\bconcatenat\w+\s+strings?\b",
            " concatenation ",
        ),
        (r"\b(?:interpolat|concatenat)(?:e|es|ed|ing|ion)\b", " concatenation "),
        (r"\bforeign[\s-]+keys?\b", " foreignkey "),
        (r"\bthird\s+normal\s+form\b|\b[23]nf\b|\bnormal\s+forms?\b", " normalize "),
        (r"\brelationships?\b", " relation "),
        (r"\bdatabases?\b|\bdbs?\b", " database "),
        (r"\bddl\b|\b(?:database\s+schemas?|table\s+definitions?|schema\s+definitions?)\b", " schema "),
        (r"\bstring\s+concat\b|\bconcat\b", " concatenation "),
        # data and secrets
        (
            (
                r"\bpersonal(?:ly)?[\s-]+identif\w+\s+(?:information|data)\b|"
                r"\bpersonal\s+(?:user\s+)?(?:data|information|details)\b"
            ),
            " pii ",
        ),
        (
            r"\bsensitive\s+(?:user\s+|personal\s+)?(?:data|information|values?|fields?|details)\b",
            " sensitive ",
        ),
        (r"\b(?:api|access|secret|private|encryption)[\s-]+keys?\b|\bconnection\s+strings?\b", " secret "),
        (r"\b(?:in|during)[\s-]+(?:transit|transport)\b(?!\s+of)|\bon\s+the\s+wire\b", " intransit "),
        (r"\bat[\s-]+rest\b|\bduring\s+rest\b", " atrest "),
        (r"\b(?:tls|ssl|https)(?:\s+\d(?:\.\d)?\+?)?\b", " tls "),
        (r"\bprocess\.env\b", " envvar "),
        (r"\b(?:bcrypt|argon2(?:id)?|scrypt|pbkdf2)\b", " hash "),
        (r"\bplain[\s-]?text\b|\bclear[\s-]?text\b", " plaintext "),
        # input
        (rf"\b{_INPUT}(?:[\s-]+(?:supplied|provided))?\s+{_CARRIED}\b", " input "),
        (r"\bdata\s+(?:\w+\s+)?from\s+(?:users?|clients?|outside|requests?)\b", " input "),
        (r"\b(?:incoming|inbound)\s+requests?\b|\bpayloads?\b|\breq\.(?:body|query|params)\b", " input "),
        (r"\b(?:user|client)[\s-](?:supplied|provided)\b", " input "),
        (r"\bapi[\s-]+(?:layer|boundary|edge|level)\b", " boundary "),
        (r"\bunvalidated\b", " without validation "),
        (r"\bunsaniti[sz]ed\b", " without sanitization "),
        (r"\bunencrypted\b", " without encryption "),
        # configuration
        (
            r"\b(?:docker[\s-])?compose(?:\.ya?ml)?\s+files?\b|\bdocker[\s-]compose(?:\.ya?ml)?\b",
            " dockercompose ",
        ),
        (r"\bhard[\s-]*cod(?:e|es|ed|ing)\b", " hardcode "),
        (r"\benv(?:ironment)?[\s-]+var(?:iable)?s?\b|\benv\s+vars?\b", " envvar "),
        (r"\bset[\s-]ups?\b", " setup "),
        (
            r"\blog(?:ging)?\s+(?:outputs?|messages?|statements?|lines?|entr(?:y|ies)|files?|calls?|data)\b|\blogs\b",
            " log ",
        ),
        (r"\b(?:winston|pino|bunyan|log4js|loguru|monolog)\s+(?=logger\b)", " "),
        (r"\bconsole\s+(?:outputs?|logs?|logging|calls?|statements?|prints?)\b", " console log "),
        # errors, responses
        (r"\bempty\s+catch(?:es)?(?:[\s-]+blocks?)?\b", " swallow error "),
        (r"\bpass(?:es|ed)?\s+(?:them|it|errors)\s+(?:on\s+)?to\s+(?:next|the\s+error)\b", " handle error "),
        (r"\bexception[\s-]handling\b|\berror[\s-]handl(?:ing|ers?)\b", " handle error "),
        (
            (
                r"\b(?:http\s+)?(?:status|response|error)\s+codes?\b|"
                r"\bhttp\s+(?:status(?:es)?|codes?)\b|\b[1-5]xx\b"
            ),
            " statuscode ",
        ),
        (r"\bapis?\s+(?:end[\s-]?points?|routes?)\b|\b(?:apis?|end[\s-]?points?|routes?)\b", " endpoint "),
        (r"\bre(?:st)ful\b", " rest "),
        (r"\bfall?[\s-]?backs?\b", " fallback "),
        # code, tests, documents
        (r"\bcode[\s-]?bases?\b", " codebase "),
        (r"\bsource\s+(?:code|files?)\b|\brepositor(?:y|ies)(?:'s)?(?:\s+code)?\b", " source code "),
        (r"\bpseudo[\s-]?code\b", " pseudocode "),
        (
            (
                r"\b(?:implementation|sample|example|demo)\s+code\b|"
                r"\bcode\s+(?:samples?|examples?|snippets?)\b|\bsnippets?\b"
            ),
            " example ",
        ),
        (
            r"\b(?:working|runnable|executable|production)(?:[\s-]ready)?(?:[\s,]+(?:complete|real))?\s+code\b",
            " workingcode ",
        ),
        (r"\b(?:best|good)[\s-]+(?:security\s+)?practices?\b", " bestpractice "),
        (r"\bend[\s-]to[\s-]end\b|\be2e\b", " e2e "),
        (r"\btop[\s-]+(?:10|ten)\b", " "),
        (
            r"\b(?:audit(?:ing)?)[\s-]+(?:logs?|logging|trails?|tables?|records?|entry|entries)\b",
            " auditlog ",
        ),
        (r"\bthird[\s-]party\s+(?:dependenc(?:y|ies)|packages?|librar(?:y|ies)|modules?)\b", " dependency "),
        (
            (
                r"\bknown\s+(?:security\s+)?(?:vulnerabilit(?:y|ies)|cves?|issues?|flaws?)\b|\bcves?\b|\bvulnerab\w+\b|"
                r"\bsecurity\s+(?:vulnerabilit(?:y|ies)|issues?|flaws?|holes?)\b"
            ),
            " vulnerable ",
        ),
        (r"\btrade[\s-]?offs?\b", " tradeoff "),
        (r"\bback(?:ed|ing)?[\s-]ups?\b", " backup "),
        (r"\b(?:disaster|point[\s-]in[\s-]time)\s+recovery\b", " recovery "),
    )
)

# Different words for one thing, by what they have in common. Applied to stems.
_GROUPS: Mapping[str, str] = {
    "error": "exception exceptions failure failures",
    "placeholder": "stub todo fixme unfinished incomplete sketch sketches",
    "exampl": "sample samples example examples",
    "fake": "mock dummy simulate simulated",
    "observability": "observable telemetry",
    "monitor": "monitoring monitored monitors",
    "trace": "traces tracing traced",
    "metric": "metrics",
    "thorough": "comprehensive comprehensively thoroughly extensive extensively",
    "recov": "recovery recover restore restores restoring restoration",
    "swallow": "ignore ignored ignoring suppress suppressed swallowed silence silenced",
    "sanitiz": "sanitize sanitise escape escaped escaping",
    "secret": "credential credentials password passwords token tokens",
    "redact": "mask masked masking redacted scrub",
    "util": "utils utility utilities helper helpers",
    "configur": "config configs configuration configurations",
    "conflict": "clash clashes contradict contradicts contradicting conflicting",
    "consider": (
        "discuss address cover explain mention describe suggest propose recommend outline say think point "
        "talk tell considerations considered highlight"
    ),
    "review": "assess assessed evaluate evaluated analyze analyzed analyse analysed examine inspect reviewed",
    "document": "documented documents documentation",
    "implication": "impact aspects aspect consequences concerns concern implications",
    "guid": "guideline guidelines guidance",
    "dependenc": "dependency dependencies deps dep package packages library libraries",
    "normaliz": "normalized normalization denormalize",
    "input": "inputs",
    "statuscode": "statuscodes",
    "scale": "scalability scaling scalable scales",
    "deploy": "deployment deployments deployed",
    "strateg": "strategy strategies approach approaches",
    "optimiz": "optimization optimisation optimizations optimise",
}
SYNONYMS: Mapping[str, str] = {
    word: stem for stem, words in _GROUPS.items() for word in (stem, *words.split())
}

# What is wanted with a thing other than the thing: to talk about it, to write about it, to look at it.
MODAL = frozenset({"consider", "document", "review"})

# What headings are made of whatever stands below: "Approach", "Response style", "Quality checklist".
GENERAL = MODAL | frozenset(
    "bestpractic checklist conduct develop exampl guid implication qualit respons strateg work".split()
)

# Fields of work. One of them alone names a subject, not a demand: "test", "monitor", "deploy".
AMBIENT = frozenset(
    (
        "access bestpractic consider data dependenc deploy design document endpoint error exampl guid "
        "handl input log manag metric monitor optimiz performanc query scale schema secur security test "
        "thorough trace validat work"
    ).split()
)

# Words that praise, fill or only say "do it": a rule says the same without them.
FILLERS = frozenset(
    (
        "a about above absolutely accepted accordingly across actual actually add added adding "
        "addressed adds adequate adequately adhere alive all already also always an and any "
        "anything anywhere application applications applied applies apply appropriate "
        "appropriately are as at be because been before behind being both built but by call calls "
        "can careful carefully clean clear clearly code codebase come comes committed complete "
        "completely configured consistent consistently contain contains correct correctly create "
        "created creates creating critical deliver delivered delivers did do does doing done each "
        "effective effectively enabled enforce enforced enforces ensure ensures ensuring "
        "established etc ever every everything everywhere exist existing final follow followed "
        "following follows for from full fully get give given go goes good graceful gracefully "
        "have having how if implement implementation implementations implemented implementing "
        "implements important in include included includes including inside instead into is it its "
        "just keep kept leave leaves leaving left maintain maintained make makes making mandatory "
        "may meaningful means meant might mind must need needed needs new of on once one ones only "
        "onto or other our out over own per perform performed place please possible practice "
        "practices prefer preferably present proactively proper properly properties provide "
        "provided provides put rather really regular regularly reliable reliably rely require "
        "required requires robust robustly s set shall ship shipped ships should since so solid "
        "solution solutions some standard statement statements stick sticks strict strictly strong "
        "such suitable sure system systematic systems than that the their them then there these "
        "they thing this those through throughout to under universal up upon us use used user "
        "users uses using via want was way we well were what whatever when where which while whole "
        "will with within would you your"
    ).split()
)
