"""Numbers that their country changed; see ``renumbered.toml`` beside this module for the list and its sources.

A person is one telephone, so whoever was called under a number of before is not called again under the present one. People
are stored under the present number, and looked up under every number that it was.
"""

import functools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

import polars as pl

from runner.digest.keyed import keyed_column
from runner.frames import NUMBER, PERSON

CURRENT = "@current"
"""PERSON of somebody in the audience, beside the key that they have under a former number; UInt128."""

FORMER_SCHEMA = pl.Schema({PERSON: pl.UInt128, CURRENT: pl.UInt128})
"""PERSON is the key under a former number here."""

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
    listed = tomllib.loads(files("runner.audience").joinpath("renumbered.toml").read_text(encoding="utf-8"))
    pairs = [
        (one["country"], pair["old"], pair["new"]) for one in listed["change"] for pair in one["numbers"]
    ]
    olds = [old for _, old, _ in pairs]
    return tuple(_change(country, old, new, is_sure=olds.count(old) == 1) for country, old, new in pairs)


@functools.cache
def countries() -> frozenset[str]:
    """Return the regions that the list has."""
    return frozenset(change.country for change in changes())


def is_former() -> pl.Expr:
    """Return whether NUMBER is of a form that some country gave up; null stays null."""
    return pl.col(NUMBER).str.contains("|".join(f"(?:{change.old})" for change in changes()))


def may_be(old: str, new: str) -> bool:
    """Tell whether, by the list, the E.164 number *old* became *new*."""
    return any(change.became(old) == new for change in changes())


def keyed_people(numbers: pl.Series, countries_of: pl.Series, subkey: str) -> tuple[pl.Series, pl.DataFrame]:
    """Return the person key of each of *numbers* (E.164), and the keys that these people have under former numbers.

    Args:
        numbers: of people who can be called.
        countries_of: their regions.
        subkey: of the ledger key.

    Returns:
        PERSON, UInt128, over the present form of each number; and `FORMER_SCHEMA`.
    """
    concerned = sorted(countries() & set(countries_of.unique().drop_nulls()))
    if not concerned:
        return _keys(numbers, subkey).alias(PERSON), _nobody()
    present = _present(numbers, concerned)
    people = pl.DataFrame({NUMBER: present, CURRENT: _keys(present, subkey)})
    of_theirs = people.filter(countries_of.is_in(concerned)).unique(CURRENT)
    former = [
        part.select(_keys(part[NUMBER], subkey).alias(PERSON), CURRENT)
        for part in _formers(of_theirs, concerned)
    ]
    return people[CURRENT].alias(PERSON), pl.concat([_nobody(), *former])


def _keys(numbers: pl.Series, subkey: str) -> pl.Series:
    return numbers.to_frame(NUMBER).select(keyed_column(subkey, pl.col(NUMBER))).to_series()


def _present(numbers: pl.Series, concerned: list[str]) -> pl.Series:
    """Return *numbers* with those that are certainly of a former form in their present one."""
    sure = [change for change in changes() if change.is_sure and change.country in concerned]
    is_old = numbers.str.contains("|".join(f"(?:{change.old})" for change in sure)) if sure else None
    if is_old is None or not is_old.any():
        return numbers
    old = numbers.filter(is_old)
    now = old
    # One after the other, each computed at once: as one expression it would hold itself twice a change.
    for change in sure:
        hit = old.str.contains(change.old)
        now = now.zip_with(~hit, old.str.replace(change.old, change.to_new))
    return numbers.clone().scatter(is_old.arg_true(), now)


def _formers(people: pl.DataFrame, concerned: list[str]) -> Iterator[pl.DataFrame]:
    """Yield, change by change, those of *people* whom it concerns, with the number that they had."""
    for change in changes():
        if change.country in concerned:
            # By its first digits first, which costs a tenth of the pattern.
            near = people.filter(pl.col(NUMBER).str.starts_with(change.to_new.partition("$")[0]))
            found = near.filter(pl.col(NUMBER).str.contains(change.new))
            if found.height:
                yield found.with_columns(pl.col(NUMBER).str.replace(change.new, change.to_old))


def _replaced(number: str, pattern: str, by: str) -> str | None:
    found = re.fullmatch(pattern, number)
    return None if found is None else _GROUP.sub(lambda group: found[int(group[1])], by)


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema=FORMER_SCHEMA)


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
