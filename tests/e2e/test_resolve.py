"""A doubt that a person settles from the command line."""

from tests.e2e.conftest import Bank


def test_a_doubt_is_settled_by_a_statement(bank: Bank) -> None:
    """Lost on its way and looked for in vain, a task stated sent ends the doubt; the number of its people binds."""
    bank.fault("close", endpoint="send", when="before")
    assert bank.run("apply", "--ack-calls", 3).code == 10
    (task,) = bank.run("status", "--format", "json").json()["campaigns"][0]["tasks"]
    said = ("resolve", task["name"], "--accepted", "--reason", "the vendor's support saw it")

    refused = bank.run(*said, "--people", 4)
    settled = bank.run(*said, "--people", 3)

    assert refused.code == 6
    assert "has 3 people, not 4" in refused.err
    assert settled.code == 0
    assert "sent, as a person stated: the vendor's support saw it" in settled.out
    assert bank.run("apply").code == 0
    assert bank.engine.summary()["tasks"] == 0


def test_absence_is_not_stated_while_the_request_may_still_arrive(bank: Bank) -> None:
    """Minutes after it was signed, nobody may say that it never arrived."""
    bank.fault("close", endpoint="send", when="before")
    bank.run("apply", "--ack-calls", 3)
    (task,) = bank.run("status", "--format", "json").json()["campaigns"][0]["tasks"]

    early = bank.run("resolve", task["name"], "--absent", "--reason", "nothing in the console", "--people", 3)

    assert early.code == 6
    assert "may still arrive" in early.err
    assert bank.run("resolve", task["name"], "--reason", "x", "--people", 3).code == 64


def test_a_statement_has_a_reason_that_can_be_shown(bank: Bank) -> None:
    """Neither an empty reason nor a page of it is kept for good."""
    for reason in (" ", "because " * 63):
        for command in (("resolve", "bank.e1.1", "--accepted"), ("ledger", "reopen", "bank", "e1")):
            said = bank.run(*command, "--people", 3, "--reason", reason)

            assert said.code == 64
            assert "1 to 500 characters" in said.err
