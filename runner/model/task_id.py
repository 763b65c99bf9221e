"""Which task: what names it for good."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskId:
    """The identity of a task: its name is unique at the vendor, campaign and edition say whose it is."""

    campaign: str
    edition: str
    name: str
