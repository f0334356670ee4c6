"""Write the published JSON Schemas anew: ``python -m harness.suite.schemas``."""

from __future__ import annotations

from pathlib import Path

from harness.core.jsonl import write_atomic
from harness.suite.schema import SCHEMAS, schema_text

for name in SCHEMAS:
    write_atomic(Path(__file__).with_name(f"{name}.json"), schema_text(name))
