"""A model that obeys by the lines of its prompt and by chance, and one that proposes prompts: one server."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from messages_api import Answer, Seen

from harness.core.types import Completion, Request, StopReason, Usage
from harness.providers.base import Traits

__all__ = ["AGENT", "HELPFUL", "InProcess", "Obedient", "dataset", "prompt_in"]

HELPFUL = "Import the logger of the project first, and log through it."
AGENT = """---
name: tester
description: Use this agent for services.
---
You are a backend engineer who writes services in JavaScript for the teams of a large company.

## Rules
- ❌ NEVER use console.log or console.error
- ❌ NEVER hardcode secrets, use environment variables

Answer with the code of the service, and say in a sentence or two what it does and how it is started.
"""
_LOGGER = "import logger from './utils/logger.js';\\nlogger.info('made');".replace("\\n", "\n")
_CONSOLE = "console.log('made');"
_TOKEN = "const token = jwt.sign(user, process.env.JWT_SECRET);"


def dataset(cases: int) -> str:
    """A dataset of so many services to write."""
    rules = "[logging/no-console, config/no-hardcoded-values]"
    lines = [f"  - {{id: c{n}, prompt: Write service {n}, applies: {rules}}}" for n in range(cases)]
    return "\n".join(["agent: tester", "cases:", *lines, ""])


def prompt_in(question: str) -> str:
    """The prompt that a reflection model is shown."""
    return question.split("The prompt:\n\n", 1)[1].split("\n\nWhat went wrong with it:", 1)[0]


def _planted(prompt: str) -> float:
    return 0.95 if HELPFUL in prompt else 0.35


def _helpful(prompt: str, asked: int) -> str:
    return prompt if HELPFUL in prompt else f"{prompt}\n\n{HELPFUL}"


@dataclass
class Obedient:
    """A script: equal questions get other answers each time they are asked, as from a model."""

    rate: Callable[[str], float] = _planted
    propose: Callable[[str, int], str] = _helpful
    seed: int = 0
    answer: Callable[[str], str] | None = None
    asked: Counter[str] = field(default_factory=Counter)
    reflections: list[str] = field(default_factory=list)
    questions: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, seen: Seen) -> Answer:
        system = seen.body.get("system", "")
        prompt = system if isinstance(system, str) else "".join(part["text"] for part in system)
        if "<new-prompt>" in prompt:
            return Answer(self.reflect(seen.question))
        return Answer(self.answer_to(prompt, seen.question))

    def answer_to(self, prompt: str, question: str) -> str:
        """Answer a question, and note it."""
        self.questions.append((prompt, question))
        if self.answer is not None and (given := self.answer(prompt)):
            return given
        obeys = self._chance(prompt, question) < self.rate(prompt)
        code = "\n".join(["import jwt from 'jsonwebtoken';", _LOGGER if obeys else _CONSOLE, _TOKEN])
        return f"Here:\n\n```js\n{code}\n```\n"

    def reflect(self, question: str) -> str:
        """Propose a prompt, and note what was asked."""
        self.reflections.append(question)
        proposed = self.propose(prompt_in(question), len(self.reflections))
        return f"Here it is.\n<new-prompt>\n{proposed}\n</new-prompt>\n"

    def _chance(self, prompt: str, question: str) -> float:
        key = json.dumps([self.seed, prompt, question])
        self.asked[key] += 1
        digest = hashlib.sha256(f"{key}{self.asked[key]}".encode()).hexdigest()
        return int(digest[:8], 16) / 16**8


class InProcess(Traits):
    """The same without a server, for many runs in a test."""

    def __init__(self, script: Obedient, name: str) -> None:
        self._script = script
        self.name = name

    async def generate(self, request: Request) -> Completion:
        question = request.messages[-1].text
        reflected = "<new-prompt>" in request.system
        asked = self._script.reflect if reflected else None
        text = asked(question) if asked else self._script.answer_to(request.system, question)
        return Completion(text, (), Usage(100, 50), StopReason.END, self.name, 0.0)

    async def close(self) -> None:
        """Nothing was opened."""
