"""The documented filters. Each takes only what can be printed, is linear in its input, and depends on no locale.

Filters that Jinja2 has too behave like its own, but for what they refuse: values that cannot be printed, texts that
would grow beyond `MAX_TEXT`, attribute look-ups, and silent defaults of ``int``.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from jinja2 import filters as stock

from runner.compile.jinja.refusals import Refused
from runner.compile.jinja.values import MAX_DIGITS, MAX_ITEMS, MAX_TEXT, noun, text_of

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MAX_DECIMALS = 6
_STEPS = {decimals: Decimal(1).scaleb(-decimals) for decimals in range(MAX_DECIMALS + 1)}
_MOST_DIGITS = MAX_DIGITS // 3
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def bounded(text: str) -> str:
    """Return *text*, or refuse it when it is longer than any text may become."""
    if len(text) > MAX_TEXT:
        raise Refused("too-long", f"a text of more than {MAX_TEXT:,} characters")
    return text


def replace(value: Any, old: Any, new: Any, count: int | None = None) -> str:
    """Return the text with *old* replaced by *new*, all or the first *count* times."""
    text, old, new = bounded(text_of(value)), text_of(old), bounded(text_of(new))
    times = text.count(old) if count is None else min(count, text.count(old))
    if len(text) + times * (len(new) - len(old)) > MAX_TEXT:
        raise Refused("too-long", f"`replace` would make a text of more than {MAX_TEXT:,} characters")
    return text.replace(old, new, -1 if count is None else count)


def join(value: Iterable[Any], separator: Any = "") -> str:
    """Return the items one after another with *separator* between them; each must be printable."""
    items = [text_of(item) for item in listed(value)]
    glue = text_of(separator)
    if sum(map(len, items)) + len(glue) * len(items) > MAX_TEXT + len(glue):
        raise Refused("too-long", f"`join` would make a text of more than {MAX_TEXT:,} characters")
    return glue.join(items)


def listed(value: Iterable[Any]) -> list[Any]:
    """Return the items of *value* as a list of at most `MAX_ITEMS`."""
    items: list[Any] = []
    for item in value:
        items.append(item)
        if len(items) > MAX_ITEMS:
            raise Refused("too-long", f"a list of more than {MAX_ITEMS:,} items")
    return items


def title(value: Any) -> str:
    """Return the text with the first letter of each word in upper case and all others in lower case."""
    text = text_of(value)
    # Python's own differs only at digits, apostrophes and the like, and is many times as fast.
    if text.isascii() and text.replace(" ", "").isalpha():
        return text.title()
    return stock.do_title(text)


def trim(value: Any, chars: str | None = None) -> str:
    """Return the text without blanks, or without any of *chars*, at both ends."""
    return text_of(value).strip(chars)


def truncate(value: Any, length: int = 255, end: str = "...") -> str:
    """Return the text cut to *length* characters, *end* included; a word is cut where it must be, never dropped."""
    text, tail = text_of(value), text_of(end)
    return text if len(text) <= length else text[: max(length - len(tail), 0)] + tail


def integer(value: Any, default: int | None = None) -> int:
    """Return the whole number: of a decimal without its fraction, of a text that is one.

    Unlike Jinja2's own there is no silent 0: what is not a number is refused where no *default* is given.
    """
    if isinstance(value, int | Decimal):
        return int(value)
    text = text_of(value).strip()
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS:
        return int(text)
    if default is None:
        raise Refused("not-a-number", "`int` was given a text that is not a whole number, and no default")
    return default


def rounded(value: Any, precision: int = 0, method: str = "common") -> Decimal:
    """Return the number with *precision* decimals: halves away from zero, or always up (``ceil``) or down (``floor``)."""
    modes = {"common": ROUND_HALF_UP, "ceil": ROUND_CEILING, "floor": ROUND_FLOOR}
    if method not in modes:
        raise Refused("bad-argument", "`round` knows the methods common, ceil and floor")
    return number(value, "round").quantize(step(precision, "round"), rounding=modes[method])


def number(value: Any, filter_: str) -> Decimal:
    """Return the finite number in *value*, or refuse it in the name of *filter_*."""
    if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < _MOST_DIGITS:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= MAX_DIGITS:
        return Decimal(value)
    text_of(value)  # a missing value says so itself
    what = noun(value) if not isinstance(value, str) else "text; declare the column in [audience.types]"
    raise Refused("not-a-number", f"`{filter_}` needs a number of at most {_MOST_DIGITS} digits, not {what}")


def step(decimals: Any, filter_: str) -> Decimal:
    """Return 10 to the power of -*decimals*."""
    if not isinstance(decimals, int) or decimals not in _STEPS:
        raise Refused("bad-argument", f"`{filter_}` takes 0 to {MAX_DECIMALS} decimals")
    return _STEPS[decimals]


def money(value: Any, decimals: int = 2, group: str = ",", point: str = ".", *, indian: bool = False) -> str:
    """Return an amount: ``1234567.5`` becomes ``1,234,567.50``, or ``12,34,567.50`` with *indian* grouping.

    Exact: decimals in, decimals out; what is left beyond *decimals* is rounded, halves away from zero.
    """
    amount = number(value, "money").quantize(step(decimals, "money"), ROUND_HALF_UP)
    if not amount:
        amount = abs(amount)
    text = _indian(amount) if indian else format(amount, ",f")
    if group == "," and point == ".":
        return text
    return point.join(part.replace(",", group) for part in text.split("."))


def _indian(amount: Decimal) -> str:
    whole, point, fraction = format(amount, "f").partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)]
    return sign + ",".join([*reversed(pairs), tail]) + point + fraction


_LETTERS: dict[str, Callable[[date, Sequence[str], Sequence[str]], str]] = {
    "d": lambda day, _months, _days: f"{day.day:02d}",
    "e": lambda day, _months, _days: str(day.day),
    "m": lambda day, _months, _days: f"{day.month:02d}",
    "n": lambda day, _months, _days: str(day.month),
    "Y": lambda day, _months, _days: f"{day.year:04d}",
    "y": lambda day, _months, _days: f"{day.year % 100:02d}",
    "B": lambda day, months, _days: text_of(months[day.month - 1]),
    "b": lambda day, months, _days: text_of(months[day.month - 1])[:3],
    "A": lambda day, _months, days: text_of(days[day.weekday()]),
    "a": lambda day, _months, days: text_of(days[day.weekday()])[:3],
    "%": lambda _day, _months, _days: "%",
}


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[str, ...]:
    """Return literals and letters of a date format by turns, a literal first and last."""
    pieces, rest = [], bounded(pattern)
    while "%" in rest:
        literal, _, rest = rest.partition("%")
        letter, rest = rest[:1], rest[1:]
        if letter not in _LETTERS or not letter:
            raise Refused("bad-argument", f"`date` knows the letters %{' %'.join(_LETTERS)}")
        pieces += [literal, letter]
    return (*pieces, rest)


def date_(
    value: Any, pattern: str = "%Y-%m-%d", months: Sequence[str] = MONTHS, days: Sequence[str] = DAYS
) -> str:
    """Return a date: ``%d %e`` day, ``%m %n`` month, ``%Y %y`` year, ``%B %b`` name of the month, ``%A %a`` of the day.

    ``%e`` and ``%n`` are without a leading zero, ``%b`` and ``%a`` are the first three letters. The names are English
    unless *months* (January first) and *days* (Monday first) are given.
    """
    if type(value) is not date:
        text_of(value)
        what = noun(value) if not isinstance(value, str) else "text; declare the column in [audience.types]"
        raise Refused("not-a-date", f"`date` needs a date, not {what}")
    if len(months) != len(MONTHS) or len(days) != len(DAYS):
        raise Refused("bad-argument", "`date` takes 12 names of months and 7 names of days")
    pieces = _pieces(text_of(pattern))
    return "".join(
        _LETTERS[piece](value, months, days) if index % 2 else piece for index, piece in enumerate(pieces)
    )


def digits(value: Any, separator: str = " ") -> str:
    """Return the digits of *value* apart, so that they are read out one by one: ``4711`` becomes ``4 7 1 1``."""
    return bounded(text_of(separator).join(char for char in text_of(value) if char in "0123456789"))


def mask(value: Any, keep: int = 4, char: str = "*") -> str:
    """Return a number of which only the last *keep* characters are legible: ``********0101``."""
    text, cover = text_of(value), text_of(char)
    if keep < 0 or len(cover) != 1:
        raise Refused(
            "bad-argument", "`mask` takes how many characters to keep and one character to cover with"
        )
    hidden = max(len(text) - keep, 0)
    return cover * hidden + text[hidden:]


FILTERS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "capitalize": lambda value: text_of(value).capitalize(),
    "count": len,
    "d": stock.do_default,
    "date": date_,
    "default": stock.do_default,
    "digits": digits,
    "first": stock.sync_do_first,
    "int": integer,
    "join": join,
    "last": stock.do_last,
    "length": len,
    "list": listed,
    "lower": lambda value: text_of(value).lower(),
    "mask": mask,
    "money": money,
    "replace": replace,
    "round": rounded,
    "string": text_of,
    "title": title,
    "trim": trim,
    "truncate": truncate,
    "upper": lambda value: text_of(value).upper(),
}
"""Every filter that a template may use, by name."""
