"""All surfaces, by name."""

from __future__ import annotations

import surfaces_answer
import surfaces_input
import surfaces_kept
import surfaces_server
import surfaces_shared
from fuzz_core import Surface

__all__ = ["SURFACES"]

SURFACES: dict[str, Surface] = {
    surface.name: surface
    for module in (surfaces_input, surfaces_answer, surfaces_server, surfaces_kept, surfaces_shared)
    for surface in module.SURFACES
}
