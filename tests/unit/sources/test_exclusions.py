"""Exclusion lists."""

import pytest

from runner.errors import InvalidError
from runner.sources.exclusions import open_exclusions


@pytest.mark.parametrize(
    ("content", "column"),
    [(b"phone\n+441\n", "phone"), (b"mobile\n+441\n", "mobile"), (b"name,phone\nAnn,+441\n", "phone")],
)
def test_the_column_with_the_numbers(write, content, column):
    """It is the campaign's, or the only one."""
    reader, number = open_exclusions(write(content), display="out.csv", number="phone", limit_rows=9)

    assert number == column
    assert [frame.rows() for frame in reader.rows([number])] == [[(1, "+441")]]


def test_several_columns_without_the_campaigns(write):
    """Which of them holds numbers is not guessed."""
    with pytest.raises(InvalidError) as caught:
        open_exclusions(write(b"name,mobile\nAnn,+441\n"), display="out.csv", number="phone", limit_rows=9)

    assert caught.value.problems[0].code == "missing-column"


def test_a_list_is_read_to_the_last_row(write):
    """A cut list may lack the people that it was made for."""
    reader, _ = open_exclusions(write(b"phone\n+441\n+44"), display="out.csv", number="phone", limit_rows=9)

    with pytest.raises(InvalidError) as caught:
        list(reader.rows())

    assert caught.value.problems[0].code == "cut-file"
