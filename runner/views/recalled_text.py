"""What `runner recall` wrote, as text. People appear as counts only."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.counts import count, people
from runner.model.campaign import Again, Campaign, Missed
from runner.planning.recalling import CHOSEN
from runner.views.visible import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What is said of the people of an earlier edition.

    Attributes:
        again: as it is to be written.
        kinds: those to be called again, by what became of them.
        said: everybody of whom anything is known, by `runner.planning.recalling.CHOICE_TYPE`.
    """

    again: Again
    kinds: Mapping[Missed, int]
    said: Counter[str]

    @property
    def calls(self) -> int:
        """Return how many would be called again now, as far as they are in the audience."""
        return self.said[CHOSEN]


def recalled_lines(
    recalled: Recalled, *, campaign: Campaign, edition: str, is_written: bool, warnings: Sequence[str]
) -> list[str]:
    """Return whom *edition* of *campaign* calls again, whom not and why, *warnings*, and what was done to the file."""
    done = _done(visible(campaign.path), is_written=is_written)
    return [*_lines(recalled, campaign, edition), *(f"  warning: {visible(one)}" for one in warnings), done]


def not_recalled_text(recalled: Recalled) -> str:
    """Return in words who is not called again, and why."""
    others = [(kind, number) for kind, number in sorted(recalled.said.items()) if kind != CHOSEN]
    return (
        ", ".join(f"{kind.replace('_', ' ')} {count(number)}" for kind, number in others)
        or "nothing is confirmed"
    )


def _lines(recalled: Recalled, campaign: Campaign, edition: str) -> Iterator[str]:
    again = recalled.again
    yield f"{campaign.name} {edition}: {people(recalled.calls)} of {again.of} to be called again, by call records alone"
    for kind in again.outcomes:
        yield f"  + {count(recalled.kinds.get(kind, 0))} {kind.value.replace('_', ' ')}"
    if set(recalled.said) - {CHOSEN}:
        yield f"  - not called again: {not_recalled_text(recalled)}"
    if Missed.VOICEMAIL in again.outcomes:
        yield "  a call record cannot tell a machine from a person: voicemails that were only pushed count as answered"


def _done(path: str, *, is_written: bool) -> str:
    if not is_written:
        return f"{path} says so already: nothing was changed."
    return f"{path}: `edition` and `[again]` are written. Have the change reviewed; `runner plan {path}` shows whom it calls."
