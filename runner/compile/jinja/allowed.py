"""Allow-lists: tests, globals, attributes and operators that a template may use (the filters are in `filters`)."""

import operator
import types
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import tests as stock
from jinja2.environment import TemplateModule
from jinja2.runtime import BlockReference, LoopContext, TemplateReference
from jinja2.utils import Namespace

from runner.compile.jinja.filters import bounded, join, replace
from runner.compile.jinja.refusals import Refused
from runner.compile.jinja.values import MAX_ITEMS, noun

MAX_RANGE = 1_000
MAX_BITS = 256


def short_range(*args: int) -> range:
    """Return a range of at most `MAX_RANGE` numbers."""
    made = range(*args)
    if len(made) > MAX_RANGE:
        raise Refused("too-long", f"a range of more than {MAX_RANGE:,} numbers")
    return made


GLOBALS: dict[str, Any] = {"range": short_range, "dict": dict, "namespace": Namespace}

TESTS: dict[str, Any] = {
    name: stock.TESTS[name]
    for name in (
        "boolean", "defined", "divisibleby", "eq", "equalto", "even", "false", "ge", "greaterthan", "gt", "in",
        "integer", "iterable", "le", "lessthan", "lower", "lt", "mapping", "ne", "none", "number", "odd",
        "sequence", "string", "true", "undefined", "upper", "==", "!=", ">", ">=", "<", "<=",
    )
}  # fmt: skip
"""Every test. Not among them: ``sameas`` (identity is not a property of a value), ``callable``, ``escaped``, ``float``."""

TEXT_METHODS = frozenset((
    "capitalize", "casefold", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal", "isdigit",
    "islower", "isnumeric", "isspace", "istitle", "isupper", "join", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines",
    "startswith", "strip", "swapcase", "title", "upper",
))  # fmt: skip
_ATTRIBUTES: tuple[tuple[type, frozenset[str]], ...] = (
    (str, TEXT_METHODS),
    (date, frozenset(("year", "month", "day", "weekday", "isoweekday", "isoformat"))),
    (dict, frozenset(("get", "items", "keys", "values"))),
    (list, frozenset(("count", "index"))),
    (tuple, frozenset(("count", "index"))),
    (
        LoopContext,
        frozenset((
            "changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length", "nextitem",
            "previtem", "revindex", "revindex0",
        )),
    ),
    (BlockReference, frozenset(("super",))),
)  # fmt: skip

FORBIDDEN_METHODS = frozenset(
    name
    for type_ in (str, date, Decimal, dict, list, int, float)
    for name in dir(type_)
    if not any(name in allowed for _, allowed in _ATTRIBUTES)
)
"""Methods of values that no template may call."""


def is_allowed_attribute(obj: object, name: str) -> bool:
    """Return whether a template may read the attribute *name* of *obj*; items of mappings are not attributes."""
    if name.startswith("_"):
        return False
    if isinstance(obj, TemplateReference | Namespace):
        return True
    if isinstance(obj, TemplateModule):
        return name in vars(obj)
    return any(name in names for type_, names in _ATTRIBUTES if isinstance(obj, type_))


def guarded(value: Any) -> Any:
    """Return *value*, or for a text's ``replace`` and ``join`` a bounded stand-in."""
    if isinstance(value, types.BuiltinMethodType) and isinstance(value.__self__, str):
        text = value.__self__
        if value.__name__ == "replace":
            return lambda old, new, count=None: replace(text, old, new, count)
        if value.__name__ == "join":
            return lambda items: join(items, text)
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal)


def _add(left: Any, right: Any) -> Any:
    if isinstance(left, str) and isinstance(right, str):
        return bounded(left + right)
    if isinstance(left, list | tuple) and len(left) + len(right) > MAX_ITEMS:
        raise Refused("too-long", f"a list of more than {MAX_ITEMS:,} items")
    return left + right


def _numeric(symbol: str, apply: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def calculate(left: Any, right: Any) -> Any:
        if not (_is_number(left) and _is_number(right)):
            bool(left), bool(right)  # a missing value says so itself
            raise Refused("not-a-number", f"`{symbol}` needs two numbers, not {noun(left)} and {noun(right)}")
        result = apply(left, right)
        if isinstance(result, int) and result.bit_length() > MAX_BITS:
            raise Refused("too-long", f"`{symbol}` made a number of more than {MAX_BITS} bits")
        return result

    return calculate


def _divide(left: Any, right: Any) -> Any:
    return Decimal(left) / Decimal(right)


def _power(_left: Any, _right: Any) -> Any:
    raise Refused("forbidden-operator", "powers (`**`) are not available")


BINOPS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _add,
    "-": _numeric("-", operator.sub),
    "*": _numeric("*", operator.mul),
    "/": _numeric("/", _divide),
    "//": _numeric("//", operator.floordiv),
    "%": _numeric("%", operator.mod),
    "**": _power,
}
"""Operators by symbol. Numbers only, but for `+`; a quotient is a decimal, so that no binary fraction ever appears."""
