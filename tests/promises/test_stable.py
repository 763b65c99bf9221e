"""Promise 7: order, spelling, comments and the number of ranges change no digest and no task name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.audience import ranges
from tests.promises.conftest import CAMPAIGN, as_csv
from tests.promises.strategies import audiences


def names(plan):
    """Return the digest of *plan* and the names of its tasks."""
    return plan.digest, sorted(task.name for task in plan.campaigns[0].tasks)


@pytest.mark.slow
@given(rows=audiences(min_size=3), order=st.randoms())
def test_permuting_the_audience_changes_nothing(make_repository, rows, order):
    """The same rows in another order are the same plan."""
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv(rows))
    before = names(repository.plan())
    order.shuffle(rows)
    repository.write("campaigns/audience.csv", as_csv(rows))

    assert names(repository.plan()) == before


@pytest.mark.slow
@given(rows=audiences(min_size=3), size=st.sampled_from([1, 2, 5]))
def test_the_number_of_ranges_changes_nothing(make_repository, rows, size):
    """Cut into one key range or many, the plan is the same."""
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv(rows))
    whole = names(repository.plan())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranges, "ROWS_PER_RANGE", size)
        parts = names(repository.plan())

    assert parts == whole


EDITS = {
    "comment": lambda text: "# a comment\n" + text.replace("[voice]", "[voice]  # how it sounds"),
    "order of tables": lambda text: text.replace("[limits]\nper_task = 4\ntasks = 200\n", "").replace(
        "[voice]", "[limits]\nper_task = 4\ntasks = 200\n\n[voice]"
    ),
    "blanks and quotes": lambda text: text.replace('name = "overdue"', "name   =   'overdue'"),
    "owner": lambda text: text.replace('app_id = "app"\n', 'app_id = "app"\nowner = "somebody"\n', 1),
    "blanks": lambda text: text.replace("on_failed = true", "on_failed=true"),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "byte order mark": lambda text: "\ufeff" + text,
    "guard": lambda text: text + "calls = 40_000\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
@settings(max_examples=15)
@given(rows=audiences(min_size=3, max_size=6))
def test_a_cosmetic_edit_changes_nothing(make_repository, edit, rows):
    """Comments, quoting, order, line ends, the owner and the guards enter no digest and no name."""
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv(rows))
    before = names(repository.plan())
    repository.write("campaigns/overdue.toml", edit(CAMPAIGN))

    assert names(repository.plan()) == before


@pytest.mark.slow
@given(rows=audiences(min_size=3, max_size=6))
def test_the_spelling_of_numbers_and_the_file_change_nothing(make_repository, rows):
    """Numbers written internationally, other columns beside, another order of columns, a renamed campaign file."""
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv(rows))
    before = names(repository.plan())
    spelled = [(row[4], "+44" + digits10(row[0]), *row[1:4], "note") for row in rows]
    columns = ("lang", "phone", "name", "amount", "ref", "remark")
    repository.write("campaigns/audience.csv", as_csv(spelled, columns))
    (repository.root / "campaigns/overdue.toml").rename(repository.root / "campaigns/other.toml")

    assert names(repository.plan()) == before


def digits10(number):
    """Return the ten national digits of a British number."""
    return "".join(c for c in number if c.isdigit())[-10:]


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace('"40s"', '"41s"'),
        lambda text: text.replace('app_id = "sms"', 'app_id = "other"'),
        lambda text: text.replace("on_failed = true", "on_failed = true\non_ring = true"),
        lambda text: text.replace('edition = "2026-11"', 'edition = "2026-12"'),
        lambda text: text + '[recall]\nrounds = 1\nevery = "30m"\nwho = "all"\n',
    ],
    ids=["duration", "sms app", "trigger", "edition", "recall"],
)
def test_what_was_reviewed_enters_the_digest(make_repository, edit):
    """A change of what people get, or of how they are called, is another plan with other names."""
    repository = make_repository()
    repository.write("campaigns/audience.csv", as_csv([("07700 900001", "Ann", "5.00", "R", "EN")]))
    digest, tasks = names(repository.plan())
    repository.write("campaigns/overdue.toml", edit(CAMPAIGN))

    changed = names(repository.plan())

    assert changed[0] != digest
    assert changed[1] != tasks
