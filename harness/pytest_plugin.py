"""The pytest plugin: every case of a dataset is a test of an agent's prompt.

    pytest --agent agents/reviewer.md datasets/reviewer --agent-model anthropic:claude-haiku-4-5

Each case and trial is one test item; it fails if a rule of the agent is violated, and its report has a
section per rule. Answers come from the project's store; what is missing is asked, several at once. An answer
that the model does not give is an error of the test's setup, never a failure. Tags of cases are markers. The
fixture ``agent_eval`` asks and decides in tests written by hand.

pytest loads this module in every run, so it imports nothing heavy before it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.core.types import Case
    from harness.pipeline.evaluation import Evaluation, Evaluator
    from harness.pipeline.prepare import Prepared

__all__ = ["AgentEval", "CaseItem", "DatasetFile", "RulesViolatedError"]

_EVALUATOR = pytest.StashKey["Evaluator"]()
_ITEMS = pytest.StashKey["list[CaseItem] | None"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("agentfile", "tests of agent prompts")
    group.addoption("--agent", metavar="FILE", help="agent file to test; its datasets are collected as tests")
    group.addoption("--agent-model", metavar="PROVIDER:NAME", help="who answers (default: harness.toml)")
    group.addoption("--agent-trials", type=int, metavar="N", help="how often each case is asked")
    group.addoption("--agent-max-tokens", type=int, metavar="N", help="longest answer, in tokens")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that all collected cases carry."""
    config.addinivalue_line("markers", "agent_case: a case of a dataset, asked of an agent's prompt")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect datasets, where an agent is named; of a folder's YAML files only those that are datasets."""
    if not parent.config.getoption("--agent") or file_path.suffix not in {".yaml", ".yml"}:
        return None
    if parent.session.isinitpath(file_path) or _is_dataset(file_path, parent.config):
        return DatasetFile.from_parent(parent, path=file_path)
    return None


def _is_dataset(path: Path, config: pytest.Config) -> bool:
    """Tell a dataset of the agent from a colleague's, and from whatever else is written in YAML.

    A broken one is still one: it is collected, and the error is told.
    """
    from harness.core.errors import HarnessError
    from harness.suite.load import agent_named_in

    try:
        return agent_named_in(path) in _names(config)
    except HarnessError:
        lines = path.read_bytes().splitlines()
        return any(line.startswith(b"agent:") for line in lines)


def _names(config: pytest.Config) -> set[str]:
    """Return the names that datasets may call the agent by; a wrong agent is told when it is asked."""
    from harness.core.errors import HarnessError

    agent = Path(config.getoption("--agent"))
    try:
        return {agent.stem, _evaluator(config).specification.agent.name}
    except HarnessError:
        return {agent.stem}


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the model."""
    evaluator = config.stash.get(_EVALUATOR, None)
    if evaluator is not None:
        evaluator.close()


def _evaluator(config: pytest.Config) -> Evaluator:
    """Return the one evaluator of this process, made when it is first needed."""
    evaluator = config.stash.get(_EVALUATOR, None)
    if evaluator is None:
        from harness.pipeline.evaluation import Evaluator

        agent = config.getoption("--agent")
        if not agent:
            raise pytest.UsageError("name the agent file to test with --agent FILE")
        evaluator = config.stash[_EVALUATOR] = Evaluator.of(
            Path(agent),
            model=config.getoption("--agent-model"),
            trials=config.getoption("--agent-trials"),
            max_tokens=config.getoption("--agent-max-tokens"),
        )
    return evaluator


class RulesViolatedError(Exception):
    """An answer violates rules. The message is written for the terminal by :meth:`CaseItem.repr_failure`."""

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(", ".join(evaluation.failed))
        self.evaluation = evaluation


class DatasetFile(pytest.File):
    """A dataset: its compliance cases are the tests."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield one item per case and trial."""
        from harness.core.errors import HarnessError

        try:
            evaluator = _evaluator(self.config)
            prepared = evaluator.prepare(self.path)
        except HarnessError as error:
            raise self.CollectError(str(error)) from error
        for case in prepared.compliance:
            for trial in range(1, evaluator.options.trials + 1):
                name = case.id if evaluator.options.trials == 1 else f"{case.id}[{trial}]"
                item = CaseItem.from_parent(self, name=name)
                item.prepare(prepared, case, trial)
                yield item

    def _getobj(self) -> None:  # pytest asks datasets for no Python module
        return None


class CaseItem(pytest.Item):
    """One case in one trial."""

    prepared: Prepared
    case: Case
    trial: int
    place: int = 0

    def prepare(self, prepared: Prepared, case: Case, trial: int) -> None:
        """Say what the item asks; its tags become markers."""
        self.prepared, self.case, self.trial = prepared, case, trial
        self.add_marker("agent_case")
        for tag in case.tags:
            # Markers made by hand need no registration, and -m finds them all the same.
            self.own_markers.append(pytest.Mark(tag.replace("-", "_"), (), {}, _ispytest=True))
            self.keywords[tag.replace("-", "_")] = True

    def setup(self) -> None:
        """Get the answer; with it those of the items that come next, so that several calls are in flight."""
        wanted = [self]
        if not hasattr(self.config, "workerinput"):  # under xdist the processes are what runs side by side
            items = self.config.stash.setdefault(_ITEMS, None) or self._find_items()
            wanted = items[self.place : self.place + _evaluator(self.config).options.concurrency]
        _evaluator(self.config).ask([(one.prepared, one.case, one.trial) for one in wanted])

    def _find_items(self) -> list[CaseItem]:
        """Return the cases that this session runs, in order, each knowing its place."""
        items = [one for one in self.session.items if isinstance(one, CaseItem)]
        for place, one in enumerate(items):
            one.place = place
        self.config.stash[_ITEMS] = items
        return items

    def runtest(self) -> None:
        """Decide the rules of the agent for the answer."""
        evaluation = _evaluator(self.config).decide(self.prepared, self.case, self.trial)
        for title, text in evaluation.sections():
            self.add_report_section("call", title, text)
        self.user_properties += evaluation.properties()
        if evaluation.failed:
            raise RulesViolatedError(evaluation)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say which rules are violated, where they stand, and where the answer breaks them."""
        if isinstance(excinfo.value, RulesViolatedError):
            return excinfo.value.evaluation.explanation()
        from harness.core.errors import HarnessError

        if isinstance(excinfo.value, HarnessError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the case stands."""
        line = self.case.provenance.rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdigit() else None, self.name


class AgentEval:
    """What the fixture ``agent_eval`` gives: ask the agent and decide its rules.

    ``evaluation = agent_eval("Write an endpoint for orders")``; ``evaluation.text`` is the answer,
    ``evaluation.outcome("no-console")`` what came of a rule, ``evaluation.failed`` the rules it violates.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def __call__(
        self,
        prompt: str,
        *,
        files: Mapping[str, str] | None = None,
        applies: Sequence[str] = (),
        trial: int = 1,
    ) -> Evaluation:
        """Ask once and decide.

        Args:
            prompt: the user's message.
            files: the user's files, path -> text.
            applies: ids of rules that a good answer cannot avoid.
            trial: number of the trial; another number is another answer.
        """
        return self._evaluator.evaluate(prompt, files or {}, tuple(applies), trial)


@pytest.fixture(scope="session")
def agent_eval(request: pytest.FixtureRequest) -> AgentEval:
    """Ask the agent of ``--agent`` and decide its rules: ``agent_eval("Write a login").failed``."""
    return AgentEval(_evaluator(request.config))
