"""A desk for commands that settle something of one campaign without applying it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.apply.desk import Desk
    from runner.cli.repository import Repository
    from runner.model.campaign import Campaign


@contextmanager
def desk_of(repository: "Repository", campaign: "Campaign") -> Iterator["Desk"]:
    """Yield the desk of *campaign*, held by this process for as long as the block lasts.

    Raises:
        LedgerError: somebody holds the campaign, or the ledger cannot be used.
        CredentialsError: API key or secret are missing.
    """
    from runner.apply.boundary import nothing_happens  # noqa: PLC0415
    from runner.apply.desk import Desk  # noqa: PLC0415
    from runner.cli.ledgers import hold, key_of, reader_of, writer_of  # noqa: PLC0415
    from runner.cli.vendors import vendor_of  # noqa: PLC0415

    vendor = vendor_of(repository)
    ledger = writer_of(repository, key_of(repository, reader_of(repository)).key)
    with hold(ledger, campaign.name, repository.clock, note=repository.progress.note) as held:
        yield Desk(
            campaign=campaign,
            ledger=ledger,
            vendor=vendor,
            clock=repository.clock,
            progress=repository.progress,
            lease=lambda: held.lease,
            holds_lease=held.is_held,
            guarded=held.guarded,
            settle_time=timedelta(seconds=repository.settings.settle_time_s),
            at=nothing_happens,
            stopping=lambda: False,
        )
