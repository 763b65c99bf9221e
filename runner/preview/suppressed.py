"""People whom `runner suppress` took out of every campaign, beside those on a campaign's own exclusion lists."""

from dataclasses import replace

import polars as pl

from runner.audience.people import LIST, SUPPRESSED_SCHEMA
from runner.frames import PERSON
from runner.ports import LedgerReader
from runner.preview.reading import ReadAudience


def without_suppressed(audience: ReadAudience, ledger: LedgerReader | None, *, position: int) -> ReadAudience:
    """Return *audience* with whoever is suppressed in *ledger* as the list number *position*, which no file has.

    It is read after the history of the campaign, so that what is said meanwhile is either in here or found by the intent.
    """
    if ledger is None:
        return audience
    people = audience.former.present(ledger.suppressed())
    theirs = people.select(PERSON, pl.lit(position, SUPPRESSED_SCHEMA[LIST]).alias(LIST))
    return replace(audience, suppressed=pl.concat([audience.suppressed, theirs]))
