"""Facts as they are stored: a kind, whose they are, and a canonical JSON body; and back, strictly.

The stored form is a file format that is read for years: a field of a fact that is renamed in the code must keep its
name here, and a change of meaning needs another `VERSION`. Evidence has to be kept whatever the vendor wrote into it,
so every text has a stored form, even one that UTF-8 cannot carry.
"""

import json
import re
from datetime import UTC, datetime
from types import NoneType
from typing import NamedTuple, get_args, get_type_hints

from runner.digest.plain import canonical_json
from runner.model.edition_fact import EditionReopened, Withdrawn
from runner.model.fact import Fact
from runner.model.ledger_fact import Bound, Genesis, Halted, Lifted, Renamed, ToleranceMeasured
from runner.model.outcome_fact import OutcomesErased, RecordsRead, TaskOutcomes, TaskRound
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

VERSION = 1

KINDS: dict[str, type[Fact]] = {
    "genesis": Genesis,
    "bound": Bound,
    "renamed": Renamed,
    "halted": Halted,
    "lifted": Lifted,
    "suppressed": Suppressed,
    "unsuppressed": SuppressionLifted,
    "forgotten": Forgotten,
    "sending": Sending,
    "accepted": TaskAccepted,
    "rejected": TaskRejected,
    "not-sent": TaskNotSent,
    "unknown": TaskUnknown,
    "absent": TaskAbsent,
    "confirmed": TaskConfirmed,
    "failed": TaskFailed,
    "doubtful": TaskDoubtful,
    "resolved": TaskResolved,
    "rebuilt": Rebuilt,
    "replaced": Replaced,
    "found": TaskFound,
    "reopened": EditionReopened,
    "tolerance": ToleranceMeasured,
    "cancelling": TaskCancelling,
    "cancelled": TaskCancelled,
    "not-cancelled": TaskNotCancelled,
    "sent-again": TaskReplaced,
    "withdrawn": Withdrawn,
    "outcomes": TaskOutcomes,
    "round": TaskRound,
    "erased": OutcomesErased,
    "records": RecordsRead,
}
_KIND_OF = {fact_type: kind for kind, fact_type in KINDS.items()}

_OWN_COLUMNS = ("task", "campaign", "edition")
_TYPES: dict[type[Fact], dict[str, tuple[type, ...]]] = {
    fact_type: {
        name: get_args(hint) or (hint,)
        for name, hint in get_type_hints(fact_type).items()
        if name not in _OWN_COLUMNS
    }
    for fact_type in _KIND_OF
}
"""Per fact, the fields that its body holds and the types that their values may have."""

_OF_A_TASK = frozenset(kind for kind in _TYPES if "task" in get_type_hints(kind))
_OF_AN_EDITION = frozenset(kind for kind in _TYPES if {"campaign", "edition"} <= get_type_hints(kind).keys())

_ADDED: dict[type[Fact], dict[str, object]] = {Sending: {"rings": 1, "caller": None, "audio": None}}
"""Fields that entries of earlier versions do not have, and what they mean there."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class StoredFact(NamedTuple):
    """A fact as its columns. `task` is None for facts of an edition, and with it both others for those of the whole ledger."""

    kind: str
    campaign: str | None
    edition: str | None
    task: str | None
    body: str


def stored(fact: Fact) -> StoredFact:
    """Return the columns of *fact*.

    Raises:
        ValueError: a time in it has no zone.
    """
    task: TaskId | None = getattr(fact, "task", None)
    body: dict[str, object] = {"v": VERSION}
    for name in _TYPES[type(fact)]:
        value = getattr(fact, name)
        body[name] = instant_text(value) if isinstance(value, datetime) else value
    text = _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", canonical_json(body))
    if isinstance(fact, EditionReopened | Withdrawn):
        return StoredFact(_KIND_OF[type(fact)], fact.campaign, fact.edition, None, text)
    if task is None:
        return StoredFact(_KIND_OF[type(fact)], None, None, None, text)
    return StoredFact(_KIND_OF[type(fact)], task.campaign, task.edition, task.name, text)


def fact_of(row: StoredFact) -> Fact:
    """Return the fact that *row* stores.

    Raises:
        ValueError: the kind or the version is not known here, or the body is not exactly that of its kind. The message
            names the kind and nothing of the content.
    """
    fact_type = KINDS.get(row.kind)
    if fact_type is None:
        raise ValueError("of a kind that this version does not know")
    try:
        body = json.loads(row.body)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"a {row.kind!r} without a readable body") from error
    if not isinstance(body, dict) or body.pop("v", None) != VERSION:
        raise ValueError(f"a {row.kind!r} in a format that this version does not know")
    types, body = _TYPES[fact_type], {**_ADDED.get(fact_type, {}), **body}
    if body.keys() != types.keys():
        raise ValueError(f"a {row.kind!r} with other fields than this version knows")
    values: dict[str, object] = {name: _value(body[name], types[name], row.kind) for name in types}
    if fact_type in _OF_A_TASK:
        if row.campaign is None or row.edition is None or row.task is None:
            raise ValueError(f"a {row.kind!r} without its task")
        values["task"] = TaskId(campaign=row.campaign, edition=row.edition, name=row.task)
    elif fact_type in _OF_AN_EDITION:
        if row.campaign is None or row.edition is None or row.task is not None:
            raise ValueError(f"a {row.kind!r} without its edition, or with a task")
        values |= {"campaign": row.campaign, "edition": row.edition}
    elif row[1:4] != (None, None, None):
        raise ValueError(f"a {row.kind!r} with a task")
    return fact_type(**values)  # type: ignore[arg-type]  # each value was checked against the field's type


def calls_at(sending: str) -> datetime:
    """Return when the task begins to ring whose *sending* has this body, which is known to be as it was written."""
    body = json.loads(sending)
    return datetime.fromisoformat(body["send_at"] or body["signed_at"])


def instant_text(at: datetime) -> str:
    """Return *at* as ISO 8601 in UTC with microseconds: one spelling for one instant.

    Raises:
        ValueError: it has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be kept")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def instant_of(text: str) -> datetime:
    """Return the instant that `instant_text` wrote, aware, UTC.

    Raises:
        ValueError: it was not written by `instant_text`.
    """
    at = datetime.fromisoformat(text)
    if instant_text(at) != text:
        raise ValueError("a time in another spelling")
    return at


def _value(value: object, types: tuple[type, ...], kind: str) -> object:
    if isinstance(value, str) and datetime in types:
        return instant_of(value)
    if type(value) not in types or (value is None and NoneType not in types):
        raise ValueError(f"a {kind!r} with a value of another type")
    return value
