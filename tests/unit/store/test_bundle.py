"""Bundles: what was stored comes back, and no secret leaves."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core.errors import InputError
from harness.core.types import (
    Completion,
    Message,
    Request,
    Role,
    Sample,
    SampleFailure,
    StopReason,
    Tool,
    ToolCall,
    Usage,
)
from harness.store.bundle import export_bundle, import_bundle, read_bundle
from harness.store.codec import question_sha, request_sha
from harness.store.redact import REDACTED, known_secrets, redacted
from harness.store.samples import SampleStore

PLANTED = "planted-value-9f83hq27"
SHAPED = "sk-ant-api03-" + "aB3dE6gH9jK2mN5pQ8" * 2


def asked(text: str = "Q", system: str = "You are.") -> Request:
    tools = (Tool("t", "d", {"type": "object"}),)
    return Request("anthropic:m", system, (Message(Role.USER, text),), 100, 1, tools, {}, {"temperature": 0})


def answered(request: Request, text: str = "Answer", **input_: str) -> Sample:
    completion = Completion(text, (ToolCall("t", dict(input_)),), Usage(10, 5, 2), StopReason.END, "s", 0.5)
    return Sample(request_sha(request), "case-1", "base", 1, request.model, completion)


def exported(tmp_path: Path, *pairs: tuple[Request, Sample], secrets: tuple[str, ...] = ()) -> Path:
    with SampleStore(tmp_path / "from.db") as store:
        store.put_many([(sample, request) for request, sample in pairs])
        export_bundle(store, tmp_path / "b.jsonl.gz", None, secrets)
    return tmp_path / "b.jsonl.gz"


def content(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


def test_what_was_exported_is_read_again(tmp_path: Path) -> None:
    request = asked()
    (one,) = read_bundle(exported(tmp_path, (request, answered(request, a="b"))))
    assert (one.request, one.sample, one.redacted) == (request, answered(request, a="b"), False)


def test_an_imported_sample_is_served(tmp_path: Path) -> None:
    request = asked()
    bundle = exported(tmp_path, (request, answered(request)))
    with SampleStore(tmp_path / "to.db") as store:
        import_bundle(store, bundle)
        assert store.get_many([request_sha(request)]) == {request_sha(request): answered(request)}


def test_importing_twice_adds_nothing(tmp_path: Path) -> None:
    bundle = exported(tmp_path, (asked(), answered(asked())))
    with SampleStore(tmp_path / "to.db") as store:
        import_bundle(store, bundle)
        assert import_bundle(store, bundle).known == 1


def test_equal_samples_give_equal_bytes(tmp_path: Path) -> None:
    pair = (asked(), answered(asked()))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = (exported(tmp_path / name, pair).read_bytes() for name in ("one", "two"))
    assert one == two


def test_a_prompt_that_requests_share_is_written_once(tmp_path: Path) -> None:
    requests = [asked(str(number), "A prompt of its own.") for number in range(5)]
    bundle = exported(tmp_path, *((request, answered(request)) for request in requests))
    assert content(bundle).count("A prompt of its own.") == 1


def test_only_the_answers_of_a_run_are_exported(tmp_path: Path) -> None:
    with SampleStore(tmp_path / "from.db") as store:
        for text in ("one", "two"):
            store.put(answered(asked(text)), asked(text))
        export_bundle(store, tmp_path / "b.gz", {request_sha(asked("two")): ""}, ())
    assert [one.request for one in read_bundle(tmp_path / "b.gz")] == [asked("two")]


def test_a_failure_of_the_run_is_exported(tmp_path: Path) -> None:
    with SampleStore(tmp_path / "from.db") as store:
        store.put_failure(SampleFailure("0" * 64, "c", "base", 1, "timeout", PLANTED, transient=True))
        done = export_bundle(store, tmp_path / "b.gz", {"0" * 64: ""}, (PLANTED,))
    assert (done.failures, PLANTED in content(tmp_path / "b.gz")) == (1, False)


WHERE = {
    "system": lambda secret: (asked(system=f"Key: {secret}"), answered(asked(system=f"Key: {secret}"))),
    "question": lambda secret: (
        asked(f"Why is {secret} refused?"),
        answered(asked(f"Why is {secret} refused?")),
    ),
    "answer": lambda secret: (asked(), answered(asked(), f"Your key {secret} works.")),
    "tool call": lambda secret: (asked(), answered(asked(), key=secret)),
    "name of a tool's input": lambda secret: (asked(), answered(asked(), **{secret: "x"})),
}


@pytest.mark.parametrize("secret", [PLANTED, SHAPED])
@pytest.mark.parametrize("where", WHERE)
def test_a_planted_key_is_not_in_the_bundle(tmp_path: Path, where: str, secret: str) -> None:
    bundle = exported(tmp_path, WHERE[where](secret), secrets=(PLANTED,))
    assert secret not in content(bundle)


def test_a_question_that_held_a_secret_is_still_found(tmp_path: Path) -> None:
    request = asked(f"Why is {PLANTED} refused?")
    (one,) = read_bundle(exported(tmp_path, (request, answered(request)), secrets=(PLANTED,)))
    assert (one.question, one.redacted) == (question_sha(request), True)


def test_a_question_that_held_a_secret_is_not_imported(tmp_path: Path) -> None:
    request = asked(f"Why is {PLANTED} refused?")
    bundle = exported(tmp_path, (request, answered(request)), secrets=(PLANTED,))
    with SampleStore(tmp_path / "to.db") as store:
        assert (import_bundle(store, bundle).redacted, len(store)) == (1, 0)


def changed(path: Path, old: str, new: str) -> Path:
    path.write_bytes(gzip.compress(content(path).replace(old, new).encode()))
    return path


def test_a_changed_question_is_refused(tmp_path: Path) -> None:
    bundle = changed(exported(tmp_path, (asked("good"), answered(asked("good")))), '"good"', '"evil"')
    with SampleStore(tmp_path / "to.db") as store, pytest.raises(InputError, match="was changed"):
        import_bundle(store, bundle)


def test_a_bundle_of_another_release_is_named(tmp_path: Path) -> None:
    bundle = changed(exported(tmp_path), '"format":1', '"format":9')
    with pytest.raises(InputError, match="format 9"):
        list(read_bundle(bundle))


def test_a_bundle_that_was_cut_off_is_named(tmp_path: Path) -> None:
    bundle = exported(tmp_path, (asked(), answered(asked())))
    bundle.write_bytes(bundle.read_bytes()[:-20])
    with pytest.raises(InputError, match="damaged"):
        list(read_bundle(bundle))


@pytest.mark.parametrize("text", ["", "[1]", "{}", "no json", json.dumps({"kind": "x"}), "[" * 100_000])
def test_what_is_no_bundle_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "b.gz").write_bytes(gzip.compress(text.encode()))
    with pytest.raises(InputError, match=r"^[^\n]*$"):
        list(read_bundle(tmp_path / "b.gz"))


@pytest.mark.parametrize("row", [{"sample": "x"}, {"context": 1}, {"odd": 1}, {"sample": "x", "of": "y"}])
def test_a_line_that_is_no_sample_is_named(tmp_path: Path, row: dict[str, object]) -> None:
    lines = [json.dumps({"kind": "sample bundle", "format": 1}), json.dumps(row)]
    (tmp_path / "b.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    with pytest.raises(InputError, match=r"b\.gz:2: "):
        list(read_bundle(tmp_path / "b.gz"))


# --- what counts as a secret -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ANTHROPIC_API_KEY", "gh_token", "DB_PASSWORD", "CLIENT_SECRET"])
def test_the_value_of_a_variable_named_like_a_secret_is_one(name: str) -> None:
    assert known_secrets({name: PLANTED}) == (PLANTED,)


@pytest.mark.parametrize("value", ["", "short", "/home/me/.ssh/id"])
def test_empty_short_and_path_like_values_are_none(value: str) -> None:
    assert known_secrets({"SSH_KEY": value}) == ()


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {PLANTED}",
        f'"x-api-key": "{PLANTED}"',
        f"postgres://me:{PLANTED}@db/x",
        f"-----BEGIN RSA PRIVATE KEY-----\n{PLANTED * 9}\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_credential_beside_its_announcement_is_replaced(text: str) -> None:
    assert PLANTED not in redacted(text, ())


def test_words_around_a_secret_stay() -> None:
    assert redacted(f"Use {PLANTED} here", (PLANTED,)) == f"Use {REDACTED} here"


@pytest.mark.parametrize("text", ["const api_key = process.env.API_KEY", "AKIAIOSFODNN7EXAMPLE", "a: b@c"])
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text, ()) == text


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
    )
)
def test_no_known_secret_is_left_in_any_value(value: object) -> None:
    assert PLANTED not in json.dumps(redacted([value, f"{value}{PLANTED}{PLANTED}"], (PLANTED,)))
