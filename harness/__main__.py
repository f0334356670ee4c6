"""``python -m harness`` and the ``harness`` command."""

from __future__ import annotations

import sys

from harness.core.garbage import collect_rarely


def main() -> None:
    """Run the command line and leave with its exit code."""
    collect_rarely()
    from harness.cli.app import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
