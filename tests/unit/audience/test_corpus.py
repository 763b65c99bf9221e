"""An upgrade of `phonenumbers` that reads a number otherwise is a decision, not an accident."""

import csv
from pathlib import Path

import phonenumbers

from runner.audience.library import ask
from runner.audience.renumbered import changes, may_be

CORPUS = Path(__file__).with_name("corpus.csv")

WHAT_TO_DO = """\
phonenumbers {version} reads {count} numbers of the corpus otherwise than the version before, for example:
{examples}
Whoever was called under another number would be called again, and whose number is not valid any more is dropped.
Find out what each of these countries changed. Where it renumbered, add the change to runner/audience/renumbered.toml with
its source and date; then this test passes over it. Where the library only learned of a new range, or corrected itself,
nothing is to be listed. When every country above was looked at: `python tests/unit/audience/corpus.py`, read the
difference, commit it with the upgrade, and say in CHANGELOG.md which countries are read otherwise.
"""


def rows() -> list[dict[str, str]]:
    """Return the corpus."""
    with CORPUS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_listed(before: str, after: str) -> bool:
    """Tell whether the list of renumbered countries knows of a number that became another, or is not valid any more."""
    return may_be(before, after) or (before == after and any(change.became(before) for change in changes()))


def test_no_number_is_read_otherwise_than_it_was():
    """Verdict and E.164 of each number are those of the corpus, or the change is listed."""
    changed = []
    for row in rows():
        verdict = ask(row["number"], home=None)
        now = (verdict.reason.value if verdict.reason else "valid", verdict.number or "")
        if now != (row["verdict"], row["e164"]) and not is_listed(row["e164"], now[1]):
            changed.append(
                f"  {row['country']} {row['number']}: was {row['verdict']} {row['e164']}, is {now[0]} {now[1]}"
            )
    message = WHAT_TO_DO.format(
        version=phonenumbers.__version__, count=len(changed), examples="\n".join(changed[:20])
    )
    assert not changed, message


def test_the_corpus_has_every_region_and_every_change():
    """A country that is missing here would be one whose renumbering nobody notices."""
    found = rows()

    # Their examples are numbers of Guadeloupe and of Morocco just as well, which is whom the library gives them to.
    assert {row["country"] for row in found} >= phonenumbers.SUPPORTED_REGIONS - {"MF", "EH"}
    assert len(found) > 1000
    for change in changes():
        assert any(change.became(row["number"]) for row in found), change
        assert any(change.was(row["number"]) for row in found), change


def test_what_became_of_a_number_is_told_apart():
    """Mexico's 1 is listed; a number that became any other is not."""
    assert is_listed("+5212221234567", "+522221234567")
    assert is_listed("+5212221234567", "+5212221234567")
    assert not is_listed("+5212221234567", "+522221234568")
    assert not is_listed("+442071234567", "+44207123456")
