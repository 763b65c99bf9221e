"""From one campaign file to one `Campaign`: the models, the rules across keys, names, paths and texts."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from runner.config.again import build_again, check_key
from runner.config.audience import build_audience
from runner.config.document import Document
from runner.config.explain import explain
from runner.config.findings import Findings
from runner.config.names import APP, CALLER, GROUP, Kind
from runner.config.positions import KeyPath
from runner.config.recall import build_recall
from runner.config.rules import check_rules, origins
from runner.config.schedule import build_schedule
from runner.config.schema import (
    NAMED,
    AgainTable,
    AudienceTable,
    CampaignTable,
    LimitsTable,
    RecallTable,
    ScheduleTable,
    SmsTable,
    TransferTable,
    VoiceTable,
)
from runner.config.surroundings import Surroundings
from runner.config.voice import Texts, build_triggers
from runner.model.campaign import Again, Audience, Campaign, Limits, Recall, Schedule, Sms, Transfer, Voice

M = TypeVar("M", bound=BaseModel)


def build_campaign(document: Document, around: Surroundings) -> tuple[Campaign | None, Findings]:
    """Return the campaign of *document* and what is wrong with it; the campaign is None where anything is."""
    findings = Findings(document=document)
    whole: CampaignTable | None = None
    try:
        whole = CampaignTable.model_validate(document.data)
    except ValidationError as error:
        explain(error, CampaignTable, findings)
    check_rules(findings)
    parts = _Parts(findings=findings, around=around)
    # Built also where another table is wrong, so that all problems come out at once.
    audience, voice, sms = parts.audience(), parts.voice(), parts.sms()
    transfer, schedule, recall = parts.transfer(), parts.schedule(), parts.recall()
    again = parts.again()
    app_id = parts.named(("app_id",), APP)
    caller_id = parts.named(("caller_id",), CALLER)
    if whole is None or findings.problems or audience is None or voice is None:
        return None, findings
    campaign = Campaign(
        name=whole.name,
        formerly=tuple(whole.formerly),
        edition=whole.edition,
        purpose=whole.purpose,
        app_id=app_id,
        caller_id=caller_id or None,
        owner=whole.owner,
        path=document.lines.path,
        audience=audience,
        voice=voice,
        loops=whole.voice.loops,
        max_duration_s=whole.voice.max_duration,
        max_ring_s=whole.voice.max_ring,
        sms=sms,
        transfer=transfer,
        schedule=schedule,
        recall=recall,
        limits=_limits(whole.limits),
        places=document.places,
        templates=around.templates,
        caps=around.caps,
        again=again,
    )
    if again is not None:
        check_key(findings, again, asks_for_key=campaign.asks_for_key)
    return None if findings.problems else campaign, findings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """Builds each part whose table is right by itself."""

    findings: Findings
    around: Surroundings

    @property
    def texts(self) -> Texts:
        return Texts(root=self.around.root, templates=self.around.templates, names=self.around.names)

    def table(self, key: str, model: type[M]) -> M | None:
        """Return the table *key*; None where there is none or it is wrong, which was explained already."""
        try:
            return model.model_validate(self.findings.document.data.get(key))
        except ValidationError:
            return None

    def named(self, path: KeyPath, kind: Kind) -> str:
        """Return the text at *path*, looked up where it is ``@name``; empty where there is no text."""
        written = self.findings.document.at(path)
        if not isinstance(written, str):
            return ""
        if not re.fullmatch(NAMED, written):
            return written
        return self.around.names.value(self.findings, path, written, kind)

    def audience(self) -> Audience | None:
        table = self.table("audience", AudienceTable)
        return build_audience(self.findings, table, self.around) if table else None

    def voice(self) -> Voice | None:
        table = self.table("voice", VoiceTable)
        keys = origins(self.findings.document.at(("voice",)), ("voice",))
        return self.texts.build_voice(self.findings, table, keys, table) if table and keys else None

    def sms(self) -> Sms | None:
        table = self.table("sms", SmsTable)
        keys = origins(self.findings.document.at(("sms",)), ("sms",))
        if table is None or keys is None:
            return None
        app_id = self.named(("sms", "app_id"), APP)
        sender_id = self.texts.sender_id(self.findings, table, keys)
        template = self.texts.build_template(self.findings, table, keys)
        if template is None:
            return None
        return Sms(app_id=app_id, template=template, sender_id=sender_id, triggers=build_triggers(table))

    def transfer(self) -> Transfer | None:
        table = self.table("transfer", TransferTable)
        if table is None:
            return None
        group = table.group
        if isinstance(group, str):
            looked_up = self.named(("transfer", "group"), GROUP)
            group = int(looked_up) if looked_up.isdecimal() else 0
        return Transfer(group=group, when=table.when, key=table.key, ratio=table.ratio)

    def schedule(self) -> Schedule | None:
        table = self.table("schedule", ScheduleTable)
        if table is None:
            return None
        return build_schedule(self.findings, table, environment=self.around.environment)

    def recall(self) -> Recall | None:
        table = self.table("recall", RecallTable)
        if table is None:
            return None
        main, sms = self.table("voice", VoiceTable), self.table("sms", SmsTable)
        return build_recall(self.findings, table, main=main, sms=sms, texts=self.texts)

    def again(self) -> Again | None:
        table = self.table("again", AgainTable)
        return build_again(self.findings, table) if table else None


def _limits(table: LimitsTable) -> Limits:
    return Limits(
        calls=table.calls,
        tasks=table.tasks,
        per_task=table.per_task,
        rows=table.rows,
        keep=int(table.keep * Decimal(1000)),
    )
