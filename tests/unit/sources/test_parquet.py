"""Parquet as text."""

import datetime as dt
import hashlib
from decimal import Decimal

import polars as pl
import pytest

from runner.errors import InvalidError, RefusedError
from runner.sources.audience import open_audience


def test_every_plain_type_has_one_spelling(parquet):
    """Numbers, dates and truths become the text that a CSV would hold; null and the empty text are null."""
    day = dt.date(2026, 11, 25)
    path = parquet(
        pl.DataFrame(
            {
                "phone": [447700900001, None],
                "zeros": ["0044", ""],
                "amount": pl.Series([Decimal("10.50"), None], dtype=pl.Decimal(12, 2)),
                "due": [day, None],
                "at": [dt.datetime(2026, 11, 25, 9, 30), None],  # noqa: DTZ001  a column without zone
                "ok": [True, None],
                "city": pl.Series(["Delhi", None], dtype=pl.Categorical),
                "none": pl.Series([None, None], dtype=pl.Null),
            }
        )
    )
    reader = open_audience(path, display="p.parquet", limit_rows=9, number="phone")

    (frame,) = reader.rows()

    assert frame.rows() == [
        (1, "447700900001", "0044", "10.50", "2026-11-25", "2026-11-25T09:30:00", "true", "Delhi", None),
        (2, None, None, None, None, None, None, None, None),
    ]
    assert reader.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (reader.total, reader.estimated_rows) == (2, 2)


@pytest.mark.parametrize("name", ["phone", "other"])
def test_floats_are_refused(parquet, name):
    """A float has many spellings, and a number stored as one has lost its zeros."""
    path = parquet(pl.DataFrame({"phone": ["1"], "other": ["2"]}).with_columns(pl.lit(9.1e11).alias(name)))
    reader = open_audience(path, display="p.parquet", limit_rows=9, number="phone")

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    (problem,) = caught.value.problems
    assert problem.code == "not-text"
    assert problem.message == f"column {name!r} is stored as Float64, which has no one spelling"
    assert problem.hint is not None
    assert (problem.hint == "Store numbers as text.") is (name == "phone")


def test_columns_that_are_not_wanted_are_not_judged(parquet):
    """A wide table may hold anything beside what the campaign reads."""
    path = parquet(pl.DataFrame({"phone": ["1"], "score": [0.5], "tags": [["a", "b"]], "raw": [b"x"]}))
    reader = open_audience(path, display="p.parquet", limit_rows=9, number="phone")

    assert [frame.rows() for frame in reader.rows(["phone"])] == [[(1, "1")]]


@pytest.mark.parametrize(
    "values",
    [
        [["a"]],
        [{"a": 1}],
        [b"x"],
        [dt.timedelta(days=1)],
    ],
)
def test_only_scalar_columns_are_read(parquet, values):
    """Lists, structs, bytes and durations are no cells."""
    reader = open_audience(parquet(pl.DataFrame({"c": values})), display="p.parquet", limit_rows=9)

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    assert caught.value.problems[0].code == "not-text"


@pytest.mark.parametrize("value", [dt.date(2026, 11, 25), True, Decimal("1.5")])
def test_a_number_is_text_or_an_integer(parquet, value):
    """A date or a truth in the number's column means another column was meant."""
    reader = open_audience(
        parquet(pl.DataFrame({"phone": [value]})), display="p.parquet", limit_rows=9, number="phone"
    )

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    assert caught.value.problems[0].hint == "Store numbers as text."


def test_the_footer_is_checked_against_the_limit_before_any_data(parquet):
    """A small file may hold a hundred million rows."""
    path = parquet(pl.select(phone=pl.repeat("447700900001", 2_000_000)))
    assert path.stat().st_size < 200_000

    with pytest.raises(RefusedError) as caught:
        open_audience(path, display="p.parquet", limit_rows=1_000_000)

    assert caught.value.problems[0].message == "p.parquet has 2,000,000 rows, `[limits] rows` is 1,000,000"


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (["+441\n2", "+442"], "break-in-number"),
        (["+441\r", "+442"], "break-in-number"),
        (["+441\0", "+442"], "nul"),
        (["x" * 10_001, "+442"], "long-cell"),
    ],
)
def test_cells_are_as_strict_as_in_csv(parquet, cells, code):
    """What no CSV may hold, no Parquet may."""
    reader = open_audience(
        parquet(pl.DataFrame({"phone": cells})), display="p.parquet", limit_rows=9, number="phone"
    )

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.message.startswith("row 1: ")


def test_rows_are_numbered_through_all_batches(parquet):
    """Row numbers go on from batch to batch, in the order of the file."""
    values = [str(number) for number in range(250_001)]
    reader = open_audience(parquet(pl.DataFrame({"phone": values})), display="p.parquet", limit_rows=300_000)

    frames = list(reader.rows())

    assert max(frame.height for frame in frames) <= 250_000
    whole = pl.concat(frames)
    assert whole["@row"].to_list() == list(range(1, 250_002))
    assert whole["phone"].to_list() == values


def test_names_of_columns_are_checked(parquet):
    """The rules for names are those of CSV headers."""
    with pytest.raises(InvalidError) as caught:
        open_audience(parquet(pl.DataFrame({"@row": ["1"], "a ": ["2"]})), display="p.parquet", limit_rows=9)

    assert [problem.code for problem in caught.value.problems] == ["header-reserved", "header-invisible"]


def test_data_that_is_damaged_is_an_error_without_its_text(parquet):
    """What a library says of damaged data may hold a value, so none of it is shown."""
    path = parquet(pl.DataFrame({"phone": [f"canary{number}" for number in range(1_000)]}))
    content = bytearray(path.read_bytes())
    content[20:200] = bytes(180)
    path.write_bytes(content)
    reader = open_audience(path, display="p.parquet", limit_rows=9_999)

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    (problem,) = caught.value.problems
    assert problem.code == "unreadable-parquet"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
