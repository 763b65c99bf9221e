"""`runner doctor`: is everything in place for an apply?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from runner.cli.finding import Finding
from runner.cli.finished import Finished
from runner.counts import plural

if TYPE_CHECKING:
    from runner.cli.repository import Repository
    from runner.errors import Problem
    from runner.ports import LedgerReader

MOST_SKEW_S = 30
"""The vendor's tolerance is not documented; its parent company's other API allows 60 seconds."""

SHORT_SECRET = 16


def doctor(
    *,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="Also measure how old a signature the vendor takes, by some 20 questions for the balance, keep that in "
            "the ledger, and say how to find out whether it refuses a task name that exists.",
        ),
    ] = False,
) -> None:
    """Check settings, the vendor's clock, credentials, balance, ledger, receipts and locks. Sends nothing."""
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.cli.repository import Repository  # noqa: PLC0415
    from runner.errors import worst  # noqa: PLC0415
    from runner.views.visible import visible  # noqa: PLC0415

    repository = Repository.open(None)
    findings = [*_halt(repository), *_settings(repository), *_vendor(repository), *_ledger(repository)]
    names: list[str] = []
    if probe:
        from runner.cli.probe import probe as measure  # noqa: PLC0415
        from runner.views.probe_text import NAMES  # noqa: PLC0415

        is_well = not any(one.exit for one in findings)
        unwell = Finding(check="signature", state="note", text="not measured, since something above failed")
        findings += measure(repository) if is_well else [unwell]
        names = ["", *NAMES.splitlines()]
    repository.progress.close()
    print_lines([*(f"{one.state:<5} {one.check:<12} {visible(one.text)}" for one in findings), *names])
    code = worst(one.exit for one in findings if one.exit is not None)
    if code:
        raise Finished(code)


def _with_hint(problem: "Problem") -> str:
    return f"{problem.message}; {problem.hint}" if problem.hint else problem.message


def _halt(repository: "Repository") -> Iterator[Finding]:
    """Yield the stop, if there is one. What is wrong with the ledger is told where the ledger is looked at."""
    from runner.cli.ledgers import halt_now, reader_of  # noqa: PLC0415
    from runner.config.halt import halt_file  # noqa: PLC0415
    from runner.errors import Exit, RunnerError  # noqa: PLC0415

    try:
        halt = halt_now(repository, reader_of(repository))
    except RunnerError:
        halt = halt_file(repository.root)
    if halt is not None:
        yield Finding(check="stop", state="FAIL", text=f"{halt}; {halt.lift}", exit=Exit.REFUSED)


def _settings(repository: "Repository") -> Iterator[Finding]:
    settings = repository.settings
    yield Finding(
        check="settings", state="ok", text=f"environment {settings.environment}, root {repository.root}"
    )
    if settings.vendor_zone is None:
        text = "RUNNER_VENDOR_TIMEZONE is not set: campaigns with a schedule cannot be planned"
        yield Finding(check="time zone", state="note", text=text)
    else:
        yield Finding(
            check="time zone", state="ok", text=f"the vendor reads times in {settings.vendor_zone.key}"
        )
    if settings.refuses_duplicate_names:
        text = "RUNNER_VENDOR_REFUSES_DUPLICATE_NAMES is true, but nothing is sent a second time yet"
        yield Finding(check="names", state="note", text=text)


def _vendor(repository: "Repository") -> Iterator[Finding]:
    from runner.cli.vendors import vendor_of  # noqa: PLC0415
    from runner.errors import RunnerError  # noqa: PLC0415

    try:
        vendor = vendor_of(repository)
        _, secret = repository.settings.credentials()
        if len(secret) < SHORT_SECRET and repository.settings.environment != "sandbox":
            text = f"the secret has {len(secret)} characters: it can be guessed from a leaked signature"
            yield Finding(check="secret", state="note", text=text)
        before = repository.clock.now()
        balance = vendor.balance()
        now = before + (repository.clock.now() - before) / 2
    except RunnerError as error:
        problem = error.problems[0]
        yield Finding(check="vendor", state="FAIL", text=_with_hint(problem), exit=error.exit)
        return
    yield Finding(check="credentials", state="ok", text=f"accepted by {repository.settings.address()}")
    text = f"{balance.balance} (bonus {balance.gift}, credit {balance.credit})"
    yield Finding(check="balance", state="ok", text=text)
    if balance.server_time is None:
        yield Finding(check="clock", state="note", text="the vendor's answer carries no time to compare with")
        return
    skew_s = int((now - balance.server_time).total_seconds())
    state = "ok" if abs(skew_s) <= MOST_SKEW_S else "FAIL"
    from runner.errors import Exit  # noqa: PLC0415

    text = f"ours is {abs(skew_s)} s {'ahead of' if skew_s >= 0 else 'behind'} the vendor's"
    yield Finding(check="clock", state=state, text=text, exit=None if state == "ok" else Exit.UNAVAILABLE)


def _ledger(repository: "Repository") -> Iterator[Finding]:
    from runner.cli.ledgers import key_of, reader_of, receipts_of  # noqa: PLC0415
    from runner.errors import RunnerError  # noqa: PLC0415

    try:
        receipts = receipts_of(repository).all()
        reader = reader_of(repository)
        if reader is None:
            yield Finding(check="ledger", state="ok", text="none yet; the first apply makes it")
            return
        key = key_of(repository, reader).key
        entries = reader.verify()
    except RunnerError as error:
        problem = error.problems[0]
        yield Finding(check="ledger", state="FAIL", text=_with_hint(problem), exit=error.exit)
        return
    identity = reader.identity
    text = f"lineage {identity.lineage[:8]}, {plural(entries, 'entry', 'entries')}, each as it was written, key {key.key_id}"
    yield Finding(check="ledger", state="ok", text=text)
    yield Finding(check="receipts", state="ok", text=f"{len(receipts):,}, all in this ledger")
    yield from _account(repository, identity.account)
    yield from _locks(repository, reader)


def _account(repository: "Repository", bound: str | None) -> Iterator[Finding]:
    from runner.cli.vendors import vendor_of  # noqa: PLC0415
    from runner.errors import CredentialsError, Exit, RunnerError  # noqa: PLC0415

    try:
        account = vendor_of(repository).account
    except (CredentialsError, RunnerError):
        return
    if bound is None:
        yield Finding(
            check="account", state="ok", text="the ledger is bound to an account by its first apply"
        )
    elif bound == account:
        yield Finding(check="account", state="ok", text=f"the ledger belongs to this account ({bound})")
    else:
        text = f"the ledger belongs to account {bound}, the credentials are of {account}"
        yield Finding(check="account", state="FAIL", text=text, exit=Exit.CREDENTIALS)


def _locks(repository: "Repository", reader: "LedgerReader") -> Iterator[Finding]:
    from runner.errors import RunnerError  # noqa: PLC0415

    try:
        campaigns = repository.campaigns(None, need_audience=False)
    except RunnerError as error:
        text = f"{plural(len(error.problems), 'problem')} in campaign files; see `runner validate`"
        yield Finding(check="campaigns", state="FAIL", text=text, exit=error.exit)
        return
    yield Finding(check="campaigns", state="ok", text=f"{len(campaigns)} valid")
    for campaign in campaigns:
        lease = reader.holder(campaign.name)
        if lease is not None:
            owner = lease.owner
            text = f"{campaign.name} is held by {owner.person}, pid {owner.pid}, epoch {lease.epoch}"
            yield Finding(check="lock", state="note", text=text)
