"""G03: how the solution grows."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.topics.machinery import replicated
from harness.checks.topics.remarks import Topic, cue
from harness.checks.topics.verdict import decided
from harness.core.types import Decision

__all__ = ["SCALABILITY", "Scalability"]


SCALABILITY = Topic(
    name="scalability",
    title=re.compile(
        r"\bscal(?:e|es|ing|ab\w+)\b|\bgrow(?:th|ing|s)?\b|\bload\b|\bbottlenecks?|\bcapacity|\bhorizontal"
        r"|\bthroughput"
        r"|\bhigh\s+availability",
        re.IGNORECASE,
    ),
    plain=re.compile(r"\bscal(?:e|es|ing|ab\w+)\b|\bgrowth", re.IGNORECASE),
    cues=(
        cue(
            "stateless",
            "shar stat surv",
            r"\bstateless(?:ly|ness)?\b"
            r"|\b(?:no|without|keeps?\s+no|holds?\s+no)\s+(?:local\s+|shared\s+)?state\b"
            r"|\bshared?[\s-]nothing\b|\bstate\s+(?:lives|is\s+kept|moves|belongs|sits)\b"
            r"|\bsurvives?\s+(?:a\s+)?restarts?\b",
        ),
        cue(
            "balancing",
            "bala leas load roun",
            r"\bload[\s-]?balanc\w*|\bbalancer\b|\bbalances?\b|\bleast_conn\b|\bround[\s-]robin\b",
        ),
        cue("stickiness", "stic", r"\bsticky\b", ill=True),
        cue(
            "replicas",
            "add auto behi cons cont four hori hpa inst node pods proc repl scal seco serv them "
            "thir time work",
            r"\breplica(?:s|ted)?\b|\bhorizontal(?:ly)?\b|\bscal(?:e[sd]?|ing)\s+(?:out|up|apart|on)\b"
            r"|\bscal(?:e[sd]?|ing)\s+(?:horizontally|separately|independently)\b"
            r"|--scale\b|\bautoscal\w*|\bHPA\b|\bHorizontalPodAutoscaler\b"
            r"|\badd\s+(?:a\s+)?(?:second|third|more|another)\b"
            r"|\b(?:more|several|many|any\s+number\s+of|additional|further|across|all|two|three|four|five"
            r"|ten)\s+(?:\w+\s+)?"
            r"(?:instances|nodes|workers|servers|replicas|processes|pods|consumers|containers)\b"
            r"|\b(?:several|more|two|three)\s+of\s+them\b"
            r"|\b(?:second|third|fourth)\s+(?:one|server|instance|node|process)\b|\bseveral\s+times\b"
            r"|\bscaled?\s+separately\b|\bseveral\s+behind\b",
        ),
        cue(
            "data",
            "part pgbo repl shar",
            r"\bread[\s-]replicas?\b|\bshard(?:s|ed|ing)?\b|\bpartition(?:s|ed|ing)?\b|\bPgBouncer\b"
            r"|\breplication\b",
        ),
        cue(
            "queues",
            "back cons deco fan fano pref queu skip",
            r"\bcompeting\s+consumers?\b|\bqueue\s+(?:grows|depth|length)\b|\bback[\s-]?pressure\b"
            r"|\bprefetch\b"
            r"|\bconsumer\s+groups?\b|\bfan[\s-]?out\b|\bSKIP\s+LOCKED\b|\bconsumers?\b|\bdecoupl\w+",
            core=False,
        ),
        cue(
            "bottleneck",
            "bott cont grow head hots satu seco spot",
            r"\bbottlenecks?\b|\bhot\s?spots?\b|\bcontention\b|\bsaturat\w*|\bheadroom\b|\bper\s+second\b"
            r"|\bgrows?\s+beyond\b",
            ill=True,
            core=False,
        ),
        cue(
            "caching",
            "cach cdn conn",
            r"\bcach(?:e|es|ed|ing)\b|\bCDN\b|\bconnection\s+pool\w*|\bconnections\b",
            core=False,
        ),
    ),
    asked=re.compile(
        r"\bscal\w+|\binstances\b|\breplicas?\b|\bload[\s-]balanc\w+|\bconcurrent\s+users\b"
        r"|\bgrow(?:th|s|ing)?\b|\bservers\b"
        r"|\bmillions?\b|\bper\s+second\b",
        re.IGNORECASE,
    ),
)


class Scalability(Check):
    """An answer says how the solution grows: more processes, a balancer, the bottleneck to expect.

    A section on it with one concrete remark is enough, and so are remarks on two such things elsewhere, or
    configuration that runs several replicas. State in the process, a cache or a queue alone are no plan for
    growth. A question about one function or one query does not ask for it. The quality is for a judge.
    """

    id: ClassVar[str] = "topics/scalability"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Discuss scalability",
        "Plan for scalability",
        "Architecture must scale horizontally",
        "Design systems that scale",
        "Consider growth and scaling",
        "Scalable architecture",
        "Design scalable systems",
        "Plan for growth and bottlenecks",
        "Design for scalability, with horizontal scaling, load balancing and bottlenecks in mind",
        "Plan for growth, with horizontal scaling, load balancing and bottlenecks in mind",
        "Design for horizontal scaling",
        "Design for scalability",
        "Design for scale",
        "Consider scalability",
        "Systems scale horizontally",
        "Plan for scale, growth and bottlenecks",
        "Horizontal scaling and load balancing",
        "Say how it scales to more users",
        "Discuss how the service scales out",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the prose and the configuration of the answer."""
        return decided(exchange, SCALABILITY, shown=exchange.program.once(replicated))
