"""Whatever a declarative check says: it is refused in one line, or it decides without an exception."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from declared_doubles import decided
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.checks.declared import declared_check
from harness.core.errors import CheckDefinitionError
from harness.core.types import Outcome

TEXTS = st.sampled_from(
    [
        "f($A)",
        "$A",
        "$$$",
        "const =",
        "import $N from $M",
        "(",
        "",
        "call_expression",
        "nope",
        "ERROR",
        "\u202e",
        "{",
        "a b",
    ]
)
SCALARS = st.one_of(TEXTS, st.integers(-3, 3), st.booleans(), st.none(), st.sampled_from(["end", "neighbor"]))
KEYS = st.sampled_from(
    (
        "pattern kind regex inside has precedes follows all any not matches nthChild range stopBy field "
        "context selector"
    ).split()
)
RULES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
ANSWER = "```js\nconst a = f(1);\nclass B { c = 2 }\n```\n\n```python\nprint(1)\n```\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("declared")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    fail_when=st.dictionaries(KEYS, RULES, max_size=3),
    utils=st.dictionaries(
        st.sampled_from(["helper", "f($A)"]), st.dictionaries(KEYS, RULES, max_size=2), max_size=1
    ),
    constraints=st.dictionaries(
        st.sampled_from(["A", "N"]), st.dictionaries(KEYS, RULES, max_size=2), max_size=1
    ),
    language=st.sampled_from(["javascript", "python", "php", "yaml", "sql", "klingon"]),
)
def test_a_rule_object_is_refused_or_works(
    folder: Path, fail_when: object, utils: object, constraints: object, language: str
) -> None:
    """No panic of the matcher, no traceback, no crash on an answer."""
    path = folder / "fuzz.yaml"
    example = {"title": "x", "response": "x"}
    file = {
        "id": "team/fuzz",
        "rule": "Whatever.",
        "phrases": ["Never do it"],
        "languages": [language],
        "message": "$A is wrong",
        "fail_when": fail_when,
        "utils": utils,
        "constraints": constraints,
        "examples": {
            "good": [example],
            "bad": [{**example, "title": "y", "findings": [{"line": 1, "words": "x"}]}],
        },
    }
    path.write_text(yaml.safe_dump(file), encoding="utf-8")
    try:
        check = declared_check(path)
    except CheckDefinitionError as error:
        said = str(error)
    else:
        said = decided(check, ANSWER).outcome.value
    assert "\n" not in said
    assert said != Outcome.ERROR.value
