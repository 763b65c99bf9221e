"""Was this person called? By the ledger alone: every task that holds her, and what became of its calls to her.

Nothing here loads the library of columns but for a person of whose calls something is known.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from runner.audience.renumbering import numbers_of
from runner.digest.framed import keyed
from runner.model.people_fact import Forgotten, Suppressed, SuppressionLifted
from runner.model.receipt import Receipt
from runner.planning.history import History, TaskHistory, fold

if TYPE_CHECKING:
    from runner.ports import PeopleReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call.

    Attributes:
        at: aware, UTC; None where nobody said when.
        outcome: what is shown of it; `is_confirmed`: by a call record, else only pushed.
    """

    at: datetime | None
    outcome: str
    is_confirmed: bool
    duration_s: int | None
    key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A task that holds the person.

    Attributes:
        receipts: of the applies that sent it: commit and plan, as far as there are any.
        is_withdrawn: a person decided that nobody of its campaign and edition is called any more.
    """

    task: TaskHistory
    calls: tuple[Call, ...]
    receipts: tuple[Receipt, ...]
    is_withdrawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger has of a person.

    Attributes:
        tasks: every one that holds the person, in the order in which they were first sent.
        suppressed_at: when it was recorded that nobody calls this person any more, aware, UTC; None where that does not stand.
        forgotten_at: when what became of the calls to this person was erased last, aware, UTC; None where it never was.
    """

    tasks: tuple[Handed, ...]
    suppressed_at: datetime | None
    forgotten_at: datetime | None


def keys_of(number: str, country: str | None, *, subkey: str) -> tuple[int, ...]:
    """Return the keys that the person with this E.164 *number* has, now and under the numbers that it was before."""
    return tuple(keyed(subkey, one) for one in numbers_of(number, country))


def known(
    reader: "PeopleReader",
    receipts_naming: Callable[[Collection[str]], Iterable[Receipt]],
    keys: Sequence[int],
) -> Known:
    """Return what the ledger has of the person with these keys.

    An attempt that the vendor is known not to have taken does not count: who is in no other one of its task is not in it.

    Args:
        reader: of the ledger.
        receipts_naming: returns the receipts that name one of some tasks.
        keys: see `keys_of`.
    """
    sequences = reader.holding(keys)
    histories = [(task, fold(reader.entries_of(task))) for task in reader.tasks_of(sequences)]
    every = tuple(receipts_naming({task.name for task, _ in histories}))
    found = [
        Handed(
            task=one,
            calls=_calls(reader, one, keys),
            receipts=tuple(receipt for receipt in every if _sent(receipt, one)),
            is_withdrawn=history.withdrawn is not None,
        )
        for task, history in histories
        if (one := _holding(history, task.name, sequences)) is not None
    ]
    wishes = reader.wishes_of(sequences)
    words = [one for one in wishes if isinstance(one.fact, Suppressed | SuppressionLifted)]
    forgotten = [one.at for one in wishes if isinstance(one.fact, Forgotten)]
    return Known(
        tasks=tuple(sorted(found, key=lambda one: one.task.attempts[-1].block)),
        suppressed_at=words[-1].at if words and isinstance(words[-1].fact, Suppressed) else None,
        forgotten_at=forgotten[-1] if forgotten else None,
    )


def _holding(history: History, name: str, sequences: Sequence[int]) -> TaskHistory | None:
    """Return the task called *name* of *history* if one of its people is in one of the blocks *sequences*."""
    task = history.named(name)
    return task if task is not None and task.attempts[-1].block in sequences else None


def _sent(receipt: Receipt, task: TaskHistory) -> bool:
    return any(named.name == task.task.name for named in receipt.tasks)


def _calls(reader: "PeopleReader", task: TaskHistory, keys: Sequence[int]) -> tuple[Call, ...]:
    rows = reader.outcomes_of(task.outcomes, keys)
    if rows is None:
        return ()
    import polars as pl  # noqa: PLC0415

    from runner.frames import CALLED, CONFIRMED, DURATION, KEY, OUTCOME, REPORTED, SUBMITTED  # noqa: PLC0415
    from runner.report.outcome import calls  # noqa: PLC0415

    told = calls(rows).with_columns(pl.coalesce(CALLED, SUBMITTED).alias(CALLED)).sort(CALLED)
    return tuple(
        Call(
            at=None if row[CALLED] is None else datetime.fromtimestamp(row[CALLED] / 1000, UTC),
            outcome=row[OUTCOME] or row[CONFIRMED] or row[REPORTED],
            is_confirmed=row[CONFIRMED] is not None,
            duration_s=row[DURATION],
            key=row[KEY],
        )
        for row in told.iter_rows(named=True)
    )
