"""Files written for a test, and readers opened on them."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from runner.errors import InvalidError, Problem
from runner.sources.audience import open_audience

Write = Callable[..., Path]
Rows = Callable[..., list[tuple[object, ...]]]
Refuse = Callable[..., Problem]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes bytes to a file and returns its path."""

    def write_(content: bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write_


@pytest.fixture
def rows(write: Write) -> Rows:
    """Return a function that reads CSV bytes and returns all rows, row numbers first."""

    def rows_(content: bytes, *, number: str | None = None) -> list[tuple[object, ...]]:
        reader = open_audience(write(content), display="people.csv", limit_rows=1_000, number=number)
        return [row for frame in reader.rows() for row in frame.rows()]

    return rows_


@pytest.fixture
def refuse(rows: Rows) -> Refuse:
    """Return a function that reads CSV bytes that are wrong in one way and returns the problem."""

    def refuse_(content: bytes, *, number: str | None = None) -> Problem:
        with pytest.raises(InvalidError) as caught:
            rows(content, number=number)
        (problem,) = caught.value.problems
        return problem

    return refuse_


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[pl.DataFrame], Path]:
    """Return a function that writes a frame as Parquet and returns its path."""

    def parquet_(frame: pl.DataFrame) -> Path:
        path = tmp_path / "people.parquet"
        frame.write_parquet(path)
        return path

    return parquet_
