"""What an entry of the ledger can say."""

from runner.model.edition_fact import EditionReopened, Withdrawn
from runner.model.ledger_fact import Bound, Genesis, Halted, Lifted, Renamed, ToleranceMeasured
from runner.model.outcome_fact import OutcomesErased, RecordsRead, TaskOutcomes, TaskRound
from runner.model.people_fact import Forgotten, Suppressed, SuppressionLifted
from runner.model.rebuild_fact import Rebuilt, Replaced, TaskFound
from runner.model.task_fact import TaskCancelling, TaskFact, TaskResolved

Fact = (
    Genesis
    | Bound
    | Renamed
    | Rebuilt
    | Replaced
    | TaskFound
    | EditionReopened
    | ToleranceMeasured
    | RecordsRead
    | OutcomesErased
    | TaskOutcomes
    | TaskRound
    | Halted
    | Lifted
    | Suppressed
    | SuppressionLifted
    | Forgotten
    | Withdrawn
    | TaskFact
)

Decision = TaskResolved | TaskCancelling | Withdrawn | EditionReopened
"""What is appended under the lease only, and only on all that is known of what it concerns."""
