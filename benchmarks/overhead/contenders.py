"""Who is measured: how each is installed, and the command that does the work of the benchmark."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["CONTENDERS", "HARNESS", "Contender", "environment_of", "install", "write_project"]

PROGRAMS = Path(__file__).with_name("programs")
HARNESS = Path(sys.executable).with_name("harness")
IN_FLIGHT = 50
MAX_TOKENS = 1_024
_SDK = "anthropic[aiohttp]>=2.12,<3"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the work.

    Attributes:
        name: as the table shows it.
        packages: what pip installs into an environment of its own; empty: the harness's environment.
        node: what npm installs instead.
        prepare: writes what the command needs into its folder: (folder, number of cases, prompt).
        command: from (environment, number of cases) to the command line.
        start_up: what prints its help or, for a library, imports it; empty: there is nothing of the kind.
        again: whether it keeps answers, so that a second run in the same folder asks nothing.
        variables: environment variables of its own.
    """

    name: str
    command: Callable[[Path, int], Sequence[str]]
    packages: tuple[str, ...] = ()
    node: tuple[str, ...] = ()
    prepare: Callable[[Path, int, str], None] = lambda *_: None
    start_up: Callable[[Path], Sequence[str]] | None = None
    again: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)


def install(contender: Contender, environments: Path) -> Path:
    """Make the environment of a contender, once; return its folder.

    Raises:
        subprocess.CalledProcessError: the packages cannot be had.
    """
    if not contender.packages and not contender.node:
        return Path(sys.prefix)
    folder = environments / contender.name
    done = folder / ".installed"
    wanted = json.dumps((contender.packages, contender.node))
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if contender.packages:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(folder / "bin/pip"), "install", "--quiet", *contender.packages], check=True)
    else:
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        quiet = ("--no-audit", "--no-fund", "--loglevel", "error")
        subprocess.run(["npm", "install", *quiet, *contender.node], cwd=folder, check=True)
    done.write_text(wanted, encoding="utf-8")
    return folder


def environment_of(contender: Contender, address: str, prompt: Path) -> dict[str, str]:
    """Return the variables with which a contender finds the model, and says nothing to anyone else."""
    return {
        "ANTHROPIC_BASE_URL": address,
        "ANTHROPIC_API_KEY": "key-of-the-benchmark",
        "BENCH_PROMPT": str(prompt),
        "HOME": os.environ.get("HOME", "/tmp"),  # noqa: S108 - only where there is no home
        **contender.variables,
    }


# --- the harness ---------------------------------------------------------------------------------------

_HEAD = "---\nname: bench\ndescription: Use this agent for endpoints.\n---\n"
_SIMPLE = """
## Rules
- ❌ NEVER print to the console of the browser
- ❌ NEVER leave marks of unfinished work
"""
_CHECK = """id: bench/{name}
rule: Code does without it.
phrases: [{phrase}]
languages: [javascript]
message: it is there
fail_when: {{{rule}}}
examples:
  good: [{{title: without, response: "```js\\nf(1)\\n```"}}]
  bad: [{{title: with, response: "```js\\n{bad}\\n```", findings: [{{line: 2, words: it is there}}]}}]
  skip: [{{title: prose, outcome: not_applicable, response: Only words.}}]
"""
# The two simple assertions as a team would write them for the harness.
_CHECKS = {
    "no-console": (
        "NEVER print to the console of the browser",
        "pattern: console.log($$$)",
        "console.log(1)",
    ),
    "no-todo": ("NEVER leave marks of unfinished work", "kind: comment, regex: TODO", "// TODO later"),
}


def _write_simple(folder: Path, count: int, prompt: str) -> None:
    """Write a project with two declared checks."""
    write_project(_SIMPLE)(folder, count, prompt)
    (folder / "checks").mkdir(exist_ok=True)
    for name, (phrase, rule, bad) in _CHECKS.items():
        text = _CHECK.format(name=name, phrase=phrase, rule=rule, bad=bad)
        (folder / "checks" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with (folder / "harness.toml").open("a", encoding="utf-8") as settings:
        settings.write('[checks]\nfolder = "checks"\n')


def write_project(rules: str) -> Callable[[Path, int, str], None]:
    """Return what writes a project: the agent with the rules given, and one case per question."""

    def write(folder: Path, count: int, prompt: str) -> None:
        (folder / "agents").mkdir(exist_ok=True)
        (folder / "agents" / "bench.md").write_text(f"{_HEAD}{prompt}{rules}", encoding="utf-8")
        cases = "".join(
            f"  - {{id: case-{n}, prompt: Write endpoint number {n} for orders}}\n" for n in range(count)
        )
        (folder / "bench.yaml").write_text(f"agent: bench\ncases:\n{cases}", encoding="utf-8")
        settings = f"[run]\nconcurrency = {IN_FLIGHT}\nmax_tokens = {MAX_TOKENS}\n"
        (folder / "harness.toml").write_text(settings, encoding="utf-8")

    return write


def _write_all_checks(folder: Path, count: int, _prompt: str) -> None:
    """Write a project whose agent has the rules of the backend architect: every check is bound to one."""
    source = (Path(__file__).parents[2] / "agents" / "backend-architect.md").read_text(encoding="utf-8")
    body = source.partition("\n---\n")[2]
    write_project("")(folder, count, body)


def _run(_environment: Path, _count: int) -> Sequence[str]:
    return (str(HARNESS), "run", "bench.yaml", "--model", "anthropic:bench", "--no-routing")


# --- promptfoo -----------------------------------------------------------------------------------------


def _write_promptfoo(folder: Path, count: int, prompt: str) -> None:
    turns = [{"role": "system", "content": prompt}, {"role": "user", "content": "{{question}}"}]
    (folder / "prompt.json").write_text(json.dumps(turns), encoding="utf-8")
    questions = [{"vars": {"question": f"Write endpoint number {n} for orders"}} for n in range(count)]
    (folder / "tests.json").write_text(json.dumps(questions), encoding="utf-8")
    asserts = [{"type": "not-contains", "value": word} for word in ("console.log", "TODO")]
    config = {
        "prompts": ["file://prompt.json"],
        "providers": [{"id": "anthropic:messages:bench", "config": {"max_tokens": MAX_TOKENS}}],
        "defaultTest": {"assert": asserts},
        "tests": "file://tests.json",
    }
    (folder / "promptfooconfig.json").write_text(json.dumps(config), encoding="utf-8")


def _promptfoo(environment: Path, _count: int) -> Sequence[str]:
    program = str(environment / "node_modules/.bin/promptfoo")
    quiet = ("--no-table", "--no-progress-bar")
    return (program, "eval", "-c", "promptfooconfig.json", "-j", str(IN_FLIGHT), *quiet)


def _python(program: str) -> Callable[[Path, int], Sequence[str]]:
    return lambda environment, count: (
        str(environment / "bin/python"),
        str(PROGRAMS / f"{program}.py"),
        str(count),
    )


CONTENDERS = (
    Contender("raw aiohttp", _python("raw")),
    Contender("bare SDK", _python("sdk")),
    Contender(
        "harness",
        _run,
        prepare=_write_simple,
        start_up=lambda _: (str(HARNESS), "--help"),
        again=True,
    ),
    Contender("harness, all checks", _run, prepare=_write_all_checks, again=True),
    Contender(
        "pydantic-evals",
        _python("pydantic_evals_program"),
        packages=("pydantic-evals", _SDK),
        start_up=lambda environment: (str(environment / "bin/python"), "-c", "import pydantic_evals"),
    ),
    Contender(
        "deepeval",
        _python("deepeval_program"),
        packages=("deepeval", _SDK),
        start_up=lambda environment: (str(environment / "bin/deepeval"), "--help"),
        variables={"DEEPEVAL_TELEMETRY_OPT_OUT": "YES"},
    ),
    Contender(
        "promptfoo",
        _promptfoo,
        node=("promptfoo", "@anthropic-ai/sdk"),
        prepare=_write_promptfoo,
        start_up=lambda environment: (str(environment / "node_modules/.bin/promptfoo"), "--help"),
        again=True,
        variables={
            "PROMPTFOO_DISABLE_TELEMETRY": "1",
            "PROMPTFOO_DISABLE_UPDATE": "1",
            "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
            "PROMPTFOO_CONFIG_DIR": ".promptfoo",
        },
    ),
    Contender(
        "inspect_ai",
        _python("inspect_program"),
        packages=("inspect-ai", _SDK),
        start_up=lambda environment: (str(environment / "bin/inspect"), "--help"),
        again=True,
        variables={"BENCH_CACHE": "1", "INSPECT_CACHE_DIR": ".inspect"},
    ),
)
