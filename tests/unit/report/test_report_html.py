"""The page is safe, self-contained and leads from a rule to the line that broke it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace

import pytest
from report_example import case, example_results, sample, verdict

from harness.core.types import Finding, Outcome
from harness.report.escape import anchor
from harness.report.formats.html import render_html
from harness.report.model import HAND_WRITTEN, RunResults

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}{% raw %}\x1b[31m\u202egnp"


@pytest.fixture(scope="module")
def page() -> str:
    return render_html(example_results())


@pytest.fixture(scope="module")
def hostile() -> str:
    """A run in which every text that can come from outside is hostile."""
    run = example_results()
    asked = case(f"id {EVIL}", EVIL, "evil", EVIL)
    answer = sample(asked.id, f"base {EVIL}", f"{EVIL}\n```js {EVIL}\n{EVIL}\n")
    found = Finding(1, 1, 1, 1, 9, EVIL, EVIL)
    return render_html(
        replace(
            run,
            cases=(*run.cases, asked),
            samples=(*run.samples, answer),
            verdicts=(*run.verdicts, verdict(answer, "no-console", Outcome.FAIL, EVIL, found)),
            warnings=(EVIL,),
            model=EVIL,
            manifest={EVIL: EVIL},
            agent=replace(run.agent, name=EVIL, path=EVIL),
            agent_source=EVIL,
        )
    )


def test_every_link_inside_the_page_leads_somewhere(page: str) -> None:
    """No fragment points at an id that is not there, and no id is there twice."""
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_a_rule_links_to_the_marked_line(page: str) -> None:
    """The entry of a broken rule points at the first offending line of the answer."""
    entry = page.split('id="rule-no-console"')[1].split("</details>", maxsplit=1)[0]
    assert 'href="#answer-express-create-user-base-1-L11"' in entry
    assert re.search(r'class="ln hit" data-n="11" id="answer-express-create-user-base-1-L11"', page)


def test_a_note_links_to_the_rules_line_in_the_agent_file(page: str) -> None:
    """From the finding one gets to where the rule is written."""
    assert '<a class="where" href="#agent-L10">agent file line 10</a>' in page


def test_the_page_asks_nobody_for_anything(page: str) -> None:
    """No address of another host, no external script, style or picture."""
    assert not re.search(r'(?:src|href)="(?!#|data:,)', page)
    assert "//" not in re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL).split("</head>")[0]


@pytest.mark.parametrize("tag", ["style", "script"])
def test_the_policy_names_the_hash_of_what_is_in_the_page(page: str, tag: str) -> None:
    """The browser computes the same hash, so the page's own style and script run, and nothing else."""
    content = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    assert content
    digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
    assert f"{tag}-src 'sha256-{digest}'" in page


def test_no_inline_styles_or_handlers(page: str) -> None:
    """The policy would refuse them, so none may be there."""
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", page)


def test_hostile_text_makes_no_element(hostile: str) -> None:
    """There is one script, and it is ours."""
    assert re.findall("<script[^>]*>", hostile) == ['<script type="text/plain" id="index">', "<script>"]
    assert "<img" not in hostile


def test_template_syntax_in_data_stays_text(hostile: str) -> None:
    """Braces are shown as written."""
    assert "{{ 7*7 }}" in hostile


def test_steering_characters_are_written_out(hostile: str) -> None:
    """Neither an escape code nor a right-to-left override reaches the page."""
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", hostile)
    assert r"\x1b[31m\u202egnp" in hostile


def test_a_response_is_stored_once() -> None:
    """However many rules point at it, its text is in the page one time."""
    words = re.sub(r"<[^>]+>", "", render_html(example_results()))
    assert words.count("const users = [];") == 1


def test_hand_written_responses_are_labelled(page: str) -> None:
    """They stand apart and say that no model wrote them."""
    section = page.split('id="hand-written"')[1].split('id="agent-file"', maxsplit=1)[0]
    assert "These are not answers of a model." in section
    assert "answer-console-alias-hand-written-1" in section


def test_hand_written_responses_do_not_count_for_the_model(page: str) -> None:
    """The answers' section holds none of them."""
    assert "console-alias" not in page.split('id="answers"')[1].split('id="routing"', maxsplit=1)[0]


def test_a_missing_answer_is_shown_as_missing(page: str) -> None:
    """A failed call is listed at its case with the reason."""
    assert "Missing: base, trial 1: timeout, no answer within 600 s" in page


def test_the_page_stays_small_with_endless_answers() -> None:
    """200 answers of 400 kB each make a page below 25 MB that says what is left out of each."""
    run = example_results()
    cases = [case(f"c{i}", "long?") for i in range(200)]
    samples = [sample(item.id, "base", "word word word\n" * 27_000) for item in cases]
    page = render_html(replace(run, cases=(*run.cases, *cases), samples=(*run.samples, *samples)))
    assert len(page.encode()) < 25_000_000
    assert "left out here to keep this page small" in page


def test_a_run_with_nothing_in_it_is_a_page_too() -> None:
    """No samples, scores, routing or rules: still a page that says so."""
    run = example_results()
    empty = RunResults(
        run="r",
        folder=run.folder,
        created="yesterday",
        agent=run.agent,
        rules=(),
        variants=(),
        model="local:none",
        models_served=(),
        cases=(),
        samples=(),
        failures=(),
        verdicts=(),
        scores=(),
    )
    assert "No model was asked in this run" in render_html(empty)


def test_several_variants_are_told_apart() -> None:
    """With two variants each answer and score carries its variant's name."""
    run = example_results()
    other = replace(run.variants[0], name="head")
    page = render_html(replace(run, variants=(*run.variants, other)))
    assert '<span class="variant">base</span>' in page


@pytest.mark.parametrize("name", ["plain-id", "with space", "<b>", "ü", "x" * 200])
def test_anchors_are_safe_and_distinct(name: str) -> None:
    """An id holds letters, digits and dashes only, and two names never share one."""
    assert re.fullmatch(r"case-[\w.-]+", anchor("case", name), re.ASCII)
    assert anchor("case", name) != anchor("case", f"{name}!")


def test_the_hand_written_variant_has_its_name() -> None:
    """Other folders decide golden responses under this name."""
    assert HAND_WRITTEN == "hand-written"
