"""Which ledger and which key a command works with."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runner.cli.repository import Repository
from runner.config.halt import halt_file
from runner.digest.keys import LedgerKey
from runner.errors import LedgerError
from runner.ledger.embedded import is_missing
from runner.ledger.key import key_path, ledger_key
from runner.ledger.receipts import TomlReceipts
from runner.model.halt import Halt
from runner.planning.receipts import check_receipts

if TYPE_CHECKING:
    from runner.ledger.store import SqlLedger
    from runner.ports import Clock, Held, Inbox, LedgerReader


def receipts_of(repository: Repository) -> TomlReceipts:
    """Return the receipts of the environment."""
    settings = repository.settings
    return TomlReceipts(settings.receipts_dir(repository.root), settings.environment, root=repository.root)


def reader_of(repository: Repository) -> "LedgerReader | None":
    """Return the ledger for reading, checked against the receipts; None where there is none yet.

    Raises:
        LedgerError: the receipts prove it bad, or tell of one that is gone.
        CredentialsError: it is of another environment.
    """
    settings = repository.settings
    url = settings.ledger_url(repository.root)
    reader = None
    if not is_missing(url):
        from runner.ledger.open import open_reader  # noqa: PLC0415  loads SQLAlchemy

        reader = open_reader(url, environment=settings.environment, key_id=None)
    check_receipts(receipts_of(repository).heads(), reader)
    return reader


def halt_now(repository: Repository, reader: "LedgerReader | None") -> Halt | None:
    """Return the stop that holds, by the file in the root or by the ledger; None where there is none."""
    return halt_file(repository.root) or (reader.halt() if reader is not None else None)


@dataclass(frozen=True, slots=True)
class PlanningKey:
    """The hashing key of a command, and whether it is kept yet."""

    key: LedgerKey
    is_new: bool

    def keep(self, repository: Repository) -> None:
        """Write a new key down; nothing happens with one that exists.

        A command calls this when everything is valid, so that bad input leaves nothing behind.

        Raises:
            LedgerError: another command made a key in the meantime.
        """
        if not self.is_new:
            return
        kept = _key(repository, may_make=True, make=lambda: self.key.secret)
        if kept != self.key:
            message = "another command made the ledger key at the same moment"
            raise LedgerError(message, hint="run this one again", code="ledger-key")


def key_of(repository: Repository, reader: "LedgerReader | None") -> PlanningKey:
    """Return the hashing key; a new one only where the environment has neither key, ledger nor receipt.

    Raises:
        LedgerError: it is missing, or another one than the ledger's.
    """
    settings = repository.settings
    path = key_path(settings.ledger_url(repository.root))
    may_make = reader is None and not receipts_of(repository).heads()
    if settings.ledger_key is None and may_make and path is not None and not path.exists():
        return PlanningKey(LedgerKey(secrets.token_hex(32)), is_new=True)
    key = _key(repository, may_make=False, make=lambda: "")
    if reader is not None and reader.identity.key_id != key.key_id:
        message = f"this ledger is under key {reader.identity.key_id}, the key given is {key.key_id}"
        hint = "restore the key that belongs to this ledger; under another one everybody would look new"
        raise LedgerError(message, hint=hint, code="ledger-key")
    return PlanningKey(key, is_new=False)


def key_to_rebuild_with(repository: Repository) -> PlanningKey:
    """Return the hashing key for a ledger that is made anew: the one that is there, else a new one, not kept yet.

    Raises:
        InvalidError: there is none, and the ledger has no key file.
        LedgerError: the key file cannot be used.
    """
    settings = repository.settings
    path = key_path(settings.ledger_url(repository.root))
    if settings.ledger_key is None and path is not None and not path.exists():
        return PlanningKey(LedgerKey(secrets.token_hex(32)), is_new=True)
    return PlanningKey(_key(repository, may_make=False, make=lambda: ""), is_new=False)


def _key(repository: Repository, *, may_make: bool, make: Callable[[], str]) -> LedgerKey:
    settings = repository.settings
    return ledger_key(
        settings.ledger_url(repository.root),
        setting=settings.ledger_key.get_secret_value() if settings.ledger_key else None,
        may_make=may_make,
        make=make,
    )


def writer_of(repository: Repository, key: LedgerKey) -> "SqlLedger":
    """Return the ledger for writing; made where there is none, but not in ``production``.

    Raises:
        LedgerError: there is none in ``production``, where only `runner ledger init` makes one.
    """
    from runner.ledger.open import open_reader, open_writer  # noqa: PLC0415

    settings = repository.settings
    url = settings.ledger_url(repository.root)
    reader = open_reader(url, environment=settings.environment, key_id=key.key_id)
    if reader is None:
        if settings.environment == "production":
            message = "there is no ledger for production yet"
            hint = "make it once with `runner ledger init`; a fresh machine must not look like a first apply"
            raise LedgerError(message, hint=hint, code="no-ledger")
        try:
            return make_ledger(repository, key)
        except LedgerError as error:
            # Another first apply made it since we looked: it is held by its lease, and that tells who holds what.
            if error.problems[0].code != "ledger-exists":
                raise
    return open_writer(url, environment=settings.environment, key_id=key.key_id)


@contextmanager
def ledger_and_inbox(repository: Repository, key: LedgerKey) -> "Iterator[tuple[SqlLedger, Inbox]]":
    """Yield the ledger for writing, which is there, and the inbox beside it, which is closed at the end.

    Raises:
        LedgerError: one of them cannot be opened.
    """
    from runner.ledger.inbox import inbox_of  # noqa: PLC0415
    from runner.ledger.open import open_writer  # noqa: PLC0415

    settings = repository.settings
    url = settings.ledger_url(repository.root)
    inbox = inbox_of(url)
    try:
        yield open_writer(url, environment=settings.environment, key_id=key.key_id), inbox
    finally:
        inbox.close()


def make_ledger(repository: Repository, key: LedgerKey) -> "SqlLedger":
    """Make the ledger of the environment and return it."""
    from runner.ledger.open import create  # noqa: PLC0415

    return create(
        repository.settings.ledger_url(repository.root),
        environment=repository.settings.environment,
        key_id=key.key_id,
        lineage=secrets.token_hex(16),
        now=repository.clock.now(),
    )


def index_people(ledger: "SqlLedger", *, note: Callable[[str], None]) -> None:
    """Cover what was sent by the index that `runner who` is quick by; where that fails it is said, and nothing else happens."""
    try:
        ledger.index_people()
    except LedgerError as error:
        note(
            f"the index of people was not written ({error.problems[0].code}): `runner who` is slower until `runner ledger reindex`"
        )


@contextmanager
def hold(
    ledger: "SqlLedger", campaign: str, clock: "Clock", *, note: Callable[[str], None]
) -> Iterator["Held"]:
    """Take the lease of *campaign*, renew it in the background, and give it back at the end."""
    from runner.cli.watchdog import Watchdog  # noqa: PLC0415
    from runner.ledger.takeover import acquire  # noqa: PLC0415

    lease = acquire(ledger, campaign, clock, note=note)
    try:
        with Watchdog(ledger, lease, clock).beating() as held:
            yield held
    finally:
        ledger.release(lease)
