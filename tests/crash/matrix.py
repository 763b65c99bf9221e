"""What a run has tried, noted while it runs and written to `docs/crash-matrix.md` when all of it was run and held."""

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "docs" / "crash-matrix.md"


@dataclass(frozen=True)
class Notes:
    """A file that all workers of a test run append to."""

    path: Path

    def add(self, *fields: str | int) -> None:
        """Append one note. It is made after everything held: what failed is not in the table."""
        with self.path.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(fields) + "\n")

    def all(self) -> list[list[str | int]]:
        """Return all notes of all workers so far."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
