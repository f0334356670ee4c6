"""Bytes to text: what is repaired, what is reported, and what is left alone."""

import pytest

from harness.agentfile.encoding import MAX_BYTES, MAX_LINES, decode
from harness.core.errors import AgentFileError


def kinds(data: bytes) -> list[str]:
    return [repair.kind for repair in decode(data, "a.md").repairs]


def as_mac_roman(text: str) -> bytes:
    return text.encode().decode("mac_roman").encode()


def test_plain_utf8_needs_no_repair() -> None:
    assert decode("Größe ✅ 漢字\n".encode(), "a.md").repairs == ()


@pytest.mark.parametrize("text", ["❌ Never", "✅ Do", "🚨 Stop 🚨", "⚠️ Care", "“quoted” — dash", "• item"])
def test_utf8_read_as_mac_roman_is_restored(text: str) -> None:
    assert decode(as_mac_roman(text), "a.md").text == text


def test_utf8_read_as_windows_1252_is_restored() -> None:
    assert decode("ðŸš¨ Stop âœ… go".encode(), "a.md").text == "🚨 Stop ✅ go"


def test_a_broken_marker_beside_sound_ones_is_restored_alone() -> None:
    data = "✅ sound\n".encode() + as_mac_roman("❌ broken\n")
    assert decode(data, "a.md").text == "✅ sound\n❌ broken\n"


def test_the_repair_names_the_lines() -> None:
    data = b"one\n" + as_mac_roman("❌ two\n") + b"three\n" + as_mac_roman("✅ four\n")
    assert "lines 2, 4" in decode(data, "a.md").repairs[0].message


@pytest.mark.parametrize(
    "text", ["√π and √2", "“élan”", "naïve café — à la carte…", "‘à’", "Ünïcödé ®©™", "x ≤ √∞"]
)
def test_honest_text_is_left_alone(text: str) -> None:
    assert decode(text.encode(), "a.md").text == text


def test_byte_order_mark_is_removed_and_named() -> None:
    assert kinds(b"\xef\xbb\xbf---\n") == ["byte-order-mark"]


def test_every_kind_of_line_end_becomes_lf() -> None:
    assert decode(b"a\r\nb\rc\nd", "a.md").text == "a\nb\nc\nd"


def test_utf16_is_read() -> None:
    assert decode("---\nname: a".encode("utf-16"), "a.md").text == "---\nname: a"


def test_windows_1252_is_read_and_named() -> None:
    assert decode(b"the user\x92s file", "a.md").text == "the user’s file"


def test_undecodable_bytes_among_utf8_are_reported_with_their_line() -> None:
    broken = [r for r in decode("é\n".encode() + b"x\xff\n", "a.md").repairs if r.kind == "undecodable-bytes"]
    assert [repair.line for repair in broken] == [2]


@pytest.mark.parametrize(
    ("data", "found"),
    [(b"x" * (MAX_BYTES + 1), "bytes"), (b"\n" * MAX_LINES, "lines"), (b"a\n\x00b", "a.md:2")],
)
def test_what_is_no_agent_file_is_refused_with_the_reason(data: bytes, found: str) -> None:
    with pytest.raises(AgentFileError, match=found):
        decode(data, "a.md")
