"""Asking for a number and answering what was done to that person: `runner who`, without what a command line needs.

Only what every answer needs is loaded, and that late: the whole process is to be done before somebody notices.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runner.audience.library import Verdict
    from runner.collect.person import Known
    from runner.config.plain import LedgerPlace
    from runner.digest.keys import LedgerKey
    from runner.ledger.lookup import LedgerLookup
    from runner.ledger.receipts import TomlReceipts

MOST_CHARACTERS = 64


def plain_region(arguments: Sequence[str]) -> str | None:
    """Return the region of `runner who [--region XX]`, empty where none is given; None for every other command line."""
    match arguments:
        case ["who"]:
            return None if "_RUNNER_COMPLETE" in os.environ else ""
        case ["who", "--region", region] if region.isalpha():
            return region
        case _:
            return None


def ask(region: str | None) -> None:
    """Read a number from stdin, and print what the ledger says of that person.

    Args:
        region: how a national number is read; None: every number must be international.

    Raises:
        InvalidError: what was read is no number, or there is no repository.
        LedgerError: the ledger is not to be used, or the key is missing or another one than the ledger's.
        CredentialsError: the ledger is of another environment.
    """
    from runner.cli.output import print_lines  # noqa: PLC0415
    from runner.config.find import find_root  # noqa: PLC0415
    from runner.views.person_text import person_lines  # noqa: PLC0415

    asked = read_number(region)
    root = find_root(Path.cwd())
    place = ledger_place(root)
    print_lines(person_lines(str(asked.number), found(root, place, asked), environment=place.environment))


def read_number(region: str | None) -> "Verdict":
    """Return the number that was typed, which has been understood.

    Raises:
        InvalidError: it was not; nothing of it is repeated.
    """
    from runner.audience.library import ask as verdict_of  # noqa: PLC0415
    from runner.cli.output import write  # noqa: PLC0415

    if sys.stdin.isatty():
        write(sys.stderr, "number: ")
    asked = verdict_of(sys.stdin.readline(MOST_CHARACTERS).strip(), home=region.upper() if region else None)
    if asked.number is None:
        from runner.errors import InvalidError, Problem  # noqa: PLC0415

        hint = "write it with + and the country's code, or say --region"
        message = "what was read from stdin is no phone number"
        raise InvalidError([Problem(code="not-a-number", message=message, hint=hint)])
    return asked


def ledger_place(root: Path) -> "LedgerPlace":
    """Return which ledger is meant; a plain environment tells it without loading the library that reads all settings."""
    from runner.config.plain import plain_place  # noqa: PLC0415

    place = plain_place(root, os.environ)
    if place is not None:
        return place
    from runner.cli.repository import Repository  # noqa: PLC0415

    return Repository.open(None).settings.ledger_place


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A ledger in which people can be looked up, with its key and the receipts that do not contradict it."""

    lookup: "LedgerLookup"
    key: "LedgerKey"
    receipts: "TomlReceipts"


@contextmanager
def looking(root: Path, place: "LedgerPlace") -> Iterator[Looked | None]:
    """Yield the ledger; None where there is none.

    Raises:
        LedgerError: it is not to be used, or the key is missing or another one than the ledger's.
        CredentialsError: it is of another environment.
    """
    from runner.ledger.key import ledger_key  # noqa: PLC0415
    from runner.ledger.open_lookup import open_lookup  # noqa: PLC0415
    from runner.ledger.ownership import require_owner  # noqa: PLC0415
    from runner.ledger.receipts import TomlReceipts  # noqa: PLC0415
    from runner.planning.receipts import check_receipts  # noqa: PLC0415

    environment, url = place.environment, place.url(root)
    receipts = TomlReceipts(place.receipts_dir(root), environment, root=root)
    heads = receipts.heads()
    with open_lookup(url) as lookup:
        if lookup is not None:
            require_owner(lookup.identity, place=lookup.place, environment=environment, key_id=None)
        check_receipts(heads, lookup)
        if lookup is None:
            yield None
            return
        key = ledger_key(url, setting=place.key, may_make=False, make=str)
        require_owner(lookup.identity, place=lookup.place, environment=environment, key_id=key.key_id)
        yield Looked(lookup=lookup, key=key, receipts=receipts)


def found(root: Path, place: "LedgerPlace", asked: "Verdict") -> "Known | None":
    """Return what the ledger has of the person; None where there is no ledger.

    Raises:
        LedgerError, CredentialsError: see `looking`.
    """
    from runner.collect.person import keys_of, known  # noqa: PLC0415
    from runner.digest.keys import Label  # noqa: PLC0415

    with looking(root, place) as looked:
        if looked is None:
            return None
        keys = keys_of(str(asked.number), asked.country, subkey=looked.key.subkey(Label.PERSON))
        return known(looked.lookup, looked.receipts.naming, keys)
