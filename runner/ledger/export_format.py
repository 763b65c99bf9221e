"""A ledger as lines of JSON: what it belongs to and where it ends, then each entry with its people, as stored.

The form is read for years and by other tools. Bytes are base64. What a line holds is believed only after its hashes.
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass
from typing import Any, NoReturn, get_args

from runner.errors import LedgerError
from runner.ledger.blocks import Block
from runner.ledger.chain import Header
from runner.ledger.outcome_blocks import OutcomeBlock
from runner.model.entry import Head
from runner.model.ledger_identity import LedgerIdentity

VERSION = 1
FORMAT = "runner ledger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The first line.

    Attributes:
        sequence: of the newest entry, which is as many as there are.
        hash: of that entry.
    """

    lineage: str
    environment: str
    key_id: str
    sequence: int
    hash: str

    @property
    def head(self) -> Head:
        """Return the newest entry's sequence and hash."""
        return Head(sequence=self.sequence, hash=self.hash)


def manifest_line(identity: LedgerIdentity, head: Head) -> bytes:
    """Return the first line of an export."""
    manifest = Manifest(
        lineage=identity.lineage,
        environment=identity.environment,
        key_id=identity.key_id,
        sequence=head.sequence,
        hash=head.hash,
    )
    return _line({"format": FORMAT, "format_version": VERSION, **asdict(manifest)})


Payload = Block | OutcomeBlock | None
"""What belongs to an entry: the people of a task, or what became of calls; None where there is nothing, or it was erased."""


def entry_line(header: Header, payload: Payload) -> bytes:
    """Return the line of an entry, with what belongs to it."""
    if payload is None:
        return _line(header._asdict())
    name = "block" if isinstance(payload, Block) else "outcomes"
    return _line({**header._asdict(), name: _payload_table(payload)})


def manifest_of(line: bytes) -> Manifest:
    """Return what `manifest_line` wrote.

    Raises:
        LedgerError: it is something else, or of another version.
    """
    table = _table(line, number=1)
    if table.pop("format", None) != FORMAT:
        _refuse(1, "is not the beginning of an exported ledger")
    if table.pop("format_version", None) != VERSION:
        _refuse(1, "is of a format version that this version of runner does not know")
    return Manifest(**_typed(table, Manifest.__annotations__, number=1))


def entry_of_line(line: bytes, *, number: int) -> tuple[Header, Payload]:
    """Return what `entry_line` wrote; *number* is the line's, for messages.

    Raises:
        LedgerError: it is something else.
    """
    table = _table(line, number=number)
    people, outcomes = table.pop("block", None), table.pop("outcomes", None)
    header = Header(**_typed(table, Header.__annotations__, number=number))
    if people is not None and outcomes is not None:
        _refuse(number, "has both people and outcomes")
    if people is not None:
        return header, Block(**_payload(people, header, Block.__annotations__, number=number))
    if outcomes is not None:
        return header, OutcomeBlock(**_payload(outcomes, header, OutcomeBlock.__annotations__, number=number))
    return header, None


def _payload(table: object, header: Header, types: dict[str, object], *, number: int) -> dict[str, Any]:
    if not isinstance(table, dict):
        _refuse(number, "has people that cannot be read")
    for name in (name for name, expected in types.items() if expected is bytes):
        try:
            table[name] = base64.b64decode(table.get(name, ""), validate=True)
        except (binascii.Error, ValueError, TypeError) as error:
            raise _damaged(number, "has people that cannot be read") from error
    return _typed({"sequence": header.sequence, **table}, types, number=number)


def _payload_table(payload: Block | OutcomeBlock) -> dict[str, object]:
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in payload._asdict().items()
        if name != "sequence"
    }


def _line(table: dict[str, object]) -> bytes:
    return json.dumps(table, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def _table(line: bytes, *, number: int) -> dict[str, object]:
    try:
        table = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(number, "is no JSON") from error
    if not line.endswith(b"\n") or not isinstance(table, dict):
        _refuse(number, "is cut off, or no JSON object")
    return table


def _typed(table: dict[str, object], types: dict[str, object], *, number: int) -> dict[str, Any]:
    """Return *table* if it has exactly the names of *types*, each with a value of its type."""
    if table.keys() != types.keys():
        _refuse(number, "has other fields than it should have")
    for name, expected in types.items():
        if type(table[name]) not in (get_args(expected) or (expected,)):
            _refuse(number, "has a value of another type than it should have")
    return table


def _refuse(number: int, what: str) -> NoReturn:
    raise _damaged(number, what)


def _damaged(number: int, what: str) -> LedgerError:
    return LedgerError(
        f"line {number} of the export {what}",
        hint="Export the ledger again; nothing was made from this file.",
        code="export-damaged",
    )
