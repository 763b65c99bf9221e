"""The callees of a task: numbers and variables, kept by columns, cut as the vendor cuts them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from runner.sandbox.expansion import SLOTS, cut, units
from runner.sandbox.fields import Fields
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.switches import Switches

_NUMBER: Final = re.compile(r"[0-9]{7,15}")
_LARGEST_SAMPLE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncation:
    """A variable that was silently cut: whose, which, and how long it had been in UTF-16 units."""

    number: str
    slot: int
    sent_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Callees:
    """People of one task, in the order of the request.

    Attributes:
        numbers: digits with country code; the same number may come twice, nothing forbids it.
        texts: per used variable (1-10) one value per callee, after the cut.
        truncations: the first hundred cuts.
        truncation_count: all cuts.
    """

    numbers: tuple[str, ...]
    texts: Mapping[int, Sequence[str | None]]
    truncations: tuple[Truncation, ...] = ()
    truncation_count: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    def values(self, position: int) -> dict[int, str | None]:
        """Return the variables of the callee at *position* by number."""
        return {slot: column[position] for slot, column in self.texts.items()}

    def subset(self, positions: Sequence[int]) -> "Callees":
        """Return the callees at *positions*, in that order."""
        return Callees(
            numbers=tuple(self.numbers[position] for position in positions),
            texts={slot: [column[at] for at in positions] for slot, column in self.texts.items()},
        )


def read_callees(
    fields: Fields, *, used: frozenset[int], switches: Switches
) -> tuple[Callees, frozenset[str]]:
    """Return the callees of a send request, and the names of unknown fields beside them.

    Args:
        fields: of the request: ``numberInfoList``, or the older ``numberList`` without variables.
        used: the variables that the task's texts use; none of them may be null (or blank, by a switch).
        switches: cap, cut and blanks.

    Raises:
        RefusedError: -22 without callees or with a null variable, -23 over the cap, -21 for a number that
            is not 7 to 15 digits (one page says 6 to 18; that one bad number refuses the whole request is an
            assumption).
    """
    entries = _entries(fields)
    if not entries:
        raise RefusedError(Code.PARAMETER, "numberInfoList is required")
    if len(entries) > switches.callee_cap:
        raise RefusedError(Code.CAP, f"numberInfoList holds more than {switches.callee_cap}")
    numbers = _numbers(entries)
    names: set[str] = set().union(*entries)
    texts: dict[int, Sequence[str | None]] = {}
    truncations: list[Truncation] = []
    for slot in SLOTS:
        if slot not in used and f"text{slot}" not in names:
            continue
        column = _column(entries, slot)
        if slot in used:
            _check_filled(column, slot, blanks_too=switches.refuse_blank_texts)
        if any(column) or slot in used:
            cuts = _cut_column(column, switches.text_limit)
            truncations.extend(
                Truncation(number=numbers[at], slot=slot, sent_units=sent) for at, sent in cuts
            )
            texts[slot] = column
    known = {"calleeNumber", *(f"text{slot}" for slot in SLOTS)}
    callees = Callees(
        numbers=numbers,
        texts=texts,
        truncations=tuple(truncations[:_LARGEST_SAMPLE]),
        truncation_count=len(truncations),
    )
    return callees, frozenset(f"numberInfoList[].{name}" for name in names - known)


def _entries(fields: Fields) -> list[dict[str, object]]:
    old_form = fields.raw("numberList")
    entries = fields.array("numberInfoList")
    if entries is None and old_form is not None:
        numbers = old_form.split(",") if isinstance(old_form, str) else fields.array("numberList") or []
        return [{"calleeNumber": number} for number in numbers]
    objects = [entry for entry in entries or () if isinstance(entry, dict)]
    if len(objects) != len(entries or ()):
        raise RefusedError(Code.PARAMETER, "numberInfoList must hold objects")
    return objects


def _numbers(entries: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    numbers = []
    for position, entry in enumerate(entries):
        value = entry.get("calleeNumber")
        if not isinstance(value, str):
            raise RefusedError(Code.PARAMETER, f"numberInfoList[{position}].calleeNumber must be text")
        if not _NUMBER.fullmatch(value):
            raise RefusedError(
                Code.VALIDATION, f"numberInfoList[{position}].calleeNumber must be 7 to 15 digits"
            )
        numbers.append(value)
    return tuple(numbers)


def _column(entries: Sequence[Mapping[str, object]], slot: int) -> list[str | None]:
    name = f"text{slot}"
    column: list[str | None] = []
    for position, entry in enumerate(entries):
        value = entry.get(name)
        if value is not None and not isinstance(value, str):
            raise RefusedError(Code.PARAMETER, f"numberInfoList[{position}].{name} must be text")
        column.append(value)
    return column


def _check_filled(column: Sequence[str | None], slot: int, *, blanks_too: bool) -> None:
    for position, value in enumerate(column):
        if value is None or (blanks_too and not value.strip()):
            raise RefusedError(Code.PARAMETER, f"numberInfoList[{position}].text{slot} must not be null")


def _cut_column(column: list[str | None], limit: int) -> list[tuple[int, int]]:
    """Cut the values of *column* in place; return the position and the sent length of each that was cut."""
    cuts = []
    for position, value in enumerate(column):
        if value is not None and limit and 2 * len(value) > limit and (sent := units(value)) > limit:
            column[position] = cut(value, limit)
            cuts.append((position, sent))
    return cuts
