"""What was suppressed, and what is left to do, as text. No number is in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.collect.holding import Holding, State
from runner.counts import people, plural
from runner.model.halt import Halt
from runner.views.halt_text import halt_lines

_LEFT = {
    State.WAITING: "waiting in",
    State.TAKEN_BACK: "taken back with",
    State.IN_DOUBT: "in doubt, perhaps handed over, in",
    State.HANDED_OVER: "handed over in",
}

_NOT_HERE = "but no campaign file here has this edition: apply with the one that has, or cancel it in the vendor's console"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a `runner suppress` did.

    Attributes:
        lifted: it ended suppressions.
        asked: people on stdin.
        new: of them, for how many it is new.
        suppressed: how many people are suppressed now, in all.
        held: tasks that hold some of them and are not known to be over.
        in_files: campaigns and editions that an apply takes up from here.
        halt: the stop that keeps apply from taking anything back.
    """

    environment: str
    lifted: bool
    asked: int
    new: int
    suppressed: int
    held: tuple[Holding, ...]
    in_files: frozenset[tuple[str, str]] = frozenset()
    halt: Halt | None = None

    def is_in_files(self, one: Holding) -> bool:
        """Tell whether an apply from here takes up the edition of *one*."""
        return (one.task.task.campaign, one.task.task.edition) in self.in_files


def suppressed_lines(recorded: Recorded) -> list[str]:
    """Return what was recorded, and which tasks still hold some of these people."""
    old = recorded.asked - recorded.new
    if recorded.lifted:
        what = f"{people(recorded.new)} may be called again by campaigns"
        rest = f"; {people(old)} not suppressed before" if old else ""
    else:
        what = f"{people(recorded.new)} suppressed: called by no campaign and no edition any more"
        rest = f"; {people(old)} suppressed before" if old else ""
    lines = [
        f"{recorded.environment}: {what}{rest}",
        f"{recorded.environment}: {people(recorded.suppressed)} suppressed in all",
    ]
    lines += [line for one in recorded.held for line in _held(one, is_in_files=recorded.is_in_files(one))]
    if recorded.halt is not None:
        lines += [
            "but nothing is taken back and sent again while everything is stopped:",
            *halt_lines(recorded.halt),
        ]
    return lines


def suppressed_status(number: int) -> list[str]:
    """Return the lines of `runner status`; nothing where nobody is suppressed."""
    return ["", f"{people(number)} suppressed: called by no campaign"] if number else []


def _held(one: Holding, *, is_in_files: bool) -> Iterator[str]:
    task = one.task
    yield (
        f"! {task.task.campaign} {task.task.edition}: {people(one.people)} {_LEFT[one.state]} a request of "
        f"{people(task.people)} for {task.sending.calls_at:%Y-%m-%d %H:%M} UTC, task {task.task.name}"
    )
    match one.state:
        case State.WAITING:
            until = "" if one.until is None else f", until {one.until:%Y-%m-%d %H:%M} UTC"
            others = " and sends the others again" if one.has_others else ""
            yield f"    `runner apply` takes it back{others}{until}"
            if not is_in_files:
                yield f"    {_NOT_HERE}"
        case State.TAKEN_BACK:
            yield (
                "    `runner apply` sends the others again"
                if one.has_others
                else "    nobody else is in it: `runner apply` notes that nothing of it is left to do"
            )
            if not is_in_files:
                yield f"    {_NOT_HERE}"
        case State.IN_DOUBT:
            yield "    not stopped by this: it may ring. `runner apply` looks it up and never sends it to them again"
        case State.HANDED_OVER:
            rounds = task.sending.rings - 1
            more = f", with {plural(rounds, 'recall round')}" if rounds else ""
            yield f"    not stopped by this: it may ring{more}. `runner collect` learns what became of it"
