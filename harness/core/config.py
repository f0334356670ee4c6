"""``harness.toml``: defaults of a project, every one of them optional."""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.core.errors import ConfigurationError
from harness.core.types import Mode

__all__ = [
    "CONFIG_NAME",
    "ChecksConfig",
    "Config",
    "JudgeConfig",
    "PriceConfig",
    "QuickConfig",
    "RunConfig",
    "load_config",
]

CONFIG_NAME = "harness.toml"


class RunConfig(BaseModel):
    """``[run]``: how the model is asked. Times are in seconds.

    ``missing_limit`` is the share of answers that may be missing before a run counts as incomplete.
    ``max_cost`` (US dollars) and ``max_tokens_total`` are what one run may spend; unset: no limit.
    ``timeout_s`` is for one attempt; after ``deadline_s`` a call is not repeated any more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = "local:smollm2"
    trials: int = Field(default=1, ge=1, le=10_000)
    max_tokens: int = Field(default=2_048, ge=1)
    routing_max_tokens: int = Field(default=256, ge=1)
    concurrency: int = Field(default=8, ge=1, le=1_000)
    timeout_s: float = Field(default=600.0, gt=0)
    missing_limit: float = Field(default=0.05, ge=0, le=1)
    mode: Mode = Mode.ANALOGUE
    max_cost: float | None = Field(default=None, gt=0)
    max_tokens_total: int | None = Field(default=None, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    retries: int = Field(default=5, ge=0, le=100)
    deadline_s: float = Field(default=1_800.0, gt=0)
    prompt_cache: Literal["auto", "on", "off"] = "auto"


class BatchConfig(BaseModel):
    """``[batch]``: how ``harness run --batch`` makes Message Batches and waits for them.

    A batch is asked after ``first_poll_s`` seconds, then ever more rarely, at least every ``longest_poll_s``.
    After ``deadline_h`` hours waiting ends; the batches go on, and the next run fetches them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_poll_s: float = Field(default=5.0, gt=0, le=3_600)
    longest_poll_s: float = Field(default=120.0, gt=0, le=3_600)
    deadline_h: float = Field(default=25.0, gt=0, le=720)
    max_requests: int = Field(default=100_000, ge=1, le=100_000)
    max_bytes: int = Field(default=256_000_000, ge=1_000, le=256_000_000)


class PriceConfig(BaseModel):
    """``[prices."provider:name"]``: what a model costs, in US dollars per million tokens.

    Tokens of the prompt cache cost as much as any input where nothing else is said. ``batch_discount`` is
    the share that Message Batches take off.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cache_write: float | None = Field(default=None, ge=0)
    cache_read: float | None = Field(default=None, ge=0)
    batch_discount: float = Field(default=0.0, ge=0, le=1)


class QuickConfig(BaseModel):
    """``[quick]``: what ``harness run --quick`` takes: the cases with a tag, and shorter answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    tag: str = "quick"
    max_tokens: int = Field(default=320, ge=1)
    suite: tuple[str, ...] = ()


class ChecksConfig(BaseModel):
    """``[checks]``: the checks of a team; ``folder`` holds declarative ones, empty for none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str = ""


class GateConfig(BaseModel):
    """``[gate]``: when a change of a prompt may not pass.

    ``baseline`` is the file that ``harness gate`` compares with where nothing else is named. ``margin`` and
    ``alpha`` are those of a comparison. ``critical`` names rules that must be exercised and are asked again
    first; ``thresholds`` gives rules the least rate that must not be ruled out. ``confirm_trials`` are the
    fresh trials of each prompt for a suspected failure, ``confirm_cells`` how many suspicions are followed.
    ``inconclusive`` says whether "cannot tell" stops the change. ``models`` are the models that may gate;
    empty: any but the embedded demonstration model.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    baseline: str = ""
    margin: float = Field(default=0.02, ge=0, le=1)
    alpha: float = Field(default=0.05, gt=0, le=0.5)
    critical: tuple[str, ...] = ()
    thresholds: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    inconclusive: Literal["warn", "fail"] = "warn"
    models: tuple[str, ...] = ()
    confirm_trials: int = Field(default=12, ge=1, le=1_000)
    confirm_cells: int = Field(default=10, ge=0, le=1_000)


class JudgeConfig(BaseModel):
    """``[judge]``: the models that decide what static checks leave open; none: it stays undecided.

    ``repeats`` is how often each judge is asked the same, ``rules_per_call`` how many rules one call decides,
    ``max_tokens`` the longest answer per rule. A rule may gate where the judge's agreement with labels,
    Cohen's kappa, is at least ``kappa``; ``calibrations`` is the folder where measurements of that are kept.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[str, ...] = ()
    repeats: int = Field(default=1, ge=1, le=100)
    rules_per_call: int = Field(default=1, ge=1, le=60)
    max_tokens: int = Field(default=700, ge=50)
    kappa: float = Field(default=0.6, ge=-1, le=1)
    calibrations: str = "reports/calibrations"


class Config(BaseModel):
    """A whole ``harness.toml``. Paths are relative to the folder that holds the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    agents: str = "agents"
    suite: tuple[str, ...] = ("datasets",)
    reports: str = "reports"
    store: str = ".harness/samples.db"
    run: RunConfig = RunConfig()
    batch: BatchConfig = BatchConfig()
    quick: QuickConfig = QuickConfig()
    checks: ChecksConfig = ChecksConfig()
    gate: GateConfig = GateConfig()
    judge: JudgeConfig = JudgeConfig()
    prices: dict[str, PriceConfig] = Field(default_factory=dict)

    @property
    def checks_folder(self) -> Path | None:
        """The folder of the team's declarative checks, if it has one."""
        return Path(self.checks.folder) if self.checks.folder else None

    def with_checks_folder(self, folder: Path | None) -> Config:
        """Return the configuration with another folder of checks; ``None`` changes nothing."""
        if folder is None:
            return self
        return self.model_copy(update={"checks": ChecksConfig(folder=str(folder))})


def load_config(folder: Path) -> Config:
    """Read ``harness.toml`` in ``folder``; without one, every default holds.

    Raises:
        ConfigurationError: the file is not TOML, or holds an unknown key or a wrong value.
    """
    path = folder / CONFIG_NAME
    if not path.is_file():
        return Config()
    try:
        return Config.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_fault(error)}") from error
    except (
        ValueError
    ) as error:  # of TOML, of UTF-8, or of Python, which reads no number of thousands of digits
        raise ConfigurationError(f"{path}: not valid TOML: {error}; mend that place") from error


# Where the words of pydantic speak of Python, those of TOML.
_WANTED = {
    "tuple_type": "input should be a list",
    "model_type": "input should be a table",
    "string_type": "input should be a text in quotes",
}


def _fault(error: ValidationError) -> str:
    """Say which key is wrong, and what would be right."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] != "extra_forbidden":
        said = _WANTED.get(first["type"]) or first["msg"][:1].lower() + first["msg"][1:]
        return f"{where}: {said}, not {str(first['input'])[:80]!r}; mend the value"
    *table, key = (str(part) for part in first["loc"])
    tables: dict[tuple[str, ...], type[BaseModel]] = {
        (): Config,
        ("run",): RunConfig,
        ("quick",): QuickConfig,
        ("gate",): GateConfig,
        ("checks",): ChecksConfig,
        ("judge",): JudgeConfig,
    }
    known = list(tables.get(tuple(table), PriceConfig).model_fields)
    near = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
    return f"{where}: unknown key; {hint}"
