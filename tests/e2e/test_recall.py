"""`runner recall`: an edition of those whom an earlier one missed, as call records confirm it."""

import io
import tomllib
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner.cli.main import run
from runner.digest.keyed import keyed
from runner.digest.keys import Label, LedgerKey
from runner.frames import CALL, CALLED, CERTAINTY, COUNTRY, KEY, OUTCOME, OUTCOME_SCHEMA, PERSON, SOURCE
from runner.ledger.open import open_writer
from runner.model.outcome_fact import TaskOutcomes
from runner.model.task_fact import TaskDoubtful
from runner.planning.history import fold
from tests.e2e.conftest import HEADER, Bank, Terminal, lines_with

FILE = "campaigns/overdue.toml"
NUMBERS = [f"+4477009000{n:02}" for n in range(10, 20)]

Said = tuple[str, str, str | None]
"""An outcome, who says so, and the key that was pressed."""


def audience(bank: Bank, *numbers: str) -> None:
    """Write an audience of these people."""
    bank.write(
        "campaigns/audiences/overdue.csv",
        "\n".join([HEADER, *(f"{number},Pat,1.00,2026-12-01" for number in numbers), ""]),
    )


def learn(bank: Bank, said: Mapping[str, list[Said]], *, edition: str = "2026-11", start: int = 0) -> None:
    """Let the ledger have learned this of people of *edition*, in calls that are numbered from *start* on."""
    secret = (bank.ledger.parent / "ledger.key").read_text().strip()
    subkey = LedgerKey(secret).subkey(Label.PERSON)
    writer = open_writer(f"sqlite:///{bank.ledger}", environment="sandbox", key_id=None)
    (task,) = fold(writer.entries(campaigns=["overdue"], edition=edition)).tasks
    rows = [
        dict.fromkeys(OUTCOME_SCHEMA)
        | {
            PERSON: keyed(subkey, number),
            COUNTRY: "GB",
            CALL: f"{edition}-{number}-{start + at}",
            CALLED: 1_795_510_800_000 + 60_000 * at,
            KEY: key,
            OUTCOME: outcome,
            CERTAINTY: 1,
            SOURCE: source,
        }
        for number, calls in said.items()
        for at, (outcome, source, key) in enumerate(calls)
    ]
    frame = pl.DataFrame(rows, schema=OUTCOME_SCHEMA, orient="row")
    fact = TaskOutcomes(task=task.task, rows=frame.height, confirmed=0)
    writer.record_outcomes([(fact, frame)], now=datetime.now(UTC))


def called(bank: Bank, edition: str) -> list[str]:
    """Return the last two digits of the numbers that *edition* called, ascending."""
    return sorted(call["number"][-2:] for call in bank.calls() if f".{edition}." in call["task_name"])


@pytest.fixture
def missed(bank: Bank) -> Bank:
    """Ten people were called in 2026-11, and this became of them."""
    audience(bank, *NUMBERS)
    assert bank.run("apply", "--ack-calls", 10).code == 0
    said: list[list[Said]] = [
        [("no_answer", "record", None)],  # 10
        [("busy", "record", None)],  # 11
        [("answered", "record", "6")],  # 12
        [("answered", "record", None)],  # 13
        [("no_answer", "push", None)],  # 14: anybody could have pushed that
        [("no_answer", "record", None), ("answered", "record", None)],  # 15: reached in the second call
        [("busy", "record", None), ("no_answer", "record", None), ("answered", "push", None)],  # 16
        [("failed", "record", None)],  # 17
        [("unknown", "record", None), ("answered", "push", None)],  # 18
        [],  # 19: nothing was heard
    ]
    learn(bank, {number: calls for number, calls in zip(NUMBERS, said, strict=True) if calls})
    return bank


def test_those_missed_are_called_again_once(missed: Bank) -> None:
    """Written, planned, reviewed, applied: exactly those with a confirmed outcome that was named, and then nobody."""
    before = (missed.root / FILE).read_text()

    written = missed.run("recall", FILE, "--edition", "2026-11-again", "--outcomes", "busy,no_answer")
    plan = missed.run("plan", "--out", "plan.json")
    applied = missed.run("apply", "--plan", "plan.json", "--ack-calls", 3)

    assert written.code == 0, written.all
    assert "overdue 2026-11-again: 3 people of 2026-11 to be called again" in written.out
    assert lines_with(written.out, "+ 1 no answer")
    assert lines_with(written.out, "+ 2 busy")
    after = (missed.root / FILE).read_text()
    new = before.replace('edition = "2026-11"', 'edition = "2026-11-again"')
    assert after.startswith(new + '\n[again]\nof = "2026-11"\noutcomes = ["no_answer", "busy"]\nas_of = "')
    assert tomllib.loads(after)["again"]["people"] == 3
    (line,) = lines_with(plan.out, "not to be recalled")
    assert " 7 not to be recalled: " in line
    assert "answered in 2026-11 <10" in line
    assert "nothing confirmed in 2026-11 <10" in line
    assert lines_with(plan.out, "10 accounted for of 10 rows")
    assert lines_with(
        plan.out, "settings", "again: only those of 2026-11 with a confirmed no_answer, busy: 3 people as of"
    )
    assert applied.code == 0, applied.all
    assert called(missed, "2026-11-again") == ["10", "11", "16"]
    assert missed.run("plan", "--expect-no-changes").code == 0


def test_without_a_key(missed: Bank) -> None:
    """Who answered and pressed nothing in any call is called again where the campaign does something with keys."""
    refused = missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_key")
    path = missed.root / FILE
    path.write_text(path.read_text().replace("on_failed = true", 'on_failed = true\non_key = "6"'))

    written = missed.run("recall", FILE, "--edition", "again", "--outcomes", "no-key,failed")
    applied = missed.run("apply", "--ack-calls", 3)

    assert refused.code == 64
    assert written.code == 0, written.all
    assert applied.code == 0, applied.all
    assert called(missed, "again") == ["13", "15", "17"]


def test_who_is_reached_after_the_review_is_not_called(missed: Bank) -> None:
    """Between review and apply a record says that somebody answered: she is not called; who is missed only now neither."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy,failed")
    path = missed.root / FILE
    path.write_text(path.read_text() + "[limits]\nkeep = 0.5\n")
    missed.run("plan", "--out", "plan.json")
    learn(
        missed,
        {NUMBERS[0]: [("answered", "record", None)], NUMBERS[9]: [("busy", "record", None)]},
        start=5,
    )

    plan = missed.run("plan")
    applied = missed.run("apply", "--plan", "plan.json", "--ack-calls", 4)

    (line,) = lines_with(plan.out, "not to be recalled")
    assert "another outcome by now in 2026-11 <10" in line
    assert "confirmed later in 2026-11 <10" in line
    assert applied.code == 0, applied.all
    assert called(missed, "again") == ["11", "16", "17"]


def test_who_is_reached_while_it_is_sent_is_not_called(missed: Bank) -> None:
    """A record that comes in after the plan of an apply, here while its number is typed, is looked at before the request."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy")

    class Late(Terminal):
        def readline(self, *_: object) -> str:  # type: ignore[override]
            learn(missed, {NUMBERS[0]: [("answered", "record", None)]}, start=5)
            return "3\n"

    out, err = io.StringIO(), Terminal()
    with missed.monkeypatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.stdin", Late())
        code = run(["apply"])

    assert code == 0, out.getvalue() + err.getvalue()
    assert "1 person not called again: since the plan was made" in out.getvalue()
    assert called(missed, "again") == ["11", "16"]
    assert missed.run("plan", "--expect-no-changes").code == 0


def test_a_waiting_call_of_somebody_reached_is_taken_back(missed: Bank) -> None:
    """The edition waits for tomorrow, and a record comes in that one of its people answered: she is taken out of it."""
    missed.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy")
    path = missed.root / FILE
    start = datetime.now(UTC) + timedelta(days=2)
    path.write_text(
        path.read_text() + f"[schedule]\nat = {start:%Y-%m-%dT%H:%M:%S}\ntimezone = 'Europe/London'\n"
    )
    assert missed.run("apply", "--ack-calls", 3).code == 0
    learn(missed, {NUMBERS[0]: [("answered", "record", None)]}, start=5)

    plan = missed.run("plan", "--detailed-exitcode")
    applied = missed.run("apply", "--ack-calls", 2)

    assert plan.code == 2
    assert lines_with(plan.out, "1 waiting request", "not called any more <10")
    assert applied.code == 0, applied.all
    waiting = [call["number"][-2:] for call in missed.calls() if call["task_status"] == 0]
    assert sorted(waiting) == ["11", "16"]
    assert missed.run("plan", "--expect-no-changes").code == 0


def test_it_says_what_is_there_already(missed: Bank) -> None:
    """The same again changes nothing; something else is refused until it is asked to write over it."""
    command = ("recall", FILE, "--edition", "again", "--outcomes")
    assert missed.run(*command, "busy").code == 0
    written = (missed.root / FILE).read_bytes()

    same = missed.run(*command, "busy")
    other = missed.run(*command, "busy,failed")
    unchanged = (missed.root / FILE).read_bytes()
    elsewhere = missed.run("recall", FILE, "--of", "2026-11", "--edition", "third", "--outcomes", "busy")
    renewed = missed.run(*command, "busy,failed", "--renew")

    assert (same.code, "nothing was changed" in same.out) == (0, True)
    assert other.code == 6
    assert "the file has again already, for those of 2026-11 with busy as of " in other.err
    assert elsewhere.code == 6
    assert unchanged == written
    assert renewed.code == 0
    assert tomllib.loads((missed.root / FILE).read_text())["again"]["outcomes"] == ["busy", "failed"]


def test_again_and_again(missed: Bank) -> None:
    """Once the edition was applied, the next one is made of it, in place of the block."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy")
    assert missed.run("apply", "--ack-calls", 3).code == 0
    learn(
        missed,
        {NUMBERS[0]: [("busy", "record", None)], NUMBERS[1]: [("answered", "record", None)]},
        edition="again",
    )

    third = missed.run("recall", FILE, "--edition", "third", "--outcomes", "busy")
    back = missed.run("recall", FILE, "--of", "third", "--edition", "again", "--outcomes", "busy")

    assert third.code == 0, third.all
    assert back.code == 6
    assert (missed.root / FILE).read_text().count("[again]") == 1
    assert missed.run("apply", "--ack-calls", 1).code == 0
    assert called(missed, "third") == ["10"]


def test_people_in_doubt_are_not_recalled(missed: Bank) -> None:
    """A task of the earlier edition is suspended at the vendor: who was in it is in doubt, whatever a record says."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy")
    writer = open_writer(f"sqlite:///{missed.ledger}", environment="sandbox", key_id=None)
    (task,) = fold(writer.entries(campaigns=["overdue"], edition="2026-11")).tasks
    writer.record(TaskDoubtful(task=task.task, job_id=1, reason="suspended"), now=datetime.now(UTC))

    plan = missed.run("plan")

    assert lines_with(plan.out, "in doubt in 2026-11 10")
    assert lines_with(plan.out, "+  0 to call")
    assert missed.run("apply").code == 0
    assert called(missed, "again") == []


def test_who_may_still_ring_is_not_recalled(bank: Bank) -> None:
    """As long as the vendor may repeat a call by itself, only who had all rounds is called again by an edition."""
    bank.campaign(more="[recall]\nrounds = 1\nevery = '30m'\nwho = 'failed'\n")
    audience(bank, *NUMBERS)
    assert bank.run("apply", "--ack-calls", 10).code == 0
    once: list[Said] = [("busy", "record", None)]
    learn(bank, {NUMBERS[0]: once, NUMBERS[1]: once * 2, NUMBERS[2]: [*once, ("answered", "record", None)]})
    assert bank.run("recall", FILE, "--edition", "again", "--outcomes", "busy").code == 0

    now = bank.run("plan")
    bank.time.skip(4 * 86_400)
    later = bank.run("plan")

    assert lines_with(now.out, "+ 1 to call") or lines_with(now.out, "+  1 to call")
    assert lines_with(now.out, "may still ring in 2026-11 <10")
    assert lines_with(later.out, "+  2 to call")


def test_guards_caps_and_suppression_count_it_like_any_edition(missed: Bank) -> None:
    """Who opted out stays out, the cap on calls holds over both editions, and the guard on calls refuses."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy")
    path = missed.root / FILE
    missed.write("campaigns/audiences/out.csv", f"phone\n{NUMBERS[0]}\n")
    path.write_text(
        path.read_text().replace("[audience]\n", "[audience]\nexclude = ['audiences/out.csv']\n")
        + "[limits]\ncalls = 1\n"
    )

    plan = missed.run("plan", "--format", "json").json()["summary"]
    refused = missed.run("apply", "--ack-calls", 2)
    missed.write("campaigns/policy.toml", "[caps]\ncalls = 1\ndays = 7\n")
    capped = missed.run("plan", "--format", "json").json()["summary"]

    assert (plan["calls"], plan["suppressed"], plan["not_recalled"]) == (2, 1, 7)
    assert refused.code == 6
    assert "`[limits] calls` is 1" in refused.err
    assert (capped["calls"], capped["suppressed"], capped["not_recalled"], capped["outside"]) == (0, 1, 7, 2)
    assert called(missed, "again") == []


def test_what_an_operator_may_not_have_thought_of(missed: Bank) -> None:
    """A later edition that reached people meanwhile, and a schedule that is over, are said; also in JSON."""
    missed.setting("VENDOR_TIMEZONE", "Asia/Shanghai")
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "busy")
    assert missed.run("apply", "--ack-calls", 2).code == 0
    path = missed.root / FILE
    path.write_text(
        path.read_text() + "[schedule]\nnot_after = 2020-01-01T00:00:00\ntimezone = 'Europe/London'\n"
    )

    found = missed.run(
        "recall", FILE, "--of", "2026-11", "--edition", "third", "--outcomes", "busy", "--format", "json"
    ).json()

    assert (found["calls"], found["outcomes"], found["written"]) == (2, {"busy": 2}, True)
    assert found["not_called"] == {"answered": 3, "failed": 1, "no_answer": 1, "unknown": 1}
    assert [warning.split(":")[0] for warning in found["warnings"]] == [
        "again was handed over after 2026-11",
        "`[schedule] not_after` is past",
    ]


def test_nobody_is_missed(missed: Bank) -> None:
    """Where nobody has such a confirmed outcome the file stays as it is, and the reasons are told."""
    before = (missed.root / FILE).read_bytes()

    refused = missed.run("recall", FILE, "--edition", "again", "--outcomes", "voicemail")

    assert refused.code == 6
    assert "nobody of overdue 2026-11 is to be called again" in refused.err
    assert (missed.root / FILE).read_bytes() == before


def test_an_edition_that_nobody_was_called_in(bank: Bank) -> None:
    """Without a ledger, or without that edition in it, there is nothing to be called again."""
    assert bank.run("recall", FILE, "--edition", "again", "--outcomes", "busy").code == 6
    assert bank.run("apply", "--ack-calls", 3).code == 0

    refused = bank.run("recall", FILE, "--of", "2026-10", "--edition", "again", "--outcomes", "busy")

    assert refused.code == 6
    assert "nothing was handed over in edition 2026-10" in refused.err


def test_expired_outcomes_recall_nobody_in_silence(missed: Bank) -> None:
    """What became of the calls has expired: plan, apply and recall say so, and nobody is called."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "busy")
    writer = open_writer(f"sqlite:///{missed.ledger}", environment="sandbox", key_id=None)
    later = datetime.now(UTC) + timedelta(days=200)
    assert writer.erase_outcomes_before(later, reason="retention", now=later)

    ended = [
        missed.run("plan"),
        missed.run("apply", "--ack-calls", 2),
        missed.run("recall", FILE, "--edition", "again", "--outcomes", "busy", "--renew"),
    ]

    assert [one.code for one in ended] == [6, 6, 6]
    assert all("is not kept any more" in one.err for one in ended)
    assert called(missed, "again") == []


def test_who_is_forgotten_is_not_recalled(missed: Bank) -> None:
    """Somebody was forgotten between review and apply: nothing is known of her, and the others are called as reviewed."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "no_answer,busy")
    forgot = missed.run("forget", "--reason", "she asked", typed=f"{NUMBERS[0]}\n")
    assert forgot.code == 0, forgot.all

    applied = missed.run("apply", "--ack-calls", 2)
    written = missed.run("recall", FILE, "--of", "2026-11", "--edition", "x", "--outcomes", "failed")

    assert applied.code == 0, applied.all
    assert called(missed, "again") == ["11", "16"]
    assert written.code == 0, written.all


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("people = 2", "people = 7", "the figures moved"),
        ('as_of = "', 'as_of = "9', "which this ledger does not have"),
    ],
)
def test_a_block_that_was_edited(missed: Bank, old: str, new: str, words: str) -> None:
    """Figures that are not those of the ledger are refused, with their place in the file."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "busy")
    path = missed.root / FILE
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))

    plan = missed.run("plan")

    assert plan.code == 6
    assert words in plan.err
    assert f"{FILE}:" in plan.err


def test_another_ledger(missed: Bank) -> None:
    """What one ledger knows says nothing to another."""
    missed.run("recall", FILE, "--edition", "again", "--outcomes", "busy")
    path = missed.root / FILE
    text = path.read_text()
    lineage = tomllib.loads(text)["again"]["as_of"].rpartition("-")[2]
    path.write_text(text.replace(lineage, "0" * 8))

    assert "written from another ledger" in missed.run("plan").err


ORDER = ["unknown", "failed", "no_answer", "busy", "voicemail", "answered"]

_ANY = st.lists(
    st.tuples(
        st.sampled_from(ORDER),
        st.sampled_from(["push", "record"]),
        st.sampled_from([None, "6"]),
    ),
    max_size=3,
)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(_ANY, min_size=10, max_size=10),
    outcomes=st.sets(st.sampled_from(["no_answer", "busy", "failed", "voicemail"]), min_size=1),
)
def test_exactly_the_confirmed_ones_are_planned(
    bank: Bank, said: list[list[Said]], outcomes: set[str]
) -> None:
    """Whatever became of ten people, confirmed and only reported: exactly those with a named confirmed outcome are called."""
    edition = f"e{bank.time.skipped_s:.0f}"
    bank.time.skip(10)
    bank.campaign('"2026-11"', f'"{edition}"')
    audience(bank, *NUMBERS)
    assert bank.run("apply", "--ack-calls", 10).code == 0
    if any(said):
        learn(bank, {n: calls for n, calls in zip(NUMBERS, said, strict=True) if calls}, edition=edition)
    expected = [
        number[-2:]
        for number, calls in zip(NUMBERS, said, strict=True)
        if max((ORDER.index(o) for o, source, _ in calls if source == "record"), default=-1)
        in {ORDER.index(o) for o in outcomes}
    ]

    recalled = bank.run("recall", FILE, "--edition", f"{edition}-2", "--outcomes", ",".join(sorted(outcomes)))

    if not expected:
        assert recalled.code == 6
        return
    assert recalled.code == 0, recalled.all
    assert bank.run("apply", "--ack-calls", len(expected)).code == 0
    assert called(bank, f"{edition}-2") == expected
