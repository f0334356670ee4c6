"""Let these tests import what they share, and break workers with a check that is made to."""

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest

from harness.checks.own import installed_checks

MODULE = '''\
"""A check that answers can break."""

import ctypes
import os
import time

from harness.checks.base import Check, Soundness
from harness.core.types import Decision, Outcome


class Fragile(Check):
    """An answer decides what becomes of the process: for tests of what survives it."""

    id = "team/fragile"
    version = 1
    soundness = Soundness.FAIL_ONLY
    phrases = ("Never be fragile",)

    def decide(self, exchange):
        text = exchange.program.text
        if "CRASH" in text:
            ctypes.string_at(0)
        if "HANG" in text:
            time.sleep(3600)
        if "GREEDY" in text:
            bytearray(64 << 30)
        if "DEEP" in text:
            return self.decide(exchange)
        if "PRINT" in text:
            print("between the replies")
        if "SLOW" in text:
            time.sleep(0.05)
        return Decision(Outcome.PASS, "no violation seen")
'''
EXAMPLES = """\
good: [{title: plain, response: Done.}]
bad: []
"""


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A package with the check is installed, for this process and the workers that it starts."""
    site = tmp_path_factory.mktemp("site")
    info = site / "team_checks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: team-checks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[harness.checks]\nteam = fragile_checks\n")
    (site / "fragile_checks.py").write_text(MODULE)
    (site / "fragile_checks.yaml").write_text(EXAMPLES)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        installed_checks.cache_clear()
        yield
    installed_checks.cache_clear()
    sys.modules.pop("fragile_checks", None)
