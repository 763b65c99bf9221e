"""The ledger at hand when another is to be made in its place: what it is, what it knows, and that nobody else uses it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.errors import LedgerError, RefusedError

if TYPE_CHECKING:
    from runner.cli.ledgers import PlanningKey
    from runner.cli.repository import Repository
    from runner.ledger.reader import SqlReader
    from runner.model.campaign import Campaign
    from runner.model.lease import Lease
    from runner.planning.history import History, TaskHistory

UNREADABLE = "unreadable"
"""How a ledger is named whose lineage cannot be read."""

LEAST_DIGITS = 8
"""Of a lineage, that name a ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerAtHand:
    """The ledger at hand.

    Attributes:
        url: where it is, or would be.
        exists: something is there.
        reader: None where there is nothing, or nothing that can be read.
        in_the_way: it is where the new one will be.
        why: it cannot be read.
    """

    url: str
    exists: bool
    reader: "SqlReader | None"
    in_the_way: bool
    why: str = ""

    @property
    def name(self) -> str:
        """Return how it is named to be replaced."""
        return self.reader.identity.lineage if self.reader is not None else UNREADABLE


def look(repository: "Repository", old: str | None) -> LedgerAtHand:
    """Return the ledger at hand, or the one at the URL *old*.

    Raises:
        LedgerError: the new ledger would come where another one is, or there is none at *old*.
    """
    from runner.ledger.database import database_of, explained  # noqa: PLC0415
    from runner.ledger.open import open_reader  # noqa: PLC0415
    from runner.ledger.sqlite import SqliteDatabase  # noqa: PLC0415

    settings = repository.settings
    here = settings.ledger_url(repository.root)
    database = database_of(here)
    with explained(database):
        is_taken = database.exists()
    is_embedded = isinstance(database, SqliteDatabase)
    if is_taken and (old is not None or not is_embedded):
        if not is_embedded:
            database.reader().dispose()
        raise LedgerError(
            f"there is a ledger at {database.place} already",
            hint="Let RUNNER_LEDGER_URL name an empty database or schema for the new one"
            + (", and name this one with --old." if old is None else "."),
            code="ledger-exists",
        )
    url = here if old is None else old
    try:
        reader = open_reader(url, environment=settings.environment, key_id=None)
        if reader is not None:
            reader.verify()
    except LedgerError as error:
        if not is_taken:
            raise
        return LedgerAtHand(url=url, exists=True, reader=None, in_the_way=True, why=str(error))
    if reader is None and old is not None:
        raise LedgerError("there is no ledger at the place that --old names", code="no-ledger")
    return LedgerAtHand(url=url, exists=reader is not None, reader=reader, in_the_way=is_taken)


def require_named(found: LedgerAtHand, replace: str | None) -> None:
    """Refuse to put a ledger aside that was not named.

    Raises:
        RefusedError: it was not, or by another name.
        LedgerError: there is none to replace.
    """
    if not found.in_the_way:
        if replace is not None:
            raise LedgerError("there is no ledger to replace", hint="Leave --replace out.", code="no-ledger")
        return
    what = (
        "cannot be read: " + found.why if found.reader is None else f"has lineage {found.name[:LEAST_DIGITS]}"
    )
    if replace is None or len(replace) < LEAST_DIGITS or not found.name.startswith(replace):
        message = f"the ledger at hand {what}; it is put aside only if it is named"
        hint = f"if it is not the right one, and that one is lost: --replace {found.name[:12]}"
        raise RefusedError(message, hint=hint, code="not-named")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBefore:
    """What the ledger at hand knows.

    Attributes:
        usable: the ledger, where its people can be told under the key at hand; else None.
        histories: of its campaigns and editions.
    """

    usable: "SqlReader | None"
    account: str | None
    histories: "tuple[History, ...]"

    @classmethod
    def of(cls, reader: "SqlReader | None", key: "PlanningKey") -> "KnownBefore":
        """Return what *reader* knows."""
        from runner.planning.history import fold  # noqa: PLC0415

        if reader is None:
            return cls(usable=None, account=None, histories=())
        histories = tuple(
            fold(reader.entries(campaigns=(campaign,), edition=edition))
            for campaign, edition in reader.editions()
        )
        is_ours = not key.is_new and reader.identity.key_id == key.key.key_id
        return cls(usable=reader if is_ours else None, account=reader.identity.account, histories=histories)

    @property
    def names(self) -> frozenset[str]:
        """Return the names of tasks that are taken over."""
        return frozenset[str]().union(*(one.names for one in self.histories)) if self.usable else frozenset()

    @property
    def others(self) -> "tuple[TaskHistory, ...]":
        """Return the tasks of which no more than the name can be taken over."""
        return () if self.usable else tuple(task for one in self.histories for task in one.tasks)

    @property
    def sent(self) -> dict[str, set[tuple[str, int]]]:
        """Return the name and id of tasks, by the account that they were sent to."""
        if self.account is None:
            return {}
        tasks = [task for one in self.histories for task in one.tasks]
        return {self.account: {(task.task.name, task.job_id) for task in tasks if task.job_id is not None}}


@contextmanager
def held(repository: "Repository", found: LedgerAtHand, campaigns: "Sequence[Campaign]") -> Iterator[None]:
    """Hold every campaign in the ledger at hand; they are given back only where nothing was made.

    No connection stays open meanwhile: the file gets another name, and its log with it.

    Raises:
        LedgerError: somebody is applying.
    """
    from runner.ledger.open import open_writer  # noqa: PLC0415
    from runner.ledger.takeover import acquire  # noqa: PLC0415

    if found.reader is None:
        yield
        return
    environment, key_id = repository.settings.environment, found.reader.identity.key_id
    names = {name for one in campaigns for name in (one.name, *one.formerly)}
    names |= {lease.campaign for lease in found.reader.holders()}
    leases: list[Lease] = []
    try:
        with open_writer(found.url, environment=environment, key_id=key_id) as ledger:
            for name in sorted(names):
                # One by one: where the next cannot be taken, those before it are given back.
                leases.append(acquire(ledger, name, repository.clock, note=repository.progress.note))  # noqa: PERF401
        yield
    except BaseException:
        with open_writer(found.url, environment=environment, key_id=key_id) as ledger:
            for lease in leases:
                ledger.release(lease)
        raise
