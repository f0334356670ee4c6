"""G09: how one sees what the solution does."""

from __future__ import annotations

import re
from typing import ClassVar

from harness.checks.base import OMISSION, Check, Exchange, Soundness
from harness.checks.topics.machinery import observed
from harness.checks.topics.remarks import Topic, cue
from harness.checks.topics.verdict import decided
from harness.core.types import Decision, Outcome

__all__ = ["OBSERVABILITY", "Observability"]


OBSERVABILITY = Topic(
    name="observability",
    title=re.compile(
        r"\bmonitor|\bobservab|\bmetrics?\b|\balert|\btelemetry|\btracing\b|\bhealth\b|\binstrument"
        r"|\blogging\b|\blogs\b",
        re.IGNORECASE,
    ),
    plain=re.compile(r"\bmonitor|\bobservab|\btelemetry", re.IGNORECASE),
    cues=(
        cue(
            "metrics",
            "clou dash data erro expo gaug graf hist metr newr p prom reli stat",
            r"\bmetrics?\b|\bprometheus\b|\bgrafana\b|\bprom-client\b|\bdjango_prometheus\b|\bstatsd\b"
            r"|\bdatadog\b|\bnew\s?relic\b"
            r"|\bcloudwatch\b|\bhistograms?\b|\bgauges?\b|\bexporters?\b|\berror\s+rates?\b|\bdashboards?\b"
            r"|\bp9[059]\b",
        ),
        cue(
            "health",
            "heal live read upti",
            r"(?<!\w)/(?:healthz?|readyz?|livez?|ready|live)\b"
            r"|\bhealth[\s-]?(?:checks?|endpoints?|probes?)\b|\breadiness\b"
            r"|\bliveness\b|\buptime\b",
        ),
        cue(
            "alerts",
            "aler call onca page",
            r"\balert(?:s|ed|ing|manager)?\b|\bpager(?:duty)?\b|\bon-?call\b"
            r"|\bpaged?\s+(?:somebody|someone|ops)\b",
        ),
        cue(
            "traces",
            "corr jaeg open otel requ sent span trac zipk",
            r"\bopen\s?telemetry\b|\botel\b|\btrac(?:es?|ing)\b(?!\s+of\s+(?:the\s+)?(?:error|exception))"
            r"|\bspans?\b|\bjaeger\b"
            r"|\bzipkin\b|\bsentry(?:_sdk)?\b|\bcorrelation[\s-]ids?\b|\brequest[\s-]ids?\b",
        ),
        cue(
            "logs",
            "elas kiba log logg logs loki stru",
            r"\bloki\b|\belastic\w*\b|\bkibana\b|\blog\s+aggregat\w+|\bcentral(?:i[sz]ed)?\s+logs?\b"
            r"|\bship\s+the\s+logs\b"
            r"|\bstructured\s+log\w*|\blogs?\b|\blogged\b",
            core=False,
        ),
    ),
    asked=re.compile(
        r"\bmonitor\w*|\bobservab\w+|\bmetrics\b|\balert\w*|\bprobes?\b|\btracing\b|\bprometheus\b"
        r"|\bhealth\b|\boperations\b",
        re.IGNORECASE,
    ),
)


class Observability(Check):
    """An answer thinks of monitoring: metrics, health, alerts, traces. Logging alone is not enough.

    Code that counts, a health or metrics endpoint, probes and the configuration of a monitor show it; so
    does a section with one concrete remark on metrics, health, alerts or traces, or two of these elsewhere.
    How deep it goes is for a judge.
    """

    id: ClassVar[str] = "topics/observability"
    version: ClassVar[int] = 1
    of_answers: ClassVar[bool] = True
    soundness: ClassVar[Soundness] = Soundness.EVIDENCE
    unread: ClassVar[frozenset[Outcome]] = OMISSION
    phrases: ClassVar[tuple[str, ...]] = (
        "Include monitoring and alerting",
        "Add metrics, logging and tracing",
        "Monitoring is configured with metrics and alerts",
        "Observability with logs, metrics and traces",
        "Observability",
        "Monitoring, logging and observability",
        "Monitoring with metrics and alerts",
        "Monitoring dashboards and alerts",
        "Monitoring, metrics and tracing",
        "Application monitoring and observability",
        "Build observability in with logging and monitoring",
        "Consider observability, monitoring and logging",
        "Plan for logging, monitoring and observability",
        "Instrument the service with metrics and traces",
        "Monitoring and observability",
        "Monitoring and alerting",
        "Logging and monitoring",
        "Monitoring with metrics, logs, traces and alerts",
        "Plan for monitoring and alerting",
        "Build observability in from the start",
        "Design for observability",
        "Metrics, logs and traces",
        "Consider observability",
        "Think of monitoring and observability when you design",
        "Metrics, health checks and alerts are part of the design",
        "Cover monitoring, metrics and alerts",
    )

    def decide(self, exchange: Exchange) -> Decision:
        """Decide on code, configuration and prose of the answer."""
        return decided(exchange, OBSERVABILITY, shown=exchange.program.once(observed))
