"""Where each key and each value of a TOML document stands; the values themselves come from `tomllib`.

`tomllib` keeps no positions, so the document is parsed a second time by tree-sitter's grammar. It is only asked about
documents that `tomllib` accepted; where the grammar disagrees, a position is missing, never wrong.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from runner.errors import Where

if TYPE_CHECKING:
    from tree_sitter import Node

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of tables and indexes of arrays, from the root of the document."""

_KEY_NODES = frozenset({"bare_key", "quoted_key", "dotted_key"})


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The lines of one file, cut at LF or CR LF as TOML does (and not at U+2028, which `str.splitlines` would take)."""

    path: str
    text: str = field(repr=False)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        """The lines without their ends."""
        return tuple(line.removesuffix("\r") for line in self.text.split("\n"))

    @cached_property
    def encoded(self) -> tuple[bytes, ...]:
        """The lines as UTF-8 without LF: tree-sitter counts columns in these bytes."""
        return tuple(line.encode() for line in self.text.split("\n"))

    def where(self, line: int, column: int = 1, length: int = 1) -> Where:
        """Return the place at 1-based *line* and *column*, in characters."""
        shown = self.shown[line - 1] if 0 < line <= len(self.shown) else None
        return Where(path=self.path, line=line, column=column, length=max(1, length), text=shown)

    def at_offset(self, offset: int, length: int = 1) -> Where:
        """Return the place of the character number *offset*, 0-based, of the text."""
        line_start = self.text.rfind("\n", 0, offset) + 1
        return self.where(self.text.count("\n", 0, offset) + 1, offset - line_start + 1, length)

    def column_of(self, row: int, byte: int) -> int:
        """Return the 0-based column in characters of the 0-based *byte* of the 0-based *row*."""
        line = self.encoded[row]
        return byte if line.isascii() else len(line[:byte].decode(errors="replace"))

    def of_node(self, node: "Node") -> Where:
        """Return the place of *node*; of one that spans lines, the part in its first line."""
        (row, first), (end_row, last) = node.start_point, node.end_point
        column = self.column_of(row, first)
        end = self.column_of(row, last) if end_row == row else len(self.shown[row])
        return self.where(row + 1, column + 1, end - column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Places by key path.

    Attributes:
        keys: of every table and key: the key's own text, in a header the last part that leads there.
        values: of every value, elements of arrays included; a table made by a header has its header's place.
        spans: of every value that stands behind a key, whole: first byte and the one after the last, of the text as UTF-8.
    """

    keys: dict[KeyPath, Where]
    values: dict[KeyPath, Where]
    spans: dict[KeyPath, tuple[int, int]] = field(default_factory=dict)


def positions(lines: Lines) -> Positions:
    """Return the places of all keys and values of the TOML document *lines*, which `tomllib` must have accepted."""
    import tree_sitter  # noqa: PLC0415  only reading a campaign needs it
    import tree_sitter_toml  # noqa: PLC0415

    language = tree_sitter.Language(tree_sitter_toml.language())
    tree = tree_sitter.Parser(language).parse(lines.text.encode())
    walk = _Walk(lines)
    walk.document(tree.root_node)
    return Positions(keys=walk.keys, values=walk.values, spans=walk.spans)


class _Walk:
    """Collects places while going through the tree in the order of the file."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.keys: dict[KeyPath, Where] = {}
        self.values: dict[KeyPath, Where] = {}
        self.spans: dict[KeyPath, tuple[int, int]] = {}
        self.elements: dict[KeyPath, int] = {}

    def document(self, root: "Node") -> None:
        for node in root.named_children:
            if node.type == "pair":
                self.pair(node, ())
            elif node.type in {"table", "table_array_element"}:
                self.table(node)

    def table(self, node: "Node") -> None:
        header = next((child for child in node.named_children if child.type in _KEY_NODES), None)
        if header is None:
            return
        base = self.header(header, is_element=node.type == "table_array_element")
        for child in node.named_children:
            if child.type == "pair":
                self.pair(child, base)

    def header(self, node: "Node", *, is_element: bool) -> KeyPath:
        """Return the path that a table header opens; a name of an array of tables means its newest element."""
        path: KeyPath = ()
        parts = list(_parts(node))
        for index, (part, name) in enumerate(parts):
            path = (*path, name)
            self.mark(path, part)
            if is_element and index == len(parts) - 1:
                self.elements[path] = self.elements.get(path, 0) + 1
            if path in self.elements:
                path = (*path, self.elements[path] - 1)
                self.mark(path, part)
        return path

    def mark(self, path: KeyPath, part: "Node") -> None:
        if path not in self.keys:
            self.keys[path] = self.values[path] = self.lines.of_node(part)

    def pair(self, node: "Node", base: KeyPath) -> None:
        children = [child for child in node.named_children if child.type != "comment"]
        if len(children) != 2 or children[0].type not in _KEY_NODES:  # noqa: PLR2004  a key and its value
            return
        path = base
        for part, name in _parts(children[0]):
            path = (*path, name)
            self.mark(path, part)
        self.value(children[1], path)

    def value(self, node: "Node", path: KeyPath) -> None:
        self.values[path] = self.lines.of_node(node)
        self.spans[path] = (node.start_byte, node.end_byte)
        if node.type == "inline_table":
            for child in node.named_children:
                if child.type == "pair":
                    self.pair(child, path)
        elif node.type == "array":
            elements = [child for child in node.named_children if child.type != "comment"]
            for index, element in enumerate(elements):
                self.value(element, (*path, index))


def _parts(key: "Node") -> Iterator[tuple["Node", str]]:
    """Yield the parts of a key with their names. Dotted keys nest to the left and may be long: no recursion."""
    stack = [key]
    while stack:
        node = stack.pop()
        if node.type == "dotted_key":
            stack.extend(reversed([child for child in node.named_children if child.type in _KEY_NODES]))
        else:
            yield node, _name(node)


def _name(node: "Node") -> str:
    text = (node.text or b"").decode(errors="replace")
    if node.type == "bare_key":
        return text
    return next(iter(tomllib.loads(f"{text} = 0")), text)
