"""Forms: what rows have in common before slots are given out.

Rows of one form have the same literals in all texts and print values in the same places. A *hole* is such a place; its
values are one String column of the shaped frame.

A **shaped frame** is the *texts* frame of `runner.frames` (PERSON, NUMBER, ROW, VARIANT, ``text(i)``…) plus FORM: UInt32, the
index into the list of forms, and one String column per hole, null on rows whose form does not use it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A printed value.

    Attributes:
        column: name of its column in the shaped frame, ``@hole0``, ``@hole1`` …; equal columns may be one hole.
        expression: the source of the expression, as in the template, for messages.
        path: template it stands in; empty for an inline text.
        line: 1-based line in that template.
    """

    column: str
    expression: str
    path: str
    line: int


FormText = tuple[str | Hole, ...]
"""A text of a form: literals and holes in order; no two literals side by side, no empty literal."""


@dataclass(frozen=True, slots=True)
class Form:
    """The texts of a form by number (see `runner.model.texts`), in ascending order of the numbers."""

    texts: tuple[tuple[int, FormText], ...]
