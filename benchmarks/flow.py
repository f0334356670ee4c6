"""What the common form costs, as ratios to the bare parse of the same block, measured in one run.

    python benchmarks/flow.py [--rounds N]

The blocks have about 30 lines each. Every figure is the least of many rounds, taken in turns, so that a busy
machine slows all of them alike. *Lowering* makes the form of a parsed block, *index* finds scopes and
parents, *asked* puts to every call of the block all that checks ask: where it comes from, what it runs,
which of its arguments are constant.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from ast_grep_py import SgRoot
from checks import CODE as EXPRESS
from checks import least

from harness.response.block import Block, BlockRole
from harness.response.flow import javascript, php, python
from harness.response.flow.names import Names
from harness.response.flow.statements import Unit

FASTAPI = """\
from fastapi import APIRouter, Depends, HTTPException, status
from pydantic import BaseModel, EmailStr, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth import User, require_role
from app.db import get_session
from app.logging import logger
from app.models import Account

router = APIRouter(prefix="/users")


class NewUser(BaseModel):
    email: EmailStr
    name: str = Field(min_length=2, max_length=100)
    role: str = "user"


@router.post("", status_code=status.HTTP_201_CREATED)
async def create(
    new: NewUser, session: AsyncSession = Depends(get_session), actor: User = Depends(require_role("admin"))
) -> dict[str, str]:
    account = Account(email=new.email, name=new.name, role=new.role)
    session.add(account)
    try:
        await session.commit()
    except IntegrityError as error:
        await session.rollback()
        raise HTTPException(status.HTTP_409_CONFLICT, "This address is taken.") from error
    logger.info("user created", extra={"id": account.id, "actor": actor.id})
    return {"id": account.id}
"""
LARAVEL = """\
<?php

namespace App\\Http\\Controllers;

use App\\Http\\Requests\\StoreUserRequest;
use App\\Services\\UserService;
use Illuminate\\Database\\QueryException;
use Illuminate\\Http\\JsonResponse;
use Illuminate\\Http\\Request;
use Illuminate\\Support\\Facades\\Log;

final class UserController extends Controller
{
    private const PAGE = 25;

    public function __construct(private readonly UserService $users) {}

    public function index(Request $request): JsonResponse
    {
        return response()->json($this->users->page((int) $request->query('page', 1), self::PAGE));
    }

    public function store(StoreUserRequest $request): JsonResponse
    {
        try {
            $user = $this->users->create($request->validated());
        } catch (QueryException $error) {
            Log::error('user not created', ['reason' => $error->getMessage()]);
            return response()->json(['error' => 'This address is taken.'], 409);
        }
        return response()->json(['id' => $user->id], 201);
    }
}
"""


def asked(unit: Unit) -> None:
    names = Names([unit], linked=True)
    for call in unit.calls:
        names.origin(call.callee, unit)
        names.callees(call, unit)
        for argument in call.arguments:
            names.constant(argument.value, unit)


def measured(language: str, text: str, rounds: int) -> None:
    block = Block(1, language, BlockRole.CODE, text, 1)
    module = {"javascript": javascript, "python": python, "php": php}[language]
    root = SgRoot(text, language).root()
    unit: Unit = module.lower(block, root)
    tasks: dict[str, Callable[[], object]] = {
        "bare parse": lambda: SgRoot(text, language).root(),
        "lowering": lambda: module.lower(block, root),
        "index": lambda: Names([unit], linked=True).index(unit),
        "index, asked": lambda: asked(unit),
    }
    best = least(tasks, rounds)
    bare = best["bare parse"]
    print(f"{language}, {len(text.splitlines())} lines, {len(unit.calls)} calls")
    for name, seconds in best.items():
        print(f"  {name:14} {seconds * 1e3:7.3f} ms {seconds / bare:6.2f} × bare parse")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    for language, text in (("javascript", EXPRESS), ("python", FASTAPI), ("php", LARAVEL)):
        measured(language, text, rounds)


if __name__ == "__main__":
    main()
