"""What a `runner collect` did, as plain values for JSON, format version 1."""

from dataclasses import asdict

from runner.collect.run import Collected


def collected_value(collected: Collected) -> dict[str, object]:
    """Return what was done as nested dictionaries and lists."""
    return {
        "format_version": 1,
        "pushes": collected.pushes,
        "unreadable": {reason.value: number for reason, number in sorted(collected.refused.items())},
        "pushed": asdict(collected.pushed),
        "recorded": asdict(collected.recorded),
        "records_since": None if collected.since is None else collected.since.isoformat(),
        "records_complete": collected.complete,
        "settled": list(collected.settled),
        "in_doubt": [
            {"task": task.task.name, "people": task.sending.people, "standing": task.standing.value}
            for task in collected.in_doubt
        ],
        "drift": [asdict(drift) for drift in collected.drift],
        "warnings": list(collected.warnings),
        "erased": collected.erased,
        "unavailable": collected.unavailable is not None,
    }
