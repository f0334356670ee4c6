"""Let these tests import the servers that stand in for models."""

import sys
from pathlib import Path

SERVERS = next(parent / "servers" for parent in Path(__file__).parents if (parent / "servers").is_dir())
sys.path.insert(0, str(SERVERS))
