"""What `runner doctor --probe` says: limits of timestamps, and how a person finds out whether a task name is refused."""

from runner.apply.tolerance import Limit

SETTING = "RUNNER_VENDOR_REFUSES_DUPLICATE_NAMES"

NAMES = f"""\
Does this account refuse a task name that exists? Only a task can tell, so a person finds out; nothing is sent from here.
Use the vendor's console or API by hand, one number of your own, a text that says what it is, and no SMS. Where a time is
asked for, give one as far ahead as the vendor takes, at least a day, so that nothing rings before you have cancelled it.

  1. waiting    Make a task named runner-probe-1 with that one number, scheduled far ahead. When the vendor lists it as
                waiting, make the same task again under the same name.
  2. cancelled  Cancel runner-probe-1. When it is listed as cancelled, make it again under the same name, far ahead.
  3. finished   Make a task named runner-probe-2 with that number, to ring now, and answer. When it is listed as finished,
                wait for RUNNER_SETTLE_TIME, then make it again under the same name, far ahead.

Whenever the vendor takes a name again: look it up, cancel every task of that name, and see that each is listed as
cancelled. Then the account does not refuse duplicates: leave {SETTING} unset, and what is in doubt is held for a person.
Only where all three are refused with words that the name exists, and the list has one task of each name, set
{SETTING}=true. It holds for this account and
application as they were tried: try again after the vendor changed anything."""


def limit_text(what: str, limit: Limit) -> str:
    """Return *limit* of timestamps that are *what*, ``old`` or ``ahead``, as a sentence."""
    if limit.refused_s is None:
        return f"timestamps that are {what} by up to {limit.taken_s:,} s are taken; no limit was found"
    return f"timestamps that are {what} by up to {limit.taken_s:,} s are taken, from {limit.refused_s:,} s on refused"
