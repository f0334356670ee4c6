"""Rules: every syntax, with polarity, section, line and id; and what is no rule."""

import pytest

from harness.agentfile.parse import parse_agent
from harness.core.types import Agent, Rule

HEAD = "---\nname: a\ndescription: b\n---\n"


def agent(body: str) -> Agent:
    return parse_agent((HEAD + body).encode(), "a.md")


def rules(body: str) -> list[Rule]:
    return list(agent(body).rules)


def short(body: str) -> list[tuple[str, str]]:
    return [(rule.polarity.value, rule.text) for rule in rules(body)]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("❌ Use var here", ("never", "Use var here")),
        ("✅ Use const here", ("always", "Use const here")),
        ("- ❌ Use var here", ("never", "Use var here")),
        ("1. ✅ Use const here", ("always", "Use const here")),
        ("**❌ Use var here**", ("never", "Use var here")),
        ("🚫 **Commit** secrets", ("never", "Commit secrets")),
        ("✔️ Keep logs short", ("always", "Keep logs short")),
        ("> ❌ Use var here", ("never", "Use var here")),
        ("- Never use var", ("never", "Never use var")),
        ("* **Do not** use var", ("never", "Do not use var")),
        ("- Don’t use var", ("never", "Don’t use var")),
        ("+ Avoid global state", ("never", "Avoid global state")),
        ("- You must not guess", ("never", "You must not guess")),
        ("- Always use const", ("always", "Always use const")),
        ("- MUST use const", ("always", "MUST use const")),
        ("- Every function MUST have types", ("always", "Every function MUST have types")),
        ("- Functions MUST NOT print", ("never", "Functions MUST NOT print")),
        ("- **Logging**: Never print secrets", ("never", "Logging: Never print secrets")),
        ("• Never use var", ("never", "Never use var")),
        ("NEVER push to the main branch.", ("never", "NEVER push to the main branch.")),
        ("**ALWAYS** run the tests", ("always", "ALWAYS run the tests")),
        ("You MUST run the tests", ("always", "You MUST run the tests")),
        ("IMPORTANT: DO NOT guess", ("never", "IMPORTANT: DO NOT guess")),
        ("- [ ] Tests are green", ("should", "Tests are green")),
        ("- [x] Never skip tests", ("never", "Never skip tests")),
        ("## Guidelines\n1. Keep it small", ("should", "Keep it small")),
        ("## Best Practices\n- Small functions", ("should", "Small functions")),
        ("Constraints:\n- Latency below 200 ms", ("should", "Latency below 200 ms")),
        ("**Guardrails**\n\n- Small steps only", ("should", "Small steps only")),
        ("<rules>\n- Small steps only\n</rules>", ("should", "Small steps only")),
        ("## Don'ts\n- Guess a version", ("never", "Guess a version")),
        ("**DON'T:**\n- [ ] Guess a version", ("never", "Guess a version")),
        ("**DON'T:**\n- [ ] Always guess", ("never", "Always guess")),
        ("### ❌ Never Do\n- Guess a version", ("never", "Guess a version")),
        ("You must always:\n- Cite a source", ("always", "Cite a source")),
        ("## Anti-patterns\n- Guessing a version", ("never", "Guessing a version")),
        ("## Rules\n- No secrets in code", ("never", "No secrets in code")),
        ("When invoked:\n1. Read the files\n2. Run the tests", ("should", "Read the files")),
        (
            "| Rule | Description |\n|--|--|\n| Small steps | one at a time |",
            ("should", "Small steps: one at a time"),
        ),
        ("| Don't | Do |\n|--|--|\n| Use var here | Use const |", ("never", "Use var here")),
        ("| Topic | What |\n|--|--|\n| Types | MUST be explicit |", ("always", "MUST be explicit")),
        ("- MUST wrap\n  over lines", ("always", "MUST wrap over lines")),
        ("☐ Tests are green", ("should", "Tests are green")),
        ("    ## Rules\n    - Small steps only", ("should", "Small steps only")),
        ("- [x] Keep it\n✅ Use const here", ("should", "Keep it")),
        ("## 规则\n- ❌ 不要提交密码", ("never", "不要提交密码")),
    ],
)
def test_each_syntax_gives_a_rule(body: str, wanted: tuple[str, str]) -> None:
    assert short(body)[0] == wanted


@pytest.mark.parametrize(
    "body",
    [
        "# NEVER do this",
        "## ❌ Bad",
        "Never is a strong word, and you must always think about it in prose like this. It goes on.",
        "We say ❌ in the middle of a line.",
        "```js\n// ❌ wrong\n- Never this one\n```",
        "~~~\n1. Always this one\n~~~",
        "Text:\n\n    - Never in indented code",
        "<!--\n- Never in a comment\n-->",
        "## Core Expertise\n- Design APIs and schemas\n- Implement caching layers",
        "Technical Stack:\n- PostgreSQL and Redis\n- Node.js",
        "You can:\n- Write code\n- Run tests",
        "## When to use\n- ✅ Building an API\n- ❌ Writing a poem",
        "## Integration\n- Work with backend-architect on APIs",
        "| Feature | Supported |\n|--|--|\n| Joins | ✅ |\n| Views | ❌ |",
        "## Rules\n- [the guide](https://example.org)",
        "## Rules\n- `make test`",
        "❌ BAD:\n```\nvar x\n```",
        "✅ Correct",
        "```markdown\n# Template\n```js\nx\n```\n- Never in the template\n```",
        "<example>\nuser: 'hi'\nassistant: 'ok'\n- Never here\n</example>",
        '## Rules\n- "Design a REST API"',
        "Core skills:\n- Test automation\n- Query optimization",
    ],
)
def test_what_is_no_rule_gives_none(body: str) -> None:
    assert short(body) == []


def test_the_section_is_the_label_above() -> None:
    body = "## Rules\n\nABSOLUTE LIMITS - NEVER DO THESE:\n❌ Use var here\n\n- Always test code"
    assert [rule.section for rule in rules(body)] == ["ABSOLUTE LIMITS - NEVER DO THESE"] * 2


def test_without_a_label_the_section_is_the_heading() -> None:
    assert rules("## Hard *rules*\n\n- Never use var")[0].section == "Hard rules"


def test_a_label_right_after_a_list_is_no_part_of_it() -> None:
    body = (
        "❌ DON'T:\n- Use any\n✅ DO:\n- Use unknown\n<rules>\n- Keep short lines\n</rules>\n- Never use tabs"
    )
    assert [rule.section for rule in rules(body)] == ["❌ DON'T", "✅ DO", "rules", ""]


def test_a_new_heading_ends_a_label() -> None:
    assert rules("Limits:\n- Never use var\n\n## Style\n- Never use tabs")[1].section == "Style"


def test_the_title_of_a_numbered_item_is_the_section_of_its_list() -> None:
    assert rules("1. **Security**\n   - Never print secrets")[0].section == "Security"


def test_lines_and_columns_are_those_of_the_file() -> None:
    span = rules("Text\n\n## Rules\n  - Never wrap\n    a line")[0].span
    assert (span.line, span.column, span.end_line, span.end_column) == (8, 3, 9, 11)


def test_the_universal_marker_is_taken_off_and_kept_as_a_flag() -> None:
    rule = rules("❌ **UNIVERSAL**: Expose PII in logs")[0]
    assert (rule.universal, rule.text, rule.id) == (True, "Expose PII in logs", "expose-pii-in-logs")


def test_a_demand_of_its_own_outranks_the_heading() -> None:
    assert short("## Never:\n- ALWAYS ask first") == [("always", "ALWAYS ask first")]


def test_code_in_a_rule_keeps_its_backticks() -> None:
    assert short("- Never call `eval(x_y)` or **exec**") == [("never", "Never call `eval(x_y)` or exec")]


def test_an_id_does_not_depend_on_the_place() -> None:
    first = rules("- Never use var")[0].id
    assert rules("Text\n\n## Other\n\n- Always test\n- **Never** use var")[1].id == first


def test_ids_are_unique_and_early_ones_keep_their_name() -> None:
    body = "- Never use a b c d e f one\n- Never use a b c d e f two\n- Never use a b c d e f two"
    names = [rule.id for rule in rules(body)]
    assert names[0] == "never-use-a-b-c-d-e-f"
    assert len(set(names)) == 3


def test_inherited_rules_that_nobody_supplied_are_warned_about() -> None:
    found = [r.line for r in agent("*INHERITS ALL HOUSE RULES - NO EXCEPTIONS*").repairs]
    assert found == [5]


def test_nested_fences_are_read_as_nested_and_named() -> None:
    read = agent("````\n```\n````\n```markdown\n```js\nx\n```\n```\n\n- Never use var")
    assert [rule.text for rule in read.rules] == ["Never use var"]
