"""Places of keys and values: by hand, and against documents whose places are known because they were written so."""

import json
import tomllib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
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


@dataclass
class Writer:
    """Writes a document key by key and remembers where each stands."""

    text: str = ""
    keys: dict[KeyPath, tuple[int, int, int]] = field(default_factory=dict)
    values: dict[KeyPath, tuple[int, int, int]] = field(default_factory=dict)

    def put(self, text: str) -> tuple[int, int, int]:
        """Append *text*, which has no line break, and return its place."""
        line = self.text.count("\n") + 1
        column = len(self.text) - (self.text.rfind("\n") + 1) + 1
        self.text += text
        return line, column, len(text)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), max_size=6)
SCALARS = st.sampled_from(
    ["1", "true", '"é\U0001f4de"', "'a b'", "1979-05-27", "09:00:00", "1.5", '"\\u00e9 = ["']
)
BLANKS = st.sampled_from(["", " ", "\t", "  "])
ENDS = st.sampled_from(["\n", "\r\n", " # ключ = 1\n", "\n\n# x\r\n"])


def spelled(name: str, draw: st.DrawFn) -> str:
    """Return one of the spellings of a key."""
    spellings = [json.dumps(name, ensure_ascii=False)]
    if name and name.isascii() and name.replace("-", "").replace("_", "").isalnum():
        spellings.append(name)
    if "'" not in name:
        spellings.append(f"'{name}'")
    return draw(st.sampled_from(spellings))


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    """Make documents of pairs, inline tables, arrays, dotted keys, tables and arrays of tables."""
    out = Writer()

    def pair(base: KeyPath, name: str, depth: int) -> None:
        path = (*base, name)
        out.keys[path] = out.put(spelled(name, draw))
        if draw(st.booleans()) and depth < 2:
            inner = draw(NAMES)
            out.put(draw(BLANKS) + "." + draw(BLANKS))
            path = (*path, inner)
            out.keys[path] = out.put(spelled(inner, draw))
        out.put(draw(BLANKS) + "=" + draw(BLANKS))
        value(path, depth)

    def value(path: KeyPath, depth: int) -> None:
        kind = draw(st.sampled_from(["scalar", "scalar", "table", "array"])) if depth < 3 else "scalar"
        start = out.put("")
        begin = len(out.text)
        if kind == "scalar":
            out.put(draw(SCALARS))
        elif kind == "table":
            out.put("{" + draw(BLANKS))
            for index, name in enumerate(draw(st.lists(NAMES, max_size=3, unique=True))):
                out.put(", " if index else "")
                pair(path, name, depth + 1)
            out.put(draw(BLANKS) + "}")
        else:
            out.put("[" + draw(BLANKS))
            for index in range(draw(st.integers(0, 3))):
                out.put(", " if index else "")
                value((*path, index), depth + 1)
            out.put(draw(BLANKS) + "]")
        out.values[path] = (start[0], start[1], len(out.text) - begin)

    def body(base: KeyPath) -> None:
        for name in draw(st.lists(NAMES, max_size=3, unique=True)):
            out.text += draw(BLANKS)
            pair(base, "p" + name, 0)
            out.text += draw(ENDS)

    body(())
    for table in draw(st.lists(NAMES, max_size=3, unique=True)):
        times = draw(st.integers(0, 2))
        for element in range(max(1, times)):
            name = "t" + table
            out.put("[[" if times else "[")
            place = out.put(spelled(name, draw))
            out.put("]]" if times else "]")
            path: KeyPath = (name, element) if times else (name,)
            out.keys.setdefault((name,), place)
            out.keys[path] = place
            out.text += draw(ENDS)
            body(path)
    return out


@given(documents())
def test_places_agree_with_the_writer(document: Writer) -> None:
    """Every key and value is found exactly where it was written, and nothing else is."""
    tomllib.loads(document.text)

    found = positions(Lines(path="c.toml", text=document.text))

    assert {path: (w.line, w.column, w.length) for path, w in found.keys.items()} == document.keys
    assert {
        path: (w.line, w.column, w.length) for path, w in found.values.items() if path in document.values
    } == document.values


@given(documents())
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
