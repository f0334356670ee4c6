"""Cues are found at the words they begin with, and nothing else is found that way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.checks.security.considered import SECURITY
from harness.checks.testing.strategy import TESTING
from harness.checks.topics.cues import beginnings, cue, stands_in
from harness.checks.topics.deployment import DEPLOYMENT
from harness.checks.topics.observability import OBSERVABILITY
from harness.checks.topics.performance import PERFORMANCE
from harness.checks.topics.scalability import SCALABILITY
from harness.response.prose.sentences import stems_of

CUES = [
    one
    for topic in (SECURITY, TESTING, DEPLOYMENT, OBSERVABILITY, PERFORMANCE, SCALABILITY)
    for one in topic.cues
]
WORDS = (
    "a add after alerts another app are balancer batch before behind bind bounded bulk cache caches "
    "call CI/CD cloudwatch connection container core cost costs cover CSRF data DataLoader deploy "
    "docker drain eager EC2 edge error escape etag events every explain fetch first fly.io four full "
    "gin graceful health healthz hot index indexed injection input instances integration is it job jest "
    "joi JWT JWTs k8s keep-alive key keyset late latency levels live liveness load load-test log logged "
    "login logs memory metrics migrate migration migrations mock more ms N+1 n + 1 new relic nine nodes "
    "O(1) O(n log n) off OFFSET on on-call one only open oncall once otel p p95 p99.9 page paged pager "
    "parameters parse partition pass password per plan pm2 pod pool pooled prepared processes "
    "prom-client pytest query queue quoted read read-replicas readyz refuses rejects replicas request "
    "requests response role roll-out rolled round-trip row run runs scale scaled scaling scan second "
    "select_related serializer server session shard sign signature single skip spans stateless "
    "statement statements statsd sticky stream supertest table test tests the them third time times "
    "token trace two unit unknown valid validate validates with without work worker x x-ray zod zipkin "
    "42 --scale /health /metrics \u017fcale \u212aubernetes na\u00efve x_metrics 9metrics"
).split()
JOINTS = (" ", "  ", "-", "/", "_", ", ", ". ", "'", "\n")


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """Draw words of all topics, with anything between them."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))
    text = "".join(f"{word}{draw(st.sampled_from(JOINTS))}" for word in words)
    return draw(st.sampled_from((text, text.upper(), text.title())))


@given(sentences())
def test_a_cue_stands_where_its_pattern_matches(text: str) -> None:
    """The words at which it is tried are all at which it could match."""
    stems = stems_of(text)
    wrong = [one.name for one in CUES if stands_in(one, text, stems) != bool(one.pattern.search(text))]
    assert wrong == []


@pytest.mark.parametrize(
    ("pattern", "stems"),
    [
        (r"\bmetrics?\b", {"metr"}),
        (r"\bon-?call\b", {"on", "onca"}),
        (r"\bp9[059]\b", {"p"}),
        (r"\bnew\s?relic\b", {"new", "newr"}),
        (r"\b(?:no|without)\s+state", {"no", "with"}),
        (r"\b(?:a\s+)?cat\b", {"a", "cat"}),
        (r"\bJWTs?\b", {"jwt", "jwts"}),
        (r"\blogg?(?:s|ed)?[\s-]?in\b", {"log", "logs", "loge", "logg", "logi"}),
    ],
)
def test_what_a_pattern_begins_with(pattern: str, stems: set[str]) -> None:
    """Letters that may be left out, groups, and ends of words are followed."""
    assert beginnings(pattern) == stems


@pytest.mark.parametrize(
    "pattern", [r"--scale\b", r"(?<!\w)/health", r"\d\s?ms\b", r"\bjo\w+", r"\bab*c", r"\b[^a]bcd", r"\bfoo"]
)
def test_where_it_cannot_be_told(pattern: str) -> None:
    """Such a pattern is searched everywhere."""
    assert beginnings(pattern) is None
    assert cue("x", "", pattern).at_words is None
