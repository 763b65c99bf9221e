"""What else goes wrong, or goes on, while a real process is ended at a boundary."""

from collections.abc import Callable

from runner.apply.boundary import Boundary
from runner.cli.plan_file import read_plan
from tests.crash.real import PEOPLE, RECORDED, SPOKEN, WAITING, Bank


def nothing(_bank: Bank) -> None:
    """Let nothing go wrong beside the kill."""


def an_answer_is_lost(bank: Bank) -> None:
    """Let the answer to the second task be lost."""
    bank.sandbox.lose_an_answer(skip=1)


def three_have_paid(bank: Bank) -> None:
    """Hand six people over for the day after tomorrow, and take three of them out of the audience."""
    assert bank.apply() == 0, bank.log.read_text()
    bank.people = PEOPLE[::2]
    bank.write_people()
    (bank.root / "plan.json").unlink()
    assert bank.run("plan", "--out", "plan.json") == 0, bank.log.read_text()
    bank.calls = read_plan(bank.root / "plan.json").calls


def all_are_taken_back(bank: Bank) -> None:
    """Hand six people over for the day after tomorrow, and take the campaign back by `runner cancel`."""
    assert bank.apply() == 0, bank.log.read_text()
    bank.people = ()
    bank.takes_back = True


def three_have_paid_and_an_answer_is_lost(bank: Bank) -> None:
    """The same, and the answer to the first cancel is lost, after the vendor obeyed."""
    three_have_paid(bank)
    bank.sandbox.lose_an_answer(endpoint="cancel")


def all_are_taken_back_and_an_answer_is_lost(bank: Bank) -> None:
    """The same, and the answer to the first cancel is lost, after the vendor obeyed."""
    all_are_taken_back(bank)
    bank.sandbox.lose_an_answer(endpoint="cancel")


SITUATIONS: dict[str, tuple[str, Callable[[Bank], None]]] = {
    "nothing special": (SPOKEN, nothing),
    "an answer is lost": (SPOKEN, an_answer_is_lost),
    "a recording is uploaded": (RECORDED, nothing),
    "three have paid": (WAITING, three_have_paid),
    "all are taken back": (WAITING, all_are_taken_back),
    "a recording is uploaded, an answer is lost": (RECORDED, an_answer_is_lost),
    "three have paid, an answer is lost": (WAITING, three_have_paid_and_an_answer_is_lost),
    "all are taken back, an answer is lost": (WAITING, all_are_taken_back_and_an_answer_is_lost),
}
ELSEWHERE = {
    Boundary.UPLOADED: "a recording is uploaded",
    Boundary.WITHDRAWN: "all are taken back",
    Boundary.CANCEL_INTENDED: "three have paid",
    Boundary.CANCEL_ASKED: "three have paid",
    Boundary.CANCEL_SEEN: "three have paid",
    Boundary.CANCEL_RECORDED: "three have paid",
    Boundary.REPLACED: "three have paid",
}
"""Boundaries that are passed in one situation only, with an answer lost and without; all others are crashed at in the first two."""


def lost(boundary: Boundary) -> str:
    """Return the situation in which *boundary* is passed and an answer is lost."""
    return f"{ELSEWHERE[boundary]}, an answer is lost" if boundary in ELSEWHERE else "an answer is lost"
