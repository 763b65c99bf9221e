"""Receipts: begun before the first request, completed after the last, by the next apply where a crash left them."""

from dataclasses import dataclass, replace

from runner.apply.boundary import Boundary
from runner.apply.desk import Desk
from runner.model.receipt import Receipt, ReceiptTask
from runner.planning.history import History
from runner.ports import Receipts
from runner.preview.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What was acknowledged: the digest of the reviewed plan and the number of people in it; the commit, if any."""

    digest: str
    calls: int
    commit: str | None


def begin(desk: Desk, receipts: Receipts, prepared: Prepared, reviewed: Reviewed) -> Receipt:
    """Write the receipt of an apply that is about to send, and return it."""
    head, identity = desk.ledger.head(), desk.ledger.identity
    plan = prepared.plan
    receipt = Receipt(
        environment=identity.environment,
        campaign=plan.name,
        edition=plan.edition,
        account=desk.vendor.account,
        key_id=identity.key_id,
        lineage=identity.lineage,
        sequence=head.sequence,
        head=head.hash,
        began_at=desk.clock.now(),
        commit=reviewed.commit,
        plan_digest=reviewed.digest,
        acknowledged=reviewed.calls,
        rows=plan.rows,
        inputs=dict(plan.inputs),
        tasks=tuple(
            ReceiptTask(name=task.name, people=task.people, state="planned", job_id=None)
            for task in plan.tasks
        ),
        complete=False,
    )
    receipts.write(receipt)
    desk.at(Boundary.RECEIPT_BEGUN)
    return receipt


def complete(desk: Desk, receipts: Receipts, receipt: Receipt) -> str:
    """Write *receipt* again with what became of its tasks; return its path."""
    path = receipts.write(replace(receipt, tasks=_tasks(desk.history(), receipt), complete=True))
    desk.at(Boundary.RECEIPT_COMPLETED)
    return path


def complete_left_over(desk: Desk, receipts: Receipts) -> None:
    """Complete the receipts of this campaign and edition that an earlier apply began and a crash left.

    Those of a ledger that was rebuilt stay as they are: this one cannot tell what became of their tasks.
    """
    lineage = desk.ledger.identity.lineage
    for receipt in receipts.all():
        mine = (receipt.lineage, receipt.campaign, receipt.edition) == (
            lineage,
            desk.campaign.name,
            desk.campaign.edition,
        )
        if mine and not receipt.complete:
            complete(desk, receipts, receipt)


def _tasks(history: History, receipt: Receipt) -> tuple[ReceiptTask, ...]:
    after = [task for task in history.tasks if task.block > receipt.sequence]
    sent = {task.task.name for task in after}
    return (
        *(
            ReceiptTask(
                name=task.task.name, people=task.sending.people, state=task.standing.value, job_id=task.job_id
            )
            for task in after
        ),
        *(replace(task, state="not sent") for task in receipt.tasks if task.name not in sent),
    )
