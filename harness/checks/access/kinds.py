"""The vocabulary of access control: natures of values, and facts about a request on its way.

They are texts, since sets of them are made all the time and the hash of a text is kept.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

__all__ = ["NOTHING", "Fact", "Guard", "Nature", "NatureSet", "State", "States"]


class Guard(StrEnum):
    """What a middleware demands of a request before it goes on."""

    AUTHENTICATION = "authentication"
    AUTHORISATION = "authorisation"
    RATE_LIMIT = "rate limit"


class Nature(StrEnum):
    """One thing that is known about a value.

    ``CLIENT`` is what the client says (in ``HEADER`` fields, or a ``CLAIM`` about its role), ``CREDENTIAL``
    what it proves its identity with. ``IDENTITY`` is the caller as the server knows them, ``RELATED``
    something that belongs to them, ``OWN`` what was looked up as theirs. ``DECISION``: it is truthy for those
    who may. ``FAILURE``: the error of a verification.
    """

    REQUEST = "request"
    RESPONSE = "response"
    NEXT = "next"
    RESOLVE = "resolve"
    REJECT = "reject"
    CLIENT = "client"
    HEADER = "header"
    CLAIM = "claim"
    CREDENTIAL = "credential"
    IDENTITY = "identity"
    RELATED = "related"
    OWN = "own"
    ROLE = "role"
    DECISION = "decision"
    ROUTE = "route"
    ENVIRONMENT = "environment"
    FAILURE = "failure"


NatureSet: TypeAlias = frozenset[Nature]
NOTHING: NatureSet = frozenset()


class Fact(StrEnum):
    """What is settled about a request at one point of a middleware.

    ``KNOWN``: it is known who calls. ``ROLE``: the role fits. ``OWNER``: the thing is the caller's own.
    ``EXEMPT``: an exception was made for the path, the method or the environment. ``COUNTED``: a limiter has
    let it pass. ``REFUSED`` and ``REFUSED_429``: an answer with an error status was sent. ``ANSWERED``:
    another answer was.
    """

    KNOWN = "known"
    ROLE = "role"
    OWNER = "owner"
    EXEMPT = "exempt"
    COUNTED = "counted"
    REFUSED = "refused"
    REFUSED_429 = "refused 429"
    ANSWERED = "answered"


# A state is what is settled on one path through the code: facts, and variables known to be true or false.
State: TypeAlias = frozenset[object]
States: TypeAlias = frozenset[State]
