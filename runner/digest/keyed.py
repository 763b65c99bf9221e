"""Keyed values of 128 bits: HMAC-SHA-256, cut to its first 16 bytes, over length-framed fields.

`keyed` (of `runner.digest.framed`) makes one with the standard library; `keyed_column` makes a column of them with
`polars_hash`. Both give the same bits for the same fields (a test holds them together).
"""

import polars as pl

from runner.digest.framed import FRAME_VERSION, KEY_BYTES, framed, keyed

__all__ = [
    "FRAME_VERSION",
    "KEY_BYTES",
    "framed",
    "framed_column",
    "keyed",
    "keyed_column",
    "keyed_text_column",
]


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
