"""Where campaigns stand, as plain values for JSON, format version 1."""

from collections.abc import Sequence

from runner.planning.history import IN_DOUBT, SENT, History, Standing
from runner.views.standing_text import CampaignStanding


def standing_value(
    standings: Sequence[CampaignStanding], *, environment: str, suppressed: int = 0
) -> dict[str, object]:
    """Return the standings as nested dictionaries and lists."""
    return {
        "format_version": 1,
        "environment": environment,
        "campaigns": [_campaign(one) for one in standings],
        "summary": {
            "closed": sum(bool(s.history.closed_by) for s in standings),
            "to_be_sent": sum(_people(s.history, Standing.CANCELLED) for s in standings),
            "in_doubt": sum(_people(s.history, *IN_DOUBT) for s in standings),
            "suppressed": suppressed,
            "accepted": sum(_people(s.history, *SENT) for s in standings),
        },
    }


def _campaign(standing: CampaignStanding) -> dict[str, object]:
    return {
        "name": standing.name,
        "edition": standing.edition,
        "held": standing.holder is not None,
        "closed_by": [
            {"name": task.task.name, "people": task.people, "job_id": task.job_id, "said": task.said}
            for task in standing.history.closed_by
        ],
        "withdrawn": standing.history.withdrawn is not None,
        "people": {kind.value: _people(standing.history, kind) for kind in Standing},
        "tasks": [
            {
                "name": task.task.name,
                "people": task.people,
                "standing": task.standing.value,
                "job_id": task.job_id,
                "said": task.said,
                "code": task.code,
                "since": task.since.isoformat(),
                "rounds": [
                    {
                        "round": one.number,
                        "of": one.of,
                        "state": one.status,
                        "job_id": one.job_id,
                        "people": one.people,
                        "called": one.called,
                    }
                    for one in task.rounds
                ],
            }
            for task in standing.history.tasks
        ],
    }


def _people(history: History, *kinds: Standing) -> int:
    return sum(task.people for task in history.in_standing(kinds))
