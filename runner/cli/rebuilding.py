"""A rebuild under way: what can be recovered, shown, and written."""

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from runner.cli.at_hand import LEAST_DIGITS, KnownBefore, LedgerAtHand
from runner.counts import plural
from runner.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from runner.apply.found import KnownTask
    from runner.apply.rebuild import Plan, Recovery
    from runner.cli.ledgers import PlanningKey
    from runner.cli.repository import Repository
    from runner.model.campaign import Campaign
    from runner.model.fact import Fact
    from runner.model.receipt import Receipt
    from runner.preview.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild under way."""

    repository: "Repository"
    campaigns: "Sequence[Campaign]"
    receipts: "Sequence[Receipt]"
    found: LedgerAtHand
    before: KnownBefore
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
        from runner.model.ledger_fact import Bound, Genesis  # noqa: PLC0415
        from runner.model.rebuild_fact import Rebuilt  # noqa: PLC0415

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
        aside = f"replaced-{self.found.name[:LEAST_DIGITS]}-{now:%Y%m%dT%H%M%SZ}"
        ledger, kept = make(url, what, aside=aside, now=now)
        head = ledger.head()
        entries = plural(head.sequence, "entry", "entries")
        lines = [f"made the ledger of {settings.environment} anew: lineage {genesis.lineage[:8]}, {entries}"]
        if kept is not None:
            lines.append(f"the one before it is kept as {kept}; nothing reads it any more")
        if self.key.is_new:
            lines.append(f"made a new key, {self.key.key.key_id}: keep it like the ledger, and apart from it")
        since = " since its last entry" if self.before.usable else ""
        lines.append(
            f"! not known any more: who was suppressed{since}, and whether everything was stopped: nothing but a ledger says that"
        )
        lines.append("  before you apply, tell `runner suppress` again who is never to be called")
        return lines


def _replaced(receipts: "Sequence[Receipt]", found: LedgerAtHand) -> "Iterator[Fact]":
    from runner.model.rebuild_fact import Replaced  # noqa: PLC0415

    for receipt in receipts:
        yield Replaced(lineage=receipt.lineage, receipt=receipt.name, head=receipt.head)
    if found.reader is not None:
        yield Replaced(lineage=found.reader.identity.lineage, receipt=None, head=None)
