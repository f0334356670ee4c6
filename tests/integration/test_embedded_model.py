"""The real embedded model. Its weights are fetched once; one loaded model serves all tests of this file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from calls import request
from run_project import Ran, finish, start, write_project

from harness.core.errors import ConfigurationError, PermanentProviderError
from harness.core.types import Completion, Request, StopReason
from harness.providers.base import Provider, ProviderOptions
from harness.providers.registry import default_parameters, open_provider
from harness.store.samples import SampleStore

pytestmark = pytest.mark.embedded

SCHEMA = {
    "type": "object",
    "properties": {"agent": {"type": "string", "enum": ["database-administrator", "frontend-developer"]}},
    "required": ["agent"],
    "additionalProperties": False,
}
# One thread: beside other tests, threads that wait for one another are slower than one alone.
OPTIONS = ProviderOptions(threads=1, context_tokens=2_048)


class Model:
    """The loaded model, usable from tests that are not asynchronous."""

    def __init__(self) -> None:
        self.provider: Provider = open_provider("local:smollm2", OPTIONS)
        self.runner = asyncio.Runner()

    def ask(self, text: str, **more: object) -> Completion:
        return self.runner.run(self.provider.generate(self.request(text, **more)))

    def request(self, text: str, **more: object) -> Request:
        parameters = default_parameters("local:smollm2")
        fields: dict[str, object] = {"model": "local:smollm2", "max_tokens": 16, "parameters": parameters}
        return request(text, **(fields | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    loaded = Model()
    yield loaded
    loaded.runner.run(loaded.provider.close())
    loaded.runner.close()


def test_it_answers_within_max_tokens_and_counts_them(model: Model) -> None:
    got = model.ask("Count from one to fifty in words.")
    assert (bool(got.text), got.stop, got.usage.output_tokens) == (True, StopReason.MAX_TOKENS, 16)


def test_it_names_the_weights_that_served(model: Model) -> None:
    assert model.ask("Say hello.").model_served == "SmolLM2-135M-Instruct.Q4_1"


def test_equal_requests_get_equal_answers(model: Model) -> None:
    assert model.ask("Name a colour.").text == model.ask("Name a colour.").text


def test_a_shared_prompt_is_read_once(model: Model) -> None:
    system = "You are a careful backend architect. " * 20
    model.ask("Name a colour.", system=system)
    assert model.ask("Name an animal.", system=system).usage.cached_tokens > 100


def test_a_required_schema_admits_nothing_else(model: Model) -> None:
    got = model.ask("Who tunes a slow SQL query?", output_schema=SCHEMA, max_tokens=40)
    assert json.loads(got.text)["agent"] in SCHEMA["properties"]["agent"]["enum"]  # type: ignore[index]


def test_a_prompt_beyond_the_context_is_refused_and_not_cut(model: Model) -> None:
    with pytest.raises(PermanentProviderError, match=r"context size \(2048 tokens\)") as caught:
        model.ask("word " * 3_000)
    assert caught.value.kind == "too_large"


def test_the_server_refuses_who_has_no_key(model: Model) -> None:
    import httpx2

    model.ask("Say hello.")
    address = model.provider._server.listening_address  # type: ignore[attr-defined]
    body = {"messages": [{"role": "user", "content": "hello"}]}
    assert httpx2.post(f"{address}/v1/chat/completions", json=body, trust_env=False).status_code == 401


def test_a_file_that_only_begins_like_a_model_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"GGUF" + b"\0" * 100)
    provider = open_provider(f"local:{path}", OPTIONS)
    with pytest.raises(ConfigurationError, match=r"broken\.gguf cannot be loaded"):
        asyncio.run(provider.generate(request("Hello", model=f"local:{path}")))


RULE = "always-explain-your-reasoning-for-each-decision-in"
GOLDEN = f"---\nprompt: Plan it\nlabels: {{{RULE}: fail}}\n---\nHere is the service.\n"


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """Ask it as a judge about one labelled answer."""
    folder = tmp_path_factory.mktemp("judge")
    write_project(folder)
    (folder / "datasets/tester/golden/plan.md").write_text(GOLDEN)
    (folder / "harness.toml").write_text("[judge]\nmax_tokens = 50\n")
    return folder, finish(start(folder, "calibrate", "--judge", "local:smollm2", "--rule", RULE, "--json"))


def test_as_a_judge_it_is_asked_about_every_label(calibrated: tuple[Path, Ran]) -> None:
    _, ran = calibrated
    (row,) = ran.document["rules"]
    assert (ran.code, row["labels"], row["unasked"]) == (0, 1, 0)


def test_as_a_judge_it_is_said_not_to_be_fit_to_gate(calibrated: tuple[Path, Ran]) -> None:
    (row,) = calibrated[1].document["rules"]
    assert (row["may_gate"], row["trust"]) == (False, "held against too few labels")


def test_as_a_judge_it_writes_nothing_but_the_form_asked_for(calibrated: tuple[Path, Ran]) -> None:
    """Its output is constrained while it writes, so that even an answer that is cut off begins rightly."""
    with SampleStore(calibrated[0] / ".harness/samples.db", read_only=True) as store:
        texts = ["".join(sample.completion.text.split()) for sample in store.samples()]
    assert texts, "nothing was stored"
    assert all(text.startswith('{"evidence":[') for text in texts)
