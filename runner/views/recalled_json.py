"""What `runner recall` wrote, as plain values for JSON, format version 1."""

from collections.abc import Sequence

from runner.model.campaign import Campaign
from runner.planning.recalling import CHOSEN
from runner.views.recalled_text import Recalled


def recalled_value(
    recalled: Recalled, *, campaign: Campaign, edition: str, is_written: bool, warnings: Sequence[str]
) -> dict[str, object]:
    """Return whom *edition* of *campaign* calls again, and whom not and why, as nested dictionaries and lists."""
    again = recalled.again
    return {
        "format_version": 1,
        "name": campaign.name,
        "edition": edition,
        "path": campaign.path,
        "of": again.of,
        "as_of": again.as_of,
        "people": again.people,
        "calls": recalled.calls,
        "outcomes": {kind.value: recalled.kinds.get(kind, 0) for kind in again.outcomes},
        "not_called": {
            kind.replace(" ", "_"): number for kind, number in sorted(recalled.said.items()) if kind != CHOSEN
        },
        "written": is_written,
        "warnings": list(warnings),
    }
