"""`runner who` over a ledger of many people, as a whole process, beside the least that Python can do about it.

    python who.py PEOPLE ROUNDS

makes a ledger of ten campaigns and as many people as are said, in tasks of 100,000, with its receipts, its index, and outcomes
of one task; and prints JSON, medians of seconds: ``called_s`` for somebody who is in a task, ``heard_s`` for somebody of whose
call something is known, ``not_s`` for somebody who is in none, ``searched_s`` for the same without the index, ``pass_s`` for
``python -c pass`` and ``sqlite_s`` for a process that only opens the file with Python's `sqlite3` and asks it for the place of
the same key in every block, which somebody would write by hand; ``index_s`` for writing the index.
"""

import hashlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from runner import frames
from runner.digest.keyed import keyed
from runner.digest.keys import Label, LedgerKey
from runner.frames import BLOCK_SCHEMA, CONTENT, OUTCOME_SCHEMA, PERSON
from runner.ledger.open import create
from runner.ledger.receipts import TomlReceipts
from runner.ledger.store import SqlLedger
from runner.model.entry import Head
from runner.model.outcome_fact import TaskOutcomes
from runner.model.receipt import Receipt, ReceiptTask
from runner.model.task_fact import Sending, TaskAccepted, TaskConfirmed
from runner.model.task_id import TaskId

RUNNER = Path(sys.executable).with_name("runner")
KEY = LedgerKey("0123456789abcdef" * 4)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PER_TASK = 100_000
CAMPAIGNS = 10
CALLED, HEARD, STRANGER = "+447700900001", "+447700900002", "+447700900009"

BY_HAND = """
import hashlib, hmac, sqlite3, sys
key = bytes.fromhex(sys.argv[2])
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for (people,) in connection.execute("SELECT people FROM blocks"):
    at = people.find(key)
    while at >= 0 and at % 16:
        at = people.find(key, at + 1)
    if at >= 0:
        print("called")
"""


def block(dice: np.random.Generator, people: int, *known: int) -> pl.DataFrame:
    """Return a block of so many people: random keys, and those of people who are *known*."""
    high, low = (pl.Series(dice.integers(0, 2**64, people - len(known), dtype=np.uint64)) for _ in range(2))
    keys = pl.DataFrame({"high": high, "low": low}).select(
        (pl.col("high").cast(pl.UInt128) * 2**64 + pl.col("low").cast(pl.UInt128)).alias(PERSON)
    )
    every = pl.concat([keys, pl.DataFrame({PERSON: list(known)}, schema={PERSON: pl.UInt128})]).sort(PERSON)
    return every.with_columns((pl.col(PERSON) // 2).alias(CONTENT)).cast(BLOCK_SCHEMA)


def fill(ledger: SqlLedger, folder: Path, people: int) -> None:
    """Send everybody, as applies do, with a receipt for each campaign, and record the outcome of one call."""
    dice = np.random.default_rng(7)
    subkey = KEY.subkey(Label.PERSON)
    called, heard = (keyed(subkey, number) for number in (CALLED, HEARD))
    receipts = TomlReceipts(folder, "sandbox")
    tasks = people // PER_TASK // CAMPAIGNS
    for number in range(CAMPAIGNS):
        campaign, sent = f"campaign-{number}", list[TaskId]()
        lease, head = ledger.acquire(campaign, now=NOW), ledger.head()
        for at in range(tasks):
            known = {0: (called, heard), 1: (heard,)}.get(at, ()) if number == CAMPAIGNS // 2 else ()
            task = TaskId(campaign=campaign, edition="2026-11", name=f"{campaign}.2026-11.{at:014}")
            sending = Sending(
                task=task,
                settings_digest="5" * 64,
                people=PER_TASK,
                attempt=1,
                generation=0,
                signed_at=NOW,
                epoch=lease.epoch,
                planned_at=head.sequence,
                metadata="9.0.43",
                send_at=None,
            )
            ledger.intend(sending, block(dice, PER_TASK, *known), lease=lease, now=NOW)
            ledger.record(TaskAccepted(task=task, job_id=at + 1, looked_up=False), now=NOW)
            ledger.record(TaskConfirmed(task=task, job_id=at + 1, people=PER_TASK), now=NOW)
            sent.append(task)
        ledger.release(lease)
        receipts.write(receipt(ledger, campaign, head, sent))
        if number == CAMPAIGNS // 2:
            rows = outcomes(heard)
            ledger.record_outcomes(
                [(TaskOutcomes(task=sent[1], rows=rows.height, confirmed=rows.height), rows)], now=NOW
            )


def receipt(ledger: SqlLedger, campaign: str, head: Head, sent: list[TaskId]) -> Receipt:
    """Return the receipt of an apply of one campaign that began at *head*."""
    identity = ledger.identity
    return Receipt(
        environment="sandbox",
        campaign=campaign,
        edition="2026-11",
        account="0" * 16,
        key_id=identity.key_id,
        lineage=identity.lineage,
        sequence=head.sequence,
        head=head.hash,
        began_at=NOW,
        commit="a" * 40,
        plan_digest="b" * 64,
        acknowledged=len(sent) * PER_TASK,
        rows=len(sent) * PER_TASK,
        inputs={f"campaigns/{campaign}.csv": "c" * 64},
        tasks=tuple(ReceiptTask(name=t.name, people=PER_TASK, state="confirmed", job_id=None) for t in sent),
        complete=True,
    )


def outcomes(person: int) -> pl.DataFrame:
    """Return what became of the calls of one task, those to *person* among them."""
    dice = np.random.default_rng(8)
    known = {
        PERSON: [person, *dice.integers(0, 2**63, PER_TASK - 1).tolist()],
        "call": [str(10**18 + at) for at in range(PER_TASK)],
        "called": [1_795_510_800_000] * PER_TASK,
        "outcome": ["answered"] * PER_TASK,
        "source": ["record"] * PER_TASK,
        "certainty": [0] * PER_TASK,
    }
    names = {"call": frames.CALL, "called": frames.CALLED, "outcome": frames.OUTCOME}
    names |= {"source": frames.SOURCE, "certainty": frames.CERTAINTY, PERSON: PERSON}
    columns = {
        names[name]: pl.Series(values, dtype=OUTCOME_SCHEMA[names[name]]) for name, values in known.items()
    }
    frame = pl.DataFrame(columns)
    absent = [pl.lit(None, kind).alias(name) for name, kind in OUTCOME_SCHEMA.items() if name not in columns]
    return frame.with_columns(absent).select(*OUTCOME_SCHEMA)


def seconds(*arguments: object, root: Path, typed: str = "", expect: str = "") -> float:
    """Return how long the process takes from its start to its end.

    Raises:
        SystemExit: it failed, or did not say what was expected.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNNER_")}
    began = time.perf_counter()
    done = subprocess.run(
        [str(one) for one in arguments],
        cwd=root,
        env=kept,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode or expect not in done.stdout:
        raise SystemExit(f"{arguments[0]} said {done.stdout} {done.stderr}")
    return took


def main() -> None:
    """Make the ledger, measure and print."""
    people, rounds = int(sys.argv[1]), int(sys.argv[2])
    measured: dict[str, list[float]] = {}

    def note(name: str, took: float) -> None:
        measured.setdefault(name, []).append(took)

    with tempfile.TemporaryDirectory(prefix="runner-bench-") as name:
        root = Path(name)
        for folder in ("campaigns", "templates"):
            (root / folder).mkdir()
        home = root / ".runner" / "sandbox"
        file = home / "ledger.db"
        lineage = hashlib.md5(b"bench", usedforsecurity=False).hexdigest()
        with create(
            f"sqlite:///{file}", environment="sandbox", key_id=KEY.key_id, lineage=lineage, now=NOW
        ) as ledger:
            (home / "ledger.key").touch(mode=0o600)
            (home / "ledger.key").write_text(KEY.secret)
            fill(ledger, home / "receipts", people)
            for _ in range(rounds):
                note(
                    "searched_s",
                    seconds(RUNNER, "who", root=root, typed=f"{STRANGER}\n", expect="in no task"),
                )
            began = time.perf_counter()
            ledger.index_people()
            note("index_s", time.perf_counter() - began)
        called = keyed(KEY.subkey(Label.PERSON), CALLED)
        by_hand = (sys.executable, "-c", BY_HAND, file, f"{called:032x}")
        for _ in range(rounds):
            note("pass_s", seconds(sys.executable, "-c", "pass", root=root))
            note("called_s", seconds(RUNNER, "who", root=root, typed=f"{CALLED}\n", expect="handed over"))
            note("heard_s", seconds(RUNNER, "who", root=root, typed=f"{HEARD}\n", expect="answered"))
            note("not_s", seconds(RUNNER, "who", root=root, typed=f"{STRANGER}\n", expect="in no task"))
            note("sqlite_s", seconds(*by_hand, root=root, expect="called"))
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA wal_checkpoint")
        connection.close()
    print(json.dumps({name: statistics.median(taken) for name, taken in measured.items()}))


if __name__ == "__main__":
    main()
