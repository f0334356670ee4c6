"""How a rule is worded: its polarity, and whether a sentence is an instruction at all."""

from __future__ import annotations

import re

__all__ = ["is_imperative", "leading_polarity", "shouted_polarity"]

_NEVER = re.compile(
    r"(?:you |we |agents? |please |strictly |absolutely )*(?:never|do not|don['’]t|dont|avoid"
    r"|must not|must never|mustn['’]t|shall not"
    r"|should not|should never|shouldn['’]t|may not|cannot|can['’]t|refrain from"
    r"|under no circumstances|no|not|without exception,? never"
    r"|stop|prohibited|forbidden|it is (?:forbidden|prohibited)|not allowed)\b(?!-)",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"(?:you |we |agents? |please )*(?:always|must|shall|mandatory|required|have to|need to always)\b",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"[^:.!?\n—]{1,60}?(?::| [-–—])\s+(?=\S)")
_STRONG_NEVER = re.compile(r"(?:NEVER|DO NOT|DON['’]T|AVOID|MUST NOT|MUST NEVER|SHALL NOT)\b")
_STRONG_ALWAYS = re.compile(r"(?:ALWAYS|MUST|SHALL|REQUIRED|MANDATORY)\b")
_SHOUT_REACH = 60  # characters: later in a sentence the capitals qualify a detail
_NO_MATTER = re.compile(
    r"no (?:matter|longer|one|need|issues?|problems?|more than)\b|not (?:only|just)\b", re.IGNORECASE
)
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_NUMBERED_TITLE = re.compile(r"(?:step|phase|stage|part)\s+\d+\s*[:.–—-]\s*", re.IGNORECASE)

_VERBS = frozenset(
    """
    abandon abide abort abstract accept acknowledge act adapt add address adhere adjust adopt advise
    aggregate agree aim align allow alert analyse analyze annotate announce anonymize answer anticipate
    append apply approve archive articulate ask assert assess assign assume attach attempt attribute
    audit augment authenticate author authorize automate back backup balance base batch be become begin
    benchmark block boost bound brainstorm break brief bring broadcast build bundle cache calculate call
    cancel capture catch categorize challenge change check choose cite clarify classify clean clear
    close coach code collaborate collect combine come comment commit communicate compare compile
    complete comply compose compress compute conduct configure confirm connect conserve consider
    consolidate construct consult contact contain continue contribute control convert cooperate
    coordinate copy correct correlate cover craft create cross-check cross-reference curate customize
    cut debug decide declare decompose decouple default defer define delegate delete deliver demonstrate
    denormalize deploy deprecate derive describe design detect determine develop diagnose differentiate
    direct disable discard disclose discover discuss display dispose distinguish distribute divide do
    document double-check draft draw drive drop duplicate earn edit educate elevate eliminate embed
    embrace emit emphasize employ empower enable encapsulate encourage encrypt end enforce engage
    enhance enrich ensure enter enumerate escalate escape establish estimate evaluate examine exclude
    execute exercise exit expand expect experiment explain explore expose express extend externalize
    extract facilitate fail fall favor favour feed fetch fill filter finalize find finish fix flag focus
    follow force forecast format formulate foster frame gather generate get give go grant group
    guarantee guard guide halt handle harden have help hide highlight hold identify ignore illustrate
    implement import improve include incorporate increase indent index inform inherit initialize
    initiate inject innovate insert insist inspect install instrument integrate interpret interview
    introduce invalidate invent investigate invoke involve isolate iterate join judge justify keep know
    label launch lay lead learn leave let level leverage limit link lint list listen load localize
    locate lock log look lower maintain make manage map mark mask match maximize measure memoize mention
    merge migrate mimic minimize mitigate mix mock model modularize monitor move name navigate negotiate
    normalize note notify number obey obtain offer omit open operate optimise optimize orchestrate order
    organise organize outline output override own package paginate parallelize parameterize parse
    participate partition pass pause perform persist personalize pick pin place plan point polish pool
    populate position practice practise prefer prefix prepare present preserve prevent print prioritise
    prioritize probe proceed process produce profile prompt proofread propagate propose protect
    prototype prove provide provision prune publish pull push put qualify quantify query question queue
    quote raise range rank rate re-check re-evaluate re-read re-run reach read rebase recap recognize
    recommend reconcile record recover redact redirect reduce refactor refer reference refine reflect
    refuse register reject relate release rely remain remember remind remove rename render reorganize
    repeat replace replicate report reproduce request require research reset resist resolve respect
    respond restart restate restore restrict retain rethink retrieve retry return reuse reveal revert
    review revise rewrite rotate route run sample sandbox sanitise sanitize save scale scan schedule
    scope score script search secure seek select send separate sequence serve set share shard shift ship
    show sign signal simplify simulate skip smooth solve sort span specify speak split stage standardise
    standardize start state stay step stick stop store stream streamline strengthen stress-test strike
    strip strive structure study submit suggest suit summarise summarize supply support surface suspect
    sustain switch synchronize synthesise synthesize tag tailor take target teach tell template
    terminate test think throttle throw tie time track trace transform translate treat triage trigger
    trim troubleshoot trust try tune turn type understand uninstall unify update upgrade use utilise
    utilize validate value vary verify version view visualize wait walk warn watch weigh work wrap write
    yield only first don't never always avoid
    """.split()
)
_ADVERBS = frozenset(
    "actively also carefully clearly closely consistently continuously directly explicitly fully"
    " gracefully gradually ideally immediately"
    " independently just only periodically please proactively promptly properly quickly rapidly"
    " regularly rigorously strictly"
    " systematically then thoroughly simply briefly silently automatically first finally next"
    " deeply correctly safely securely efficiently effectively".split()
)
# These words are as often the head of a noun phrase ("Test coverage", "Design patterns") as an instruction.
_AMBIGUOUS = frozenset(
    """
    access act address audit author back backup balance base batch benchmark block brief build bundle
    cache call cause challenge change check code comment commit contact control copy cover craft cut
    default design detail document draft drive end estimate exercise experiment express fail feed fetch
    filter fix flag focus force forecast format frame function group guard guide handle help hold import
    index input interview issue label launch lead level link lint list load lock log look map mark mask
    match measure merge migrate mix mock model monitor name note number order outline output override
    own package parse partition pass pause pick pin place plan point pool position practice present
    print probe process produce profile program project prompt prototype prune pull push query question
    queue quote range rank rate read record reference release render report request research reset
    result return review route run sample sandbox scale schedule scope score script search secure set
    shard share shift ship show sign signal sort span stage standard start state step store stream
    stress-test strike structure study suit summary supply support surface switch tag target template
    test throttle tie time trace track transfer transform translate trigger trim trust tune turn type
    update upgrade use value version view wait walk watch work wrap live open clear complete correct
    direct clean abstract lower smooth separate contract dispose compound alert stress object data
    network feature error first only
    """.split()
)
_DETERMINERS = frozenset(
    """
    a an the all any both each every either few many more most much no not several some such that these
    this those what which who how when where why whether if only one two three at least your you their
    them its it our us his her my me existing new appropriate proper clear specific relevant multiple
    different other another for with from to into on in by as against between through over within before
    after upon and or up out off down back together exactly current potential possible key main user
    users code changes tests
    """.split()
)


def leading_polarity(text: str) -> str:
    """Return ``never`` or ``always`` where the text, or what follows its title, starts with such a demand."""
    for candidate in _starts(text):
        if _NO_MATTER.match(candidate):
            continue
        if _NEVER.match(candidate):
            return "never"
        if _ALWAYS.match(candidate):
            return "always"
    return ""


def _starts(text: str) -> tuple[str, ...]:
    prefix = _PREFIX.match(text)
    return (text, text[prefix.end() :]) if prefix else (text,)


def shouted_polarity(text: str) -> str:
    """Return the polarity of a demand in capitals near the start (``Functions MUST have types``)."""
    head = text[:_SHOUT_REACH]
    never = _STRONG_NEVER.search(head)
    always = _STRONG_ALWAYS.search(head)
    if never and (not always or never.start() <= always.start()):
        return "never"
    return "always" if always else ""


def is_imperative(text: str) -> bool:
    """Tell whether a line tells somebody to do something (``Validate input``), judged by its first words."""
    text = _NUMBERED_TITLE.sub("", text)
    return any(_starts_with_verb(candidate) for candidate in _starts(text))


def _starts_with_verb(text: str) -> bool:
    words = [match.group().lower() for match, _ in zip(_WORD.finditer(text[:120]), range(4), strict=False)]
    while words and words[0] in _ADVERBS and len(words) > 1:
        words = words[1:]
    if len(words) < 2 or not text[:1].isalpha() or words[0] not in _VERBS:
        return False
    return words[0] not in _AMBIGUOUS or words[1] in _DETERMINERS
