"""Documents that this package wrote and reads again: whatever does not fit is one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from harness.core.errors import InputError
from harness.core.json_text import parse_json

__all__ = ["parse_document"]

_Document = TypeVar("_Document", bound=BaseModel)


def parse_document(model: type[_Document], data: bytes, path: Path, kind: str, remedy: str) -> _Document:
    """Return what a JSON text says.

    A model with a field ``format`` reads the number that is the field's default and no other.

    Args:
        model: what the document has to be.
        data: its bytes.
        path: where it stands, for the message.
        kind: what it is, with its article: ``a baseline``.
        remedy: what to do with one that does not fit: ``make it again with ...``.

    Raises:
        InputError: the text is not such a document, or one of another release.
    """
    try:
        document = model.model_validate_json(data)
    except ValidationError as error:
        # Another release has other fields: say that it is another one, not which field is odd.
        _demand_format(model, _format_in(data), path, remedy)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        said = first["msg"][:1].lower() + first["msg"][1:]
        raise InputError(f"{path}: {where}: {said}; not {kind} of this release, {remedy}") from error
    _demand_format(model, getattr(document, "format", None), path, remedy)
    return document


def _demand_format(model: type[BaseModel], found: object, path: Path, remedy: str) -> None:
    field = model.model_fields.get("format")
    if field is not None and isinstance(found, int) and found != field.default:
        raise InputError(f"{path}: format {found}, this release reads {field.default}; {remedy}")


def _format_in(data: bytes) -> object:
    try:
        document = parse_json(data)
    except ValueError:
        return None
    return document.get("format") if isinstance(document, dict) else None
