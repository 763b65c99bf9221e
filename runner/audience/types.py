"""Typed columns of an audience: checked strictly, brought to one spelling, and left as text.

The types themselves are made where templates are rendered (`Decimal(text)`, `date.fromisoformat(text)` and so on), so
here a column stays String and holds the canonical text of its values:

=========  =====================================================  ==========================
type       accepted                                               canonical
=========  =====================================================  ==========================
decimal    ``1200``, ``-0.50``, ``+7.0``; 38 digits on each side  as written, digits after
           of a point; no exponent, no thousands separators       the point included, without
                                                                  plus and leading zeros
integer    ``1200``, ``-3``; 38 digits                            likewise
date       ``2026-11-25``, a real day                             as written
boolean    true, false, yes, no, 1, 0, in any case                ``true``, ``false``
=========  =====================================================  ==========================
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

import polars as pl

from runner.audience.rows import RowList
from runner.errors import Problem, Where
from runner.frames import ROW
from runner.model.campaign import ColumnType

_DECIMAL = r"^[+-]?[0-9]{1,38}(?:\.[0-9]{1,38})?$"
_INTEGER = r"^[+-]?[0-9]{1,38}$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_REDUNDANT = r"^(?:\+|-?0[0-9]|-0(?:\.0*)?$)"
_TRUE, _FALSE = ["true", "yes", "1"], ["false", "no", "0"]

_EXAMPLES = {
    ColumnType.DECIMAL: "Write decimals like 1200.50: a point, no thousands separators, no exponent, no currency.",
    ColumnType.INTEGER: "Write integers like 1200, without separators.",
    ColumnType.DATE: "Write dates like 2026-11-25.",
    ColumnType.BOOLEAN: "Write true or false, yes or no, 1 or 0.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What `check_types` found.

    Attributes:
        rows: the frame, typed columns in canonical text; a value not of its type is null.
        mistyped: column → rows whose value is not of its type.
    """

    rows: pl.DataFrame
    mistyped: Mapping[str, RowList]


def check_types(rows: pl.DataFrame, types: Mapping[str, ColumnType]) -> Typed:
    """Check the columns of *rows* that *types* names. A missing value is of every type and stays null."""
    columns: list[pl.Series] = []
    mistyped: dict[str, RowList] = {}
    for name, kind in types.items():
        canonical = _canonical(rows[name], kind)
        wrong = canonical.is_null() & rows[name].is_not_null()
        if wrong.any():
            mistyped[name] = RowList.of(rows[ROW].filter(wrong))
        columns.append(canonical.alias(name))
    return Typed(rows=rows.with_columns(columns), mistyped=mistyped)


def mistyped_problems(
    mistyped: Mapping[str, RowList], types: Mapping[str, ColumnType], where: Where
) -> list[Problem]:
    """Return one problem for each column with values that are not of its type."""
    return [
        Problem(
            code="mistyped-value",
            message=f"column {name!r} is not of type {types[name]} in {rows}",
            where=where,
            hint=_EXAMPLES.get(types[name]),
        )
        for name, rows in sorted(mistyped.items())
        if rows
    ]


def _canonical(values: pl.Series, kind: ColumnType) -> pl.Series:
    """Return the canonical texts of *values*, null where a value is missing or not of its type."""
    match kind:
        case ColumnType.TEXT:
            return values
        case ColumnType.DECIMAL:
            return _plain_number(_where(values, values.str.contains(_DECIMAL)))
        case ColumnType.INTEGER:
            return _plain_number(_where(values, values.str.contains(_INTEGER)))
        case ColumnType.DATE:
            day = values.str.to_date("%Y-%m-%d", strict=False)
            # Python has no year 0, and Polars reads more spellings than this one.
            return _where(values, values.str.contains(_DATE) & day.is_not_null() & (day.dt.year() > 0))
        case ColumnType.BOOLEAN:
            return _boolean(values)
        case _:
            assert_never(kind)


def _plain_number(values: pl.Series) -> pl.Series:
    if not values.str.contains(_REDUNDANT).any():
        return values
    return (
        values.str.replace(r"^\+", "")
        .str.replace(r"^(-?)0+([0-9])", "${1}${2}")
        .str.replace(r"^-(0(?:\.0+)?)$", "${1}")
    )


def _boolean(values: pl.Series) -> pl.Series:
    word = pl.col("word")
    return (
        pl.DataFrame({"word": values.str.to_lowercase()})
        .select(
            pl.when(word.is_in(_TRUE))
            .then(pl.lit("true"))
            .when(word.is_in(_FALSE))
            .then(pl.lit("false"))
            .otherwise(None)
        )
        .to_series()
    )


def _where(values: pl.Series, condition: pl.Series) -> pl.Series:
    return pl.DataFrame({"v": values, "c": condition}).select(pl.when("c").then("v")).to_series()
