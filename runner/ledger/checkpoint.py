"""Copying the log of an embedded ledger into its file beside the work.

Left alone, SQLite does that within a commit once the log has a thousand pages, and the commit of an intent waits for it.
Where it is done does not bear on what is durable: that is the log alone, until it was copied.
"""

import threading
from collections.abc import Callable

AFTER_BYTES = 2_000_000
"""Half of the log at which SQLite would begin by itself."""


class Checkpoints:
    """Calls *copy* in a thread of its own each time that `AFTER_BYTES` were committed, one at a time.

    Args:
        copy: copies the log as far as nobody stands in the way, and raises nothing: who fails leaves it to SQLite.
    """

    __slots__ = ("_copy", "_thread", "_written")

    def __init__(self, copy: Callable[[], None]) -> None:
        self._copy = copy
        self._written = 0
        self._thread: threading.Thread | None = None

    def wrote(self, size: int) -> None:
        """Be told that about *size* bytes were committed."""
        self._written += size
        if self._written < AFTER_BYTES or (self._thread is not None and self._thread.is_alive()):
            return
        self._written = 0
        self._thread = threading.Thread(target=self._copy, name="checkpoint of the ledger", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the one under way, unless it is what comes here: a ledger that nobody holds is let go of in any thread."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
