"""The one function between foreign text and any output: what could deceive a reader, a terminal or a log becomes visible."""

import re

_INVISIBLE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 (tab and line feed included), DEL and C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls
    "\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\u00ad\u034f\u180b-\u180f"  # zero width
    "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufff0-\ufffb\ufe00-\ufe0f"  # fillers and variation selectors
    "\u2028\u2029"  # line and paragraph separators
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # shorthand and musical controls
    "\U000e0000-\U000e0fff"  # tags and more variation selectors
    "\ue000-\uf8ff\U000f0000-\U0010ffff"  # private use: nobody knows what it shows
    "\ud800-\udfff"  # half a surrogate pair
    "]"
)

_COMMAND = "##["
"""Where a CI system finds this in a line of a log, anywhere, it takes the rest for a command
(GitHub's runner, ActionCommand.cs; commands with ``::`` count at the beginning of a line only, where no foreign text is)."""


def visible(text: str) -> str:
    """Return *text* on one line, with every character that does not show itself written as ``⟨U+202E⟩`` or ``⏎``."""
    return _INVISIBLE.sub(_name, text).replace(_COMMAND, "##⟨U+005B⟩")


def visible_lines(text: str) -> list[str]:
    """Return the lines of *text*, each made `visible`."""
    return [visible(line) for line in text.split("\n")]


def escaped(document: str) -> str:
    """Return a JSON *document*, written with line feeds, with the same characters as JSON escapes: it reads the same."""
    shown = _INVISIBLE.sub(lambda match: match[0] if match[0] == "\n" else _escape(match[0]), document)
    return shown.replace(_COMMAND, "##\\u005b")


def _name(match: re.Match[str]) -> str:
    char = match[0]
    return "⏎" if char == "\n" else f"⟨U+{ord(char):04X}⟩"


def _escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
