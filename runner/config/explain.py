"""What pydantic found, as problems in our own words, with a suggestion for each unknown key."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from runner.config.document import as_written
from runner.config.findings import Findings, quoted
from runner.config.positions import KeyPath
from runner.config.scalars import UNION_TAGS, Duration, Expects, Number

NamePath = tuple[str, ...]
"""A key path without its indexes."""

_TABLE_ERRORS = frozenset({"model_type", "model_attributes_type", "dict_type"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model knows of its file.

    Attributes:
        tables: the keys of every table, by path.
        phrases: what a value must be, by path.
    """

    tables: Mapping[NamePath, tuple[str, ...]]
    phrases: Mapping[NamePath, str]


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """Return the keys and phrases of *model* and of all tables in it."""
    tables: dict[NamePath, tuple[str, ...]] = {}
    phrases: dict[NamePath, str] = {}

    def visit(table: type[BaseModel], path: NamePath) -> None:
        fields = {info.alias or name: info for name, info in table.model_fields.items()}
        tables[path] = tuple(fields)
        for key, info in fields.items():
            phrase = _phrase(info)
            if phrase is not None:
                phrases[(*path, key)] = phrase
            for inner in _models(info.annotation):
                visit(inner, (*path, key))

    visit(model, ())
    return Shape(tables=tables, phrases=phrases)


def explain(
    error: ValidationError, model: type[BaseModel], findings: Findings, *, base: KeyPath = ()
) -> None:
    """Add the problems in *error*, which *model* raised for the table at *base* of the document, to *findings*."""
    shape = shape_of(model)
    seen: set[tuple[str, KeyPath]] = set()
    unknown: dict[KeyPath, list[str]] = {}
    missing: list[KeyPath] = []
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        path = (*base, *_clean(found["loc"]))
        kind = found["type"] if found["type"] in {"extra_forbidden", "missing"} else "value"
        if (kind, path) in seen:
            continue
        seen.add((kind, path))
        if kind == "missing":
            missing.append(path)
        elif kind == "extra_forbidden":
            meant = _unknown_key(path, shape, findings, base=base)
            unknown.setdefault(path[:-1], []).extend(meant)
        elif found["type"] in _TABLE_ERRORS:
            findings.at_value(path, "bad-value", f"`{as_written(path)}` must be a table")
        else:
            _bad_value(path, shape, findings, base=base, is_key=found["loc"][-1] == "[key]")
    for path in missing:
        # A misspelt key is one mistake, not two.
        if path[-1] not in unknown.get(path[:-1], ()):
            table = f"`[{as_written(path[:-1])}]`" if path[:-1] else "the campaign"
            expected = shape.phrases.get(_names(path[len(base) :]))
            hint = f"`{path[-1]}` is {expected}" if expected else f"add a table `[{as_written(path)}]`"
            findings.at_key(path, "missing-key", f"{table} has no `{path[-1]}`", hint=hint)


def _bad_value(path: KeyPath, shape: Shape, findings: Findings, *, base: KeyPath, is_key: bool) -> None:
    names = _names(path[len(base) :])
    expected = next(
        (shape.phrases[names[:n]] for n in range(len(names), 0, -1) if names[:n] in shape.phrases), None
    )
    if expected is None:
        findings.at_value(path, "bad-value", f"`{as_written(path)}` is of the wrong kind")
    elif is_key:
        findings.at_key(path, "bad-value", f"`{as_written(path)}` has a name that is not allowed here")
    else:
        value = findings.document.at(path)
        is_compound = isinstance(value, (list, dict))
        found = "must be" if is_compound else f"is {quoted(value)}, but must be"
        findings.at_value(path, "bad-value", f"`{as_written(path)}` {found} {expected}")


def _unknown_key(path: KeyPath, shape: Shape, findings: Findings, *, base: KeyPath) -> list[str]:
    """Add the problem and return the keys of the same table that may have been meant."""
    table, key = _names(path[len(base) : -1]), str(path[-1])
    here = _close(key, shape.tables.get(table, ()))
    hint = None
    if here:
        hint = f"did you mean `{here[0]}`?"
    else:
        elsewhere = [(name, place) for name, place in _elsewhere(key, shape, table)]
        if elsewhere:
            shown = " or ".join(
                f"`{name}` in {_table_name((*base, *place))}" for name, place in elsewhere[:3]
            )
            hint = f"did you mean {shown}?"
        elif table in shape.tables:
            hint = "known here: " + ", ".join(f"`{name}`" for name in shape.tables[table])
    place = f"in `[{as_written(path[:-1])}]`" if len(path) > 1 else "at the top of the file"
    findings.at_key(path, "unknown-key", f"unknown key `{key}` {place}", hint=hint)
    return here


def _elsewhere(key: str, shape: Shape, table: NamePath) -> Iterator[tuple[str, NamePath]]:
    """Yield keys of other tables that *key* may mean: the same names first, then similar ones."""
    others = [(path, keys) for path, keys in shape.tables.items() if path != table]
    exact = [(key, path) for path, keys in others if key in keys]
    yield from exact or ((name, path) for path, keys in others for name in _close(key, keys)[:1])


def _close(key: str, known: Iterable[str]) -> list[str]:
    folded = {name.replace("-", "_").lower(): name for name in known}
    found = difflib.get_close_matches(key.replace("-", "_").lower(), folded, n=2, cutoff=0.7)
    return [folded[name] for name in found]


def _table_name(path: KeyPath) -> str:
    return f"`[{as_written(path)}]`" if path else "the top of the file"


def _clean(loc: tuple[int | str, ...]) -> KeyPath:
    """Return pydantic's location without the tags of unions and the marks of keys."""
    return tuple(part for part in loc if part != "[key]" and part not in UNION_TAGS)


def _names(path: KeyPath) -> NamePath:
    return tuple(part for part in path if isinstance(part, str))


def _phrase(info: FieldInfo) -> str | None:
    return next(
        (mark.phrase for mark in info.metadata if isinstance(mark, (Expects, Duration, Number))), None
    )


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Yield the models that stand in *annotation*, inside unions, lists and annotations too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    inner = get_args(annotation)
    for argument in inner[:1] if get_origin(annotation) is Annotated else inner:
        yield from _models(argument)
