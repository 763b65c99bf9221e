"""The figures after the call as plain values for JSON, format version 1: what `runner report --format json` prints."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from runner.model.outcome import Outcome
from runner.report.figures import Cost, Figures, Part
from runner.views.numbers import SMALL


def report_value(reports: Sequence[Figures], *, environment: str) -> dict[str, object]:
    """Return *reports* as nested dictionaries and lists; small counts of breakdowns are ``"<10"``, totals are exact.

    ``summary`` adds all campaigns up: ``planned`` (null where one is not known), ``accepted``, ``reported``, ``confirmed``, one
    count per outcome, and ``keys``.
    """
    return {
        "format_version": 1,
        "environment": environment,
        "campaigns": [_campaign(one) for one in reports],
        "summary": _summary(reports),
    }


def _campaign(report: Figures) -> dict[str, object]:
    funnel, durations, missing = report.funnel, report.durations, report.missing
    return {
        "name": report.campaign,
        "edition": report.edition,
        "since": _moment(report.since),
        "until": _moment(report.until),
        **_summary([report]),
        "funnel": {
            "planned": funnel.planned,
            "accepted": funnel.accepted,
            "rang": funnel.rang,
            "answered": funnel.answered,
            "key": funnel.key,
            "sms_triggered": funnel.sms,
        },
        "by_records": _by_outcome(report.by_records),
        "by_pushes": _by_outcome(report.by_pushes),
        "timezone": report.timezone,
        "countries": _parts(report.countries),
        "hours": _parts(report.hours),
        "days": _parts(report.days),
        "rounds": _parts(report.rounds),
        "recall_rounds": [
            {
                "round": one.number,
                "of": one.of,
                "state": one.status,
                "tasks": one.tasks,
                "people": _blind(one.people),
                "called": _blind(one.called),
            }
            for one in report.recalls
        ],
        "durations": {
            "calls": durations.calls,
            "seconds": durations.seconds,
            "median_s": durations.median_s if durations.calls >= SMALL else None,
            "listened": {name: _blind(count) for name, count in durations.shares.items()},
            "silent_to_the_end": _blind(durations.silent_to_the_end),
        },
        "cost": _cost(report.cost),
        "missing": {
            "silent": missing.silent,
            "unconfirmed": missing.unconfirmed,
            "unknown": missing.unknown,
            "contradicted": missing.contradicted,
        },
    }


def _summary(reports: Sequence[Figures]) -> dict[str, object]:
    outcomes: Counter[Outcome] = Counter()
    keys: Counter[str] = Counter()
    for report in reports:
        outcomes.update(report.outcomes)
        keys.update(report.keys)
    planned = [report.funnel.planned for report in reports]
    return {
        "planned": None if None in planned else sum(number for number in planned if number is not None),
        "accepted": sum(report.funnel.accepted for report in reports),
        "calls": sum(report.calls for report in reports),
        "reported": sum(report.reported for report in reports),
        "confirmed": sum(report.confirmed for report in reports),
        **_by_outcome(outcomes),
        "keys": dict(sorted(keys.items())),
    }


def _by_outcome(counts: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: counts.get(outcome, 0) for outcome in reversed(Outcome)}


def _parts(parts: Iterable[Part]) -> list[dict[str, object]]:
    return [
        {
            "name": part.name,
            "calls": _blind(part.total),
            "outcomes": {outcome.value: _blind(count) for outcome, count in part.outcomes.items()},
        }
        for part in parts
    ]


def _cost(cost: Cost) -> dict[str, object]:
    return {
        "confirmed": _amounts(cost.by_currency),
        "reported_only": _amounts(cost.reported_only),
        "charged_s": cost.charged_s,
    }


def _amounts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """Return amounts as decimal text by currency; ``unknown`` where the vendor names none."""
    return {currency or "unknown": f"{amount:f}" for currency, amount in amounts.items()}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _blind(number: int) -> int | str:
    return number if number >= SMALL or number == 0 else f"<{SMALL}"
