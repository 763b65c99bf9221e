"""What was suppressed, as plain values for JSON, format version 1."""

from runner.views.halt_text import halt_value
from runner.views.suppressed_text import Recorded


def suppressed_value(recorded: Recorded) -> dict[str, object]:
    """Return what was recorded, and which tasks still hold some of these people, as nested dictionaries and lists."""
    return {
        "format_version": 1,
        "environment": recorded.environment,
        "lifted": recorded.lifted,
        "people": recorded.asked,
        "new": recorded.new,
        "suppressed": recorded.suppressed,
        "held": [
            {
                "campaign": one.task.task.campaign,
                "edition": one.task.task.edition,
                "task": one.task.task.name,
                "state": one.state.value,
                "in_files": recorded.is_in_files(one),
                "people": one.people,
                "of": one.task.people,
                "calls_at": one.task.sending.calls_at.isoformat(),
                "until": None if one.until is None else one.until.isoformat(),
            }
            for one in recorded.held
        ],
        "halt": halt_value(recorded.halt),
    }
