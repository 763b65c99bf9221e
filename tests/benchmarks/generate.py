"""Make a campaign repository with N callees for the benchmarks: deterministic, eight columns, nobody is ever called.

The numbers are valid ones of Indian mobile ranges, because both sides must do the full work of checking them; they are
made by arithmetic, never committed, and the only server that sees them is `sink_server.py` on the loopback address.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

CHUNK = 1_000_000
DUPLICATES_PER_MILLE = 5
ONE_INVALID_IN = 200
SEED = 20_261_124
VALID_ACCOUNT = len("AC") + 10

SYLLABLES = [
    "a",
    "an",
    "ar",
    "bha",
    "chi",
    "da",
    "deep",
    "es",
    "ga",
    "ha",
    "in",
    "ja",
    "ka",
    "la",
    "ma",
    "na",
    "ni",
    "pra",
    "ra",
    "sha",
    "su",
    "ta",
    "va",
    "ya",
]
CITIES = [
    "Agra",
    "Bhopal",
    "Chennai",
    "Delhi",
    "Ernakulam",
    "Faridabad",
    "Guwahati",
    "Hyderabad",
    "Indore",
    "Jaipur",
    "Kanpur",
    "Lucknow",
    "Mumbai",
    "Nagpur",
    "Ooty",
    "Patna",
    "Rajkot",
    "Surat",
    "Thane",
    "Udaipur",
    "Varanasi",
    "Warangal",
]
PRODUCTS = ("HOME LOAN", "CAR LOAN", "GOLD LOAN", "CREDIT CARD", "PERSONAL LOAN")

TEMPLATE = (
    "Dear {{ name | title }}, INR {{ amount | money }} for your {{ product | lower }} is due on "
    '{{ due | date("%d %b %Y") }}.'
    "{% if amount >= 10000 %} Please call your branch in {{ city }}.{% else %} Please pay by then.{% endif %}"
)

CAMPAIGN = """\
name    = "bench"
edition = "1"
purpose = "debt_collection"
app_id  = "bench"

[audience]
file   = "audiences/bench.csv"
number = "phone"
region = "IN"
[audience.types]
amount = "decimal"
due    = "date"

[voice]
source  = "uploaded"
file_id = "bench.mp3"
max_duration = "40s"

[sms]
app_id    = "bench"
template  = "bench.sms.j2"
on_failed = true

[limits]
calls = {limit}
tasks = 10_000
rows  = {limit}
"""


def make_repository(root: Path, callees: int) -> int:
    """Write a campaign repository with *callees* rows into *root* and return how many different people they are."""
    (root / "campaigns/audiences").mkdir(parents=True)
    (root / "templates").mkdir()
    (root / "templates/bench.sms.j2").write_text(TEMPLATE, encoding="utf-8")
    campaign = CAMPAIGN.replace("{limit}", str(max(callees, 1000) * 2))
    (root / "campaigns/bench.toml").write_text(campaign, encoding="utf-8")
    people = 0
    with (root / "campaigns/audiences/bench.csv").open("wb") as file:
        for first, frame in enumerate(chunks(callees)):
            frame.write_csv(file, include_header=first == 0)
            people += frame.filter(pl.col("account").str.len_chars() == VALID_ACCOUNT)["account"].n_unique()
    return people


def chunks(callees: int) -> Iterator[pl.DataFrame]:
    """Yield *callees* rows, String: phone, name, amount, due, city, account, product, email."""
    for start in range(0, callees, CHUNK):
        yield _chunk(start, min(CHUNK, callees - start))


def _chunk(start: int, rows: int) -> pl.DataFrame:
    random = np.random.default_rng([SEED, start])
    # Who is listed twice is listed with the same content, not far above.
    person = np.arange(rows)
    again = random.random(rows) < DUPLICATES_PER_MILLE / 1000
    again[0] = False
    person[again] = (random.random(again.sum()) * person[again]).astype(np.int64)
    person = person[person]
    national = 9_000_000_000 + (start + person) * 389_999_981 % 1_000_000_000
    national[person % ONE_INVALID_IN == 3] //= (
        10  # a digit short, as people type them; written plainly, see below
    )

    names = _names()
    amounts = 10_000 + random.integers(0, 500_000, rows) * 9 + random.integers(0, 2, rows) * 700_000
    days = np.datetime64("2026-01-01") + random.integers(0, 365, rows).astype("timedelta64[D]")
    frame = pl.DataFrame(
        {
            "@style": person % 4,
            "@national": national.astype(str),
            "@amount": amounts[person],
            "@due": days[person],
            "@name": random.integers(0, len(names), rows)[person],
            "@city": random.integers(0, len(CITIES), rows)[person],
            "@product": random.integers(0, len(PRODUCTS), rows)[person],
        }
    )
    number, style = pl.col("@national"), pl.col("@style")
    return frame.select(
        phone=pl.when(style == 0)
        .then("+91 " + number.str.head(5) + " " + number.str.tail(5))
        .when(style == 1)
        .then("0" + number)
        .when(style == 2)
        .then("91" + number)
        .otherwise(number),
        name=pl.lit(names).gather(pl.col("@name")),
        amount=(pl.col("@amount") // 100).cast(pl.String)
        + "."
        + (pl.col("@amount") % 100).cast(pl.String).str.zfill(2),
        due=pl.col("@due").cast(pl.String),
        city=pl.lit(pl.Series(CITIES)).gather(pl.col("@city")),
        account="AC" + number.str.reverse(),
        product=pl.lit(pl.Series(PRODUCTS)).gather(pl.col("@product")),
        email=number.str.tail(6) + "@example.com",
    )


def _names() -> pl.Series:
    """Return 200,000 different names in capitals, as banks export them."""
    parts = [f"{a}{b}".upper() for a in SYLLABLES for b in SYLLABLES][:448]
    return pl.Series([f"{first} {last}" for first in parts for last in parts[:447]][:200_000])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("callees", type=int)
    given = parser.parse_args()
    print(json.dumps({"rows": given.callees, "people": make_repository(given.root, given.callees)}))
