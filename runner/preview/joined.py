"""The numbers of people that are known by their keys, out of an audience: for who asks for them, and nowhere else."""

from pathlib import Path

import polars as pl

from runner.audience.bulk import COUNTRY
from runner.audience.numbers import Reading, read_numbers
from runner.audience.renumbered import CURRENT, keyed_people
from runner.digest.keys import Label, LedgerKey
from runner.frames import NUMBER, PERSON, REASON
from runner.model.campaign import Campaign
from runner.sources.audience import open_audience


def numbers_of(
    campaign: Campaign, path: Path, people: pl.Series, *, shown: str, key: LedgerKey, allow_fiction: bool
) -> pl.DataFrame:
    """Return PERSON and NUMBER (E.164) of those of *people* who are in the audience at *path*, each person once.

    Who is known under a former number has the present one, unless several people of the audience may have had that.

    Args:
        campaign: whose audience it is: the column with the number, and how it is read.
        path: of the file, as it is today.
        people: person keys, UInt128.
        shown: how messages call the file.
        key: of the ledger.
        allow_fiction: numbers reserved for fiction may be people.

    Raises:
        InvalidError: the file cannot be read, or has no such column.
        RefusedError: it has more rows than `[limits] rows`.
    """
    audience = campaign.audience
    reading = Reading(region=audience.region, countries=(), allow_fiction=allow_fiction)
    subkey = key.subkey(Label.PERSON)
    wanted = people.unique().alias(PERSON).to_frame()
    found = [pl.DataFrame(schema={PERSON: pl.UInt128, NUMBER: pl.String})]
    formerly = list[pl.DataFrame](found)
    reader = open_audience(path, display=shown, limit_rows=campaign.limits.rows, number=audience.number)
    try:
        for rows in reader.rows((audience.number,)):
            read = read_numbers(rows[audience.number], reading).filter(pl.col(REASON).is_null())
            persons, former = keyed_people(read[NUMBER], read[COUNTRY], subkey)
            here = pl.DataFrame({PERSON: persons, NUMBER: read[NUMBER]})
            found.append(here.join(wanted, on=PERSON, how="semi").unique(PERSON))
            old = former.join(wanted, on=PERSON, how="semi").unique()
            joined = old.join(here.unique(PERSON), left_on=CURRENT, right_on=PERSON, how="inner")
            formerly.append(joined.select(PERSON, NUMBER))
    finally:
        reader.close()
    certain = pl.concat(found).unique(PERSON)
    once = pl.concat(formerly).unique()
    others = once.filter(~pl.col(PERSON).is_duplicated()).join(certain, on=PERSON, how="anti")
    return pl.concat([certain, others]).sort(PERSON)
