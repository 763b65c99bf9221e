"""Pass 1: stream the audience, make people of its rows, and leave them in scratch by key range."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from runner.audience.numbers import Reading
from runner.audience.people import SUPPRESSED_SCHEMA, Prepared, Rules, prepare
from runner.audience.ranges import range_count, split
from runner.audience.rows import RowList
from runner.audience.suppression import suppress, unreadable_problem
from runner.audience.types import mistyped_problems
from runner.digest.keys import Label, LedgerKey
from runner.errors import InvalidError, Problem, RefusedError, Where
from runner.frames import REASON, ROW
from runner.model.campaign import Campaign, ColumnType
from runner.planning.variants import columns_of, combinations
from runner.ports import Progress
from runner.preview.columns import column_problems, kept_columns, types_of
from runner.preview.former import Former
from runner.preview.ordered import in_order
from runner.preview.places import audience_place, place_of
from runner.sources.audience import AudienceReader, open_audience
from runner.sources.exclusions import open_exclusions
from runner.sources.scratch import Scratch


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAudience:
    """What pass 1 found.

    Attributes:
        ranges: scratch names of the key ranges, ascending; a range may have no people, and so no file.
        invalid: reason → rows.
        combinations: of the values that settings read.
        suppressed: `SUPPRESSED_SCHEMA`, of all exclusion lists; see `runner.preview.suppressed` for the ledger's.
        former: who was somebody else by the numbers of before.
        inputs: address → SHA-256 of each file that was read.
        warnings: sentences.
    """

    rows: int
    ranges: tuple[str, ...]
    types: dict[str, ColumnType]
    invalid: dict[str, RowList]
    countries: dict[str, int]
    combinations: set[tuple[str, ...]]
    suppressed: pl.DataFrame = field(repr=False)
    former: Former
    inputs: dict[str, str]
    warnings: tuple[str, ...]


@dataclass
class _Tally:
    """What adds up over the frames of an audience."""

    invalid: dict[str, RowList] = field(default_factory=dict)
    countries: Counter[str] = field(default_factory=Counter)
    mistyped: dict[str, RowList] = field(default_factory=dict)
    combinations: set[tuple[str, ...]] = field(default_factory=set)


def open_checked(campaign: Campaign, path: Path, *, shown: str) -> AudienceReader:
    """Return a reader of an audience of *campaign* that has all the columns which its file names.

    Raises:
        InvalidError: it cannot be read, or lacks columns.
        RefusedError: it has more rows than `[limits] rows`.
    """
    limits = campaign.limits
    reader = open_audience(
        path, display=shown, limit_rows=limits.rows, limit_where=campaign.where("limits.rows")
    )
    problems = column_problems(campaign, reader.columns, shown=shown)
    if problems:
        reader.close()
        raise InvalidError(problems)
    reader.look_at(campaign.audience.number)
    return reader


def check_fresh(campaign: Campaign, path: Path, *, now: datetime) -> None:
    """Refuse an audience file that is older than `[audience] fresh`.

    Raises:
        RefusedError: with both ages.
    """
    if campaign.audience.fresh_s is None:
        return
    age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    if age > timedelta(seconds=campaign.audience.fresh_s):
        hours = campaign.audience.fresh_s / 3600
        message = f"{audience_place(campaign)} is {age.total_seconds() / 3600:.1f} hours old, `fresh` allows {hours:g}"
        hint = "export the audience again: people may have paid since"
        raise RefusedError(message, where=campaign.where("audience.fresh"), hint=hint, code="stale-audience")


def read_audience(
    campaign: Campaign,
    reader: AudienceReader,
    *,
    read: Sequence[str],
    key: LedgerKey,
    allow_fiction: bool,
    scratch: Scratch,
    prefix: str,
    progress: Progress,
) -> ReadAudience:
    """Stream *reader*, an audience of *campaign*, into *scratch* and return what was found on the way.

    Args:
        campaign: whose audience it is.
        reader: open; it is closed at the end.
        read: columns that templates read.
        key: for person keys.
        allow_fiction: numbers reserved for fiction may be called.
        scratch: where people go, as ``{prefix}-{range}``.
        prefix: of the scratch names.
        progress: told of rows.

    Raises:
        InvalidError: the file is not read to its last row, values are not of their type, or an exclusion list is
            unreadable; all of it at once.
    """
    audience = campaign.audience
    types = types_of(campaign, reader.columns)
    keep = kept_columns(campaign, reader.columns, read)
    reading = Reading(region=audience.region, countries=audience.countries, allow_fiction=allow_fiction)
    subkey = key.subkey(Label.PERSON)
    rules = Rules(number=audience.number, reading=reading, types=types, subkey=subkey, keep=keep)
    count = range_count(reader.estimated_rows)
    tally = _Tally()
    former = Former(scratch=scratch, prefix=f"{prefix}-former", ranges=count)
    try:
        done = 0
        frames = reader.rows(tuple(dict.fromkeys([*keep, audience.number])))
        for prepared, parts in in_order(lambda frame: _prepared(frame, rules, count), frames):
            _take(prepared, campaign, tally)
            former.add(prepared.former)
            for number, part in parts.items():
                scratch.append(f"{prefix}-{number}", part)
            done += prepared.people.height + prepared.invalid.height
            progress.step("rows read", done=done, total=reader.estimated_rows)
    finally:
        reader.close()
    where = Where(path=audience_place(campaign))
    problems = mistyped_problems(tally.mistyped, types, where)
    suppressed, inputs, warnings = _exclusions(campaign, reading, subkey, problems)
    if problems:
        raise InvalidError(problems)
    return ReadAudience(
        rows=reader.total,
        ranges=tuple(f"{prefix}-{number}" for number in range(count)),
        types=types,
        invalid=tally.invalid,
        countries=dict(tally.countries),
        combinations=tally.combinations,
        suppressed=former.present(suppressed),
        former=former,
        inputs={audience.address: reader.sha256, **inputs},
        warnings=tuple(warnings),
    )


def _prepared(frame: pl.DataFrame, rules: Rules, count: int) -> tuple[Prepared, dict[int, pl.DataFrame]]:
    prepared = prepare(frame, rules)
    return prepared, split(prepared.people, count)


def _take(prepared: Prepared, campaign: Campaign, tally: _Tally) -> None:
    for reason, rows in prepared.invalid.partition_by(REASON, as_dict=True).items():
        name = str(reason[0])
        tally.invalid[name] = tally.invalid.get(name, RowList()) + RowList.of(rows[ROW])
    tally.countries.update(prepared.countries)
    for column, wrong in prepared.mistyped.items():
        tally.mistyped[column] = tally.mistyped.get(column, RowList()) + wrong
    tally.combinations |= combinations(prepared.people, columns_of(campaign))


def _exclusions(
    campaign: Campaign, reading: Reading, subkey: str, problems: list[Problem]
) -> tuple[pl.DataFrame, dict[str, str], list[str]]:
    audience = campaign.audience
    frames = [pl.DataFrame(schema=SUPPRESSED_SCHEMA)]
    inputs: dict[str, str] = {}
    warnings: list[str] = []
    for position, (path, address) in enumerate(
        zip(audience.exclude, audience.exclude_addresses, strict=True)
    ):
        shown = place_of(campaign, address)
        unreadable, ignored = RowList(), RowList()
        try:
            reader, number = open_exclusions(
                path,
                display=shown,
                number=audience.number,
                limit_rows=campaign.limits.rows,
                limit_where=campaign.where("limits.rows"),
            )
            for frame in reader.rows((number,)):
                found = suppress(frame, number=number, reading=reading, subkey=subkey, position=position)
                frames.append(found.people)
                unreadable, ignored = unreadable + found.unreadable, ignored + found.ignored
            inputs[address] = reader.sha256
            reader.close()
        except InvalidError as error:
            problems += error.problems
        if unreadable:
            problems.append(unreadable_problem(unreadable, Where(path=shown)))
        if ignored:
            warnings.append(f"{shown}: {ignored} hold no valid number and exclude nobody")
    return pl.concat(frames), inputs, warnings
