"""Labelled responses to edit, made from the code of their blocks."""

from __future__ import annotations

from harness.calibration.mutants.source import Mutant, Source
from harness.core.types import Case, CaseKind, Message, Outcome, Role, SuppliedFile
from harness.suite.golden import GoldenResponse

__all__ = ["APP", "Source", "code_of", "source_of"]

APP = """\
const express = require('express');
const Joi = require('joi');
const { authenticate } = require('./authenticate');
const requireRole = (role) => (req, res, next) => {
  if (req.user.role !== role) return res.status(403).end();
  return next();
};
const app = express();
app.use(express.json());
app.use(authenticate);
app.post('/users', requireRole('admin'), (req, res) => res.status(201).end());
app.get('/users', requireRole('admin'), (req, res) => res.json([]));
"""


def source_of(*blocks: str, language: str = "js", files: tuple[SuppliedFile, ...] = ()) -> Source:
    """Return a response that holds blocks of code between sentences."""
    text = "\n\n".join(f"Here:\n\n```{language}\n{block.rstrip()}\n```" for block in blocks)
    case = Case(
        id="golden/one",
        kind=CaseKind.COMPLIANCE,
        agent="coder",
        messages=(Message(Role.USER, "Write it."),),
        files=files,
        applies=(),
        not_applicable=(),
        expected_agent="",
        tags=(),
        cluster="",
        provenance="one.md:1",
        sha="",
    )
    labels = {"access/rbac": Outcome.PASS}
    return Source(GoldenResponse(case, f"{text}\n\nDone.\n", labels, {}, False, "hand", "one.md", 5))


def code_of(mutant: Mutant) -> list[str]:
    """Return the blocks of a mutant."""
    return [part.partition("\n")[2].rpartition("\n")[0] for part in mutant.text.split("```")[1::2]]
