"""A saved plan as text: first what its digest proves, then what was printed when it was made."""

from runner.counts import people, plural
from runner.planning.saved import ReviewedCampaign, SavedPlan
from runner.views.plan_text import hours_text
from runner.views.visible import visible


def saved_lines(saved: SavedPlan) -> list[str]:
    """Return *saved* as lines of text."""
    lines = [
        f"Saved plan {saved.digest}",
        f"  made {saved.created_at:%Y-%m-%d %H:%M} UTC for {visible(saved.environment)}, under key {visible(saved.ledger.key_id)}",
        "  The digest matches this content:",
    ]
    lines += [
        f"    {visible(c.name)} {visible(c.edition)}: {people(c.calls)} to call; {visible(hours_text(c.hours))}{_first(c)}"
        for c in saved.campaigns
    ]
    lines += [
        f"    {people(saved.calls)} in all: apply with --ack-calls {saved.calls}"
        if saved.calls or any(c.replaces for c in saved.campaigns)
        else "    nobody to call",
        "",
        "As it was printed then:",
        "",
    ]
    # Behind a bar, for these lines are a claim of the file: none of them may look like ours, or like a log's command.
    return [*lines, *(f"| {visible(line)}".rstrip() for line in saved.printed)]


def _first(campaign: ReviewedCampaign) -> str:
    """Return what is done before anybody is called."""
    number = len(campaign.replaces)
    return f"; {plural(number, 'waiting request')} cancelled first" if number else ""
