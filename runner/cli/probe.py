"""`runner doctor --probe`: how old a signature the vendor takes, asked with questions that change nothing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from runner.cli.finding import Finding
from runner.errors import CredentialsError, Exit, RunnerError

if TYPE_CHECKING:
    from runner.apply.tolerance import Limit
    from runner.cli.repository import Repository
    from runner.laaffic.adapter import Laaffic
    from runner.ports import Clock


def probe(repository: "Repository") -> Iterator[Finding]:
    """Yield what timestamps the vendor takes, and keep it in the ledger for `runner resolve --absent`."""
    from runner.apply.tolerance import UNMEASURED  # noqa: PLC0415
    from runner.cli.vendors import vendor_of  # noqa: PLC0415
    from runner.views.probe_text import limit_text  # noqa: PLC0415

    try:
        vendor = vendor_of(repository)
        limits = _limits(vendor, repository.clock)
    except CredentialsError as error:
        # By words it is the account that is refused; with an old timestamp it may be the timestamp that was meant.
        text = f"asked with another timestamp, the vendor said otherwise than that it has expired: {error}"
        yield Finding(check="signature", state="note", text=text)
        return
    except RunnerError as error:
        yield Finding(check="signature", state="FAIL", text=str(error), exit=error.exit)
        return
    if limits is None:
        text = "a fresh timestamp is refused: set this machine's clock by NTP first"
        yield Finding(check="signature", state="FAIL", text=text, exit=Exit.UNAVAILABLE)
        return
    old, ahead = limits
    yield Finding(check="signature", state="ok", text=limit_text("old", old))
    yield Finding(check="signature", state="ok", text=limit_text("ahead", ahead))
    kept = _keep(repository, vendor.account, old)
    minutes = int(UNMEASURED.total_seconds() // 60)
    text = (
        "kept in the ledger; `runner resolve --absent` waits accordingly"
        if kept
        else f"not kept, for there is no ledger yet; `runner resolve --absent` goes by {minutes} minutes"
    )
    yield Finding(check="signature", state="ok" if kept else "note", text=text)


def _limits(vendor: "Laaffic", clock: "Clock") -> "tuple[Limit, Limit] | None":
    """Return the limits of old and of early timestamps; None where even a fresh one is refused."""
    from runner.apply.tolerance import find_limit  # noqa: PLC0415

    def takes(offset_s: int) -> bool:
        return vendor.takes(clock.now().replace(microsecond=0) + timedelta(seconds=offset_s))

    if not takes(0):
        return None
    limits = find_limit(lambda age_s: takes(-age_s)), find_limit(takes)
    # What was refused last must have been the timestamp, and not the account by now.
    return limits if takes(0) else None


def _keep(repository: "Repository", account: str, old: "Limit") -> bool:
    from runner.cli.ledgers import reader_of  # noqa: PLC0415
    from runner.ledger.open import open_writer  # noqa: PLC0415
    from runner.model.ledger_fact import ToleranceMeasured  # noqa: PLC0415

    if reader_of(repository) is None:
        return False
    settings = repository.settings
    url = settings.ledger_url(repository.root)
    with open_writer(url, environment=settings.environment, key_id=None) as ledger:
        fact = ToleranceMeasured(account=account, taken_s=old.taken_s, refused_s=old.refused_s)
        ledger.record(fact, now=repository.clock.now())
    return True
