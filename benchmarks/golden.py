"""How often the checks decide hand-written responses as their labels say: ``harness calibrate --checks``.

python benchmarks/golden.py [FOLDER] [--check ID] [--disagreements] [--json]
"""

from __future__ import annotations

import sys

from harness.cli.app import main

if __name__ == "__main__":
    sys.exit(main(["calibrate", "--checks", *sys.argv[1:]]))
