"""What the operator is told when the texts do not fit: numbers, expressions and places, never a value."""

from runner.compile.form import Form, Hole
from runner.compile.slots.facts import Facts
from runner.compile.slots.holes import holes_of
from runner.compile.slots.questions import WideAnswer
from runner.compile.slots.settle import Trouble
from runner.compile.slots.statistics import HoleMeasure
from runner.counts import plural
from runner.errors import Problem, Where
from runner.model.capacity import Capacity
from runner.model.texts import is_sms


def title(number: int) -> str:
    """Return how messages call text *number* (see `runner.model.texts`)."""
    kind = "SMS" if is_sms(number) else "voice text"
    return f"the {kind} of recall round {number // 2}" if number > 1 else f"the {kind}"


def value_does_not_fit(trouble: Trouble, form: Form, facts: Facts, capacity: Capacity) -> Problem:
    """Return the problem of a single value that cannot be given slots."""
    pieces = next(pieces for number, pieces in form.texts if number == trouble.number)
    holes = [piece for piece in pieces if isinstance(piece, Hole)]
    hole = next(hole for hole in holes if facts.measure.equal[hole.column] == trouble.column)
    reasons = {
        "long": f"is up to {trouble.longest} characters long and would need {trouble.slots} slots of "
        f"{capacity.slot_units}; a task has {capacity.slots}",
        "short": "is blank or too short in some rows, and nothing that can be seen stands beside it",
        "stuck": f"cannot be cut into pieces of {capacity.slot_units} characters that each show something",
    }
    rows = f" ({trouble.rows})" if trouble.rows else ""
    return Problem(
        code="value-does-not-fit",
        message=f"`{hole.expression}` in {title(trouble.number)} {reasons[trouble.kind]}{rows}.",
        where=_where(hole),
        hint="Shorten the value, for example with a filter, or put words beside it.",
    )


def too_many_slots(needed: int, form: Form, facts: Facts, wide: WideAnswer, *, capacity: Capacity) -> Problem:
    """Return the problem of a group that needs too many slots, however it is merged and split."""
    listed = "; ".join(
        _describe(hole, facts.hole(hole.column), wide, capacity)
        for hole in holes_of(form)
        if facts.measure.equal[hole.column] == hole.column
    )
    return Problem(
        code="too-many-slots",
        message=f"The texts need {needed} slots, a task has {capacity.slots}, and no split of the people gets by with "
        f"{plural(wide.cap, 'task')}. Values: {listed}.",
        where=_where(holes_of(form)[0]),
        hint="Use fewer or shorter values, or raise `[limits] tasks`.",
    )


def _describe(hole: Hole, measure: HoleMeasure, wide: WideAnswer, capacity: Capacity) -> str:
    if measure.constant:
        distinct = "1 value"
    else:
        known = wide.values.get(hole.column)
        distinct = f"{len(known):,} values" if known is not None else f"more than {wide.cap:,} values"
    slots = max(-(-measure.longest // capacity.slot_units), 1)
    place = f" ({_where(hole)})" if hole.path else ""
    return f"`{hole.expression}`{place}: {distinct}, longest {measure.longest}, slots {slots}"


def _where(hole: Hole) -> Where | None:
    return Where(path=hole.path, line=hole.line) if hole.path else None
