"""S05: what the solution means for performance."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import OMISSION, Check, Exchange, Soundness
from harness.checks.topics.remarks import Topic, cue
from harness.checks.topics.verdict import decided
from harness.core.types import Decision, Outcome

__all__ = ["PERFORMANCE", "Performance"]


PERFORMANCE = Topic(
    name="performance",
    title=re.compile(
        r"\bperforman|\bcomplexity|\boptimi[sz]|\blatency|\bthroughput|\bspeed\b|\bcaching\b|\bN\+1|\bindex(?:es|ing)?\b"
        r"|\bmemory\b"
        r"|\befficien|\bhow\s+fast|\bresponse\s+times?",
        re.IGNORECASE,
    ),
    plain=re.compile(r"\bperforman|\bcomplexity|\boptimi[sz]", re.IGNORECASE),
    cues=(
        cue(
            "index",
            "brin cove gin gist inde indi tree",
            r"\bindex(?:es|ed|ing)?\b(?!\.\w)|\bindices\b|\bcovering\b|\bb-tree\b|\bGIN\b|\bGiST\b|\bBRIN\b",
        ),
        cue(
            "cache",
            "cach cdn etag memo stam ttl ttls",
            r"\bcach(?:e|es|ed|ing|eable)\b|\bmemoi[sz]\w*|\bTTLs?\b|\bstampedes?\b|\bCDN\b|\betags?\b",
        ),
        cue("N+1", "n", r"\bN\s?\+\s?1\b", ill=True),
        cue(
            "round trips",
            "batc bulk data eage inse look once pref quer read roun sele stat writ",
            r"\bDataLoader\b|\b(?:select|prefetch)_related\b|\beager(?:ly)?[\s-]load\w*"
            r"|\bround[\s-]?trips?\b|\bbatch\w*\b"
            r"|\b(?:one|a\s+single|two|the\s+same)\s+(?:\w+\s+)?(?:quer(?:y|ies)|statements?|reads?|writes?"
            r"|inserts?|look-?ups?)\b"
            r"|\bbulk\b|\bonce\s+per\b",
        ),
        cue(
            "pool",
            "keep pers pgbo pool",
            r"\bpool(?:s|ed|ing|er)?\b|\bPgBouncer\b|\bpersistent\s+connections?|\bkeep-?alive\b",
        ),
        cue(
            "pagination",
            "curs keys page pagi sear",
            r"\bpaginat\w+|\bpaging\b|\bkeyset\b|\bcursors?\b|\bsearch_after\b|\bpages?\s+of\b",
        ),
        cue("offset", "offs", r"\bOFFSET\b", ill=True),
        cue(
            "latency",
            "late mill ms p perc resp seco thro",
            r"\blatenc(?:y|ies)\b|\bp(?:50|9[059](?:\.9)?)\b|\bresponse\s+times?\b|\bmilliseconds?\b"
            r"|\d\s?ms\b"
            r"|\bpercentiles?\b|\bthroughput\b"
            r"|\b(?:requests?|rows|messages|reads|writes)\s+(?:per|a)\s+second\b",
        ),
        cue(
            "memory",
            "back chun memo stre",
            r"\bmemory\s+(?:stays|use|usage|flat|of)\b|\bstream(?:s|ed|ing)\b|\bchunks?\s+of\b"
            r"|\bbackpressure\b",
        ),
        cue(
            "plan",
            "buff expl inde plan",
            r"\bEXPLAIN\b|\bquery\s+plans?\b|\bthe\s+plan(?:ner)?\b|\bindex(?:-only)?\s+scans?\b"
            r"|\bbuffers?\s+read\b",
        ),
        cue(
            "scan",
            "full scan sort tabl",
            r"\b(?:full|table|seq(?:uential)?)[\s-]scans?\b|\b(?:whole|entire|full)\s+table\b|\bsorts?\b",
            ill=True,
        ),
        cue(
            "off the request",
            "asyn back bloc conc even nonb pref queu requ work",
            r"\b(?:background|queued?|asynchronous(?:ly)?)\s+(?:jobs?|workers?|tasks?)\b"
            r"|\boff\s+the\s+(?:event\s+loop|request)"
            r"|\bnon-?blocking\b|\bworker[\s_]threads?\b|\bprefetch\b|\bconcurren\w+",
        ),
        cue("complexity", "o comp", r"\bO\((?:1|n|log)\b[^()]{0,20}\)|\bcomplexity\b"),
        cue(
            "cost",
            "cost",
            r"\bcosts?\s+(?:a\s+request\s+)?(?:only\s+|about\s+|just\s+)?(?:one|two|three|a|an|the\s+same|less|nothing|\d|`)",
        ),
        cue(
            "shape",
            "brot comp deno gzip mate part read",
            r"\bdenormali[sz]\w+|\bread\s+models?\b|\bmateriali[sz]ed\b|\bpartition(?:s|ed|ing)?\b|\bcompress\w*|\bgzip\b"
            r"|\bbrotli\b",
        ),
    ),
    asked=re.compile(
        r"\bperforman\w+|\bslow(?:er|ly)?\b|\bfast(?:er)?\b|\blatency\b|\bspeed\b|\boptimi[sz]\w+"
        r"|\bindex(?:es)?\b|\bcach\w+",
        re.IGNORECASE,
    ),
)


class Performance(Check):
    """An answer says what the solution means for performance, and where it can be optimised.

    A section on it with one concrete remark is enough, and so are remarks on two things that matter (an
    index and what it serves, paging, a pool, N+1, a cache, latency) wherever they stand. Code alone
    discusses nothing, neither does a list of names. Whether the remarks are right is for a judge.
    """

    id: ClassVar[str] = "topics/performance"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    unread: ClassVar[frozenset[Outcome]] = OMISSION
    phrases: ClassVar[tuple[str, ...]] = (
        "Mention performance implications",
        "Discuss performance and optimization",
        "Explain the impact on performance",
        "Address performance concerns",
        "Consider performance in every design",
        "Highlight performance implications",
        "Evaluate performance implications",
        "Suggest optimizations",
        "Discuss performance implications and opportunities for optimization",
        "Say what the solution means for performance and where it can be optimised",
        "Consider performance and optimization",
        "Consider performance implications",
        "Performance considerations",
        "Discuss performance",
        "Suggest performance optimizations",
        "Suggest optimization strategies for performance",
        "Point out opportunities for performance optimization",
        "Consider the performance impact",
        "Address the performance of the solution",
        "Discuss caching and query performance",
        "Name the effect on performance",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the prose of the answer."""
        return decided(exchange, PERFORMANCE, always=True)
