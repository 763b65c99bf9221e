"""Was this person called? The ledger as that question sees it: by the database's driver alone, and without columns.

What is read is as verified as for every other reader: the whole chain of headers, and each block that answers. The index of
prefixes is believed only where it is of exactly the blocks that the chain has; all other blocks are searched.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from runner.digest.framed import KEY_BYTES
from runner.errors import LedgerError
from runner.ledger.block_format import Block, OutcomeBlock, check_block, check_outcomes
from runner.ledger.chain import RECOVERY, Header, entry_of, followed, tampered
from runner.ledger.prefix_format import Prefixes, Run, belongs, found_in, is_sound, rows_of
from runner.ledger.revision_number import REVISION
from runner.model.entry import Entry
from runner.model.ledger_fact import Bound, Genesis
from runner.model.ledger_identity import LedgerIdentity
from runner.model.rebuild_fact import Replaced
from runner.model.task_id import TaskId

if TYPE_CHECKING:
    import polars as pl

_ENTRIES = "SELECT sequence, at, kind, campaign, edition, task, fact, payload_sha256, previous, hash FROM entries ORDER BY sequence"
_RUNS = "SELECT run, format, people, blocks, counts, sha256 FROM prefix_runs ORDER BY run"
_PREFIXES = "SELECT first_byte, run, prefixes, positions, sha256 FROM prefixes WHERE first_byte = :first_byte"
_BLOCK = "SELECT sequence, format, n, first, last, people, contents FROM blocks WHERE sequence = :sequence"
_ENDS = "SELECT sequence, first, last FROM blocks ORDER BY sequence"
_OUTCOMES = "SELECT sequence, format, n, people, details FROM outcomes WHERE sequence = :sequence"


class Query(Protocol):
    """Asks the database, inside one transaction that sees one state of the ledger."""

    def __call__(self, statement: str, **values: object) -> Iterable[Sequence[object]]:
        """Return the rows of *statement*, in which a value is named as ``:name``."""
        ...


class LedgerLookup:
    """A ledger in which people are looked up.

    Args:
        query: of its database.
        place: how messages name it.

    Raises:
        LedgerError: it has another schema than this version needs, or an entry is not what its hash says.
    """

    def __init__(self, query: Query, *, place: str) -> None:
        self._query = query
        self._place = place
        self._require_revision()
        self._headers = self._followed()

    @property
    def place(self) -> str:
        """Return how messages name this ledger."""
        return self._place

    @cached_property
    def identity(self) -> LedgerIdentity:
        """Return what this ledger belongs to, from its first entry and the newest one that binds it."""
        genesis = entry_of(self._headers[0]).fact if self._headers else None
        if not isinstance(genesis, Genesis):
            raise tampered(1, "is not the one that begins a ledger")
        bound = [entry_of(header).fact for header in self._headers if header.kind == "bound"]
        newest = bound[-1] if bound else None
        return LedgerIdentity(
            lineage=genesis.lineage,
            environment=genesis.environment,
            key_id=genesis.key_id,
            account=newest.account if isinstance(newest, Bound) else None,
        )

    def hash_at(self, sequence: int) -> str | None:
        """Return the hash of the entry *sequence*; None where there is none."""
        return self._headers[sequence - 1].hash if 0 < sequence <= len(self._headers) else None

    def replaced(self) -> tuple[Replaced, ...]:
        """Return what this ledger stands in the place of; empty where it was not rebuilt."""
        facts = [entry_of(header).fact for header in self._headers if header.kind == "replaced"]
        return tuple(fact for fact in facts if isinstance(fact, Replaced))

    def holding(self, keys: Collection[int]) -> tuple[int, ...]:
        """Return the sequences of the entries whose block holds somebody with one of these person *keys*, ascending.

        Raises:
            LedgerError: a block is not what its entry says, or is missing.
        """
        wanted = [key.to_bytes(KEY_BYTES, "big") for key in keys]
        runs = self._runs
        near = {sequence for key in wanted for sequence in self._indexed(key, runs)}
        found = {sequence for sequence in near if self._holds(sequence, wanted)}
        searched = self._hashes.keys() - {sequence for run in runs for sequence in run.sequences}
        return tuple(sorted(found | set(self._searched(searched, wanted))))

    @property
    def uncovered(self) -> tuple[int, ...]:
        """Return the sequences of the blocks that no run of the index covers, ascending."""
        return tuple(sorted(self._hashes.keys() - {s for run in self._runs for s in run.sequences}))

    def tasks_of(self, sequences: Collection[int]) -> tuple[TaskId, ...]:
        """Return the tasks that the entries *sequences* sent, each once, in their order; others of them are passed over."""
        headers = (self._headers[sequence - 1] for sequence in sorted(sequences))
        named = dict.fromkeys((h.campaign, h.edition, h.task) for h in headers)
        return tuple(
            TaskId(campaign=campaign, edition=edition, name=name)
            for campaign, edition, name in named
            if campaign is not None and edition is not None and name is not None
        )

    def contents_of(self, sequence: int, keys: Collection[int]) -> tuple[int, ...]:
        """Return the content keys that the block of the entry *sequence* has of the people with these person *keys*.

        Raises:
            LedgerError: the block is not what its entry says, or is missing.
        """
        block = self._block(sequence)
        places = (place for key in keys for place in rows_of(block.people, key.to_bytes(KEY_BYTES, "big")))
        found = (block.contents[at * KEY_BYTES : (at + 1) * KEY_BYTES] for at in places)
        return tuple(int.from_bytes(content, "big") for content in found)

    def wishes_of(self, sequences: Collection[int]) -> tuple[Entry, ...]:
        """Return those of the entries *sequences* that are about people and no task, such as `Suppressed`, ascending."""
        headers = (self._headers[sequence - 1] for sequence in sorted(sequences))
        return tuple(entry_of(header) for header in headers if header.campaign is None)

    def entries_of(self, task: TaskId) -> tuple[Entry, ...]:
        """Return the entries of *task*, and those of its campaign and edition that are of no task, ascending by sequence."""
        edition = (task.campaign, task.edition)
        return tuple(
            entry_of(header)
            for header in self._headers
            if (header.campaign, header.edition) == edition and header.task in (None, task.name)
        )

    def outcomes_of(self, sequences: Iterable[int], keys: Collection[int]) -> "pl.DataFrame | None":
        """Return *outcomes* of `runner.frames` of the people with these person *keys*, from these `TaskOutcomes` entries.

        None where there are none: then the library of columns is not loaded. What was erased is left out.

        Raises:
            LedgerError: a block does not hash to what its entry says.
        """
        wanted = [key.to_bytes(KEY_BYTES, "big") for key in keys]
        blocks = [
            block for block in self._outcomes(sequences) if any(rows_of(block.people, key) for key in wanted)
        ]
        if not blocks:
            return None
        from runner.ledger.person_outcomes import outcomes_of_people  # noqa: PLC0415

        return outcomes_of_people(blocks, wanted)

    def _require_revision(self) -> None:
        found = [row[0] for row in self._query("SELECT version_num FROM alembic_version")]
        if found != [REVISION]:
            said = found[0] if len(found) == 1 else "nobody knows which"
            raise LedgerError(
                f"the ledger {self._place} has schema {said}, this version of runner needs {REVISION}",
                hint="Where the ledger is the older of the two: `runner ledger migrate`. Else install the newer version.",
                code="ledger-schema",
            )

    def _followed(self) -> list[Header]:
        heads = [
            (int(str(sequence)), str(sha256))
            for sequence, sha256 in self._query("SELECT sequence, hash FROM heads")
        ]
        headers = list(followed(Header(*row) for row in self._query(_ENTRIES)))  # type: ignore[arg-type]  # the hash tells
        if len(heads) != 1:
            raise LedgerError("the ledger has lost its head", hint=RECOVERY, code="ledger-tampered")
        if heads[0] != ((headers[-1].sequence, headers[-1].hash) if headers else (0, "0" * 64)):
            raise tampered(heads[0][0], "is not the newest, as the ledger says")
        return headers

    @cached_property
    def _hashes(self) -> dict[int, str]:
        """Of the content of each block of people, by sequence."""
        return {
            header.sequence: header.payload_sha256 or ""
            for header in self._headers
            if header.kind == "sending" or (header.payload_sha256 is not None and header.kind != "outcomes")
        }

    @cached_property
    def _runs(self) -> list[Run]:
        runs = (Run(*row) for row in self._query(_RUNS))  # type: ignore[arg-type]  # its digest tells
        return [run for run in runs if is_sound(run, self._hashes)]

    def _indexed(self, key: bytes, runs: list[Run]) -> Iterator[int]:
        """Yield the blocks that may hold *key*; a run without a sound row for it is taken out of *runs*."""
        rows: dict[object, Prefixes] = {}
        for values in self._query(_PREFIXES, first_byte=key[0]):
            row = Prefixes(*values)  # type: ignore[arg-type]  # its digest tells
            rows[row.run] = row
        for run in tuple(runs):
            row_of_run = rows.get(run.run)
            if row_of_run is None and run.count(key[0]) == 0:
                continue
            if row_of_run is None or not belongs(row_of_run, run):
                runs.remove(run)
                continue
            yield from found_in(row_of_run, run, key)

    def _searched(self, sequences: Collection[int], wanted: Sequence[bytes]) -> Iterator[int]:
        if not sequences:
            return
        ends = {row[0]: row[1:] for row in self._query(_ENDS)}
        for sequence in sorted(sequences):
            first, last = ends.get(
                sequence, (b"", b"\xff" * KEY_BYTES)
            )  # one that is missing is said to be below
            if any(first <= key <= last for key in wanted) and self._holds(sequence, wanted):  # type: ignore[operator]
                yield sequence

    def _holds(self, sequence: int, wanted: Sequence[bytes]) -> bool:
        people = self._block(sequence).people
        return any(rows_of(people, key) for key in wanted)

    def _block(self, sequence: int) -> Block:
        blocks = [Block(*row) for row in self._query(_BLOCK, sequence=sequence)]  # type: ignore[arg-type]
        if not blocks:
            raise tampered(sequence, "has lost its people")
        check_block(blocks[0], self._hashes[sequence])
        return blocks[0]

    def _outcomes(self, sequences: Iterable[int]) -> Iterator[OutcomeBlock]:
        for sequence in sequences:
            for row in self._query(_OUTCOMES, sequence=sequence):
                block = OutcomeBlock(*row)  # type: ignore[arg-type]
                check_outcomes(block, self._headers[sequence - 1].payload_sha256)
                yield block
