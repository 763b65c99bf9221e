"""What a recall flow is asked to do, validated.

Source: the pages of recallFlow update; that a task is created with the same fields is an inference, since the
send page's own table could not be read.
"""

from dataclasses import dataclass
from typing import Final

from runner.sandbox.fields import Fields
from runner.sandbox.refusal import Code, RefusedError
from runner.sandbox.script import Sms, Voice, read_sms, read_voice

_MOST_ROUNDS: Final = 10
_MINUTES_OF_DAY: Final = 1440


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one recall round plays and sends instead of the task's own; *sms* None = none in this round."""

    voice: Voice
    sms: Sms | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallPlan:
    """Rounds of calling again.

    Attributes:
        interval_s: from the end of one round to the start of the next.
        rounds: how many.
        only_failed: each round calls those whom the round before did not reach; otherwise everybody.
        overrides: of the first rounds, in order. Rounds without one repeat the task.
    """

    interval_s: int
    rounds: int
    only_failed: bool
    overrides: tuple[Round, ...]


def read_recall_plan(fields: Fields) -> RecallPlan:
    """Return the plan in the fields of a ``recallFlow``.

    Fewer overrides than rounds are accepted and more are refused: the documents do not say.
    """
    rounds = fields.required_integer("recallNum", 1, _MOST_ROUNDS)
    nodes = fields.children("nodeList")
    if len(nodes) > rounds:
        raise RefusedError(Code.VALIDATION, f"{fields.where('nodeList')} has more entries than recallNum")
    return RecallPlan(
        interval_s=60 * fields.required_integer("recallInterval", 1, _MINUTES_OF_DAY),
        rounds=rounds,
        only_failed=fields.required_integer("recallType", 0, 1) == 1,
        overrides=tuple(_read_round(node) for node in nodes),
    )


def _read_round(node: Fields) -> Round:
    node.required_integer("hangUpSms", 0, 1)
    return Round(voice=read_voice(node), sms=read_sms(node, app_id_required=False, least_delay_s=1))
