"""``python -m harness`` and the ``harness`` command."""

from __future__ import annotations

import gc
import sys

# A command makes many small objects that live until its end; looking through them for garbage again and again
# costs a tenth of its time.
_COLLECT_AFTER = (50_000, 20, 100)


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(*_COLLECT_AFTER)
    from harness.cli.app import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
