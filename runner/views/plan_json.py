"""A plan as plain values for JSON, format version 1: what `--format json` prints and what a saved plan calls its head."""

from collections.abc import Iterable, Mapping

from runner.model.plan import Bucket, CampaignPlan, Plan
from runner.planning.digest import hours_value
from runner.views.numbers import SMALL


def plan_value(plan: Plan) -> dict[str, object]:
    """Return *plan* as nested dictionaries and lists; moments as ISO text, small counts of breakdowns as ``"<10"``."""
    return {
        "format_version": plan.format_version,
        "digest": plan.digest,
        "environment": plan.environment,
        "account": plan.account,
        "created_at": plan.created_at.isoformat(),
        "ledger": {
            "lineage": plan.ledger.lineage,
            "key_id": plan.ledger.key_id,
            "sequence": plan.ledger.head.sequence,
            "head": plan.ledger.head.hash,
        },
        "campaigns": [_campaign(one) for one in plan.campaigns],
        "summary": _counts(plan.campaigns),
    }


def _campaign(plan: CampaignPlan) -> dict[str, object]:
    return {
        "name": plan.name,
        "edition": plan.edition,
        "path": plan.path,
        "digest": plan.digest,
        "over": plan.over,
        "closed": None
        if plan.closing is None
        else {"tasks": plan.closing.tasks, "people": plan.closing.people},
        **_counts([plan]),
        "reasons": [
            {"bucket": r.bucket.value, "reason": r.text, "count": _blind(r.count), "first_rows": list(r.rows)}
            for r in plan.reasons
        ],
        "countries": _blind_all(plan.countries),
        "hours": hours_value(plan.hours),
        "guards": [
            {"name": g.name, "value": g.value, "limit": g.limit, "where": str(g.where), "passed": g.passed}
            for g in plan.guards
        ],
        "requests": [
            {"name": t.name, "people": _blind(t.people), "cohort": t.cohort, "variant": t.variant}
            for t in plan.tasks
        ],
        "replaces": [
            {
                "name": one.name,
                "people": _blind(one.people),
                "again": _blind(one.again),
                "dropped": _blind(one.dropped),
                "changed": _blind(one.changed),
            }
            for one in plan.replaces
        ],
        "segments": [
            {
                "text": s.title,
                "histogram": _blind_all({str(k): n for k, n in sorted(s.histogram.items())}),
                "ucs2": _blind(s.ucs2),
                "forcing": _blind_all(s.forcing),
            }
            for s in plan.segments
        ],
        "sample": [{"row": s.row, "title": s.title, "text": s.text} for s in plan.sample],
        "templates": dict(plan.templates),
        "not_in_sample": [{"branch": r.text, "count": _blind(r.count)} for r in plan.unreached],
        "settings": list(plan.settings_lines),
        "warnings": list(plan.warnings),
        "inputs": dict(plan.inputs),
    }


def _counts(campaigns: Iterable[CampaignPlan]) -> dict[str, object]:
    plans = tuple(campaigns)
    return {
        "rows": sum(p.rows for p in plans),
        "calls": sum(p.calls for p in plans),
        "tasks": sum(len(p.tasks) for p in plans),
        **{bucket.value: sum(p.buckets.get(bucket, 0) for p in plans) for bucket in Bucket},
    }


def _blind(number: int) -> int | str:
    return number if number >= SMALL or number == 0 else f"<{SMALL}"


def _blind_all(counts: Mapping[str, int]) -> dict[str, int | str]:
    return {key: _blind(number) for key, number in counts.items()}
