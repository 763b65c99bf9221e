"""`runner ledger rebuild` and `reopen`: go on after the ledger was lost, without calling anybody twice."""

import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from runner.errors import LedgerError, RefusedError

if TYPE_CHECKING:
    from runner.apply.found import KnownTask
    from runner.apply.rebuild import Plan, Recovery
    from runner.cli.ledgers import PlanningKey
    from runner.cli.repository import Repository
    from runner.ledger.reader import SqlReader
    from runner.model.campaign import Campaign
    from runner.model.ledger import Fact, Lease, Receipt
    from runner.planning.history import History, TaskHistory
    from runner.preview.prepared import Prepared

UNREADABLE = "unreadable"
"""How a ledger is named whose lineage cannot be read."""

_LEAST_DIGITS = 8


def rebuild(
    *,
    replace: Annotated[
        str | None,
        typer.Option(
            "--replace",
            metavar="LINEAGE",
            help="The ledger at hand, by 8 or more digits of its lineage: it is put aside, and what it knows is taken over.",
            show_default=False,
        ),
    ] = None,
    old: Annotated[
        str | None,
        typer.Option(
            "--old",
            metavar="URL",
            help="Another place with an old ledger to take over from, where RUNNER_LEDGER_URL names an empty one.",
            show_default=False,
        ),
    ] = None,
    people: Annotated[
        int | None,
        typer.Option(
            "--people",
            min=0,
            metavar="N",
            help="How many people are in the tasks that are found; without it they are only shown.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Make a new ledger where the right one is lost for good, from the vendor's list and the receipts.

    Whoever cannot be shown to be in no task is not called: editions with tasks that nobody can look into are closed.
    """
    from runner.cli.ledgers import key_to_rebuild_with, receipts_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415

    repository = Repository.open(None)
    campaigns = repository.campaigns(None, need_audience=False)
    receipts = receipts_of(repository).all()
    found = _look(repository, old)
    _require_named(found, replace)
    key = key_to_rebuild_with(repository)
    before = _Before.of(found.reader, key)
    with _held(repository, found, campaigns):
        work = _Work(repository, campaigns, receipts, found, before, key)
        recovery = work.recovered()
        repository.progress.close()
        print_lines(work.lines(recovery))
        _acknowledge(recovery.people, people)
        lines = work.write(recovery)
    print_lines(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
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


def _look(repository: "Repository", old: str | None) -> _Found:
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
        return _Found(url=url, exists=True, reader=None, in_the_way=True, why=str(error))
    if reader is None and old is not None:
        raise LedgerError("there is no ledger at the place that --old names", code="no-ledger")
    return _Found(url=url, exists=reader is not None, reader=reader, in_the_way=is_taken)


def _require_named(found: _Found, replace: str | None) -> None:
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
        "cannot be read: " + found.why
        if found.reader is None
        else f"has lineage {found.name[:_LEAST_DIGITS]}"
    )
    if replace is None or len(replace) < _LEAST_DIGITS or not found.name.startswith(replace):
        message = f"the ledger at hand {what}; it is put aside only if it is named"
        hint = f"if it is not the right one, and that one is lost: --replace {found.name[:12]}"
        raise RefusedError(message, hint=hint, code="not-named")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Before:
    """What the ledger at hand knows.

    Attributes:
        usable: the ledger, where its people can be told under the key at hand; else None.
        histories: of its campaigns and editions.
    """

    usable: "SqlReader | None"
    account: str | None
    histories: "tuple[History, ...]"

    @classmethod
    def of(cls, reader: "SqlReader | None", key: "PlanningKey") -> "_Before":
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
def _held(repository: "Repository", found: _Found, campaigns: "Sequence[Campaign]") -> Iterator[None]:
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


@dataclass(frozen=True, slots=True)
class _Work:
    """A rebuild under way."""

    repository: "Repository"
    campaigns: "Sequence[Campaign]"
    receipts: "Sequence[Receipt]"
    found: _Found
    before: _Before
    key: "PlanningKey"

    def recovered(self) -> "Recovery":
        """Return what is known of the tasks that the ledger at hand does not know.

        Raises:
            LedgerError: nothing is missing in it.
        """
        from runner.apply.found import known_tasks  # noqa: PLC0415
        from runner.apply.rebuild import recover  # noqa: PLC0415
        from runner.cli.vendors import vendor_of  # noqa: PLC0415

        repository, before = self.repository, self.before
        known = known_tasks(
            {name for one in self.campaigns for name in (one.name, *one.formerly)},
            self.receipts,
            before.others,
            sent=before.sent,
            vendor=vendor_of(repository),
            clock=repository.clock,
            progress=repository.progress,
            settle_time=timedelta(seconds=repository.settings.settle_time_s),
        )
        missing = [task for name, task in known.items() if name not in before.names]
        self._refuse_healthy(missing)
        with self._planning(missing) as plan:
            taken_over = before.histories if before.usable is not None else ()
            return recover(known, taken_over, self.campaigns, plan, generation=self._generation)

    def _refuse_healthy(self, missing: "Collection[KnownTask]") -> None:
        from runner.planning.receipts import check_receipts  # noqa: PLC0415

        if self.before.usable is None or missing:
            return
        try:
            check_receipts(self.receipts, self.before.usable)
        except LedgerError:
            return
        raise LedgerError(
            "the ledger at hand knows every task of the vendor's list and of the receipts: nothing is missing in it",
            hint="apply with it",
            code="ledger-healthy",
        )

    @contextmanager
    def _planning(self, missing: "Collection[KnownTask]") -> "Iterator[Plan]":
        from runner.cli.previews import bench  # noqa: PLC0415

        if self.key.is_new or not missing:
            yield lambda _campaign: None
            return
        with bench(self.repository, known=(self.before.usable, self.key)) as tools:

            def plan(campaign: "Campaign") -> "Prepared | None":
                from runner.errors import RunnerError  # noqa: PLC0415

                is_own = any(campaign.name == one.name for one in self.campaigns)
                try:
                    return tools.preview([campaign], ledger=tools.reader if is_own else None).prepared[0]
                except RunnerError as error:
                    self.repository.progress.note(
                        f"{campaign.name} cannot be planned from today's files, so none of its people can be told: {error}"
                    )
                    return None

            yield plan

    def _generation(self, name: str, edition: str) -> int:
        from runner.planning.history import fold  # noqa: PLC0415

        if self.before.usable is None:
            return 0
        family = next(
            {one.name, *one.formerly} for one in self.campaigns if name in {one.name, *one.formerly}
        )
        return fold(self.before.usable.entries(campaigns=family, edition=edition)).generation

    def lines(self, recovery: "Recovery") -> list[str]:
        """Return what will be made, for a person to look at."""
        from runner.views.rebuild_text import recovery_lines  # noqa: PLC0415

        taken_over = self.before.usable.head().sequence - 1 if self.before.usable is not None else 0
        return recovery_lines(recovery, taken_over=taken_over, key_is_new=self.key.is_new)

    def write(self, recovery: "Recovery") -> list[str]:
        """Make the ledger and return what was done."""
        from runner.cli.vendors import vendor_of  # noqa: PLC0415
        from runner.ledger.key import put_key  # noqa: PLC0415
        from runner.ledger.owner import this_process  # noqa: PLC0415
        from runner.ledger.rebuild import Rebuilding  # noqa: PLC0415
        from runner.ledger.rebuild import rebuild as make  # noqa: PLC0415
        from runner.model.ledger import Bound, Genesis, Rebuilt  # noqa: PLC0415

        settings, now, owner = self.repository.settings, self.repository.clock.now(), this_process()
        account = vendor_of(self.repository).account
        url = settings.ledger_url(self.repository.root)
        if self.key.is_new:
            put_key(url, self.key.key)
        genesis = Genesis(
            lineage=secrets.token_hex(16), environment=settings.environment, key_id=self.key.key.key_id
        )
        bound: tuple[Fact, ...] = (
            () if self.before.usable and self.before.account == account else (Bound(account=account),)
        )
        what = Rebuilding(
            genesis=genesis,
            first=(
                Rebuilt(people=recovery.people, by=owner.person),
                *_replaced(self.receipts, self.found),
            ),
            old=self.before.usable,
            more=(*((fact, None) for fact in bound), *recovery.facts(now=now)),
        )
        aside = f"replaced-{self.found.name[:_LEAST_DIGITS]}-{now:%Y%m%dT%H%M%SZ}"
        ledger, kept = make(url, what, aside=aside, now=now)
        head = ledger.head()
        lines = [
            f"made the ledger of {settings.environment} anew: lineage {genesis.lineage[:8]}, {head.sequence:,} entries"
        ]
        if kept is not None:
            lines.append(f"the one before it is kept as {kept}; nothing reads it any more")
        if self.key.is_new:
            lines.append(f"made a new key, {self.key.key.key_id}: keep it like the ledger, and apart from it")
        return lines


def _replaced(receipts: "Sequence[Receipt]", found: _Found) -> "Iterator[Fact]":
    from runner.model.ledger import Replaced  # noqa: PLC0415

    for receipt in receipts:
        yield Replaced(lineage=receipt.lineage, receipt=receipt.name, head=receipt.head)
    if found.reader is not None:
        yield Replaced(lineage=found.reader.identity.lineage, receipt=None, head=None)


def _acknowledge(number: int, given: int | None) -> None:
    from runner.views.numbers import people  # noqa: PLC0415

    if given is None:
        message = f"{people(number)} in tasks that were found would be taken into a new ledger, and nobody acknowledged that"
        raise RefusedError(
            message, hint=f"if this is as it should be, pass --people {number}", code="not-acknowledged"
        )
    if given != number:
        message = f"{people(given)} acknowledged, {number:,} were found; nothing was changed"
        raise RefusedError(
            message, hint=f"if this is as it should be, pass --people {number}", code="not-acknowledged"
        )


def reopen(
    campaign: Annotated[str, typer.Argument(help="Its name.")],
    edition: Annotated[str, typer.Argument(help="The edition that is closed.")],
    *,
    people: Annotated[
        int, typer.Option("--people", min=1, metavar="N", help="How many are in the tasks that closed it.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="How you know; it is kept in the ledger.")],
) -> None:
    """State that an edition which a rebuild closed may be called: whoever is in its tasks is excluded by other means.

    From then on, whoever of its audience is neither known nor excluded is called: put those who were called, as the
    vendor's call records name them, into an exclusion list of the campaign before.
    """
    from runner.apply.reopen import reopen as open_again  # noqa: PLC0415
    from runner.cli.desks import desk_of  # noqa: PLC0415
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.cli.resolve import campaign_of  # noqa: PLC0415
    from runner.ledger.owner import this_process  # noqa: PLC0415

    repository = Repository.open(None)
    owner = this_process()
    with desk_of(repository, campaign_of(repository, f"{campaign}.{edition}.")) as desk:
        tasks = open_again(desk, people=people, reason=reason, by=owner.person)
    repository.progress.close()
    print_lines(
        [f"{campaign} {edition} is open again, although nobody can tell who is in {tasks} of its tasks"]
    )
