"""Foreign text on its way to a terminal or a log."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.views.visible import escaped, visible, visible_lines

# Format characters that have a shape of their own: Arabic, Syriac and Kaithi number signs, hieroglyph joiners, shorthand.
SHAPED = {
    *range(0x0600, 0x0606),
    0x06DD,
    0x070F,
    0x0890,
    0x0891,
    0x08E2,
    0x110BD,
    0x110CD,
    *range(0x13430, 0x13440),
}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ü, नमस्ते, 你好", "plain text, ü, नमस्ते, 你好"),
        ("\x1b[2J", "⟨U+001B⟩[2J"),
        (
            "\x1b]8;;http://evil\x07click\x1b]8;;\x07",
            "⟨U+001B⟩]8;;http://evil⟨U+0007⟩click⟨U+001B⟩]8;;⟨U+0007⟩",
        ),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("abc\u202edef", "abc⟨U+202E⟩def"),
        ("a\u200bb\u00adc", "a⟨U+200B⟩b⟨U+00AD⟩c"),
        ("one\ntwo\r\n", "one⏎two⟨U+000D⟩⏎"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\ud83d", "⟨U+D83D⟩"),
        ("x ##[error]y", "x ##⟨U+005B⟩error]y"),
    ],
)
def test_what_becomes_visible(text: str, shown: str) -> None:
    """Controls, bidirectional and zero-width characters, tags and log commands are spelled out; the rest stays."""
    assert visible(text) == shown


def test_nothing_invisible_is_left() -> None:
    """No character of Unicode's control, format, surrogate, private or separator classes passes, but those with a shape."""
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    passed = [
        f"U+{point:04X}"
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) in hidden
        and point not in SHAPED
        and visible(chr(point)) == chr(point)
    ]

    assert passed == []


FILLERS = "\u115f\u1160\u3164\uffa0\u2800"


@given(
    st.text(
        st.characters(
            exclude_categories=("Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Mn", "Cn"),
            exclude_characters=FILLERS + "#",
        )
    )
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    """What shows itself is shown as it is."""
    assert visible(text) == text


@given(st.text())
def test_one_line_stays_one_line(text: str) -> None:
    """No foreign text can begin a line of its own."""
    assert len(visible(text).splitlines()) <= 1


def test_lines_are_kept_apart() -> None:
    """A text of several lines keeps them, each made visible."""
    assert visible_lines("a\x1b\nb") == ["a⟨U+001B⟩", "b"]


@given(
    st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
)
def test_escaped_json_reads_the_same(value: object) -> None:
    """JSON with its dangerous characters escaped is the same document, and holds none of them raw."""
    document = escaped(json.dumps(value, ensure_ascii=False, indent=2))

    assert json.loads(document) == value
    assert visible(document.replace("\n", "")) == document.replace("\n", "")
