"""A stop, as people and machines read it: before everything else."""

from runner.model.halt import Halt
from runner.views.visible import visible


def halt_lines(halt: Halt | None) -> list[str]:
    """Return what stops everything, and what ends that; nothing where nothing does."""
    if halt is None:
        return []
    return [f"! {visible(str(halt))}", f"  nothing is sent; {halt.lift}", ""]


def halt_value(halt: Halt | None) -> dict[str, object] | None:
    """Return the stop as plain values for JSON."""
    if halt is None:
        return None
    return {
        "reason": halt.reason,
        "by": halt.by,
        "since": halt.since.isoformat() if halt.since is not None else None,
    }
