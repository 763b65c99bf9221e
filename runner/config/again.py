"""`[again]`: whom of the audience an edition calls, by what became of them in an earlier one."""

from runner.config.findings import Findings, quoted
from runner.config.positions import KeyPath
from runner.config.schema import AgainTable
from runner.model.campaign import Again, Missed

_OF: KeyPath = ("again", "of")
_OUTCOMES: KeyPath = ("again", "outcomes")


def build_again(findings: Findings, table: AgainTable) -> Again:
    """Return the block; what is wrong with it by itself is added to *findings*, and the value has then no meaning."""
    if findings.document.at(("edition",)) == table.of:
        message = f"`again.of` is this edition, {quoted(table.of)}: nobody is called twice in one edition"
        hint = "`runner recall` gives the campaign a new edition"
        findings.at_value(_OF, "again-of-itself", message, hint=hint)
    for index, outcome in enumerate(table.outcomes):
        if outcome in table.outcomes[:index]:
            findings.at_value(
                (*_OUTCOMES, index), "repeated", f"{quoted(outcome.value)} is in this list already"
            )
    sequence, _, lineage = table.as_of.partition("-")
    return Again(
        of=table.of,
        outcomes=tuple(one for one in Missed if one in table.outcomes),
        sequence=int(sequence),
        lineage=lineage,
        people=table.people,
    )


def check_key(findings: Findings, again: Again, *, asks_for_key: bool) -> None:
    """Add a problem where people without a key are wanted, although no key leads to anything."""
    if Missed.NO_KEY in again.outcomes and not asks_for_key:
        message = "nobody can be called again for want of a key: this campaign does nothing with keys"
        hint = 'take "no_key" out, or set `sms.on_key` or `transfer.key`'
        findings.at_value(_OUTCOMES, "again-without-key", message, hint=hint)
