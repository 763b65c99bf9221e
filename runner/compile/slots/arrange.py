"""The first four rewrites: values get slots and, where it must be, give to or take from the literals beside them.

Equal columns share a slot; what all values of a long column begin or end with goes into the skeleton; a value that is
still too long gets several slots, which every row fills; a slot that could be blank, or stands after the escape
character, borrows characters of a literal. Everything is decided for the group as a whole, never for a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from runner.compile.form import Form, Hole
from runner.compile.slots.facts import Facts
from runner.compile.slots.layout import Parts, Source
from runner.compile.slots.settle import Segment, Strip, Trouble, TroubleError, settle
from runner.model.capacity import Capacity
from runner.model.skeleton import Piece, Skeleton, Slot


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Skeletons and sources of a group; `needed` slots may be more than there are."""

    skeletons: dict[int, Skeleton] = field(repr=False)
    sources: tuple[Source, ...]
    needed: int


def strips_of(form: Form, facts: Facts, *, fold: bool, capacity: Capacity) -> tuple[Strip, ...]:
    """Return the texts of *form* with equal columns named alike, and constants folded: the long ones, or with *fold* all."""
    keep = -1 if fold else capacity.slot_units
    return tuple(_strip(number, pieces, facts, keep) for number, pieces in form.texts)


def _strip(number: int, pieces: Sequence[str | Hole], facts: Facts, keep: int) -> Strip:
    """Return the text with its constants of more than *keep* units folded."""
    literals = [""]
    columns, places = [], []
    place = 0
    for piece in pieces:
        if isinstance(piece, str):
            literals[-1] += piece
            continue
        column = facts.measure.equal[piece.column]
        hole = facts.hole(column)
        if hole.constant and hole.longest > keep:
            literals[-1] += hole.prefix
        else:
            columns.append(column)
            places.append(place)
            literals.append("")
        place += 1
    return Strip(number, tuple(literals), tuple(columns), tuple(places))


def singles(strip: Strip) -> tuple[Segment, ...]:
    """Return the segments of *strip* that leave every hole alone."""
    return tuple((place, place) for place in range(len(strip.columns)))


def arrange(
    strips: Sequence[Strip], segments: Sequence[Sequence[Segment]], facts: Facts, capacity: Capacity
) -> Arrangement | Trouble:
    """Return skeletons and sources for *strips*, each cut into its *segments*.

    Slots are numbered in the order in which the texts need them.
    """
    numbers: dict[Parts, tuple[int, ...]] = {}
    skeletons: dict[int, Skeleton] = {}
    needed = 0
    for strip, cuts in zip(strips, segments, strict=True):
        try:
            literals, values = settle(strip, cuts, facts, capacity)
        except TroubleError as error:
            return error.trouble
        pieces: list[Piece] = [literals[0]]
        for value, literal in zip(values, literals[1:], strict=True):
            if value.parts not in numbers:
                numbers[value.parts] = tuple(range(needed + 1, needed + value.slots + 1))
                needed += value.slots
            pieces += [*map(Slot, numbers[value.parts]), literal]
        skeletons[strip.number] = tuple(piece for piece in pieces if piece != "")
    sources = tuple(Source(parts, slots) for parts, slots in numbers.items())
    return Arrangement(skeletons, sources, needed)
