"""The one function between foreign text and any output: what could deceive a reader or a terminal becomes visible."""

import re

_INVISIBLE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 (tab and line feed included), DEL and C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u200b-\u200d\u2060\ufeff\u00ad\u034f\u115f\u1160\u3164\ufe00-\ufe0f"  # zero width and fillers
    "\u2028\u2029"  # line and paragraph separators
    "\U000e0000-\U000e007f"  # tags
    "\ud800-\udfff"  # half a surrogate pair
    "]"
)


def visible(text: str) -> str:
    """Return *text* on one line, with every character that does not show itself written as ``⟨U+202E⟩`` or ``⏎``."""
    return _INVISIBLE.sub(_name, text)


def visible_lines(text: str) -> list[str]:
    """Return the lines of *text*, each made `visible`."""
    return [visible(line) for line in text.split("\n")]


def _name(match: re.Match[str]) -> str:
    char = match[0]
    return "⏎" if char == "\n" else f"⟨U+{ord(char):04X}⟩"
