"""Columns of 128-bit values as raw bytes, 16 big-endian bytes a value, and back.

This is the form in which the ledger keeps them: readable in thirty years with ``xxd -c16``.
"""

import numpy as np
import polars as pl

_LOW_64 = 2**64 - 1


def pack(column: pl.Series) -> bytes:
    """Return the UInt128 values of *column*, in order, as 16 big-endian bytes each."""
    pairs = np.empty((len(column), 2), dtype=">u8")
    # On the column itself: a query would go through the pool of threads, which are busy while an apply sends.
    pairs[:, 0] = (column // (_LOW_64 + 1)).cast(pl.UInt64).to_numpy()
    pairs[:, 1] = column.cast(pl.UInt64, strict=False, wrap_numerical=True).to_numpy()
    return pairs.tobytes()


def unpack(raw: bytes, *, name: str) -> pl.Series:
    """Return the values that `pack` wrote, as a UInt128 column called *name*.

    Raises:
        ValueError: the length is not a multiple of 16 bytes.
    """
    if len(raw) % 16:
        msg = f"a packed column is a multiple of 16 bytes, this has {len(raw)}"
        raise ValueError(msg)
    pairs = np.frombuffer(raw, dtype=">u8").reshape(-1, 2).astype("<u8")
    frame = pl.DataFrame({"high": pairs[:, 0], "low": pairs[:, 1]})
    value = pl.col("high").cast(pl.UInt128) * (_LOW_64 + 1) + pl.col("low").cast(pl.UInt128)
    return frame.select(value.cast(pl.UInt128).alias(name)).to_series()
