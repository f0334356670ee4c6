"""Copies of a case whose wording differs and whose label stays: what people type, not what authors write.

Every change is drawn from the sha of the case, so equal cases give equal copies on every machine. A copy has
the cluster of its original, so it adds no independent evidence to an interval, and a tag that says what was
done, so the figures by tag show what the change costs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from harness.core.types import Case, Message, Role
from harness.suite.cases import sealed

__all__ = ["PERTURBED", "Perturbation", "perturbed"]

PERTURBED = "perturbed"
"""Tag of every copy; beside it stands the kind."""


class Perturbation(StrEnum):
    """What may be done to a message without changing who should get it.

    ``language`` puts the message into a sentence of another language ("Kannst du mir hier helfen? …"): people
    mix them so. The message itself is not translated, which no table of words can do without changing what
    it asks.
    """

    TYPOS = "typos"
    CASE = "case"
    POLITENESS = "politeness"
    TRUNCATION = "truncation"
    LANGUAGE = "language"


_LETTERS_PER_TYPO = 25
_SHORTEST_TYPED = 4  # letters of a word in which typing errors are made
_LEAST_WORDS = 6  # a shorter message is not truncated: its label might go with the word
_KEPT = 0.7
_WORD = re.compile(rf"[^\W\d_]{{{_SHORTEST_TYPED},}}")
_GREETINGS = ("Hi, ", "Hello! ", "Good morning, ", "Sorry to bother you, ", "Hey there, quick one: ")
_THANKS = (" Thanks in advance!", " Thank you so much.", " That would be great, thanks!", " Cheers")

_FRAMES = (
    ("Kannst du mir hier bitte helfen? ", " Danke dir!"),
    ("Ich brauche hier Hilfe: ", " Was meinst du?"),
    ("¿Me puedes ayudar con esto? ", " Muchas gracias."),
    ("Tengo este problema: ", " ¿Cómo lo resuelvo?"),
    ("Bonjour, pourriez-vous vous occuper de ceci ? ", " Merci d'avance."),
    ("Voici ce qu'on me demande : ", " Je ne sais pas par où commencer."),
    ("Olá, preciso disto: ", " Obrigado!"),
    ("Puoi darmi una mano con questo? ", " Grazie mille."),
    ("Kun je hier even naar kijken? ", " Alvast bedankt."),
    ("Czy możesz mi z tym pomóc? ", " Dziękuję!"),
    ("Помоги, пожалуйста, вот с этим: ", " Спасибо!"),
    ("Bunu halleder misin? ", " Teşekkürler."),
    ("どうしたらいいですか。", " ありがとう。"),
    ("请帮我处理一下:", " 谢谢!"),
)


def perturbed(case: Case, kinds: Collection[Perturbation]) -> tuple[Case, ...]:
    """Return a copy of a case per kind, in the order of :class:`Perturbation`.

    Only the last user turn is changed. A kind that would leave the message as it is gives no copy.
    """
    place = max(number for number, message in enumerate(case.messages) if message.role is Role.USER)
    copies = []
    for kind in Perturbation:
        if kind not in kinds:
            continue
        said = case.messages[place].text
        text = _CHANGES[kind](said, random.Random(f"{case.sha}/{kind}"))  # noqa: S311 - no secret
        if text == said:
            continue
        messages = (*case.messages[:place], Message(Role.USER, text), *case.messages[place + 1 :])
        copies.append(
            sealed(
                replace(
                    case,
                    id=f"{case.id}~{kind}",
                    messages=messages,
                    tags=(*case.tags, PERTURBED, str(kind)),
                    cluster=case.cluster or case.id,
                )
            )
        )
    return tuple(copies)


def _typos(text: str, rng: random.Random) -> str:
    """Swap, drop or double a letter inside words; the first letter of a word stays."""
    words = [match.span() for match in _WORD.finditer(text)]
    count = min(len(words), max(1, len(text) // _LETTERS_PER_TYPO))
    for start, end in sorted(rng.sample(words, count), reverse=True):
        at = rng.randrange(start + 1, end - 1)
        swapped, dropped, doubled = text[at + 1] + text[at], text[at + 1], text[at] * 2 + text[at + 1]
        text = text[:at] + rng.choice((swapped, dropped, doubled)) + text[at + 2 :]
    return text


def _case(text: str, rng: random.Random) -> str:
    return text.upper() if rng.random() < 1 / 3 else text.lower()


def _politeness(text: str, rng: random.Random) -> str:
    return rng.choice(_GREETINGS) + text + rng.choice(_THANKS)


def _language(text: str, rng: random.Random) -> str:
    before, after = rng.choice(_FRAMES)
    return before + text + after


def _truncation(text: str, rng: random.Random) -> str:
    """Keep the first seven tenths of the words, at least six: sent too early."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    kept = max(_LEAST_WORDS, round(len(ends) * _KEPT) + rng.choice((-1, 0, 1)))
    return text[: ends[kept - 1]] if kept < len(ends) else text


_CHANGES: Mapping[Perturbation, Callable[[str, random.Random], str]] = MappingProxyType(
    {
        Perturbation.TYPOS: _typos,
        Perturbation.CASE: _case,
        Perturbation.POLITENESS: _politeness,
        Perturbation.TRUNCATION: _truncation,
        Perturbation.LANGUAGE: _language,
    }
)
