"""Equal answers give equal decisions, whatever the hashes of this process are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import hashlib
from pathlib import Path
from harness.checks.base import Exchange
from harness.checks.decide import run_check
from harness.checks.registry import all_checks
from harness.response.parse import parse_response

sha = hashlib.sha256()
for path in sorted(Path("datasets/backend-architect/golden").glob("*.md"))[::9]:
    program = parse_response(path.read_text(encoding="utf-8").split("\\n---\\n", 1)[-1])
    for name, check in sorted(all_checks().items()):
        decision = run_check(check, Exchange((), (), program, parameters=dict(check.defaults)))
        sha.update(repr((path.name, name, decision)).encode())
print(sha.hexdigest())
"""


def decisions(seed: str) -> str:
    """Return a sha of all decisions on a part of the labelled responses."""
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_decisions_do_not_depend_on_hashes() -> None:
    """Two processes with other hash seeds decide, say and point to the same."""
    assert decisions("1") == decisions("2")
