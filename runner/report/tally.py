"""From outcomes to figures, in columns: no value is made per person."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import polars as pl

from runner.frames import (
    CALL,
    CALLED,
    CERTAINTY,
    CHARGED,
    CONFIRMED,
    COST,
    COUNTRY,
    CURRENCY,
    DURATION,
    KEY,
    OUTCOME,
    PERSON,
    PICKED_UP,
    RANG,
    REPORTED,
    SOURCE,
    SUBMITTED,
)
from runner.model.campaign import Triggers
from runner.model.outcome import Outcome
from runner.report.figures import Cost, Durations, Expected, Figures, Funnel, Missing, Part
from runner.report.outcome import beside
from runner.report.people import AT, DIFFERS, HAS_RUNG, PEOPLE, ROUND, SMS, numbered, people_of

_READ: Final = (
    PERSON,
    COUNTRY,
    CALL,
    COST,
    CURRENCY,
    KEY,
    SUBMITTED,
    CALLED,
    RANG,
    PICKED_UP,
    DURATION,
    CHARGED,
    OUTCOME,
    CERTAINTY,
    SOURCE,
)
_NO_KEY, _CALLS = "@no_key", "@calls"
_QUARTER: Final = "@quarter"
_QUARTER_S: Final = 900
_UNKNOWN_PLACE: Final = "?"
_SHARES: Final = ("under a quarter", "under a half", "under three quarters", "nearly all", "to the end")
# An answer and a hang-up are noticed late, so who hears all may seem to have missed a second.
_SLACK_S: Final = 1.0


def figures(
    outcomes: pl.DataFrame | pl.LazyFrame,
    expected: Expected,
    *,
    campaign: str,
    edition: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Figures:
    """Return the figures of *outcomes*, see `runner.frames`; they may be folded or not, and in any order.

    Args:
        outcomes: of this campaign and edition alone.
        expected: what is known besides.
        campaign: its name.
        edition: its edition.
        since: aware; calls before it are left out, but for the count of rounds.
        until: aware; calls from it on are left out.
    """
    merged = beside(outcomes.lazy().select(*_READ))
    found = _between(_with_rounds(merged, expected.triggers), since, until)
    people = people_of(found)
    heard = _sum(people) if since is None and until is None else merged[PERSON].n_unique()
    cube = _cube(found, expected.timezone)
    return Figures(
        campaign=campaign,
        edition=edition,
        since=since,
        until=until,
        calls=found.height,
        reported=_people_with(people, REPORTED),
        confirmed=_people_with(people, CONFIRMED),
        funnel=_funnel(people, expected),
        outcomes=_by_outcome(people, OUTCOME),
        by_records=_by_outcome(people, CONFIRMED),
        by_pushes=_by_outcome(people, REPORTED),
        keys=_people_by(people, pl.col(KEY)),
        timezone=expected.timezone,
        countries=_parts(cube, pl.col(COUNTRY).fill_null(_UNKNOWN_PLACE)),
        hours=_parts(cube, pl.col(_QUARTER).dt.strftime("%H")),
        rounds=_parts(cube, pl.col(ROUND).cast(pl.String)),
        days=_parts(cube, pl.col(_QUARTER).dt.strftime("%Y-%m-%d")),
        durations=_durations(found, expected.listening_s),
        cost=_cost(found),
        missing=_missing(people, silent=max(0, expected.accepted - heard)),
        recalls=expected.recalls,
    )


def _with_rounds(merged: pl.DataFrame, triggers: Triggers | None) -> pl.DataFrame:
    """Add when each call began, the how-manieth of its person it is, whether it rang, and whether an SMS should follow."""
    rang = pl.col(RANG).is_not_null() | pl.col(PICKED_UP).is_not_null()
    rang |= pl.col(OUTCOME).is_in(["answered", "voicemail", "busy", "no_answer"])
    confirmed, reported = pl.col(CONFIRMED), pl.col(REPORTED)
    differs = (confirmed != reported) & (confirmed != "unknown") & (reported != "unknown")
    timed = merged.with_columns(
        pl.coalesce(CALLED, SUBMITTED).alias(AT),
        rang.alias(HAS_RUNG),
        differs.fill_null(value=False).alias(DIFFERS),
    )
    return timed.with_columns(*numbered(timed.select(PERSON, AT)), _follows(triggers).alias(SMS))


def _follows(triggers: Triggers | None) -> pl.Expr:
    """Return whether an SMS should follow a call. What the vendor takes for a failure is nowhere said: here, not answered."""
    if triggers is None:
        return pl.lit(value=False)
    is_answered = pl.col(OUTCOME) == "answered"
    follows = pl.lit(value=False)
    if triggers.on_failed:
        follows |= ~is_answered & (pl.col(OUTCOME) != "unknown")
    if triggers.success_after_s is not None:
        follows |= is_answered
    if triggers.key is not None:
        follows |= pl.col(KEY) == triggers.key
    if triggers.on_ring:
        follows |= pl.col(HAS_RUNG)
    return follows.fill_null(value=False)


def _between(found: pl.DataFrame, since: datetime | None, until: datetime | None) -> pl.DataFrame:
    if since is not None:
        found = found.filter(pl.col(AT) >= _ms(since))
    return found if until is None else found.filter(pl.col(AT) < _ms(until))


def _cube(found: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return how many calls share country, round, outcome and quarter of an hour, which is local to *zone* then.

    Every zone that is in use differs from UTC by quarters of an hour, so a quarter lies in one local hour and one day.
    """
    quarter = pl.from_epoch(pl.col(_QUARTER) * _QUARTER_S, time_unit="s").dt.replace_time_zone("UTC")
    return (
        found.lazy()
        .group_by(COUNTRY, ROUND, OUTCOME, (pl.col(AT) // (1000 * _QUARTER_S)).alias(_QUARTER))
        .len("count")
        .with_columns(quarter.dt.convert_time_zone(zone))
        .collect()
    )


def _funnel(people: pl.DataFrame, expected: Expected) -> Funnel:
    return Funnel(
        planned=expected.planned,
        accepted=expected.accepted,
        rang=_sum(people.filter(HAS_RUNG)),
        answered=_sum(people.filter(pl.col(OUTCOME) == "answered")),
        key=_people_with(people, KEY),
        sms=None if expected.triggers is None else _sum(people.filter(SMS)),
    )


def _missing(people: pl.DataFrame, *, silent: int) -> Missing:
    return Missing(
        silent=silent,
        unconfirmed=_sum(people.filter(pl.col(CONFIRMED).is_null())),
        unknown=_sum(people.filter(pl.col(OUTCOME) == "unknown")),
        contradicted=_sum(people.filter(DIFFERS)),
    )


def _durations(found: pl.DataFrame, listening_s: float | None) -> Durations:
    # Calls last one of some hundred numbers of seconds, so the calls of each number are counted.
    heard = (
        found.lazy()
        .filter((pl.col(OUTCOME) == "answered") & pl.col(DURATION).is_not_null())
        .group_by(DURATION, pl.col(KEY).is_null().alias(_NO_KEY))
        .len(_CALLS)
        .sort(DURATION)
        .collect()
    )
    shares: Mapping[str, int] = {}
    silent = 0
    if listening_s:
        share = (pl.col(DURATION) + _SLACK_S) / listening_s
        quarter = (share.clip(0, 1) * 4).floor().cast(pl.UInt8).alias("share")
        named = heard.select(quarter, _NO_KEY, _CALLS)
        counted = dict(named.group_by("share").agg(pl.col(_CALLS).sum()).iter_rows())
        shares = {name: counted.get(at, 0) for at, name in enumerate(_SHARES)}
        silent = int(named.filter((pl.col("share") == len(_SHARES) - 1) & pl.col(_NO_KEY))[_CALLS].sum())
    return Durations(
        calls=int(heard[_CALLS].sum()),
        seconds=int((heard[DURATION].cast(pl.Int64) * heard[_CALLS]).sum()),
        median_s=_median(heard),
        shares=shares,
        silent_to_the_end=silent,
    )


def _median(heard: pl.DataFrame) -> float | None:
    """Return the median of DURATION, which ascends, each as often as there are calls; None without any."""
    up_to = heard[_CALLS].cum_sum()
    calls = int(heard[_CALLS].sum())
    middle = [up_to.search_sorted(at, side="right") for at in ((calls - 1) // 2, calls // 2)]
    return sum(heard[DURATION].gather(middle).to_list()) / 2 if calls else None


def _cost(found: pl.DataFrame) -> Cost:
    is_confirmed = pl.col(CONFIRMED).is_not_null()
    # Calls cost one of a few prices, so the calls of each price are counted, and nothing is added up call by call.
    prices = (
        found.lazy()
        .filter(pl.col(COST).is_not_null())
        .group_by(is_confirmed.alias(CONFIRMED), pl.col(CURRENCY).fill_null(""), COST)
        .len("calls")
        .collect()
    )
    return Cost(
        by_currency=_amounts(prices.filter(CONFIRMED)),
        reported_only=_amounts(prices.filter(~pl.col(CONFIRMED))),
        charged_s=int(found.select(pl.col(CHARGED).filter(is_confirmed).sum()).item()),
    )


def _amounts(prices: pl.DataFrame) -> Mapping[str, Decimal]:
    """Return the sum of the costs by currency, exact to twelve places."""
    amount = pl.col(COST).cast(pl.Decimal(38, 12)) * pl.col("calls").cast(pl.Decimal(38, 0))
    sums = prices.lazy().group_by(CURRENCY).agg(amount.sum()).sort(CURRENCY).collect()
    return {currency: amount.normalize() for currency, amount in sums.select(CURRENCY, COST).iter_rows()}


def _parts(cube: pl.DataFrame, name: pl.Expr) -> tuple[Part, ...]:
    """Return the calls by *name* and outcome, ascending by name, as numbers where names are numbers."""
    counts = (
        cube.lazy()
        .select(name.alias("name"), pl.col(OUTCOME).cast(pl.String), "count")
        .filter(pl.col("name").is_not_null())
        .group_by("name", OUTCOME)
        .agg(pl.col("count").sum())
        .collect()
    )
    parts: dict[str, dict[Outcome, int]] = {}
    for part, outcome, count in counts.iter_rows():
        parts.setdefault(part, {})[Outcome(outcome)] = count
    return tuple(
        Part(name=part, total=sum(parts[part].values()), outcomes=_ordered(parts[part]))
        for part in sorted(parts, key=lambda part: (len(part), part))
    )


def _ordered(counts: Mapping[Outcome, int]) -> Mapping[Outcome, int]:
    return {outcome: counts[outcome] for outcome in reversed(Outcome) if outcome in counts}


def _by_outcome(people: pl.DataFrame, column: str) -> Mapping[Outcome, int]:
    counts = _people_by(people, pl.col(column).cast(pl.String))
    return {outcome: counts.get(outcome.value, 0) for outcome in reversed(Outcome)}


def _people_by(people: pl.DataFrame, text: pl.Expr) -> Mapping[str, int]:
    """Return how many people have each *text*, ascending by text; nulls are left out."""
    named = people.select(text.alias("text"), PEOPLE).filter(pl.col("text").is_not_null())
    return dict(named.group_by("text").agg(pl.col(PEOPLE).sum()).sort("text").iter_rows())


def _people_with(people: pl.DataFrame, column: str) -> int:
    return _sum(people.filter(pl.col(column).is_not_null()))


def _sum(people: pl.DataFrame) -> int:
    return int(people[PEOPLE].sum())


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
