"""What goes into a rendering and what may come out of it.

In: columns of canonical text, by type. Out: text, integers, finite decimals and dates; all else is refused, since
``None``, ``True``, ``['a']`` or ``<bound method …>`` read to a callee are never what was meant.
"""

import types
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2.runtime import Macro, Undefined
from jinja2.utils import missing

from runner.compile.jinja.refusals import Refused

MAX_TEXT = 10_000
"""Longest text while rendering, in characters; the vendor takes 1,000."""
MAX_DIGITS = 60
"""Most digits of a number, before or after the point."""
MAX_ITEMS = 10_000

_NOUNS: dict[type, str] = {
    type(None): "None",
    bool: "a boolean",
    float: "a binary fraction",
    list: "a list",
    tuple: "a list",
    dict: "a mapping",
    range: "a range",
    types.BuiltinMethodType: "a function that is not called",
    types.FunctionType: "a function that is not called",
    types.MethodType: "a function that is not called",
    type: "a type",
    Macro: "a macro that is not called",
}


def noun(value: object) -> str:
    """Return what *value* is, in words, without what it holds."""
    return _NOUNS.get(type(value), f"a {type(value).__name__}")


def text_of(value: Any) -> str:
    """Return *value* as it is printed; this is Jinja2's `finalize`, and what every text filter does first.

    Decimals are printed without exponent (``12.50``), dates as ``2026-11-25``. The result of an inline ``if`` without
    ``else`` is empty, as Jinja2 has it.

    Raises:
        Refused: *value* is nothing that can be read out.
        UndefinedError: *value* is a strict undefined.
    """
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int:
        _check_size(value.bit_length() > MAX_DIGITS * 4)
        return str(value)
    if kind is Decimal:
        return _decimal_text(value)
    if kind is date:
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined):
        return str(value)
    raise Refused("unprintable", f"{noun(value)} cannot be printed")


def _decimal_text(value: Decimal) -> str:
    if not value.is_finite():
        raise Refused("unprintable", "a decimal that is not finite cannot be printed")
    text = str(value)
    # Looking at the exponent costs more than all the rest, and a short text without one needs no look.
    if len(text) <= MAX_DIGITS and "E" not in text:
        return text
    _check_size(value.adjusted() > MAX_DIGITS or -value.as_tuple().exponent > MAX_DIGITS)  # type: ignore[operator]
    return format(value, "f")


def _check_size(is_too_long: bool) -> None:  # noqa: FBT001
    if is_too_long:
        raise Refused("too-long", f"a number of more than {MAX_DIGITS} digits cannot be printed")


def _boolean(text: str) -> bool:
    return text == "true"


CONVERT: dict[str, Callable[[str], Any]] = {
    "text": str,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "integer": int,
    "boolean": _boolean,
}
"""From canonical text to value, by `runner.model.campaign.ColumnType`."""


def converted(cells: Sequence[str | None], type_: str) -> list[Any]:
    """Return the values of one column.

    A missing text is empty; a missing value of another type is Jinja2's `missing`, which a template sees as undefined.
    """
    if type_ == "text":
        return ["" if cell is None else cell for cell in cells]
    convert = CONVERT[type_]
    return [missing if not cell else convert(cell) for cell in cells]
