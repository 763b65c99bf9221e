"""A country changes its numbers in the middle of an edition: nobody is called twice, and who opted out stays out."""

import polars as pl
import pytest

from runner.audience.renumbered import FORMER_SCHEMA
from runner.digest.keyed import keyed_column
from runner.frames import NUMBER, PERSON
from tests.e2e.conftest import SAMPLE, Bank

OLD, NEW = "+24106031234", "+24166031234"
OTHER = "+24166031235"


def before_the_list(numbers: pl.Series, _countries: pl.Series, subkey: str) -> tuple[pl.Series, pl.DataFrame]:
    """Key people as a version did that knew of no country which changed its numbers."""
    key = keyed_column(subkey, pl.col(NUMBER)).alias(PERSON)
    return pl.DataFrame({NUMBER: numbers}).select(key).to_series(), pl.DataFrame(schema=FORMER_SCHEMA)


@pytest.fixture
def gabon(bank: Bank) -> Bank:
    """A bank that called somebody in Gabon under the old number, with a version that knew no better."""
    bank.campaign('region = "GB"\ncountries = ["GB"]', 'countries = ["GA"]')
    bank.write("campaigns/audiences/overdue.sample.csv", "\n".join(["phone,name,amount,due", *SAMPLE, ""]))
    bank.audience(f"{OLD},Ann,1.00,2026-12-01")
    with bank.monkeypatch.context() as patch:
        patch.setattr("runner.audience.people.keyed_people", before_the_list)
        assert bank.run("apply", "--ack-calls", 1).code == 0
    return bank


def test_who_was_called_under_the_old_number_is_not_called_under_the_new_one(gabon: Bank) -> None:
    """Nor under the old one again; somebody else of the same country is new, and is called once."""
    gabon.audience(f"{NEW},Ann,1.00,2026-12-01")
    assert gabon.run("plan", "--expect-no-changes").code == 0
    gabon.audience(f"{OLD},Ann,1.00,2026-12-01")
    assert gabon.run("plan", "--expect-no-changes").code == 0

    gabon.audience(f"{NEW},Ann,1.00,2026-12-01", f"{OTHER},Bob,2.00,2026-12-01")
    assert gabon.run("apply", "--ack-calls", 1).code == 0
    assert gabon.run("apply").code == 0
    assert gabon.numbers() == [OLD[1:], OTHER[1:]]


def test_a_call_under_the_old_number_counts_for_the_cap(gabon: Bank) -> None:
    """A cap of one over all campaigns, and a new edition: who was called under the old number is at it."""
    gabon.write("campaigns/policy.toml", "[caps]\ncalls = 1\ndays = 7\n")
    text = (gabon.root / "campaigns/overdue.toml").read_text()
    gabon.write("campaigns/overdue.toml", text.replace("2026-11", "2026-12", 1))
    gabon.audience(f"{NEW},Ann,1.00,2026-12-01", f"{OTHER},Bob,2.00,2026-12-01")

    assert gabon.run("apply", "--ack-calls", 1).code == 0
    assert gabon.numbers() == [OLD[1:], OTHER[1:]]


def test_an_opt_out_under_the_old_number_holds_under_the_new_one(bank: Bank) -> None:
    """Mexico: the exclusion list was written before the 1 was dropped, and is valid by no metadata any more."""
    bank.campaign('region = "GB"\ncountries = ["GB"]', 'countries = ["MX"]\nexclude = ["audiences/out.csv"]')
    bank.write("campaigns/audiences/out.csv", "phone\n+5212221234567\n")
    bank.audience("+522221234567,Ann,1.00,2026-12-01", "+522221234568,Bob,1.00,2026-12-01")

    plan = bank.run("plan", "--format", "json").json()["campaigns"][0]

    assert (plan["suppressed"], plan["calls"]) == (1, 1)
    assert plan["warnings"] == []


def test_a_suppression_holds_under_every_number(gabon: Bank) -> None:
    """Recorded under the old number, with a version that knew no better, or today: under the new one she is not called."""
    gabon.audience(f"{NEW},Ann,1.00,2026-12-01", f"{OTHER},Bob,2.00,2026-12-01")
    text = (gabon.root / "campaigns/overdue.toml").read_text()
    gabon.write("campaigns/overdue.toml", text.replace("2026-11", "2026-12", 1))
    with gabon.monkeypatch.context() as patch:
        patch.setattr("runner.audience.renumbered.keyed_people", before_the_list)
        gabon.run("suppress", "--reason", "asked", typed=f"{OLD}\n")

    first = gabon.run("plan", "--format", "json").json()["campaigns"][0]
    today = gabon.run("suppress", "--reason", "asked", "--format", "json", typed=f"{OLD}\n").json()
    again = gabon.run("suppress", "--reason", "asked", "--format", "json", typed=f"{NEW}\n").json()

    assert (first["suppressed"], first["calls"]) == (1, 1)
    assert [(one["edition"], one["state"], one["people"]) for one in today["held"]] == [
        ("2026-11", "handed_over", 1)
    ]
    assert again["held"] == today["held"]
    assert gabon.run("apply", "--ack-calls", 1).code == 0
    assert gabon.numbers() == [OLD[1:], OTHER[1:]]


def test_forgetting_finds_who_was_called_under_the_old_number(gabon: Bank) -> None:
    """Given the new number, what is known of calls to the old one is erased."""
    gabon.time.skip(900)
    gabon.run("collect")

    forgot = gabon.run("forget", "--reason", "asked", "--format", "json", typed=f"{NEW}\n").json()

    assert (forgot["people"], forgot["tasks"], forgot["reports"]) == (1, 1, 1)
    assert "confirmed" not in gabon.run("who", typed=f"{NEW}\n").out


def test_rows_with_numbers_of_before_are_counted_as_such(bank: Bank) -> None:
    """They cannot be called, and the plan says why."""
    bank.campaign('region = "GB"\ncountries = ["GB"]', 'countries = ["MX"]')
    bank.audience("+522221234567,Ann,1.00,2026-12-01", "+5212221234568,Bob,1.00,2026-12-01")

    plan = bank.run("plan")

    assert "1 invalid: not valid since the country changed its numbers <10 (row 2)" in plan.out


def test_another_version_of_the_numbering_plans_is_told(bank: Bank) -> None:
    """People who were handed over by other metadata are counted in a warning."""
    with bank.monkeypatch.context() as patch:
        patch.setattr("runner.preview.run.metadata_version", lambda: "8.10.2")
        bank.run("apply", "--ack-calls", 3)

    plan = bank.run("plan")

    assert "3 people were handed over by the numbering plans of phonenumbers 8.10.2" in plan.out
    assert plan.code == 0
