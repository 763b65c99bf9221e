"""What a `runner cancel` did, as text: numbers first, then what to do next."""

from collections.abc import Iterable

from runner.apply.take_back import TakeBackOutcome, TakenBack
from runner.counts import people, plural
from runner.errors import Exit

_NEXT = {
    Exit.PARTIAL: "Who is being called cannot be stopped by this. Running the same command again is safe.",
    Exit.IN_DOUBT: "Some outcomes are unknown: see `runner status`. Running the same command again goes on looking them up.",
    Exit.UNAVAILABLE: "The vendor could not be reached: run the same command again.",
}


def taken_back_lines(outcome: TakeBackOutcome) -> list[str]:
    """Return what became of each campaign, and the next step."""
    lines = [line for campaign in outcome.campaigns for line in _campaign(campaign)]
    following = _NEXT.get(outcome.exit, "")
    return [*lines, *(["", following] if following else [])]


def _campaign(one: TakenBack) -> Iterable[str]:
    head = f"{one.name} {one.edition}"
    if one.error is not None:
        yield f"{head}: stopped before it was done"
    else:
        yield f"{head}: withdrawn; a new edition calls again"
    for number, words in (
        (one.withdrawn, "taken back, nobody of them called"),
        (one.called, "could not be stopped any more" if one.is_calling else "were called before"),
        (one.in_doubt, "in doubt"),
    ):
        if number:
            yield f"{head}: {people(number)} {words}"
    if one.stopped:
        yield f"{head}: recall rounds of {plural(one.stopped, 'task')} cancelled before they began"
    if one.to_come:
        yield f"{head}: recall rounds of {plural(one.to_come, 'task')} may still ring; `runner status` shows them"
