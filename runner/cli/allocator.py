"""How Polars' memory allocator (jemalloc) behaves in this process."""

import os

_VARIABLE = "_RJEM_MALLOC_CONF"
_OPTIONS = "narenas:1,dirty_decay_ms:10000,muzzy_decay_ms:10000"
"""One arena, so that what one thread freed is there for the others; and memory goes back to the system after ten seconds
without use instead of half a second. Planning asks for the same pages again and again: a fifth of its processor time went
into getting them back (measured)."""


def keep_memory() -> None:
    """Set the options, unless somebody has; to be called before Polars is imported, which reads them once."""
    os.environ.setdefault(_VARIABLE, _OPTIONS)
