"""Configuration blocks become settings with places."""

from __future__ import annotations

from harness.response.config.build import Config
from harness.response.config.model import Kind, Setting
from harness.response.parse import parse_files, parse_response


def fenced(language: str, text: str) -> Config:
    return parse_response(f"```{language}\n{text}\n```\n").config


def file_of(path: str, text: str) -> Config:
    return parse_files([(path, text)]).config


def values(config: Config) -> dict[str, str]:
    return {"/".join(one.path): one.value for one in config.settings}


def setting(config: Config, name: str) -> Setting:
    return next(one for one in config.settings if one.name == name)


def quoted(config: Config, name: str) -> str:
    """Cut out of the block what the place of a value points at."""
    one = setting(config, name)
    line = one.place.block.text.split("\n")[one.place.line]
    return line[one.place.column : one.place.column + one.place.width]


def test_a_list_of_assignments_reads_like_a_mapping() -> None:
    """Compose has both forms for an environment."""
    text = "services:\n  db:\n    image: x\n    environment:\n      - A=b=c\n"
    assert values(fenced("yaml", text))["services/db/environment/A"] == "b=c"


def test_the_place_in_a_list_of_assignments_is_the_value() -> None:
    """The key in front of it is not part of it."""
    text = 'services:\n  db:\n    image: x\n    environment:\n      - "A=bcd"\n'
    assert quoted(fenced("yaml", text), "A") == "bcd"


def test_a_named_value_reads_like_a_mapping() -> None:
    """Kubernetes has ``name`` and ``value``."""
    text = (
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - env:\n        - name: A\n          value: b\n"
    )
    assert values(fenced("yaml", text))["spec/containers/0/env/A"] == "b"


def test_json_keeps_places() -> None:
    """A finding points at the value."""
    assert quoted(fenced("json", '{\n  "scripts": {"start": "node ."}\n}'), "start") == '"node ."'


def test_an_excerpt_of_json_is_read() -> None:
    """Answers often leave out the braces around a part."""
    config = fenced("json", '"dependencies": {\n  "pg": "8.13.1"\n}')
    assert values(config) == {"dependencies/pg": "8.13.1"}
    assert quoted(config, "pg") == '"8.13.1"'


def test_json_with_comments_and_commas_at_the_end_is_read() -> None:
    """Elisions and comments are put up with."""
    assert values(fenced("jsonc", '{"a": 1, // one\n "b": [2,],}')) == {"a": "1", "b/0": "2"}


def test_an_environment_file_ends_a_plain_value_at_a_comment() -> None:
    """A ``#`` inside a word is part of it."""
    assert values(fenced("env", "A=b # c\nD=e#f")) == {"A": "b", "D": "e#f"}


def test_a_quoted_value_goes_over_lines() -> None:
    """Keys in PEM do."""
    assert values(fenced("env", 'K="one\ntwo"\nL=3')) == {"K": "one\ntwo", "L": "3"}


def test_an_example_file_is_told_from_the_real_one() -> None:
    """Placeholders are fine there."""
    assert setting(file_of(".env.example", "A=b"), "A").kind is Kind.ENV_EXAMPLE
    assert setting(file_of(".env.production", "A=b"), "A").kind is Kind.ENV


def test_ini_has_sections() -> None:
    """They are the path of a key."""
    assert values(fenced("ini", "[db]\nhost = x ; y\n# c=d")) == {"db/host": "x ; y"}


def test_toml_arrays_and_tables() -> None:
    """Values over several lines, inline tables and dotted keys have their paths."""
    text = (
        '[a]\nb = [\n  "x",  # one\n  "y",\n]\nc = {d = 1, e = "f"}\ng.h = true\n[[i]]\nj = 2\n[[i]]\nj = 3'
    )
    assert values(fenced("toml", text)) == {
        "a/b/0": "x",
        "a/b/1": "y",
        "a/c/d": "1",
        "a/c/e": "f",
        "a/g/h": "true",
        "i/0/j": "2",
        "i/1/j": "3",
    }


def test_toml_places_are_those_of_the_values() -> None:
    """Also behind a value of several lines."""
    assert quoted(fenced("toml", 'a = """x\ny"""\nb = "z"'), "b") == '"z"'


def test_a_dockerfile_sets_in_both_forms() -> None:
    """ENV with and without the equals sign, over continuation lines with comments."""
    text = 'FROM x\nENV A=1 \\\n    # why\n    B="two words"\nENV C the rest\nARG D=4\nARG E'
    assert values(fenced("dockerfile", text)) == {
        "ENV/A": "1",
        "ENV/B": "two words",
        "ENV/C": "the rest",
        "ARG/D": "4",
    }


def test_places_in_a_continuation_line() -> None:
    """The line is that on which the value stands."""
    text = 'FROM x\nENV A=1 \\\n    B="two words"'
    assert quoted(fenced("dockerfile", text), "B") == '"two words"'


def test_stages_know_their_base() -> None:
    """An argument before the first FROM is filled in."""
    stages = (
        fenced("dockerfile", "ARG V=3.12\nFROM python:${V}-slim AS build\nRUN x\nFROM build")
        .dockerfiles[0]
        .stages
    )
    assert [(stage.name, stage.base) for stage in stages] == [("build", "python:3.12-slim"), ("", "build")]


def test_a_heredoc_is_no_instruction() -> None:
    """What it holds goes into a file."""
    text = "FROM x\nRUN <<EOF\nUSER root\nEOF\nUSER node"
    keywords = [one.keyword for one in fenced("dockerfile", text).dockerfiles[0].instructions]
    assert keywords == ["FROM", "RUN", "USER"]


def test_directives_of_nginx_know_their_blocks() -> None:
    """Two servers stay apart."""
    text = "server { listen 80; location /a { proxy_pass http://x; } }\nserver { listen 81; }"
    found = [(one.name, one.path, one.owner) for one in fenced("nginx", text).nginx if not one.is_block]
    assert found == [
        ("listen", ("server",), 1),
        ("proxy_pass", ("server", "location /a"), 2),
        ("listen", ("server",), 3),
    ]


def test_comments_and_quotes_of_nginx() -> None:
    """A brace in a string opens nothing."""
    text = 'log_format json "{ $status }"; # server {\nlisten 80;'
    assert [one.name for one in fenced("nginx", text).nginx] == ["log_format", "listen"]


def test_broken_yaml_is_told() -> None:
    """With the line on which it breaks."""
    config = fenced("yaml", "a: 1\nb: 2\n  c: 3")
    assert [one.place.line for one in config.unread] == [2]


def test_supplied_files_are_told_apart() -> None:
    """What the user has is context."""
    from harness.core.types import SuppliedFile

    program = parse_response("```env\nA=1\n```\n", supplied=[SuppliedFile(".env", "B=2")])
    assert {one.name: one.place.supplied for one in program.config.settings} == {"A": False, "B": True}


def test_a_file_written_by_a_heredoc_is_read_at_its_lines() -> None:
    """The finding points into the shell block."""
    config = fenced("bash", "cd /srv\ncat > .env <<'EOF'\nA=1\nEOF\ntee compose.yml <<EOF\nservices: {}\nEOF")
    one = setting(config, "A")
    assert (one.kind, one.place.finding("").line, one.place.block.path) == (Kind.ENV, 4, ".env")
    assert [file.name for file in config.yaml] == ["compose.yml"]


def test_a_heredoc_without_an_end_is_no_file() -> None:
    """The answer was cut off in it."""
    assert fenced("bash", "cat > .env <<EOF\nA=1").plain == ()
