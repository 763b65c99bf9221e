"""Calls one by one, a page at a time, with people by pseudonym: what somebody looks through who asks why a figure is so."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import polars as pl

from runner.digest.keyed import keyed_text_column
from runner.frames import (
    CALL,
    CALLED,
    CERTAINTY,
    CONFIRMED,
    COUNTRY,
    DURATION,
    KEY,
    OUTCOME,
    PERSON,
    REPORTED,
    SOURCE,
    SUBMITTED,
)
from runner.model.outcome import Outcome
from runner.report.outcome import beside

PAGE: Final = 50
"""Rows of one page."""

_READ: Final = (
    PERSON,
    CALL,
    COUNTRY,
    SUBMITTED,
    CALLED,
    DURATION,
    KEY,
    OUTCOME,
    CERTAINTY,
    SOURCE,
)
_PSEUDONYM: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NO_KEY: Final = "none"
BY_RECORD, BY_PUSH, CONTRADICTED = "record", "report", "contradicted"
"""What tells of a call: a record, nothing but a push, or both and they differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls are looked for; None = all.

    Attributes:
        known_by: `BY_RECORD`, `BY_PUSH` or `CONTRADICTED`.
        key: that was pressed, or `NO_KEY`.
        person: a pseudonym.
        page: from 1.
    """

    outcome: Outcome | None = None
    known_by: str | None = None
    country: str | None = None
    key: str | None = None
    person: str | None = None
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call of somebody.

    Attributes:
        person: the pseudonym.
        called_at: aware, UTC, else when it was submitted; None where neither is known.
        duration_s: from the answer on; None where it is not known.
    """

    person: str
    called_at: datetime | None
    country: str | None
    outcome: Outcome
    known_by: str
    duration_s: int | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """A page of calls, newest first.

    Attributes:
        found: calls that are wanted, on all pages.
        calls: all calls that something is known of.
        number: of this page, from 1; the last one where a later one was asked for.
        pages: at least 1.
        countries, keys: that occur in any call, for choosing.
    """

    rows: tuple[CallRow, ...]
    found: int
    calls: int
    number: int
    pages: int
    countries: tuple[str, ...]
    keys: tuple[str, ...]


def wanted(asked: Mapping[str, str]) -> Wanted:
    """Return what *asked* says, a query's values by name; what is no choice is left out."""
    outcome, page = asked.get("outcome"), asked.get("page", "")
    known_by = asked.get("known_by")
    return Wanted(
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        known_by=known_by if known_by in {BY_RECORD, BY_PUSH, CONTRADICTED} else None,
        country=asked.get("country") or None,
        key=asked.get("key") or None,
        person=asked.get("person", "").strip().lower() or None,
        page=page_number(page),
    )


def page_number(text: str) -> int:
    """Return the number of a page, at least 1, that *text* says; 1 where it says none."""
    return max(1, int(text)) if text.isascii() and text.isdigit() else 1


def listed(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return one row per call of *outcomes*, newest first: PERSON, COUNTRY, CALLED, DURATION, KEY, OUTCOME, REPORTED, CONFIRMED.

    CALLED is when it was submitted where nothing better is known.
    """
    return (
        beside(outcomes.select(*_READ))
        .with_columns(pl.coalesce(CALLED, SUBMITTED).alias(CALLED))
        .sort(CALLED, CALL, descending=[True, False], nulls_last=True)
        .select(PERSON, COUNTRY, CALLED, DURATION, KEY, OUTCOME, REPORTED, CONFIRMED)
    )


def browse(calls: pl.DataFrame, asked: Wanted, *, subkey: str) -> CallPage:
    """Return the page of *calls*, see `listed`, that is *asked* for.

    Args:
        calls: of one campaign and edition.
        asked: which of them.
        subkey: for pseudonyms; used for nothing else, least of all for the ledger's keys.
    """
    found = _filtered(calls, asked, subkey)
    pages = max(1, -(-found.height // PAGE))
    number = min(asked.page, pages)
    shown = found.slice((number - 1) * PAGE, PAGE)
    return CallPage(
        rows=tuple(_rows(shown, subkey)),
        found=found.height,
        calls=calls.height,
        number=number,
        pages=pages,
        countries=_choices(calls[COUNTRY]),
        keys=_choices(calls[KEY]),
    )


def _filtered(calls: pl.DataFrame, asked: Wanted, subkey: str) -> pl.DataFrame:
    is_wanted = []
    if asked.outcome is not None:
        is_wanted.append(pl.col(OUTCOME) == asked.outcome.value)
    if asked.known_by is not None:
        is_wanted.append(_known_by() == asked.known_by)
    if asked.country is not None:
        is_wanted.append(pl.col(COUNTRY) == asked.country)
    if asked.key is not None:
        is_wanted.append(pl.col(KEY).is_null() if asked.key == NO_KEY else pl.col(KEY) == asked.key)
    if asked.person is not None:
        is_wanted.append(_pseudonym(subkey) == asked.person)
    return calls.filter(*is_wanted) if is_wanted else calls


def _known_by() -> pl.Expr:
    confirmed, reported = pl.col(CONFIRMED), pl.col(REPORTED)
    differs = (confirmed != reported) & (confirmed != "unknown") & (reported != "unknown")
    return (
        pl.when(confirmed.is_null())
        .then(pl.lit(BY_PUSH))
        .when(differs)
        .then(pl.lit(CONTRADICTED))
        .otherwise(pl.lit(BY_RECORD))
    )


def _pseudonym(subkey: str) -> pl.Expr:
    return keyed_text_column(subkey, pl.col(PERSON).cast(pl.String)).str.head(_PSEUDONYM)


def _rows(shown: pl.DataFrame, subkey: str) -> list[CallRow]:
    columns = shown.select(
        _pseudonym(subkey).alias("person"),
        CALLED,
        COUNTRY,
        pl.col(OUTCOME).cast(pl.String),
        _known_by().alias("known_by"),
        DURATION,
        KEY,
    )
    return [
        CallRow(
            person=person,
            called_at=None if called is None else _EPOCH + timedelta(milliseconds=called),
            country=country,
            outcome=Outcome(outcome),
            known_by=known_by,
            duration_s=duration,
            key=key,
        )
        for person, called, country, outcome, known_by, duration, key in columns.iter_rows()
    ]


def _choices(column: pl.Series) -> tuple[str, ...]:
    return tuple(column.drop_nulls().unique().sort().to_list())
