"""``replay:<run folder, store, bundle or golden folder>``: answers that exist already, instead of a model.

What is asked must be what was asked then: the same system prompt, messages, tools, schema and trial.
The model and its parameters are those of the run that is replayed. Golden answers stand for any
system prompt, as nobody was asked.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import ConfigurationError, DatasetError, ReplayError, StoreError
from harness.core.located_yaml import read_bounded, read_yaml, validated
from harness.core.types import Completion, Message, Request, StopReason, Usage
from harness.providers.base import FailureKind, Traits
from harness.store.bundle import is_bundle, read_bundle
from harness.store.codec import question_sha
from harness.store.manifest import MANIFEST_NAME, read_manifest
from harness.store.samples import SampleStore
from harness.suite.cases import messages_to_send, render_message
from harness.suite.golden import files_of, messages_of, own_case, read_golden
from harness.suite.schema import ComplianceFile

__all__ = ["BundleReplay", "GoldenReplay", "StoredReplay", "open_replay"]

HAND_WRITTEN = "hand-written"
"""What golden answers give as the model that served them."""


class _Replay(Traits, ABC):
    """What both kinds of replay share: they answer at once and from memory or disk."""

    def __init__(self, source: Path) -> None:
        self._source = source

    @property
    def name(self) -> str:
        """The model as asked for."""
        return f"replay:{self._source}"

    @abstractmethod
    async def generate(self, request: Request) -> Completion:
        """Return the answer that exists to a request."""

    @abstractmethod
    async def close(self) -> None:
        """Close what was opened."""

    def _none(self, request: Request, remedy: str) -> ReplayError:
        words = " ".join(request.messages[-1].text.split())[:60] if request.messages else ""
        return ReplayError(
            FailureKind.NOT_STORED,
            f"{self.name}: holds no answer to trial {request.trial} of {words!r}; {remedy}",
        )


class StoredReplay(_Replay):
    """Answers from a sample store.

    Args:
        source: what the user named, for messages.
        store: the store, opened for reading; closed with the provider.
        answers: what may be replayed: the digest of each answer by the sha of its request, empty for the
            one that counts now; ``None``: all of the store.
    """

    def __init__(self, source: Path, store: SampleStore, answers: Mapping[str, str] | None = None) -> None:
        super().__init__(source)
        self._store = store
        self._found: defaultdict[str, list[str]] = defaultdict(list)
        self._tools = False
        every = answers if answers is not None else {one.request_sha: "" for one in store.samples()}
        self._answers = every
        for sha in every:
            request = store.request(sha)
            self._found[question_sha(request)].append(sha)
            self._tools = self._tools or bool(request.tools)

    @property
    def supports_tools(self) -> bool:
        """Whether the answers were asked for with tools: then they must be again."""
        return self._tools

    async def generate(self, request: Request) -> Completion:
        """Return the stored answer."""
        shas = self._found.get(question_sha(request), [])
        if not shas:
            raise self._none(request, "prompt, messages, tools and trial must be those of that run")
        found = await asyncio.to_thread(self._store.recorded, {sha: self._answers[sha] for sha in shas})
        models = sorted({sample.model_asked for sample in found.values()})
        if len(found) != 1:
            raise self._none(
                request, f"it holds {len(found)} of {', '.join(models)}: replay a run folder instead"
            )
        return found[shas[0]].completion

    async def close(self) -> None:
        """Close the store."""
        self._store.close()


class BundleReplay(_Replay):
    """Answers from an exported bundle, found by what was asked."""

    def __init__(self, source: Path) -> None:
        super().__init__(source)
        self._found: defaultdict[str, list[tuple[str, Completion]]] = defaultdict(list)
        self._tools = False
        for one in read_bundle(source):
            self._found[one.question].append((one.sample.model_asked, one.sample.completion))
            self._tools = self._tools or bool(one.request.tools)

    @property
    def supports_tools(self) -> bool:
        """Whether the answers were asked for with tools: then they must be again."""
        return self._tools

    async def generate(self, request: Request) -> Completion:
        """Return the bundled answer."""
        found = self._found.get(question_sha(request), [])
        if not found:
            raise self._none(request, "prompt, messages, tools and trial must be those of that run")
        if len(found) != 1:
            models = ", ".join(sorted({model for model, _ in found}))
            raise self._none(request, f"it holds {len(found)} of {models}: export a single run instead")
        return found[0][1]

    async def close(self) -> None:
        """Nothing is open."""


class GoldenReplay(_Replay):
    """Hand-written answers, found by the question they answer; there is one trial of each."""

    def __init__(self, source: Path, answers: dict[tuple[Message, ...], Completion]) -> None:
        super().__init__(source)
        self._answers = answers

    async def generate(self, request: Request) -> Completion:
        """Return the golden answer."""
        answer = self._answers.get(request.messages) if request.trial == 1 else None
        if answer is None:
            raise self._none(request, "write one, or leave the case out")
        return answer

    async def close(self) -> None:
        """Nothing is open."""


def open_replay(name: str) -> _Replay:
    """Open what a user named after ``replay:``.

    Raises:
        ConfigurationError: it is neither a run folder, nor a store, nor a folder of golden answers.
    """
    source = Path(name).expanduser()
    if source.name == MANIFEST_NAME:
        source = source.parent
    if source.is_file() and is_bundle(source):
        return BundleReplay(source)
    if source.is_file():
        return StoredReplay(source, SampleStore(source, read_only=True))
    if (source / MANIFEST_NAME).is_file():
        return _open_run(source)
    golden = sorted(path for path in source.glob("*.md") if path.name.lower() != "readme.md")
    if golden:
        return GoldenReplay(source, _read_answers(source, golden))
    raise ConfigurationError(
        f"replay:{name}: nothing to replay; name a run folder, a sample store, a bundle of samples "
        "or a folder of golden answers"
    )


def _open_run(folder: Path) -> StoredReplay:
    manifest = read_manifest(folder)
    store = SampleStore(folder / manifest.store, read_only=True)
    try:
        answers = {record.request_sha: record.answer for record in manifest.samples}
        stored = store.recorded(answers)
        return StoredReplay(folder, store, {sha: answers[sha] for sha in stored})
    except StoreError:
        store.close()
        raise


def _read_answers(folder: Path, paths: list[Path]) -> dict[tuple[Message, ...], Completion]:
    answers: dict[tuple[Message, ...], Completion] = {}
    dataset: dict[str, tuple[Message, ...]] | None = None
    for path in paths:
        file = read_golden(path)
        if file.front.case:
            dataset = _questions_of(folder.absolute().parent) if dataset is None else dataset
            question = dataset.get(file.front.case, ())
            if not question:
                raise DatasetError(f"{path}:2: no dataset beside the folder has a case {file.front.case!r}")
        else:
            question = messages_to_send(own_case(file, ""))
        stop = StopReason.MAX_TOKENS if file.front.truncated else StopReason.END
        if question in answers:
            raise DatasetError(f"{path}:2: a second answer to the same question; replay can give only one")
        answers[question] = Completion(file.response, (), Usage(0, 0), stop, HAND_WRITTEN, 0.0)
    return answers


def _questions_of(folder: Path) -> dict[str, tuple[Message, ...]]:
    """Read the questions of the compliance datasets in a folder, by the ids of their cases."""
    questions: dict[str, tuple[Message, ...]] = {}
    for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        document = read_yaml(read_bounded(path, error=DatasetError), str(path), error=DatasetError)
        if not isinstance(document.value, dict) or "agent" not in document.value:
            continue
        for entry in validated(document, ComplianceFile).cases:
            *before, last = messages_of(entry.prompt, entry.messages)
            text = render_message(last.text, files_of(entry.files))
            questions[entry.id] = (*before, Message(last.role, text))
    return questions
