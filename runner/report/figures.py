"""The figures of a campaign's edition after the call: what views show, and nothing that says who anybody is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from runner.model.campaign import Triggers
from runner.model.outcome import Outcome
from runner.model.report import RoundsSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is known of a campaign's edition besides its outcomes.

    Attributes:
        planned: people whom the reviewed plans would call; None = not known.
        accepted: people in tasks that the vendor took.
        listening_s: how long the voice plays, all loops together; None where that is not known, as for speech.
        triggers: what triggers the SMS after the call; None = there is none.
        timezone: IANA name of the zone whose hours are shown.
        recalls: recall rounds as the vendor showed them.
    """

    planned: int | None
    accepted: int
    listening_s: float | None = None
    triggers: Triggers | None = None
    timezone: str = "UTC"
    recalls: tuple[RoundsSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel:
    """How many people came how far. Each of these but the first two counts people of whom something was heard.

    Attributes:
        rang: their phone rang, or was engaged.
        sms: an SMS should have followed by the campaign's triggers; None where there is no SMS. Whether it was delivered is
            told by nobody.
    """

    planned: int | None
    accepted: int
    rang: int
    answered: int
    key: int
    sms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a breakdown: a country, an hour, a round, a stretch of time; *outcomes* has only what occurred."""

    name: str
    total: int
    outcomes: Mapping[Outcome, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """How long answered calls lasted, machines left out where they are known.

    Attributes:
        calls: that were answered and whose duration is known.
        seconds: together.
        median_s: of one call.
        shares: calls by how much of what was played they can have heard, in order: ``under a quarter`` … ``to the end``;
            empty where it is not known how long that plays.
        silent_to_the_end: of those to the end, the ones without a key. A machine listens to the end and presses nothing, so
            this many may be voicemails that nobody called so.
    """

    calls: int
    seconds: int
    median_s: float | None
    shares: Mapping[str, int]
    silent_to_the_end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What calls cost.

    Attributes:
        by_currency: of confirmed calls, by currency; ``""`` where the vendor names none.
        reported_only: the same of calls that only a push tells of.
        charged_s: charged seconds of confirmed calls.
    """

    by_currency: Mapping[str, Decimal]
    reported_only: Mapping[str, Decimal]
    charged_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What is not known, in people.

    Attributes:
        silent: accepted, and nothing was ever heard of them, whatever stretch of time is asked for.
        unconfirmed: only pushes tell of them, which anybody could have sent.
        unknown: a call took place, and nothing tells how it ended.
        contradicted: a push says otherwise than the record of the same call.
    """

    silent: int
    unconfirmed: int
    unknown: int
    contradicted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What became of the calls of one campaign and edition.

    Attributes:
        since: only calls from then on; None = all.
        until: only calls before then; None = all.
        calls: calls that something is known of.
        reported: people of whom a push tells.
        confirmed: people of whom a call record tells.
        outcomes: people by the best that is known of their calls; every outcome is there.
        by_records: the same by records alone.
        by_pushes: the same by pushes alone.
        keys: people by the key they pressed last; ordered by key.
        recalls: see `Expected`: rounds at the vendor, where `rounds` counts calls.
        timezone: IANA name of the zone of hours and days.
        countries, hours, rounds, days: calls by country, by local hour, by the how-manieth call of a person, and by day.
    """

    campaign: str
    edition: str
    since: datetime | None
    until: datetime | None
    calls: int
    reported: int
    confirmed: int
    funnel: Funnel
    outcomes: Mapping[Outcome, int]
    by_records: Mapping[Outcome, int]
    by_pushes: Mapping[Outcome, int]
    keys: Mapping[str, int]
    timezone: str
    countries: tuple[Part, ...] = field(repr=False)
    hours: tuple[Part, ...] = field(repr=False)
    rounds: tuple[Part, ...] = field(repr=False)
    days: tuple[Part, ...] = field(repr=False)
    durations: Durations
    cost: Cost
    missing: Missing
    recalls: tuple[RoundsSeen, ...] = ()
