"""Write the corpus of numbers: what `phonenumbers` made of its own examples when the installed version was taken.

Run it from the root, as `python tests/unit/audience/corpus.py`, when every changed verdict was looked at; see the test.
"""

import csv
import re
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneNumberFormat

from runner.audience.library import ask
from runner.audience.renumbered import Change, changes

PLACE = Path(__file__).with_name("corpus.csv")
KINDS = range(11)


def numbers() -> list[str]:
    """Return the library's examples of every region and kind, invalid ones too, and renumbered ones before and after."""
    examples = {
        phonenumbers.format_number(number, PhoneNumberFormat.E164)
        for region in phonenumbers.SUPPORTED_REGIONS
        for number in (
            *(phonenumbers.example_number_for_type(region, kind) for kind in KINDS),
            phonenumbers.invalid_example_number(region),
        )
        if number is not None
    }
    return sorted({*examples, *_renumbered(examples)})


def _renumbered(examples: set[str]) -> Iterator[str]:
    """Yield both forms of every change, made from the examples and from the digits of the country's own one."""
    for change in changes():
        example = phonenumbers.example_number(change.country)
        made = _filled(change, str(example.national_number) * 3 if example is not None else "")
        for number in {*examples, made}:
            before = change.was(number)
            if before is not None:
                yield from (number, before)


def _filled(change: Change, digits: str) -> str:
    """Return a number of the new form with *digits* where it is free."""
    left, lengths = iter(digits), iter(re.findall(r"\{(\d+)\}", change.new))
    return re.sub(r"\$\{\d\}", lambda _: "".join(islice(left, int(next(lengths)))), change.to_new)


def judged(number: str) -> tuple[str, str, str]:
    """Return what the library says of *number* now: valid or why not, E.164, and region."""
    verdict = ask(number, home=None)
    return verdict.reason.value if verdict.reason else "valid", verdict.number or "", verdict.country or ""


def main() -> None:
    """Write the file."""
    with PLACE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["number", "verdict", "e164", "country"])
        writer.writerows((number, *judged(number)) for number in numbers())
    sys.stdout.write(f"{PLACE.name}: by phonenumbers {phonenumbers.__version__}\n")


if __name__ == "__main__":
    main()
