"""A receipt as the tables of a TOML file, and back, strictly."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, TypeVar, get_args, get_type_hints

from runner.model.receipt import Receipt, ReceiptTask

VERSION = 1

_HINTS: dict[type, dict[str, Any]] = {kind: get_type_hints(kind) for kind in (Receipt, ReceiptTask)}

V = TypeVar("V", Receipt, ReceiptTask)


def table(receipt: Receipt) -> dict[str, object]:
    """Return *receipt* as TOML knows it: None is left out, the inputs and the tasks are arrays of tables, which come last."""
    plain = {
        field.name: value
        for field in fields(receipt)
        if field.name not in {"inputs", "tasks"} and (value := getattr(receipt, field.name)) is not None
    }
    return {
        "format_version": VERSION,
        **plain,
        "began_at": receipt.began_at.astimezone(UTC),
        # Not a table of addresses: `toml` does not quote every key that needs it.
        "inputs": [
            {"address": address, "sha256": digest} for address, digest in sorted(receipt.inputs.items())
        ],
        "tasks": [
            {field.name: value for field in fields(task) if (value := getattr(task, field.name)) is not None}
            for task in receipt.tasks
        ],
    }


def receipt_of(document: Mapping[str, object]) -> Receipt:
    """Return the receipt that *document* is.

    Raises:
        ValueError: of another format version, with a key missing or unknown, or a value of another type.
    """
    rest = dict(document)
    if rest.pop("format_version", None) != VERSION:
        raise ValueError("a receipt of another format version")
    inputs: dict[str, str] = {}
    for row in _rows(rest.pop("inputs", [])):
        address, digest = row.get("address"), row.get("sha256")
        if row.keys() != {"address", "sha256"} or not isinstance(address, str) or not isinstance(digest, str):
            raise ValueError("an input is an address and a SHA-256")
        inputs[address] = digest
    tasks = tuple(_value(ReceiptTask, row) for row in _rows(rest.pop("tasks", [])))
    return _value(Receipt, {**rest, "inputs": inputs, "tasks": tasks})


def _rows(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise ValueError("an array of tables is expected")
    return value


def _value(kind: type[V], row: Mapping[str, object]) -> V:
    hints = _HINTS[kind]
    if unknown := row.keys() - hints.keys():
        raise ValueError(f"{len(unknown)} keys that a receipt does not have")
    values = {name: row.get(name) for name in hints}
    for name, value in values.items():
        allowed = get_args(hints[name]) if name not in {"inputs", "tasks"} else (dict, tuple)
        if type(value) not in (allowed or (hints[name],)):
            raise ValueError(f"{name} is missing or of another type")
        if isinstance(value, datetime) and value.tzinfo is None:
            raise ValueError(f"{name} has no zone")
    return kind(**values)  # type: ignore[arg-type]  # each value was checked against the field's type
