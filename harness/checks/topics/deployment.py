"""S06: how the solution is deployed and scaled."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import Check, Exchange, Soundness
from harness.checks.topics.machinery import deployable
from harness.checks.topics.remarks import Topic, cue
from harness.checks.topics.verdict import decided
from harness.core.types import Decision

__all__ = ["DEPLOYMENT", "Deployment"]


DEPLOYMENT = Topic(
    name="deployment",
    title=re.compile(
        r"\bdeploy|\broll(?:ing)?[\s-]?out|\bscal(?:e|ing|ab\w+)\b|\boperations?\b|\bgo(?:ing)?[\s-]live"
        r"|\bproduction\b"
        r"|\binfrastructure|\bhosting|\bdocker|\bkubernetes|\brelease\b|\bone\s+vm\b|\brunning\s+it",
        re.IGNORECASE,
    ),
    plain=re.compile(r"\bdeploy", re.IGNORECASE),
    cues=(
        cue(
            "container",
            "comp cont dock imag",
            r"\bdocker(?!\s+logs)(?:file|ise|ize)?\b|\bcontainers?\b|\bimages?\s+(?:is|are|has|runs|with)\b"
            r"|\bcompose\b",
        ),
        cue(
            "platform",
            "clou ec ecs engi farg fly guni helm hero k kube lamb noma php pm pod pods supe syst vm vms",
            r"\bkubernetes\b|\bk8s\b|\bhelm\b|\bECS\b|\bFargate\b|\bNomad\b|\bCloud\s+Run\b|\bApp\s+Engine\b"
            r"|\bHeroku\b"
            r"|\bfly\.io\b|\bsystemd\b|\bpm2\b|\bsupervisord?\b|\bgunicorn\b|\bphp-fpm\b|\bEC2\b|\bVMs?\b"
            r"|\bpods?\b|\blambda\b",
        ),
        cue(
            "roll-out",
            "anot blue cana down drai feat grac inst node othe roll serv sigt",
            r"\brolling\b|\broll(?:s|ed)?[\s-]?(?:out|back)\b|\brollouts?\b|\bblue[\s/-]green\b|\bcanary\b"
            r"|\bzero[\s-]downtime\b"
            r"|\bwithout\s+downtime\b"
            r"|\bone\s+(?:server|instance|node|pod|replica)\s+after\s+(?:the\s+)?(?:other|another)\b"
            r"|\bdrain\w*|\bgraceful\w*|\bSIGTERM\b|\bfeature\s+flags?\b",
        ),
        cue(
            "migration",
            "depl migr roll upgr vers",
            r"\bmigrations?\s+(?:run|runs|are|is|go|goes|first|before|as|have|must|job|step)\b"
            r"|\brun\s+(?:the\s+)?migrations?\b"
            r"|\bmigrate\s+deploy\b|\bupgrade\s+head\b"
            r"|\bbefore\s+the\s+(?:new\s+version|roll-?out|deploy\w*)\b",
        ),
        cue(
            "delivery",
            "ci depl gith pipe rele",
            r"\bdeploy(?:s|ed|ing|ment|ments)?\b|\bCI(?:/CD)?\b|\bpipelines?\b|\bGitHub\s+Actions\b"
            r"|\brelease\s+folder",
        ),
        cue(
            "scaling",
            "auto cont hori inst load node proc repl reve scal serv stat work",
            r"\breplicas?\b"
            r"|\b(?:more|several|two|three|four|five)\s+(?:\w+\s+)?(?:instances|nodes|servers|workers"
            r"|containers|processes)\b"
            r"|--scale\b|\bautoscal\w*|\bstateless\b|\bload[\s-]?balanc\w*|\breverse\s+proxy\b"
            r"|\bhorizontal(?:ly)?\b|\bscales?\b",
        ),
        cue(
            "probes",
            "heal live read",
            r"\breadiness\b|\bliveness\b|\bhealth\s?checks?\b|/healthz?\b|/readyz?\b",
            core=False,
        ),
        cue(
            "environment",
            "ends envi regi secr stag vaul",
            r"\benvironment\s+variables?\b|\bsecrets?\s+(?:manager|store)\b|\bvault\b|\bstaging\b"
            r"|\bregions?\b|\bTLS\s+ends\b",
            core=False,
        ),
    ),
    asked=re.compile(
        r"\bdeploy\w*|\bproduction\b|\bdocker\w*|\bcompose\b|\bkubernetes\b|\bk8s\b|\bscal\w+|\boperations\b"
        r"|\bgo[\s-]live\b"
        r"|\bhosting\b",
        re.IGNORECASE,
    ),
)


class Deployment(Check):
    """An answer says what has to be considered for deployment and scaling.

    A Dockerfile, a compose file, a manifest or a pipeline shows it; so does a section with one concrete item
    (migrations before the roll-out, replicas behind a balancer), or two such items elsewhere. A
    counter-example and a word in passing do not. What cannot be deployed (a query, a concept) needs none.
    """

    id: ClassVar[str] = "topics/deployment"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    phrases: ClassVar[tuple[str, ...]] = (
        "Explain deployment",
        "Deployment and scaling instructions",
        "Mention deployment considerations",
        "Document how the solution is deployed",
        "Include deployment steps",
        "Deployment concerns",
        "Cover deployment and scaling",
        "Say how to deploy and scale the solution",
        "Consider deployment and scaling",
        "Deployment and scaling considerations",
        "Deployment considerations",
        "Include deployment instructions",
        "Describe how to deploy the solution",
        "Deployment instructions",
        "Address deployment and scaling considerations",
        "Describe deployment and scaling",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on the configuration and the prose of the answer."""
        return decided(exchange, DEPLOYMENT, shown=exchange.program.once(deployable))
