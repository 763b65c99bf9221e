"""Rows by variant and form, and by the keys of a split."""

from collections.abc import Iterator, Sequence

import polars as pl

from runner.compile.slots.layout import Group, Key, KeyValue, key_values
from runner.frames import FORM, VARIANT


def by_group(rows: pl.DataFrame) -> Iterator[tuple[Group, pl.DataFrame]]:
    """Yield the rows of each variant and form; of none where there are no rows."""
    if not rows.height:
        return
    by = pl.col(VARIANT, FORM)
    ends = rows.select(by.min().name.suffix(" min"), by.max().name.suffix(" max")).row(0)
    # Most campaigns are one group, and partitioning copies every row.
    if ends[:2] == ends[2:]:
        yield Group(ends[0], ends[1]), rows
        return
    for (variant, form), part in rows.partition_by(VARIANT, FORM, as_dict=True).items():
        yield Group(variant, form), part


def by_keys(
    rows: pl.DataFrame, keys: Sequence[Key], slot_units: int
) -> dict[tuple[KeyValue, ...], pl.DataFrame]:
    """Return the rows of each combination of the values of *keys* that occurs."""
    names = [f"@key{index}" for index, _ in enumerate(keys)]
    values = [key_values(rows, key, slot_units).alias(name) for key, name in zip(keys, names, strict=True)]
    return rows.with_columns(values).partition_by(names, as_dict=True, include_key=False)
