"""What the receiver counts, and how Prometheus reads it. No count is split by anything that a sender chose.

Format: prometheus.io, "Exposition formats", text-based format 0.0.4, read 2026-11.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Refusal(StrEnum):
    """Why a request was not stored."""

    UNKNOWN = "unknown"  # no push at all: another path, method or token
    ADDRESS = "address"
    RATE = "rate"
    SIZE = "size"
    ENCODED = "encoded"
    SLOW = "slow"
    BROKEN = "broken"  # no HTTP, or gone before its end
    CROWDED = "crowded"  # too many connections
    BUSY = "busy"  # more waits for the store than is kept in memory
    STORE = "store"  # the store failed
    BUG = "bug"


@dataclass(slots=True)
class Counters:
    """Since the receiver began. One thread changes them."""

    received: int = 0
    stored: int = 0
    stored_bytes: int = 0
    empty: int = 0
    inserts: int = 0
    insert_failures: int = 0
    insert_s: float = 0.0
    refused: Counter[Refusal] = field(default_factory=Counter)

    def refuse(self, why: Refusal) -> None:
        """Count a request that was not stored."""
        self.refused[why] += 1

    def text(self, *, depth: int | None, waiting: int, connections: int) -> str:
        """Return the text that Prometheus reads.

        Args:
            depth: pushes in the inbox; None where that is not known now.
            waiting: pushes that wait for the store.
            connections: that are open.
        """
        lines = [
            *_one("requests_total", "counter", "Requests that were read.", self.received),
            *_one("stored_total", "counter", "Pushes that are stored and were answered 200.", self.stored),
            *_one("stored_bytes_total", "counter", "Bytes of those.", self.stored_bytes),
            *_one("empty_total", "counter", "Pushes without a body.", self.empty),
            "# HELP runner_receiver_refused_total Requests that were not stored.",
            "# TYPE runner_receiver_refused_total counter",
            *(f'runner_receiver_refused_total{{reason="{why}"}} {self.refused[why]}' for why in Refusal),
            "# HELP runner_receiver_insert_seconds Time that durable inserts took.",
            "# TYPE runner_receiver_insert_seconds summary",
            f"runner_receiver_insert_seconds_sum {self.insert_s:.6f}",
            f"runner_receiver_insert_seconds_count {self.inserts}",
            *_one("insert_failures_total", "counter", "Inserts that failed.", self.insert_failures),
            *_one("waiting", "gauge", "Pushes that wait for the store.", waiting),
            *_one("connections", "gauge", "Open connections.", connections),
        ]
        if depth is not None:
            lines += _one("inbox_depth", "gauge", "Pushes that `runner collect` has not folded yet.", depth)
        return "\n".join(lines) + "\n"


def _one(name: str, kind: str, what: str, value: int) -> tuple[str, ...]:
    name = f"runner_receiver_{name}"
    return f"# HELP {name} {what}", f"# TYPE {name} {kind}", f"{name} {value}"
