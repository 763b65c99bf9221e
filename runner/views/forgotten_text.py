"""What was forgotten, what was kept and why, and what nobody reaches from here, as text. No number is in it."""

from runner.collect.forget import Forgot
from runner.counts import people, plural

_OUT_OF_REACH = (
    "  not reached from here: the vendor's records, audience and exclusion files and their history in git, exports, "
    "saved plans, backups, ledgers that a rebuild put aside"
)


def forgotten_lines(forgot: Forgot, *, environment: str) -> list[str]:
    """Return what was done."""
    old = forgot.people - forgot.new
    before = f"; {people(old)} forgotten before" if old else ""
    kept = f"  kept: that they are in {plural(forgot.tasks, 'task')}, as keyed hashes of number and content: "
    lines = [
        f"{environment}: {people(forgot.new)} forgotten{before}",
        f"  erased: {plural(forgot.reports, 'report')} of their calls: when, how long, which key, what became of it",
        f"  erased: {plural(forgot.pushes, 'push', 'pushes')} in the inbox; what these say of others was folded first",
        kept + "no edition that called them calls them again, and caps count them",
    ]
    if forgot.suppressed:
        lines.append(f"  kept: that {people(forgot.suppressed)} must not be called by any campaign")
    if forgot.suppressed < forgot.people:
        lines.append("  a new edition may call them: `runner suppress` keeps every campaign from it")
    if forgot.doubtful:
        lines.append(
            f"  {plural(forgot.doubtful, 'task')} of them in doubt: their call records do not help to settle it any more"
        )
    return [*lines, _OUT_OF_REACH]
