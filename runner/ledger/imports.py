"""Making a ledger from an export: the same lineage, the same chain, in another place or another kind of database."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, insert

from runner.errors import CredentialsError, LedgerError
from runner.ledger.blocks import Block, check_block
from runner.ledger.chain import Header, entry_of, followed, tampered
from runner.ledger.database import database_of, explained
from runner.ledger.export_format import Manifest, Payload, entry_of_line, manifest_of
from runner.ledger.facts import instant_text
from runner.ledger.lease import TERM_S
from runner.ledger.open import open_writer
from runner.ledger.outcome_blocks import OutcomeBlock, check_outcomes
from runner.ledger.owner import this_process
from runner.ledger.schema import blocks, entries, heads, leases, outcomes
from runner.ledger.store import SqlLedger
from runner.model.entry import EMPTY_HEAD, Head
from runner.model.fact import Fact
from runner.model.ledger_fact import Genesis
from runner.model.outcome_fact import OutcomesErased, TaskOutcomes
from runner.model.task_fact import Sending

_ENTRIES_AT_ONCE = 100


def read_manifest(path: Path) -> Manifest:
    """Return what the exported ledger in *path* says it is.

    Raises:
        LedgerError: it cannot be read, or is no export.
    """
    try:
        with path.open("rb") as file:
            return manifest_of(file.readline())
    except OSError as error:
        raise LedgerError(
            f"the export {path} cannot be read: {error.strerror}", code="export-unreadable"
        ) from error


def import_lines(url: str, path: Path, *, environment: str, key_id: str, now: datetime) -> SqlLedger:
    """Make the ledger at *url* from the export in *path*, all of it or nothing, and return it for writing.

    Every hash is checked on the way in, and all of it again where it has arrived. Leases are not taken along: nobody holds
    a campaign in the new place, and the next epoch of each is greater than any that it sent under.

    Args:
        url: `RUNNER_LEDGER_URL` of a place where there is no ledger.
        path: as `runner.ledger.export.export_lines` wrote it.
        environment: that the ledger must belong to.
        key_id: of the key that it must be under.
        now: aware.

    Raises:
        CredentialsError: it is the ledger of another environment.
        LedgerError: it is under another key, the file is damaged, or there is a ledger at *url* already.
        InvalidError: *url* names no place for a ledger.
    """
    from runner.ledger.migration import build_schema  # noqa: PLC0415  loads Alembic

    manifest = read_manifest(path)
    _require(manifest, environment=environment, key_id=key_id)
    database = database_of(url)

    def fill(connection: Connection) -> None:
        build_schema(connection)
        with path.open("rb") as lines:
            lines.readline()
            epochs = _append(connection, lines, manifest)
        connection.execute(insert(heads), {"one": 1, "sequence": manifest.sequence, "hash": manifest.hash})
        if epochs:
            connection.execute(insert(leases), released(epochs, manifest.head, now=now))

    with explained(database):
        database.build(fill)
    ledger = open_writer(url, environment=environment, key_id=key_id)
    ledger.verify()
    return ledger


def _require(manifest: Manifest, *, environment: str, key_id: str) -> None:
    if manifest.environment != environment:
        raise CredentialsError(
            f"the export is of a ledger of environment {manifest.environment}, not of {environment}",
            hint="Check RUNNER_ENVIRONMENT: each environment has a ledger of its own.",
            code="other-environment",
        )
    if manifest.key_id != key_id:
        raise LedgerError(
            f"the export is of a ledger under key {manifest.key_id}, this is key {key_id}",
            hint="Take the key along: set RUNNER_LEDGER_KEY to it, or put its ledger.key beside the new ledger.",
            code="other-key",
        )


def _append(connection: Connection, lines: Iterable[bytes], manifest: Manifest) -> dict[str, int]:
    """Write the entries and payloads of *lines*, checked, and return the greatest epoch that each campaign sent under."""
    records = (entry_of_line(line, number=number) for number, line in enumerate(lines, start=2))
    head, epochs, missing = EMPTY_HEAD, dict[str, int](), set[int]()
    while some := list(islice(records, _ENTRIES_AT_ONCE)):
        for header, (_, payload) in zip(
            followed((header for header, _ in some), after=head), some, strict=True
        ):
            fact = entry_of(header).fact
            if (header.sequence == 1) != isinstance(fact, Genesis) or not _agrees(fact, manifest):
                raise tampered(header.sequence, "is not the one that belongs there")
            if isinstance(fact, TaskOutcomes) and payload is None:
                missing.add(header.sequence)
            else:
                _check_payload(fact, header, payload)
            if isinstance(fact, OutcomesErased):
                missing.discard(fact.entry)
            if isinstance(fact, Sending):
                epochs[fact.task.campaign] = max(fact.epoch, epochs.get(fact.task.campaign, 0))
        connection.execute(insert(entries), [header._asdict() for header, _ in some])
        if with_people := [payload._asdict() for _, payload in some if isinstance(payload, Block)]:
            connection.execute(insert(blocks), with_people)
        if with_calls := [payload._asdict() for _, payload in some if isinstance(payload, OutcomeBlock)]:
            connection.execute(insert(outcomes), with_calls)
        head = Head(sequence=some[-1][0].sequence, hash=some[-1][0].hash)
    for sequence in sorted(missing):
        raise tampered(sequence, "has lost its outcomes, and no entry says that they were erased")
    if head != manifest.head:
        raise LedgerError(
            f"the export ends at entry {head.sequence}, and should have {manifest.sequence}",
            hint="It was cut off, or written to. Export the ledger again; nothing was made from this file.",
            code="export-damaged",
        )
    return epochs


def _check_payload(fact: Fact, header: Header, payload: Payload) -> None:
    if (payload is None) != (header.payload_sha256 is None):
        raise tampered(header.sequence, "has people that do not belong to it, or lacks its own")
    if isinstance(payload, OutcomeBlock) and isinstance(fact, TaskOutcomes):
        check_outcomes(payload, header.payload_sha256)
    elif isinstance(payload, Block) and not isinstance(fact, TaskOutcomes):
        check_block(payload, header.payload_sha256)
    elif payload is not None:
        raise tampered(header.sequence, "has a payload of another kind")


def _agrees(fact: object, manifest: Manifest) -> bool:
    """Return whether the first line says the same of the ledger as its first entry does."""
    return not isinstance(fact, Genesis) or (fact.lineage, fact.environment, fact.key_id) == (
        manifest.lineage,
        manifest.environment,
        manifest.key_id,
    )


def released(epochs: dict[str, int], head: Head, *, now: datetime) -> list[dict[str, object]]:
    """Return leases that nobody holds, so that the epoch of each campaign only grows."""
    at = instant_text(now)
    return [
        {
            **asdict(this_process()),
            "campaign": campaign,
            "epoch": epoch,
            "held": 0,
            "term_s": TERM_S,
            "taken_at": at,
            "taken_at_sequence": head.sequence,
            "renewed_at": at,
        }
        for campaign, epoch in sorted(epochs.items())
    ]
