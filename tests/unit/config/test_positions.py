"""Places of keys and values: by hand, and against documents whose places are known because they were written so."""

import json
import tomllib
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.config.positions import KeyPath, Lines, positions
from runner.errors import Where

DOCUMENT = """\
# ä
name = "x"
sms.app_id = 'y'
\t"ключ with blank" = [1, { a = 2 }]
[voice] # heard
text = \"\"\"
two
lines\"\"\"
[[recall.round]]
[recall.round.sms]
on_key = "1"
[[recall.round]]
voice = { text = "é", 'file id' = "z" }
"""


def place(path: KeyPath, *, of: str, text: str = DOCUMENT) -> tuple[int | None, int | None, int]:
    """Return line, column and length of a key or value of *text*."""
    found = positions(Lines(path="c.toml", text=text))
    where = (found.keys if of == "key" else found.values)[path]
    return where.line, where.column, where.length


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        (("name",), (2, 1, 4), (2, 8, 3)),
        (("sms",), (3, 1, 3), (3, 1, 3)),
        (("sms", "app_id"), (3, 5, 6), (3, 14, 3)),
        (("ключ with blank",), (4, 2, 17), (4, 22, 14)),
        (("ключ with blank", 1, "a"), (4, 28, 1), (4, 32, 1)),
        (("voice",), (5, 2, 5), (5, 2, 5)),
        (("voice", "text"), (6, 1, 4), (6, 8, 3)),
        (("recall",), (9, 3, 6), (9, 3, 6)),
        (("recall", "round", 0), (9, 10, 5), (9, 10, 5)),
        (("recall", "round", 0, "sms"), (10, 15, 3), (10, 15, 3)),
        (("recall", "round", 0, "sms", "on_key"), (11, 1, 6), (11, 10, 3)),
        (("recall", "round", 1), (12, 10, 5), (12, 10, 5)),
        (("recall", "round", 1, "voice", "text"), (13, 11, 4), (13, 18, 3)),
        (("recall", "round", 1, "voice", "file id"), (13, 23, 9), (13, 35, 3)),
    ],
)
def test_places_by_hand(path: KeyPath, key: tuple[int, int, int], value: tuple[int, int, int]) -> None:
    """Lines and columns count from one, in characters: tabs and letters beyond ASCII count once."""
    assert place(path, of="key") == key
    assert place(path, of="value") == value


def test_elements_of_an_array_have_places() -> None:
    """Each element of an array is found by its index."""
    assert place(("ключ with blank", 0), of="value") == (4, 23, 1)


def test_shown_line_has_no_end() -> None:
    """CR and LF are not part of the line that is shown, and U+2028 does not end one."""
    lines = Lines(path="c.toml", text="a = 1\r\nb = '\u2028'\r\n")

    found = positions(lines)

    assert found.keys[("b",)] == Where(path="c.toml", line=2, column=1, length=1, text="b = '\u2028'")


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=6)
SCALARS = st.sampled_from(
    ["1", "true", '"é\U0001f4de"', "'a b'", "1979-05-27", "09:00:00", "1.5", '"\\u00e9 = ["']
)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
ENDS = st.sampled_from(["\n", "\r\n", " # ключ = 1\n", "\n\n# x\r\n"])


@dataclass
class Writer:
    """Writes a random document key by key and remembers where each stands."""

    draw: st.DrawFn = field(repr=False)
    text: str = ""
    keys: dict[KeyPath, tuple[int, int, int]] = field(default_factory=dict)
    values: dict[KeyPath, tuple[int, int, int]] = field(default_factory=dict)

    def put(self, text: str) -> tuple[int, int, int]:
        """Append *text*, which has no line break, and return its place."""
        line = self.text.count("\n") + 1
        column = len(self.text) - (self.text.rfind("\n") + 1) + 1
        self.text += text
        return line, column, len(text)

    def spelled(self, name: str) -> str:
        """Return one of the spellings of a key."""
        spellings = [json.dumps(name, ensure_ascii=False)]
        if name and name.isascii() and name.replace("-", "").replace("_", "").isalnum():
            spellings.append(name)
        if "'" not in name:
            spellings.append(f"'{name}'")
        return self.draw(st.sampled_from(spellings))

    def pair(self, base: KeyPath, name: str, depth: int) -> None:
        """Write a key, dotted or not, and its value."""
        path = (*base, name)
        self.keys[path] = self.put(self.spelled(name))
        if self.draw(st.booleans()) and depth < 2:
            inner = self.draw(NAMES)
            self.put(self.draw(BLANKS) + "." + self.draw(BLANKS))
            path = (*path, inner)
            self.keys[path] = self.put(self.spelled(inner))
        self.put(self.draw(BLANKS) + "=" + self.draw(BLANKS))
        self.value(path, depth)

    def value(self, path: KeyPath, depth: int) -> None:
        """Write a scalar, an inline table or an array."""
        kind = self.draw(st.sampled_from(["scalar", "scalar", "table", "array"])) if depth < 3 else "scalar"
        line, column, _ = self.put("")
        begin = len(self.text)
        if kind == "scalar":
            self.put(self.draw(SCALARS))
        elif kind == "table":
            self.put("{" + self.draw(BLANKS))
            for index, name in enumerate(self.draw(st.lists(NAMES, max_size=3, unique=True))):
                self.put(", " if index else "")
                self.pair(path, name, depth + 1)
            self.put(self.draw(BLANKS) + "}")
        else:
            self.put("[" + self.draw(BLANKS))
            for index in range(self.draw(st.integers(0, 3))):
                self.put(", " if index else "")
                self.value((*path, index), depth + 1)
            self.put(self.draw(BLANKS) + "]")
        self.values[path] = (line, column, len(self.text) - begin)

    def body(self, base: KeyPath) -> None:
        """Write the pairs of a table."""
        for name in self.draw(st.lists(NAMES, max_size=3, unique=True)):
            self.text += self.draw(BLANKS)
            self.pair(base, "p" + name, 0)
            self.text += self.draw(ENDS)

    def table(self, name: str, element: int | None) -> None:
        """Write a table, or one more *element* of an array of tables."""
        path: KeyPath = (name,) if element is None else (name, element)
        self.put("[" if element is None else "[[")
        place = self.put(self.spelled(name))
        self.put("]" if element is None else "]]")
        self.keys.setdefault((name,), place)
        self.keys[path] = place
        self.text += self.draw(ENDS)
        self.body(path)


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    """Make documents of pairs, inline tables, arrays, dotted keys, tables and arrays of tables."""
    out = Writer(draw)
    out.body(())
    for name in draw(st.lists(NAMES, max_size=3, unique=True)):
        elements = draw(st.integers(0, 2))
        for element in range(max(1, elements)):
            out.table("t" + name, element if elements else None)
    return out


@given(documents())
@settings(deadline=None)
def test_places_agree_with_the_writer(document: Writer) -> None:
    """Every key and value is found exactly where it was written, and nothing else is."""
    tomllib.loads(document.text)

    found = positions(Lines(path="c.toml", text=document.text))

    assert {path: (w.line, w.column, w.length) for path, w in found.keys.items()} == document.keys
    assert {
        path: (w.line, w.column, w.length) for path, w in found.values.items() if path in document.values
    } == document.values


@given(documents())
@settings(deadline=None)
def test_places_cover_what_tomllib_reads(document: Writer) -> None:
    """There is a place for exactly the keys and elements that `tomllib` reads."""
    paths: set[KeyPath] = set()

    def visit(value: object, path: KeyPath) -> None:
        if path:
            paths.add(path)
        if isinstance(value, dict):
            for key, inner in value.items():
                visit(inner, (*path, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                visit(inner, (*path, index))

    visit(tomllib.loads(document.text), ())

    assert set(positions(Lines(path="c.toml", text=document.text)).values) == paths
