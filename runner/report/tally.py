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
from runner.report.outcome import beside, outcome_of, rank

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
_AT, _ROUND, _QUARTER, _REPEATS = "@at", "@round", "@quarter", "@repeats"
_INDEX, _PLACE = "@index", "@place"
_HAS_RUNG, _SMS, _DIFFERS = "@has_rung", "@sms", "@differs"
_QUARTER_S: Final = 900
_UNKNOWN_PLACE: Final = "?"
_KEYS: Final = "0123456789*#"
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
    people = _people(found)
    heard = people.height if since is None and until is None else merged[PERSON].n_unique()
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
        keys=_counted(people, KEY),
        timezone=expected.timezone,
        countries=_parts(cube, pl.col(COUNTRY).fill_null(_UNKNOWN_PLACE)),
        hours=_parts(cube, pl.col(_QUARTER).dt.strftime("%H")),
        rounds=_parts(cube, pl.col(_ROUND).cast(pl.String)),
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
        pl.coalesce(CALLED, SUBMITTED).alias(_AT),
        rang.alias(_HAS_RUNG),
        differs.fill_null(value=False).alias(_DIFFERS),
    )
    return timed.with_columns(*_rounds(timed), _follows(triggers).alias(_SMS))


def _rounds(timed: pl.DataFrame) -> pl.DataFrame:
    """Return the how-manieth of its person each call is, UInt32, and whether its person has several.

    Those of one person at the same millisecond are of the same round: then their order decides nothing.

    Two sorts by one number each and a comparison with the row before: several times as fast as a rank over persons.
    """
    ordered = (
        timed.select(PERSON, _AT)
        .with_row_index(_INDEX)
        .sort(_AT, nulls_last=True)
        .sort(PERSON, maintain_order=True)
        .with_row_index(_PLACE)
    )
    is_other = pl.col(PERSON).ne_missing(pl.col(PERSON).shift())
    is_later = is_other | pl.col(_AT).ne_missing(pl.col(_AT).shift())
    first, place = (pl.when(new).then(_PLACE).forward_fill() for new in (is_other, is_later))
    is_only = is_other & is_other.shift(-1, fill_value=True)
    placed = ordered.select(
        _INDEX, (place - first + 1).cast(pl.UInt32).alias(_ROUND), (~is_only).alias(_REPEATS)
    )
    return placed.sort(_INDEX).select(_ROUND, _REPEATS)


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
        follows |= pl.col(_HAS_RUNG)
    return follows.fill_null(value=False)


def _between(found: pl.DataFrame, since: datetime | None, until: datetime | None) -> pl.DataFrame:
    if since is not None:
        found = found.filter(pl.col(_AT) >= _ms(since))
    return found if until is None else found.filter(pl.col(_AT) < _ms(until))


def _people(found: pl.DataFrame) -> pl.DataFrame:
    """Return one row per person with the best that is known of the calls, the last key, and whether it ever rang."""
    columns = [PERSON, OUTCOME, REPORTED, CONFIRMED, KEY, _HAS_RUNG, _SMS, _DIFFERS]
    best = (OUTCOME, REPORTED, CONFIRMED)
    again = (
        found.lazy()
        .filter(_REPEATS)
        .group_by(PERSON)
        .agg(
            *(rank(name).max() for name in best),
            # A time and a key in one number, so that the latest key is the greatest.
            (pl.col(_AT).fill_null(0) * len(_KEYS) + _number_of_key()).max().alias(KEY),
            *(pl.col(name).any() for name in (_HAS_RUNG, _SMS, _DIFFERS)),
        )
        .with_columns(
            *(outcome_of(pl.col(name)).alias(name) for name in best),
            (pl.col(KEY) % len(_KEYS)).replace_strict(dict(enumerate(_KEYS)), return_dtype=pl.String),
        )
        .select(*columns)
        .collect()
    )
    return pl.concat([found.filter(~pl.col(_REPEATS)).select(*columns), again])


def _number_of_key() -> pl.Expr:
    numbers = {key: at for at, key in enumerate(_KEYS)}
    return pl.col(KEY).replace_strict(numbers, default=None, return_dtype=pl.Int64)


def _cube(found: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Return how many calls share country, round, outcome and quarter of an hour, which is local to *zone* then.

    Every zone that is in use differs from UTC by quarters of an hour, so a quarter lies in one local hour and one day.
    """
    quarter = pl.from_epoch(pl.col(_QUARTER) * _QUARTER_S, time_unit="s").dt.replace_time_zone("UTC")
    return (
        found.lazy()
        .group_by(COUNTRY, _ROUND, OUTCOME, (pl.col(_AT) // (1000 * _QUARTER_S)).alias(_QUARTER))
        .len("count")
        .with_columns(quarter.dt.convert_time_zone(zone))
        .collect()
    )


def _funnel(people: pl.DataFrame, expected: Expected) -> Funnel:
    return Funnel(
        planned=expected.planned,
        accepted=expected.accepted,
        rang=int(people[_HAS_RUNG].sum()),
        answered=people.filter(pl.col(OUTCOME) == "answered").height,
        key=_people_with(people, KEY),
        sms=None if expected.triggers is None else int(people[_SMS].sum()),
    )


def _missing(people: pl.DataFrame, *, silent: int) -> Missing:
    return Missing(
        silent=silent,
        unconfirmed=people.filter(pl.col(CONFIRMED).is_null()).height,
        unknown=people.filter(pl.col(OUTCOME) == "unknown").height,
        contradicted=int(people[_DIFFERS].sum()),
    )


def _durations(found: pl.DataFrame, listening_s: float | None) -> Durations:
    heard = found.filter((pl.col(OUTCOME) == "answered") & pl.col(DURATION).is_not_null())
    median = heard[DURATION].median()
    shares: Mapping[str, int] = {}
    silent = 0
    if listening_s:
        share = (pl.col(DURATION) + _SLACK_S) / listening_s
        named = heard.select(
            KEY,
            pl.when(share >= 1)
            .then(pl.lit(_SHARES[4]))
            .when(share >= 0.75)  # noqa: PLR2004 - as the name says
            .then(pl.lit(_SHARES[3]))
            .when(share >= 0.5)  # noqa: PLR2004
            .then(pl.lit(_SHARES[2]))
            .when(share >= 0.25)  # noqa: PLR2004
            .then(pl.lit(_SHARES[1]))
            .otherwise(pl.lit(_SHARES[0]))
            .alias("share"),
        )
        counted = _counted(named, "share")
        shares = {name: counted.get(name, 0) for name in _SHARES}
        silent = named.filter((pl.col("share") == _SHARES[4]) & pl.col(KEY).is_null()).height
    return Durations(
        calls=heard.height,
        seconds=int(heard[DURATION].sum()),
        median_s=median if isinstance(median, float) else None,
        shares=shares,
        silent_to_the_end=silent,
    )


def _cost(found: pl.DataFrame) -> Cost:
    is_confirmed = pl.col(CONFIRMED).is_not_null()
    return Cost(
        by_currency=_amounts(found.filter(is_confirmed)),
        reported_only=_amounts(found.filter(~is_confirmed)),
        charged_s=int(found.filter(is_confirmed)[CHARGED].sum()),
    )


def _amounts(found: pl.DataFrame) -> Mapping[str, Decimal]:
    """Return the sum of the costs by currency, exact to twelve places."""
    sums = (
        found.lazy()
        .filter(pl.col(COST).is_not_null())
        .group_by(pl.col(CURRENCY).fill_null(""))
        .agg(pl.col(COST).cast(pl.Decimal(38, 12)).sum())
        .sort(CURRENCY)
        .collect()
    )
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
    counts = _counted(people.with_columns(pl.col(column).cast(pl.String)), column)
    return {outcome: counts.get(outcome.value, 0) for outcome in reversed(Outcome)}


def _counted(frame: pl.DataFrame, column: str) -> Mapping[str, int]:
    """Return how often each text occurs in *column*, ascending by text; nulls are left out."""
    counts = frame.lazy().filter(pl.col(column).is_not_null()).group_by(column).len().sort(column).collect()
    return dict(counts.iter_rows())


def _people_with(people: pl.DataFrame, column: str) -> int:
    return people.height - people[column].null_count()


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
