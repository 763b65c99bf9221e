"""Promise 11: what is shown does not depend on who the people are, only on how many."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.views.plan_json import plan_value
from runner.views.plan_text import plan_lines
from tests.promises.conftest import as_csv, blinded
from tests.promises.strategies import audiences, digits

UPPER, LOWER, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789"


def turned(text, by):
    """Return *text* with every ASCII letter and digit exchanged for another of its class, *by* places on."""
    for alphabet in (UPPER, LOWER, DIGITS):
        text = "".join(
            alphabet[(alphabet.index(c) + by) % len(alphabet)] if c in alphabet else c for c in text
        )
    return text


@pytest.mark.slow
@given(rows=audiences(), by=st.integers(1, 25), shift=st.integers(1, 400))
def test_other_people_of_the_same_shape_give_the_same_views(make_repository, rows, by, shift):
    """Names, references and numbers exchanged for others of the same form: text and JSON are equal to the byte."""
    rows = [row for row in rows if digits(row[0]) != "700900500"]
    one, other = make_repository(), make_repository()
    others = [(moved(row[0], shift), turned(row[1], by), row[2], turned(row[3], by), row[4]) for row in rows]
    if any(digits(row[0]) == "700900500" for row in others):
        return
    one.write("campaigns/audience.csv", as_csv(rows))
    other.write("campaigns/audience.csv", as_csv(others))

    views = [shown(repository.plan()) for repository in (one, other)]

    assert views[0] == views[1]
    for row in rows:
        assert digits(row[0]) not in views[0]


def moved(number, by):
    """Return another fictional number, spelled likewise."""
    return number[:-3] + f"{(int(number[-3:]) + by) % 1000:03}"


def shown(plan):
    """Return all views of *plan*, without digests and names."""
    text = "\n".join(plan_lines(plan, detail=True))
    return blinded(text + json.dumps(plan_value(plan), ensure_ascii=False))


def test_a_branch_that_one_person_takes_names_nobody(make_repository):
    """A cohort of one person has her name in its skeleton; no view shows it, and the small count is written as <10."""
    repository = make_repository()
    rows = [(f"07700 900{n:03}", "Ann", "5.00", "R", "EN") for n in range(20)]
    rows.append(("07700 900777", "Zenobia Quux", "5000.00", "SECRET", "Klingon"))
    repository.write("campaigns/audience.csv", as_csv(rows))

    views = shown(repository.plan())

    for canary in ("Zenobia", "SECRET", "5,000", "900777", "Klingon"):
        assert canary not in views
    assert "<10" in views
