"""Facts and their stored form."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.ledger.facts import KINDS, StoredFact, calls_at, fact_of, instant_of, instant_text, stored
from runner.model.edition_fact import EditionReopened, Withdrawn
from runner.model.fact import Fact
from runner.model.ledger_fact import Bound, Genesis, Halted, Lifted, Renamed, ToleranceMeasured
from runner.model.outcome_fact import Erasure, OutcomesErased, RecordsRead, TaskOutcomes, TaskRound
from runner.model.people_fact import Forgotten, Suppressed, SuppressionLifted
from runner.model.rebuild_fact import Rebuilt, Replaced, TaskFound
from runner.model.task_fact import (
    Sending,
    TaskAbsent,
    TaskAccepted,
    TaskCancelled,
    TaskCancelling,
    TaskConfirmed,
    TaskDoubtful,
    TaskFailed,
    TaskNotCancelled,
    TaskNotSent,
    TaskRejected,
    TaskReplaced,
    TaskResolved,
    TaskUnknown,
)
from runner.model.task_id import TaskId

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TASK = TaskId(campaign="overdue", edition="2026-11", name="overdue.2026-11.abc")
OURS = ("overdue", "2026-11", "overdue.2026-11.abc")

GOLDEN: list[tuple[Fact, StoredFact]] = [
    (
        Genesis(lineage="a1", environment="sandbox", key_id="b2"),
        StoredFact(
            "genesis",
            None,
            None,
            None,
            '{"environment":"sandbox","format_version":1,"key_id":"b2","lineage":"a1","v":1}',
        ),
    ),
    (Bound(account="c3"), StoredFact("bound", None, None, None, '{"account":"c3","v":1}')),
    (
        Sending(
            task=TASK,
            settings_digest="d4",
            people=10000,
            attempt=1,
            generation=2,
            signed_at=AT,
            epoch=7,
            planned_at=41,
            metadata="9.0.43",
            send_at=AT + timedelta(hours=1),
        ),
        StoredFact(
            "sending",
            *OURS,
            '{"attempt":1,"audio":null,"caller":null,"epoch":7,"generation":2,"metadata":"9.0.43","people":10000,"planned_at":41,"rings":1,'
            '"send_at":"2026-11-24T10:00:00.000000+00:00","settings_digest":"d4",'
            '"signed_at":"2026-11-24T09:00:00.000000+00:00","v":1}',
        ),
    ),
    (
        TaskAccepted(task=TASK, job_id=None, looked_up=True),
        StoredFact("accepted", *OURS, '{"job_id":null,"looked_up":true,"v":1}'),
    ),
    (
        TaskRejected(task=TASK, code="-22", reason='"ä"\n', account=False),
        StoredFact("rejected", *OURS, '{"account":false,"code":"-22","reason":"\\"ä\\"\\n","v":1}'),
    ),
    (TaskNotSent(task=TASK, reason="dns"), StoredFact("not-sent", *OURS, '{"reason":"dns","v":1}')),
    (TaskUnknown(task=TASK, reason="timeout"), StoredFact("unknown", *OURS, '{"reason":"timeout","v":1}')),
    (TaskAbsent(task=TASK, passes=2), StoredFact("absent", *OURS, '{"passes":2,"v":1}')),
    (
        TaskConfirmed(task=TASK, job_id=5, people=10000),
        StoredFact("confirmed", *OURS, '{"job_id":5,"people":10000,"v":1}'),
    ),
    (TaskFailed(task=TASK, job_id=5), StoredFact("failed", *OURS, '{"job_id":5,"v":1}')),
    (
        TaskDoubtful(task=TASK, job_id=5, reason="short"),
        StoredFact("doubtful", *OURS, '{"final":false,"job_id":5,"reason":"short","v":1}'),
    ),
    (
        TaskCancelling(task=TASK, why="replace", epoch=7),
        StoredFact("cancelling", *OURS, '{"epoch":7,"v":1,"why":"replace"}'),
    ),
    (
        TaskCancelled(task=TASK, job_id=5, why="withdraw"),
        StoredFact("cancelled", *OURS, '{"job_id":5,"v":1,"why":"withdraw"}'),
    ),
    (
        TaskNotCancelled(task=TASK, job_id=5),
        StoredFact("not-cancelled", *OURS, '{"job_id":5,"v":1}'),
    ),
    (
        TaskOutcomes(task=TASK, rows=7, confirmed=5),
        StoredFact("outcomes", *OURS, '{"confirmed":5,"rows":7,"v":1}'),
    ),
    (
        TaskRound(task=TASK, number=1, of=2, status="running", job_id=5, people=7, called=None),
        StoredFact(
            "round",
            *OURS,
            '{"called":null,"job_id":5,"number":1,"of":2,"people":7,"status":"running","v":1}',
        ),
    ),
    (
        OutcomesErased(entry=41, reason="90 days are over"),
        StoredFact("erased", None, None, None, '{"entry":41,"reason":"90 days are over","v":1}'),
    ),
    (
        RecordsRead(account="c3", since=AT, until=AT + timedelta(days=1), complete=True),
        StoredFact(
            "records",
            None,
            None,
            None,
            '{"account":"c3","complete":true,"since":"2026-11-24T09:00:00.000000+00:00",'
            '"until":"2026-11-25T09:00:00.000000+00:00","v":1}',
        ),
    ),
    (TaskReplaced(task=TASK), StoredFact("sent-again", *OURS, '{"v":1}')),
    (
        Withdrawn(campaign="overdue", edition="2026-11", reason="wrong list", by="ann@desk"),
        StoredFact("withdrawn", "overdue", "2026-11", None, '{"by":"ann@desk","reason":"wrong list","v":1}'),
    ),
    (
        TaskResolved(task=TASK, accepted=False, people=3, reason="the console shows none", by="ann@desk"),
        StoredFact(
            "resolved",
            *OURS,
            '{"accepted":false,"by":"ann@desk","people":3,"reason":"the console shows none","v":1}',
        ),
    ),
    (
        Renamed(name="overdue", formerly="late"),
        StoredFact("renamed", None, None, None, '{"formerly":"late","name":"overdue","v":1}'),
    ),
    (
        Rebuilt(people=3, by="ann@desk"),
        StoredFact("rebuilt", None, None, None, '{"by":"ann@desk","people":3,"v":1}'),
    ),
    (
        Replaced(lineage="a1", receipt="overdue/2026-11/2-a1", head=None),
        StoredFact(
            "replaced",
            None,
            None,
            None,
            '{"head":null,"lineage":"a1","receipt":"overdue/2026-11/2-a1","v":1}',
        ),
    ),
    (
        TaskFound(task=TASK, people=3, job_id=5, over=False, said="waiting"),
        StoredFact("found", *OURS, '{"job_id":5,"over":false,"people":3,"said":"waiting","v":1}'),
    ),
    (
        ToleranceMeasured(account="c3", taken_s=300, refused_s=None),
        StoredFact("tolerance", None, None, None, '{"account":"c3","refused_s":null,"taken_s":300,"v":1}'),
    ),
    (
        EditionReopened(campaign="overdue", edition="2026-11", people=3, reason="asked them", by="ann@desk"),
        StoredFact(
            "reopened",
            "overdue",
            "2026-11",
            None,
            '{"by":"ann@desk","people":3,"reason":"asked them","v":1}',
        ),
    ),
    (
        Halted(reason="wrong amounts", by="ann@desk"),
        StoredFact("halted", None, None, None, '{"by":"ann@desk","reason":"wrong amounts","v":1}'),
    ),
    (
        Lifted(reason="mended", by="bob@desk"),
        StoredFact("lifted", None, None, None, '{"by":"bob@desk","reason":"mended","v":1}'),
    ),
    (
        Suppressed(people=2, reason="asked on the phone", by="ann@desk"),
        StoredFact(
            "suppressed", None, None, None, '{"by":"ann@desk","people":2,"reason":"asked on the phone","v":1}'
        ),
    ),
    (
        Forgotten(people=1, reason="article 17", by="bob@desk"),
        StoredFact("forgotten", None, None, None, '{"by":"bob@desk","people":1,"reason":"article 17","v":1}'),
    ),
    (
        SuppressionLifted(people=1, reason="a mistake", by="bob@desk"),
        StoredFact(
            "unsuppressed", None, None, None, '{"by":"bob@desk","people":1,"reason":"a mistake","v":1}'
        ),
    ),
]

by_kind = pytest.mark.parametrize(("fact", "row"), GOLDEN, ids=[row.kind for _, row in GOLDEN])


@by_kind
def test_stored_form_of_each_kind_is_fixed(fact, row):
    """What old ledgers hold stays readable: the stored form of each kind is written out here."""
    assert stored(fact) == row
    assert fact_of(row) == fact


def test_why_outcomes_were_erased_is_stored_as_it_always_was() -> None:
    """Ledgers of before have these words: what was said of single people is known by it, and of others not."""
    bodies = {why: stored(OutcomesErased(entry=41, reason=why)).body for why in Erasure}

    assert bodies == {
        Erasure.FORGOTTEN: '{"entry":41,"reason":"forgotten","v":1}',
        Erasure.RETENTION: '{"entry":41,"reason":"retention","v":1}',
    }
    assert OutcomesErased(entry=41, reason="forgotten").is_of_people
    assert not OutcomesErased(entry=41, reason="retention").is_of_people
    assert not OutcomesErased(entry=41, reason="90 days are over").is_of_people


def test_sending_of_an_earlier_version_rings_once():
    """An intent that was recorded before rings were counted is read, and counts as one call."""
    fact, row = next((fact, row) for fact, row in GOLDEN if row.kind == "sending")
    earlier = row._replace(body=row.body.replace('"rings":1,', ""))

    assert earlier.body != row.body
    assert fact_of(earlier) == fact


def test_call_begins_when_scheduled_or_signed():
    """The moment of a call is read off a stored intent: its schedule, else its signing."""
    fact, row = next((fact, row) for fact, row in GOLDEN if isinstance(fact, Sending))

    assert calls_at(row.body) == fact.calls_at == AT + timedelta(hours=1)
    at_once = replace(fact, send_at=None)
    assert calls_at(stored(at_once).body) == at_once.calls_at == AT


def test_every_kind_of_fact_has_a_stored_form():
    """A new kind of fact cannot be forgotten here."""
    assert set(KINDS.values()) == set(get_args(Fact))
    assert len(KINDS) == len(GOLDEN) == 32


texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.integers(-(2**63), 2**63 - 1)
instants = st.datetimes(
    datetime.fromisoformat("1970-01-02"),
    datetime.fromisoformat("9999-12-30"),
    timezones=st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone),
)
tasks = st.builds(TaskId, campaign=texts, edition=texts, name=texts)
facts = st.one_of(
    [
        st.builds(Genesis, lineage=texts, environment=texts, key_id=texts, format_version=numbers),
        st.builds(Bound, account=texts),
        st.builds(
            Sending,
            task=tasks,
            settings_digest=texts,
            people=numbers,
            attempt=numbers,
            generation=numbers,
            signed_at=instants,
            epoch=numbers,
            planned_at=numbers,
            metadata=texts,
            send_at=st.none() | instants,
            rings=numbers,
        ),
        st.builds(TaskAccepted, task=tasks, job_id=st.none() | numbers, looked_up=st.booleans()),
        st.builds(TaskRejected, task=tasks, code=texts, reason=texts, account=st.booleans()),
        st.builds(TaskNotSent, task=tasks, reason=texts),
        st.builds(TaskUnknown, task=tasks, reason=texts),
        st.builds(TaskAbsent, task=tasks, passes=numbers),
        st.builds(TaskConfirmed, task=tasks, job_id=numbers, people=numbers),
        st.builds(TaskFailed, task=tasks, job_id=numbers),
        st.builds(TaskDoubtful, task=tasks, job_id=st.none() | numbers, reason=texts),
        st.builds(ToleranceMeasured, account=texts, taken_s=numbers, refused_s=st.none() | numbers),
        st.builds(Rebuilt, people=numbers, by=texts),
        st.builds(Replaced, lineage=texts, receipt=st.none() | texts, head=st.none() | texts),
        st.builds(TaskFound, task=tasks, people=numbers, job_id=numbers, over=st.booleans(), said=texts),
        st.builds(EditionReopened, campaign=texts, edition=texts, people=numbers, reason=texts, by=texts),
    ]
)


@given(facts)
def test_facts_come_back_as_they_were(fact):
    """Every fact comes back equal from its stored form, and storing it again gives the same text."""
    row = stored(fact)

    assert fact_of(row) == fact
    assert stored(fact_of(row)) == row


@given(st.text(st.characters(categories=["Cs", "Ll", "Cc"])))
def test_every_text_has_a_stored_form_in_utf_8(reason):
    """Half a surrogate pair, as JSON may bring one, does not keep an answer out of the ledger."""
    row = stored(TaskUnknown(task=TASK, reason=reason))

    row.body.encode()
    back = fact_of(row)
    assert isinstance(back, TaskUnknown)
    assert back.reason.encode("utf-16", "surrogatepass") == reason.encode("utf-16", "surrogatepass")


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("dreamt", '{"v":1}', "of a kind that this version does not know"),
        ("failed", '{"job_id":5,"v":2}', "'failed' in a format"),
        ("failed", '{"job_id":5}', "'failed' in a format"),
        ("failed", "[]", "'failed' in a format"),
        ("failed", "{", "'failed' without a readable body"),
        ("failed", '{"v":1}', "'failed' with other fields"),
        ("failed", '{"job_id":5,"v":1,"x":1}', "'failed' with other fields"),
        ("failed", '{"job_id":"5","v":1}', "'failed' with a value of another type"),
        ("failed", '{"job_id":true,"v":1}', "'failed' with a value of another type"),
        ("failed", '{"job_id":5.0,"v":1}', "'failed' with a value of another type"),
        ("failed", '{"job_id":null,"v":1}', "'failed' with a value of another type"),
        ("accepted", '{"job_id":1,"looked_up":0,"v":1}', "'accepted' with a value of another type"),
    ],
)
def test_what_this_version_did_not_write_is_refused(kind, body, message):
    """An unknown kind, version, field or type is refused, not guessed."""
    with pytest.raises(ValueError, match=message):
        fact_of(StoredFact(kind, *OURS, body))


def test_task_belongs_to_task_facts_alone():
    """A task fact without its task, and a fact of the whole ledger with one, are refused."""
    with pytest.raises(ValueError, match="'failed' without its task"):
        fact_of(StoredFact("failed", "overdue", None, "x", '{"job_id":5,"v":1}'))
    with pytest.raises(ValueError, match="'bound' with a task"):
        fact_of(StoredFact("bound", *OURS, '{"account":"a","v":1}'))


def test_instant_has_one_spelling():
    """The same instant in another zone is the same text; a time without a zone has none."""
    assert instant_text(AT.astimezone(timezone(timedelta(hours=5.5)))) == "2026-11-24T09:00:00.000000+00:00"
    assert instant_of("2026-11-24T09:00:00.000000+00:00") == AT
    with pytest.raises(ValueError, match="without a zone"):
        instant_text(datetime.fromisoformat("2026-11-24"))
    with pytest.raises(ValueError, match="another spelling"):
        instant_of("2026-11-24T09:00:00Z")
