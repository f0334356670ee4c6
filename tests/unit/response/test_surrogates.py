"""Half of a surrogate pair, which a truncated stream leaves: no parser and no database can hold it."""

from __future__ import annotations

import pytest

from harness.response.parse import parse_response

ANSWER = "Text \ud83d.\n\n```js\nconst a = '\udc00'; console.log(a);\n```\n"


def test_a_half_pair_is_replaced_in_every_block() -> None:
    assert parse_response(ANSWER).blocks[0].text == "const a = '\ufffd'; console.log(a);\n"


def test_places_behind_a_half_pair_stay() -> None:
    whole = parse_response(ANSWER.replace("\ud83d", "x").replace("\udc00", "y"))
    assert parse_response(ANSWER).blocks[0].text.index("console") == whole.blocks[0].text.index("console")


@pytest.mark.parametrize("text", ["\ud800", "```sql\nSELECT '\udfff'\n```", "```php\n$a = '\ud800';\n```"])
def test_what_is_read_can_be_written(text: str) -> None:
    program = parse_response(text)
    assert "".join(block.text for block in program.blocks).encode() is not None
