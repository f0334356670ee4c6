"""Whatever the bytes, reading ends in an agent or in one kind of error; whatever the layout, in the same content."""

# ruff: noqa: E501 - one layout on a line reads best

from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.agentfile.encoding import decode
from harness.agentfile.parse import parse_agent
from harness.core.errors import AgentFileError
from harness.core.types import Agent, Role

LAYOUT_PIECES = [
    "---\n", "name: a\n", "description: ", "tools: *\n", "<example>", "</example>", "<commentary>", "</commentary>", "user: ",
    "assistant: '", '"', "'", "\\n", "\n", "\r\n", "❌ ", "✅ ", "- ", "1. ", "## Rules\n", "NEVER ", "| a | b |\n|--|--|\n", "```\n",
    "<rules>\n", "<!--", "-->", "**", "text ", "‚ùå ", "\ufeff", "  ", "&a ", "*a ", "[", "{", ": ", "#", "\\", "`", "Don't:\n",
]  # fmt: skip
layouts = st.lists(st.sampled_from(LAYOUT_PIECES) | st.text(max_size=6), max_size=40).map("".join)

WORDS = st.sampled_from(
    "it's users' api don't login: page-two \"quoted\" 'single' v1.2 naïve C++ (again) 漢字 a/b x_y 50% we—you".split()
)
sentences = st.lists(WORDS, min_size=1, max_size=7).map(lambda words: "Please " + " ".join(words) + " now")
dialogues = st.tuples(sentences, sentences, sentences, sentences)


def read(text: str) -> Agent:
    return parse_agent(text.encode("utf-8", "surrogatepass"), "x/some-agent.md")


@given(st.binary(max_size=400))
def test_any_bytes_give_an_agent_or_an_agent_file_error(data: bytes) -> None:
    try:
        name = parse_agent(data, "x/some-agent.md").name
    except AgentFileError as error:
        name = str(error)
    assert name


@example("---\nname: a\n<example>")
@given(layouts)
def test_every_place_that_is_named_lies_in_the_file(text: str) -> None:
    try:
        agent = read(text)
    except AgentFileError:
        return
    last = decode(text.encode("utf-8", "surrogatepass"), "x").text.count("\n") + 1
    places = [rule.span.line for rule in agent.rules] + [dialogue.span.line for dialogue in agent.dialogues]
    assert all(1 <= line <= last for line in [*places, *(repair.line for repair in agent.repairs)])


@given(layouts)
def test_rule_ids_are_unique(text: str) -> None:
    try:
        names = [rule.id for rule in read(text).rules]
    except AgentFileError:
        return
    assert len(names) == len(set(names))


@given(layouts)
def test_line_ends_change_nothing_but_the_repairs(text: str) -> None:
    plain = text.replace("\r", "")
    try:
        one, other = read(plain), read(plain.replace("\n", "\r\n"))
    except AgentFileError:
        return
    assert (one.rules, one.dialogues, one.prompt) == (other.rules, other.dialogues, other.prompt)


def one_line(parts: tuple[str, str, str, str], quote: str = '"') -> str:
    context, user, assistant, commentary = parts
    return (
        f"<example>Context: {context}. user: {quote}{user}{quote} assistant: {quote}{assistant}{quote} "
        f"<commentary>{commentary}</commentary></example>"
    )


def many_lines(parts: tuple[str, str, str, str], quote: str = '"') -> str:
    context, user, assistant, commentary = parts
    return (
        f"<example>\nContext: {context}.\nuser: {quote}{user}{quote}\nassistant: {quote}{assistant}{quote}\n"
        f"<commentary>\n{commentary}\n</commentary>\n</example>"
    )


def as_yaml_string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


FILES = {
    "plain one-line": lambda items: "description: Use it. " + " ".join(one_line(item) for item in items),
    "plain one-line, single quotes": lambda items: "description: Use it. " + " ".join(one_line(item, "'") for item in items),
    "plain literal breaks": lambda items: "description: Use it.\\n" + "\\n".join(many_lines(i).replace("\n", "\\n") for i in items),
    "escaped string": lambda items: "description: " + as_yaml_string("Use it.\n" + "\n".join(map(many_lines, items))),
    "doubly escaped string": lambda items: "description: " + as_yaml_string("Use it. " + " ".join(many_lines(i).replace("\n", "\\n") for i in items)),
    "unindented lines": lambda items: "description: Use it.\n" + "\n".join(map(many_lines, items)),
    "block": lambda items: "description: |\n  Use it.\n" + "\n".join("  " + line for i in items for line in many_lines(i).split("\n")),
    "folded block": lambda items: "description: >\n  Use it.\n" + "\n".join("  " + line for i in items for line in many_lines(i).split("\n")),
}  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(sorted(FILES)), st.lists(dialogues, min_size=1, max_size=3))
def test_the_same_dialogues_come_out_of_every_layout(
    layout: str, items: list[tuple[str, str, str, str]]
) -> None:
    agent = read(f"---\nname: a\n{FILES[layout](items)}\nmodel: opus\n---\nBody\n")
    found = [(d.context, d.user, d.assistant, d.commentary) for d in agent.dialogues]
    assert (found, agent.model) == ([(c + ".", u, a, y) for c, u, a, y in items], "opus")


@given(st.lists(dialogues, min_size=1, max_size=3))
def test_the_same_dialogues_come_out_of_the_body(items: list[tuple[str, str, str, str]]) -> None:
    agent = read("---\nname: a\ndescription: b\n---\n## Examples\n\n" + "\n\n".join(map(many_lines, items)))
    assert [turn.text for d in agent.dialogues for turn in d.turns if turn.role is Role.USER] == [
        i[1] for i in items
    ]


PREFIXES = [
    "❌ ",
    "✅ ",
    "- ❌ ",
    "- Never ",
    "- ALWAYS ",
    "* Do not ",
    "- [ ] Never ",
    "1. Always ",
    "NEVER ",
]


@given(st.lists(st.tuples(st.sampled_from(PREFIXES), sentences), min_size=1, max_size=8))
def test_every_rule_comes_out_on_its_line(items: list[tuple[str, str]]) -> None:
    body = "\n\n".join(prefix + text for prefix, text in items)
    agent = read(f"---\nname: a\ndescription: b\n---\n## Rules\n\n{body}\n")
    assert [rule.span.line for rule in agent.rules] == [7 + 2 * number for number in range(len(items))]
