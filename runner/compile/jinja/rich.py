"""Text that remembers which of its pieces an expression printed (design, section 6, point 2).

A generator that marks yields plain `str` for literals, `Marked` for values, and `Rich` for what a macro, a set block or a
call block captured: a text with its pieces. Every operation on a string returns a plain `str`, so an operation forgets
the pieces, which costs structure and never exactness.
"""

from collections.abc import Iterable, Iterator
from typing import Any


class Marked(str):
    """A value that an expression printed."""

    __slots__ = ()


class Rich(str):
    """A captured text with its pieces; printed as it is, it stays one."""

    __slots__ = ("pieces",)
    pieces: tuple[str, ...]

    def __str__(self) -> str:
        """Return itself, since Jinja2 passes what it prints through `str`."""
        return self


def mark(value: Any) -> Any:
    """Return what an expression printed, marked; other than text is returned as it is, for Jinja2 to refuse."""
    if type(value) is Rich or not isinstance(value, str):
        return value
    return Marked(value)


def closed(chunks: Iterable[str]) -> Marked:
    """Return *chunks* as one value: a loop is never opened (measured: 127 tasks opened, 10 closed)."""
    return Marked("".join(chunks))


def rich_concat(chunks: Iterable[str]) -> str:
    """Return the concatenation of *chunks*, with its pieces where one of them is a value. For `Environment.concat`."""
    pieces = tuple(pieces_of(chunks))
    text = "".join(pieces)
    if all(type(piece) is str for piece in pieces):
        return text
    made = Rich(text)
    made.pieces = pieces
    return made


def pieces_of(chunks: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of *chunks*, those of captured texts one by one."""
    for chunk in chunks:
        if type(chunk) is Rich:
            yield from chunk.pieces
        else:
            yield chunk


def structure(pieces: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the literals and the values of *pieces*: one literal more than values, by turns, some of them empty."""
    literals, values = [""], []
    for piece in pieces:
        if type(piece) is Marked:
            values.append(str.__str__(piece))
            literals.append("")
        else:
            literals[-1] += piece
    return literals, values
