"""The list of numbers that their country changed, and what it says of one number: without the library of columns.

``renumbered.toml`` beside this module has the list and its sources; `runner.audience.renumbered` does the same in bulk.
"""

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

_WRITTEN = re.compile(r"[0-9]+(?:[0-9x ])*")
_RUN = re.compile("x+|[0-9]+")
_GROUP = re.compile(r"\$\{([0-9])\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One form of number before and after: patterns of whole E.164 numbers with plus, and what takes their place.

    Attributes:
        is_sure: an old number of this form became this and nothing else.
    """

    country: str
    old: str
    new: str
    to_new: str
    to_old: str
    is_sure: bool

    def became(self, old: str) -> str | None:
        """Return what the number *old* is now; None where it is not of the old form."""
        return _replaced(old, self.old, self.to_new)

    def was(self, new: str) -> str | None:
        """Return what the number *new* was; None where it is not of the new form."""
        return _replaced(new, self.new, self.to_old)


@functools.cache
def changes() -> tuple[Change, ...]:
    """Return the list, in its order.

    Raises:
        ValueError: it says something that cannot be meant.
    """
    listed = tomllib.loads(_text())
    pairs = [
        (one["country"], pair["old"], pair["new"]) for one in listed["change"] for pair in one["numbers"]
    ]
    olds = [old for _, old, _ in pairs]
    return tuple(_change(country, old, new, is_sure=olds.count(old) == 1) for country, old, new in pairs)


@functools.cache
def _text() -> str:
    return Path(__file__).with_name("renumbered.toml").read_text(encoding="utf-8")


@functools.cache
def countries() -> frozenset[str]:
    """Return the regions that the list has."""
    return frozenset(change.country for change in changes())


def may_be(old: str, new: str) -> bool:
    """Tell whether, by the list, the E.164 number *old* became *new*."""
    return any(change.became(old) == new for change in changes())


def numbers_of(number: str, country: str | None) -> tuple[str, ...]:
    """Return the numbers under which the person with this E.164 *number* may be known: the present one, then former ones.

    Args:
        number: as it was said, perhaps of a form that its country gave up.
        country: its region; None: not known.
    """
    if country is None or f'"{country}"' not in _text():
        return (number,)  # told without reading the list, which takes longer than looking somebody up
    concerned = [change for change in changes() if change.country == country]
    became = [now for change in concerned if change.is_sure and (now := change.became(number)) is not None]
    present = became[-1] if became else number
    former = (change.was(present) for change in concerned)
    return (present, *(was for was in former if was is not None))


def _replaced(number: str, pattern: str, by: str) -> str | None:
    found = re.fullmatch(pattern, number)
    return None if found is None else _GROUP.sub(lambda group: found[int(group[1])], by)


def _change(country: str, old: str, new: str, *, is_sure: bool) -> Change:
    olds, news = (_RUN.findall(text) for text in (_compact(old), _compact(new)))
    wild = [run for run in olds if "x" in run]
    if wild != [run for run in news if "x" in run] or not wild or old == new:
        msg = "renumbered.toml: the digits that stay are the same on both sides"
        raise ValueError(msg)
    return Change(
        country=country,
        old=_pattern(olds),
        new=_pattern(news),
        to_new=_replacement(news),
        to_old=_replacement(olds),
        is_sure=is_sure,
    )


def _compact(text: str) -> str:
    if not _WRITTEN.fullmatch(text):
        msg = "renumbered.toml: a number is digits, x and blanks, and begins with a calling code"
        raise ValueError(msg)
    return text.replace(" ", "")


def _pattern(runs: list[str]) -> str:
    return "^\\+" + "".join(f"([0-9]{{{len(run)}}})" if "x" in run else run for run in runs) + "$"


def _replacement(runs: list[str]) -> str:
    groups = iter(range(1, len(runs) + 1))
    return "+" + "".join(f"${{{next(groups)}}}" if "x" in run else run for run in runs)
