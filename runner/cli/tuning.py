"""How this process deals with memory and threads of the libraries below it; none of it changes a result."""

import gc
import os

_OPTIONS = {
    # Of Polars' allocator. One arena, so that what one thread freed is there for the others; and memory goes back to the
    # system after ten seconds without use instead of half a second. Planning asks for the same pages again and again: a
    # fifth of its processor time went into getting them back (measured).
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:10000,muzzy_decay_ms:10000",
    # Nothing here multiplies matrices, and numpy's threads spin while they wait for that.
    "OPENBLAS_NUM_THREADS": "1",
}
_OBJECTS_BEFORE_COLLECTION = 100_000


def tune() -> None:
    """Set the options, unless somebody has; to be called before Polars and numpy are imported, which read them once."""
    for name, value in _OPTIONS.items():
        os.environ.setdefault(name, value)
    # Long lists of texts have no cycles, and looking for some takes time with each of them.
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION, 20, 20)
