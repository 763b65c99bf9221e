"""Keyed values of 128 bits: HMAC-SHA-256, cut to its first 16 bytes, over length-framed fields.

`keyed` makes one with the standard library; `keyed_column` makes a column of them with `polars_hash`. Both give the
same bits for the same fields (a test holds them together). A frame is the version, then per field its length in
UTF-8 bytes, a colon and the field; a missing field is a tilde and a colon. So no two lists of fields share a frame.
"""

import hashlib
import hmac
from collections.abc import Sequence

import polars as pl

FRAME_VERSION = "1"
KEY_BYTES = 16


def framed(fields: Sequence[str | None]) -> str:
    """Return the unambiguous text of *fields* that is hashed."""
    return FRAME_VERSION + "".join("~:" if f is None else f"{len(f.encode())}:{f}" for f in fields)


def keyed(subkey: str, *fields: str | None) -> int:
    """Return the keyed value of *fields* as an unsigned 128-bit integer (big-endian reading of the 16 bytes)."""
    mac = hmac.digest(subkey.encode(), framed(fields).encode(), hashlib.sha256)
    return int.from_bytes(mac[:KEY_BYTES], "big")


def framed_column(*fields: pl.Expr | str) -> pl.Expr:
    """Return, per row, the framed text of *fields*: String expressions, or text that is the same on every row."""
    parts: list[pl.Expr] = []
    constant = FRAME_VERSION
    for field in fields:
        if isinstance(field, str):
            constant += framed([field]).removeprefix(FRAME_VERSION)
            continue
        # One flat concatenation: whatever is put together in between is copied, and costs as much as the hash.
        length = field.str.len_bytes().cast(pl.String).fill_null("~")
        parts += [pl.lit(constant)] if constant else []
        parts += [length, pl.lit(":"), field.fill_null("")]
        constant = ""
    return pl.concat_str([*parts, pl.lit(constant)] if constant else parts)


def keyed_column(subkey: str, *fields: pl.Expr | str) -> pl.Expr:
    """Return, per row, the keyed value of *fields*, see `framed_column`: a UInt128 column, equal to `keyed`."""
    return keyed_text_column(subkey, *fields).str.to_integer(base=16, dtype=pl.UInt128)


def keyed_text_column(subkey: str, *fields: pl.Expr | str) -> pl.Expr:
    """Return, per row, the keyed value of *fields* as 32 hex digits."""
    import polars_hash  # noqa: PLC0415  loads a native plugin; only bulk hashing needs it

    expr: pl.Expr = polars_hash.concat_str(framed_column(*fields)).chash.hmac_sha256(key=subkey)
    return expr.str.head(2 * KEY_BYTES)
