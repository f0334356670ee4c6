"""What the tests of the documentation share: the small project, the servers that stand in for models."""

import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
for folder in (TESTS / "servers", TESTS / "integration", Path(__file__).parent):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
