"""Where the hashing key of a ledger comes from: the settings, or a file beside an embedded ledger.

A key is never replaced. Under another one everybody would look new: the most expensive mistake that this tool can make.
"""

from collections.abc import Callable
from pathlib import Path

from runner.digest.keys import LedgerKey
from runner.errors import InvalidError, LedgerError, Problem
from runner.ledger.embedded import embedded_path, is_missing
from runner.ledger.private_files import make_private_folder, refuse_public, write_new

FILE_NAME = "ledger.key"


def key_path(url: str) -> Path | None:
    """Return the key file of the ledger at *url*; None where it is not embedded and has none."""
    plain = embedded_path(url)
    if plain is not None:
        return plain.with_name(FILE_NAME)
    from runner.ledger.database import database_of  # noqa: PLC0415  loads SQLAlchemy
    from runner.ledger.sqlite import SqliteDatabase  # noqa: PLC0415

    database = database_of(url)
    return database.path.with_name(FILE_NAME) if isinstance(database, SqliteDatabase) else None


def ledger_key(url: str, *, setting: str | None, may_make: bool, make: Callable[[], str]) -> LedgerKey:
    """Return the key of the ledger at *url*.

    Args:
        url: `RUNNER_LEDGER_URL`.
        setting: `RUNNER_LEDGER_KEY`; it goes before the file.
        may_make: whether this environment has neither a ledger nor a receipt, so that a key may be made. A key is not
            made beside a ledger, whatever this says.
        make: returns 64 random lower-case hex digits.

    Raises:
        InvalidError: `RUNNER_LEDGER_KEY` is not a key, or is missing where the ledger has no file of its own.
        LedgerError: the file is missing and none may be made, is not a key, or others can read it.
    """
    if setting:
        return _from_setting(setting)
    path = key_path(url)
    if path is None:
        raise _invalid(
            "RUNNER_LEDGER_KEY is not set: a ledger in PostgreSQL has no key file beside it",
            hint="Everybody who plans and applies has the same key. It is made once, before `runner ledger init`, such as by "
            "`openssl rand -hex 32`, and kept like the ledger: a lost key is a lost ledger.",
        )
    try:
        if path.exists():
            return _from_file(path)
        if not may_make or not is_missing(url):
            raise _missing(path)
        make_private_folder(path.parent)
        # Of two processes that come here at once the first one's key is everybody's.
        write_new(path, f"{LedgerKey(make()).secret}\n".encode())
        return _from_file(path)
    except OSError as error:
        raise LedgerError(
            f"the key of the ledger at {path} cannot be used: {error.strerror}",
            hint="Check the rights of the file and its folder, or set RUNNER_LEDGER_KEY.",
            code="ledger-key",
        ) from error


def put_key(url: str, key: LedgerKey) -> None:
    """Write *key* into the key file of the embedded ledger at *url*, where there is none: for a ledger that is made anew.

    Raises:
        LedgerError: there is one, or it cannot be written, or the ledger has no key file.
    """
    path = key_path(url)
    try:
        if path is None or not _written(path, key):
            raise LedgerError("a key for this ledger was made meanwhile", code="ledger-key")
    except OSError as error:
        raise LedgerError(f"{path} cannot be written: {error.strerror}", code="ledger-key") from error


def _written(path: Path, key: LedgerKey) -> bool:
    make_private_folder(path.parent)
    return write_new(path, f"{key.secret}\n".encode())


def _from_setting(setting: str) -> LedgerKey:
    try:
        return LedgerKey(setting)
    except ValueError as error:
        raise _invalid("RUNNER_LEDGER_KEY is not 64 lower-case hex digits") from error


def _from_file(path: Path) -> LedgerKey:
    refuse_public(path)
    try:
        return LedgerKey(path.read_text(encoding="ascii").strip())
    except ValueError as error:
        raise LedgerError(
            f"{path} does not hold a ledger key: 64 lower-case hex digits",
            hint="Restore the file. Do not make another key: everybody would look new and be called again.",
            code="ledger-key",
        ) from error


def _missing(path: Path) -> LedgerError:
    return LedgerError(
        f"the key of this environment's ledger is missing: there is no {path}, and RUNNER_LEDGER_KEY is not set",
        hint="Restore the key that the ledger or the receipts of this environment were written under. It is not made anew, "
        "because under another key everybody would look new and be called again. Where it is lost for good, "
        "`runner ledger rebuild` makes a new ledger (docs/ledger.md).",
        code="ledger-key",
    )


def _invalid(message: str, *, hint: str | None = None) -> InvalidError:
    return InvalidError([Problem(code="ledger-key", message=message, hint=hint)])
