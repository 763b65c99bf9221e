"""What comes after the call, measured in one process: reading status reports in batches, and the figures of a report.

    python after_call.py OUTCOMES

prints JSON: ``reports_per_s`` of batches of a thousand, ``group_s`` for Polars to read a Parquet file of that many outcomes and
group them by person, ``figures_s`` for all figures of the same file.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from runner import frames
from runner.laaffic.reports import read_pushes
from runner.model.campaign import Triggers
from runner.report.figures import Expected
from runner.report.tally import figures

PUSH = Path(__file__).resolve().parents[1] / "golden" / "laaffic" / "push.json"
CALL_OF_THE_PAGE = "22121121451211349002"
BATCH, BATCHES = 1000, 50
NINE_MS = 1_795_510_800_000
EXPECTED = Expected(
    planned=None,
    accepted=0,
    listening_s=20.0,
    triggers=Triggers(on_failed=True, success_after_s=None, key="6", on_ring=False),
    timezone="Asia/Kolkata",
)


def bodies() -> list[bytes]:
    """Return batches of the page's report, each of another call."""
    report = json.dumps(json.loads(PUSH.read_text(encoding="utf-8"))["request"])
    every = [report.replace(CALL_OF_THE_PAGE, str(10**18 + at)) for at in range(BATCH * BATCHES)]
    return [f"[{','.join(every[at : at + BATCH])}]".encode() for at in range(0, len(every), BATCH)]


def outcomes(count: int) -> pl.DataFrame:
    """Return *count* outcomes of as many calls and two thirds as many people, half of them keyed, in no order."""
    dice = np.random.default_rng(7)
    at = pl.Series(NINE_MS + dice.integers(0, 4 * 3_600_000, count))
    texts: dict[str, list[str | None]] = {
        frames.COUNTRY: ["GB", "IN", "US"],
        frames.AUDIO: ["12025073082f4b0d63ac5400a8320853c67341456.m4a"],
        frames.COST: ["0.007867", "0.015733"],
        frames.CURRENCY: ["USD"],
        frames.KEY: [None, "1", "6", None],
        frames.OUTCOME: [*frames.OUTCOMES],
        frames.SOURCE: ["record"],
    }
    numbers = {
        frames.PERSON: dice.integers(0, 2 * count // 3, count),
        frames.CALL: dice.permutation(count) + 10**18,
        frames.JOB: dice.integers(5_000_602, 5_000_702, count),
        frames.SUBMITTED: at,
        frames.CALLED: at,
        frames.RANG: at,
        frames.PICKED_UP: at + 9_000,
        frames.ENDED: at + 29_000,
        frames.DURATION: dice.integers(1, 40, count),
        frames.CHARGED: dice.integers(1, 3, count) * 20,
        frames.CERTAINTY: dice.integers(0, 3, count),
    }
    chosen = {
        name: pl.Series(values=words)[dice.integers(0, len(words), count)] for name, words in texts.items()
    }
    frame = pl.DataFrame({**chosen, **numbers})
    absent = [pl.lit(None).alias(name) for name in frames.OUTCOME_SCHEMA if name not in frame.columns]
    return frame.with_columns(absent).select(
        pl.col(name).cast(kind) for name, kind in frames.OUTCOME_SCHEMA.items()
    )


def seconds(work: Callable[[], object], *, rounds: int = 5) -> float:
    """Return the shortest of some runs of *work*."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Measure and print."""
    batches = bodies()
    reading_s = seconds(lambda: read_pushes(batches))
    with tempfile.TemporaryDirectory(prefix="runner-bench-") as folder:
        file = Path(folder) / "outcomes.parquet"
        outcomes(int(sys.argv[1])).write_parquet(file)
        group_s = seconds(lambda: pl.read_parquet(file).group_by(frames.PERSON, frames.OUTCOME).len())
        figures_s = seconds(
            lambda: figures(pl.scan_parquet(file), EXPECTED, campaign="overdue", edition="2026-11")
        )
    print(
        json.dumps({"reports_per_s": BATCH * BATCHES / reading_s, "group_s": group_s, "figures_s": figures_s})
    )


if __name__ == "__main__":
    main()
