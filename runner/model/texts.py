"""The texts of a campaign, in the one order that columns, skeletons and requests share.

Number 0 is the voice text (text-to-speech only), 1 the SMS, then for each recall override its voice text and its SMS.
A text that a campaign does not have keeps its number and is None.
"""

from dataclasses import dataclass
from enum import StrEnum

from runner.model.campaign import Campaign, Template, TtsVoice, Voice


class TextKind(StrEnum):
    """Whether a text is spoken or written."""

    VOICE = "voice"
    SMS = "sms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of a campaign.

    Attributes:
        index: its number; see the module.
        round: 0 for the first call, n for the n-th recall round.
    """

    index: int
    kind: TextKind
    round: int
    template: Template

    @property
    def title(self) -> str:
        """Return how views and messages call this text: ``voice``, ``sms``, ``round 2 voice``."""
        return str(self.kind) if not self.round else f"round {self.round} {self.kind}"


def is_sms(index: int) -> bool:
    """Tell whether the text number *index* is written and not spoken."""
    return index % 2 == 1


def texts_of(campaign: Campaign) -> tuple[Text, ...]:
    """Return the texts that *campaign* has, in order of their numbers."""
    found: list[Text] = []

    def add(round_: int, kind: TextKind, template: Template | None) -> None:
        if template is not None:
            index = 2 * round_ + (0 if kind is TextKind.VOICE else 1)
            found.append(Text(index=index, kind=kind, round=round_, template=template))

    add(0, TextKind.VOICE, _voice_template(campaign.voice))
    add(0, TextKind.SMS, campaign.sms.template if campaign.sms else None)
    for number, override in enumerate(campaign.recall.overrides if campaign.recall else (), start=1):
        add(number, TextKind.VOICE, _voice_template(override.voice))
        add(number, TextKind.SMS, override.sms_template)
    return tuple(found)


def _voice_template(voice: Voice | None) -> Template | None:
    return voice.template if isinstance(voice, TtsVoice) else None
