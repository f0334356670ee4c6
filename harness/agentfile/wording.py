"""How a rule is worded: its polarity, and whether a sentence is an instruction at all."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["leading_polarity", "modal_polarity", "refusing_polarity", "shouted_polarity", "verb_strength"]

_NEVER = re.compile(
    r"(?:you |we |agents? |please |strictly |absolutely )*(?:never|do not|don['’]t|dont|avoid"
    r"|must not|must never|mustn['’]t"
    r"|shall not|should not|should never|shouldn['’]t|refrain from|under no circumstances"
    r"|it is (?:forbidden|prohibited)|(?:prohibited|forbidden)(?=:))\b(?!-)|you (?:may not|cannot"
    r"|can['’]t)\b",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"(?:you |we |agents? |please )*(?:always|must|shall|have to|(?:mandatory|required)(?=:))\b(?!-)",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"[^:.!?\n—]{1,60}?(?::| [-–—])\s+(?=\S)")
_STRONG_NEVER = re.compile(r"(?:NEVER|DO NOT|DON['’]T|AVOID|MUST NOT|MUST NEVER|SHALL NOT)\b")
_STRONG_ALWAYS = re.compile(r"(?:ALWAYS|MUST|SHALL|REQUIRED|MANDATORY)\b")
_MODAL = re.compile(
    r"(?!(?:if|when|where|what|which|who|why|how|whether|that)\b)[^,;.?!\n]{2,80}?\s"
    r"(?P<modal>(?:must|should|shall)(?:\s+(?:not|never))?)\s+[a-z]",
    re.IGNORECASE,
)
_SHOUT_REACH = 60  # characters: later in a sentence the capitals qualify a detail
_NO = re.compile(
    r"no (?!matter|longer|one\b|need|more than|less than|fewer than)\w|not (?!only|just)\w", re.IGNORECASE
)
_PUNCTUATION = ",;.!?)"
_NUMBERED_TITLE = re.compile(r"(?:step|phase|stage|part)\s+\d+\s*[:.–—-]\s*", re.IGNORECASE)

_VERBS = frozenset(
    """
    abandon abide abort abstain abstract accelerate accept account acknowledge act activate adapt add
    address adhere adjust administer adopt advise advocate aggregate agree aim alert align allocate
    allow always amend amplify analyse analyze annotate announce anonymize answer anticipate append
    apply approve archive arrange articulate ask assemble assert assess assign assist assume assure
    attach attempt attend attribute audit augment authenticate author authorize automate avoid await
    back backup balance ban base batch be become begin benchmark bind block boost bootstrap bound
    brainstorm break brief bring broadcast build bundle bypass cache calculate call cancel capture care
    catch categorize celebrate centralize chain challenge change check choose circulate cite clarify
    classify clean clear click close coach code collaborate collapse collect combine come command
    comment commit communicate compare compensate compile complement complete comply compose compress
    compromise compute concentrate conclude condense conduct configure confirm connect conserve consider
    consolidate construct consult contact contain containerize continue contribute control converge
    convert cooperate coordinate copy correct correlate count cover craft create cross-check
    cross-reference cultivate curate customize cut de-escalate debug decide declare decompose decouple
    deduce deduplicate default defer define delay delegate delete delight deliver delve demonstrate
    denormalize depict deploy deprecate deprioritize derive describe design detach detect determine
    develop devise diagnose differentiate dig digest direct disable discard disclose discover discuss
    dismiss dispatch display dispose disregard distill distinguish distribute dive diversify divide do
    document don't double-check draft draw drill drive drop duplicate earn edit educate elaborate
    elevate elicit eliminate embed embody embrace emit emphasize employ empower enable encapsulate
    encourage encrypt end enforce engage enhance enlist enquire enrich ensure enter enumerate equip
    erase err escalate escape establish estimate evaluate evolve examine exceed exclude execute exercise
    exit expand expect expedite experiment explain explore export expose express extend externalize
    extract fabricate facilitate factor fail fall familiarize favor favour feed fetch fill filter
    finalize find fine-tune finish first fix flag flatten flush focus fold follow forbid force forecast
    forget form formalize format formulate forward foster frame fulfil fulfill gather generate get give
    go grade grant grep group guarantee guard guess guide hallucinate halt handle hard-code hardcode
    harden hash have hedge help hide highlight hire hold hook host hydrate identify ignore illustrate
    imagine impersonate implement import improve include incorporate increase indent index infer inform
    inherit initialize initiate inject inline innovate inquire insert insist inspect install instantiate
    instruct instrument integrate internalize interpret intervene interview introduce invalidate invent
    investigate invoke involve isolate iterate join judge justify keep kill know label launch lay
    lazy-load lead leak lean learn leave lecture let level leverage lie lift limit link lint list listen
    load localize locate lock log look lower maintain make manage mandate map mark mask match maximize
    measure memoize memorize mention merge migrate mimic mind minify minimize mirror mitigate mix mock
    model modularize monitor moralize motivate move name navigate neglect negotiate nest never normalize
    note notify number nurture obey obtain offer offload omit only open operate opt optimise optimize
    orchestrate order organise organize outline output over-engineer overcomplicate overengineer
    overlook override own package pad paginate pair parallelize parameterize parse participate partition
    pass patch pause penalize perform permit persist personalize persuade phrase pick pin pinpoint place
    plan point polish poll ponder pool populate position post postpone practice practise preempt prefer
    prefetch prefix preload prepare prepend prescribe present preserve pretend prevent print prioritise
    prioritize probe proceed process produce profile promise promote prompt pronounce proofread
    propagate propose protect prototype prove provide provision prune publish pull purge pursue push put
    qualify quantify query question queue quit quote raise randomize range rank rate rationalize
    re-check re-evaluate re-read re-run reach react read reassess reassure rebase rebuild recap
    recognize recommend reconcile reconsider reconstruct record recover recycle redact redesign redirect
    reduce reevaluate refactor refer reference refine reflect reframe refuse regenerate register
    rehearse reinforce reiterate reject relate relax release reload relocate rely remain remediate
    remember remind remove rename render renew reorder reorganize repair repeat rephrase replace
    replicate reply report represent reproduce request require rerun research reserve reset reshape
    resist resolve respect respond restart restate restore restrict restructure resume retain rethink
    retire retrieve retry return reuse revalidate reveal revert review revise revisit revoke rewrite
    roll rotate route run rush sacrifice salt sample sandbox sanitise sanitize save scaffold scale scan
    schedule scope score script scrub scrutinize search secure seek segment select send separate
    sequence serialize serve set shape shard share shift ship shorten show showcase shrink sign signal
    simplify simulate sketch skip slice smooth snapshot solve sort source span spawn speak specify spend
    split spot spread squash stack stage standardise standardize start state stay step stick stop store
    stream streamline strengthen stress-test strike strip strive structure stub study submit subscribe
    substitute suggest suit summarise summarize supplement supply support suppress surface survey
    suspect sustain switch sync synchronize synthesise synthesize tackle tag tailor take target teach
    tell template terminate test think thread throttle throw tie tighten time time-box timebox toggle
    tokenize touch trace track train transcribe transform transition translate traverse treat triage
    trigger trim troubleshoot trust try tune turn tweak type uncover understand undo unify uninstall
    unpack update upgrade urge use utilise utilize validate value vary verify version vet view violate
    visit visualize voice wait walk warm warn watch weigh withhold work wrap write yield zip
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
    abstract access account act address alert attend audit author back backup balance base batch
    benchmark block brief build bundle cache call care cause chain challenge change check clean clear
    click code command comment commit complete compound compromise contact contract control copy correct
    count cover craft cut data default delay design detail dig direct dispatch dispose document draft
    drill drive end error estimate exercise experiment export express factor fail feature feed fetch
    filter first fix flag flush focus fold force forecast form format forward frame function grade group
    guard guess guide handle hash hedge help hold hook host import index input interview issue kill
    label launch lead leak level lie lift link lint list live load lock log look lower mandate map mark
    mask match measure merge migrate mind mirror mix mock model monitor name nest network note number
    object only open order outline output override own package pad pair parse partition pass patch pause
    permit phrase pick pin place plan point poll pool position post practice present print probe process
    produce profile program project promise prompt prototype prune pull purge push query question queue
    quote range rank rate read record reference release render repair reply report request research
    reserve reset result return review route run rush sacrifice salt sample sandbox scaffold scale
    schedule scope score script search secure segment separate set shape shard share shift ship show
    sign signal sketch slice smooth snapshot sort source span spot spread stack stage standard start
    state step store stream stress stress-test strike strip structure stub study suit summary supplement
    supply support surface survey switch sync tag target template test thread throttle tie time touch
    trace track trail train transfer transform transition translate trigger trim trust tune turn tweak
    type update upgrade use value version view visit voice wait walk warm watch work wrap zip
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


@lru_cache(maxsize=8192)
def leading_polarity(text: str) -> str:
    """Return ``never`` or ``always`` where the text, or what follows its title, starts with such a demand."""
    for candidate in _starts(text):
        if _NEVER.match(candidate):
            return "never"
        if _ALWAYS.match(candidate):
            return "always"
    return ""


def modal_polarity(text: str) -> str:
    """Return the polarity of a sentence with a modal verb in its main clause (``Every test must pass``).

    Returns:
        ``never`` for must not and should not, ``always`` for must, ``should`` for should, else nothing.
    """
    found = _MODAL.match(text)
    if not found:
        return ""
    verb = found.group("modal").lower()
    if verb.endswith(("not", "never")):
        return "never"
    return "should" if verb == "should" else "always"


def refusing_polarity(text: str) -> str:
    """Return ``never`` for a text that begins with "No …": it refuses, though it is no command."""
    return "never" if _NO.match(text) else ""


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


@lru_cache(maxsize=8192)
def verb_strength(text: str) -> int:
    """Judge by its first words whether a line tells somebody to do something.

    Returns:
        2 for an instruction (``Validate all input``), 1 where the first word may also be the start of a
        noun phrase (``Test coverage``), 0 for anything else.
    """
    text = _NUMBERED_TITLE.sub("", text)
    return max(_strength(candidate) for candidate in _starts(text))


def _strength(text: str) -> int:
    if not text[:1].isalpha():
        return 0
    words = [word.rstrip(_PUNCTUATION).lower() for word in text[:120].split(None, 5)[:5]]
    while len(words) > 1 and words[0] in _ADVERBS:
        words = words[1:]
    if len(words) < 2 or words[0] not in _VERBS:
        return 0
    return 2 if words[0] not in _AMBIGUOUS or words[1] in _DETERMINERS else 1
