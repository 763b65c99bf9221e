"""From rows to people: pass 1 normalises and keys rows, pass 2 settles duplicates and exclusions within a key range.

Every result is a function of the set of rows: permuting the file changes nothing but row numbers.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from runner.audience.bulk import COUNTRY
from runner.audience.numbers import Reading, read_numbers
from runner.audience.renumbered import keyed_people
from runner.audience.rows import RowList
from runner.audience.types import check_types
from runner.errors import Problem, Where
from runner.frames import BUCKET, NUMBER, PERSON, REASON, ROW
from runner.model.campaign import ColumnType
from runner.model.plan import Bucket

LIST = "@list"
"""Position of an exclusion list in `exclude`, UInt32."""

SUPPRESSED_SCHEMA = pl.Schema({PERSON: pl.UInt128, LIST: pl.UInt32})
SAME_CONTENT, NOT_PREFERRED = "same content", "not preferred"

_RANK, _GROUP = "@rank", "@group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the rows of an audience become people.

    Attributes:
        number: the column with the number.
        types: of columns that are more than text.
        subkey: of the ledger key, for person keys.
        keep: columns that later steps read, the only ones that stay; all that can tell two rows of one person apart.
    """

    number: str
    reading: Reading
    types: Mapping[str, ColumnType]
    subkey: str
    keep: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Rows of an audience after pass 1.

    Attributes:
        people: PERSON, NUMBER, ROW and the columns kept, typed ones in canonical text; in file order.
        former: `runner.audience.renumbered.FORMER_SCHEMA`: who was somebody else by the numbers of before.
        invalid: ROW and REASON (an `Invalid`) of the rows that cannot be called.
        countries: region → people.
        mistyped: column → rows; see `runner.audience.types.mistyped_problems`.
    """

    people: pl.DataFrame
    former: pl.DataFrame
    invalid: pl.DataFrame
    countries: Mapping[str, int]
    mistyped: Mapping[str, RowList]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A key range after pass 2.

    Attributes:
        people: the frame *people* of `runner.frames`, one row per person, sorted by PERSON, nobody suppressed.
        dropped: ROW, BUCKET (`Bucket.DUPLICATE` or `Bucket.SUPPRESSED`), REASON (of a duplicate) and LIST (of a suppressed row).
        conflicts: rows that share a number with a row of different content, and nothing says which to keep.
    """

    people: pl.DataFrame
    dropped: pl.DataFrame
    conflicts: RowList


def prepare(rows: pl.DataFrame, rules: Rules) -> Prepared:
    """Return the people of *rows* (the frame *rows* of `runner.frames`) and the rows that are nobody to call."""
    read = read_numbers(rows[rules.number], rules.reading)
    frame = rows.select(ROW, *rules.keep).with_columns(read)
    if read[REASON].null_count() == read.height:
        invalid, valid = frame.clear().select(ROW, REASON), frame
    else:
        invalid = frame.filter(pl.col(REASON).is_not_null()).select(ROW, REASON)
        valid = frame.filter(pl.col(REASON).is_null())
    countries = dict(valid[COUNTRY].value_counts().iter_rows())
    typed = check_types(valid, {name: kind for name, kind in rules.types.items() if name in rules.keep})
    persons, former = keyed_people(typed.rows[NUMBER], typed.rows[COUNTRY], rules.subkey)
    people = typed.rows.select(persons, NUMBER, ROW, *rules.keep)
    return Prepared(
        people=people, former=former, invalid=invalid, countries=countries, mistyped=typed.mistyped
    )


def settle(
    people: pl.DataFrame,
    *,
    suppressed: pl.DataFrame,
    prefer: str | None,
    types: Mapping[str, ColumnType],
) -> Settled:
    """Return the people of one key range, each once, without those who are on an exclusion list.

    Args:
        people: all rows that `prepare` gave for this range, in any order.
        suppressed: `SUPPRESSED_SCHEMA`, in any order, persons repeated or not; others than this range's do no harm.
        prefer: of rows with one number and different content that with the smallest value in this column is kept, a
            missing value last, ties by the other columns; None = such rows are conflicts.
        types: of the columns; *prefer* is compared by its type.
    """
    content = [name for name in people.columns if name not in (PERSON, NUMBER, ROW)]
    is_repeated = people[PERSON].is_duplicated()
    if is_repeated.any():
        once = people.filter(~is_repeated)
        kept, duplicates, conflicts = _choose(people.filter(is_repeated), content, prefer, types)
        once = pl.concat([once, kept])
    else:
        once, duplicates, conflicts = people, _dropped_none(), RowList()
    lists = suppressed.group_by(PERSON).agg(pl.col(LIST).min())
    hit = once.select(PERSON, ROW).join(lists, on=PERSON, how="inner")
    if hit.height:
        once = once.join(lists, on=PERSON, how="anti")
    excluded = hit.select(
        ROW, pl.lit(Bucket.SUPPRESSED.value).alias(BUCKET), pl.lit(None, pl.String).alias(REASON), LIST
    )
    return Settled(people=once.sort(PERSON), dropped=pl.concat([duplicates, excluded]), conflicts=conflicts)


def conflict_problem(conflicts: RowList, where: Where) -> Problem:
    """Return the problem that says which rows contradict each other."""
    return Problem(
        code="conflicting-rows",
        message=f"{conflicts}: one number stands in several rows with different content",
        where=where,
        hint="Remove all rows of a number but one, or set `[audience] prefer` to the column whose smallest value is kept.",
    )


def _choose(
    repeated: pl.DataFrame, content: Sequence[str], prefer: str | None, types: Mapping[str, ColumnType]
) -> tuple[pl.DataFrame, pl.DataFrame, RowList]:
    """Return the row to keep of each person, the others as in `Settled.dropped`, and rows in conflict."""
    first = [_RANK] if prefer is not None else []
    ranked = repeated.with_columns(_rank(repeated[prefer], types)) if prefer is not None else repeated
    backwards = [*[False] * (1 + len(first) + len(content)), True, False]
    # Of two numbers of one person, an old and a new one, the same is kept whichever comes first in the file.
    ordered = ranked.sort(PERSON, *first, *content, NUMBER, ROW, nulls_last=True, descending=backwards).drop(
        first
    )
    is_first = ordered[PERSON].is_first_distinct()
    kept, others = ordered.filter(is_first), ordered.filter(~is_first)
    if content:
        best = kept.select(PERSON, pl.struct(content).alias(_GROUP))
        same = (
            others.select(PERSON, pl.struct(content).alias("@own"))
            .join(best, on=PERSON, how="left", maintain_order="left")
            .select(pl.col("@own").eq_missing(pl.col(_GROUP)))
            .to_series()
        )
    else:
        same = pl.repeat(value=True, n=others.height, dtype=pl.Boolean, eager=True)
    conflicts = RowList()
    if prefer is None and not same.all():
        contradicted: Collection[int] = others.filter(~same)[PERSON].unique()
        conflicts = RowList.of(ordered.filter(pl.col(PERSON).is_in(contradicted))[ROW])
    dropped = others.select(
        ROW,
        pl.lit(Bucket.DUPLICATE.value).alias(BUCKET),
        pl.when(same).then(pl.lit(SAME_CONTENT)).otherwise(pl.lit(NOT_PREFERRED)).alias(REASON),
        pl.lit(None, pl.UInt32).alias(LIST),
    )
    return kept, dropped, conflicts


def _rank(values: pl.Series, types: Mapping[str, ColumnType]) -> pl.Series:
    """Return, per value, its place in the order of its type, as RANK; equal values share a place, null stays null."""
    distinct = values.drop_nulls().unique().to_list()
    # Numbers of up to 76 digits fit into no column type. Only repeated people come here, and of them distinct values.
    if types.get(values.name) in (ColumnType.DECIMAL, ColumnType.INTEGER):
        places = {value: place for place, value in enumerate(sorted(set(map(Decimal, distinct))))}
        by_text = {text: places[Decimal(text)] for text in distinct}
    else:
        by_text = {text: place for place, text in enumerate(sorted(distinct))}
    return values.replace_strict(by_text, return_dtype=pl.UInt32).alias(_RANK)


def _dropped_none() -> pl.DataFrame:
    return pl.DataFrame(schema={ROW: pl.UInt32, BUCKET: pl.String, REASON: pl.String, LIST: pl.UInt32})
