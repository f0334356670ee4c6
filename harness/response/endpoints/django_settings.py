"""What Django's settings say for every endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.response.endpoints.model import Passed, PassedKind
from harness.response.endpoints.reading import Reading, last_name
from harness.response.flow.expressions import Expression, Index, Name
from harness.response.flow.statements import Unit

__all__ = ["Settings", "settings_of"]


@dataclass(eq=False)
class Settings:
    """``shown``: the settings of DRF are shown; without them its defaults may be anything."""

    shown: bool = False
    middleware: list[Passed] = field(default_factory=list)
    rest: dict[str, tuple[Expression, Unit]] = field(default_factory=dict)


def settings_of(reading: Reading) -> Settings:
    """Read the settings that the program shows; what is set later adds to what was set before."""
    settings = Settings()
    for unit in reading.units:
        if "REST_FRAMEWORK" not in unit.block.text and "MIDDLEWARE" not in unit.block.text:
            continue
        for assignment in unit.assignments:
            target, value = assignment.target, assignment.value
            if value is None:
                continue
            if isinstance(target, Name) and target.name == "REST_FRAMEWORK":
                settings.shown = True
                settings.rest.update(reading.entries(value, unit))
            elif isinstance(target, Index) and last_name(target.base) == "REST_FRAMEWORK" and target.key:
                settings.rest[reading.text(target.key, unit)] = (value, unit)
            elif isinstance(target, Name) and target.name == "MIDDLEWARE":
                settings.middleware += [
                    named(reading, PassedKind.MIDDLEWARE, item, where)
                    for item, where in reading.items(value, unit)
                ]
    return settings


def named(reading: Reading, kind: PassedKind, item: Expression, unit: Unit) -> Passed:
    """Return what a dotted text in the settings names; the class itself where it is shown."""
    text = reading.text(item, unit)
    if not text:
        return reading.passed(kind, item, unit)
    module, _, name = text.rpartition(".")
    shown = reading.names.module(module, unit) if module else None
    candidates = [shown] if shown is not None else reading.units
    for where in candidates:
        for owner in where.classes:
            if owner.name == name:
                return Passed(kind, name, where, owner)
        for function in where.functions:
            if function.name == name and not function.is_method:
                return Passed(kind, name, where, function)
    return Passed(kind, name or text, unit)
