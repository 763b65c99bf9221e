"""The vendor, as the use-cases need it: `Laaffic` satisfies `runner.ports.Vendor`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from runner.errors import InvalidError, UnavailableError
from runner.laaffic.asking import PAUSES_S, Answered, Asker, Question
from runner.laaffic.body import entries_of, plain_body, task_body
from runner.laaffic.capacity import CAPACITY
from runner.laaffic.client import Deadlines, Http, Transport
from runner.laaffic.codes import Operation, Verdict
from runner.laaffic.convert import head_of, slots_of
from runner.laaffic.listing import MARGIN, flow_detail, flows_of, list_tasks
from runner.laaffic.models import FlowRecord, TaskRecord
from runner.laaffic.outcome import answer_of
from runner.laaffic.records import find_record, list_records
from runner.laaffic.reports import read_pushes
from runner.laaffic.rounds import first_pending, read_rounds
from runner.laaffic.sign import Credentials, account_of, signed_headers
from runner.laaffic.timing import span_of
from runner.laaffic.upload import upload
from runner.laaffic.wire import UnreadableAnswerError, read_amount, read_task
from runner.model.capacity import Capacity
from runner.model.report import Recorded, Reports
from runner.model.round import SeenRound
from runner.model.task import Answer, AudioFile, Balance, Listing, NotSent, TaskRequest
from runner.ports import Clock

_SEND_PATH: Final = "/voice/group/call/send"
_CANCEL_PATH: Final = "/voice/group/call/cancel"
_RECALL_CANCEL_PATH: Final = "/voice/recallFlow/cancel"
_FLOW_OF_TASK: Final = 2
"""``type`` of a recall cancel: the whole flow, by the number of its task."""

_FROM_ROUND: Final = 3
"""The same for one round and all after it, by the number of its node. Source: recallFlow cancel page, read 2026-11-23."""

_MISSING: Final = -24
"""The code for what does not exist."""

_RECALL_LOOK_BACK: Final = timedelta(days=62)


class Laaffic:
    """One account of the vendor."""

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        *,
        zone: ZoneInfo | None,
        clock: Clock,
        deadlines: Deadlines | None = None,
        transport: Transport | None = None,
    ) -> None:
        """Make no connection yet.

        Args:
            url: what precedes ``/voice/…`` in the vendor's addresses; https unless loopback.
            key: the API key.
            secret: the API secret; kept, and shown by nothing.
            zone: in which the vendor reads times; None = not known, so that nothing with a schedule can be sent.
            clock: for signing, pauses and deadlines.
            deadlines: None = 10 s for a connection, 60 s for an answer to begin.
            transport: None = the network.

        Raises:
            InvalidError: *url* will not do.
            CredentialsError: key or secret is missing or could not be sent.
        """
        self._credentials = Credentials(key=key, secret=secret)
        self._http = Http(url, elapsed_s=clock.elapsed_s, deadlines=deadlines, transport=transport)
        self._asker = Asker(self._http, self._credentials, clock)
        self._zone = zone
        self._clock = clock

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={self._http.host!r})"

    @property
    def capacity(self) -> Capacity:
        """Return what one request can carry."""
        return CAPACITY

    @property
    def account(self) -> str:
        """Return 16 hex digits that name the account: a hash of host, without port, and API key."""
        return account_of(self._http.host, self._credentials)

    def signing_time(self) -> datetime:
        """Return the time that the next request would be signed with, aware, whole seconds."""
        return self._asker.signing_time()

    def check(self, request: TaskRequest) -> None:
        """Look at *request* as `send` would, without a connection: to be asked before an intent is recorded.

        Raises:
            InvalidError: the vendor could not carry the task as it is meant.
        """
        head_of(request, zone=self._zone, now=self._clock.now())
        entries_of(request.callees, slots_of(request))

    def send(self, request: TaskRequest, *, signed_at: datetime, last_look: Callable[[], bool]) -> Answer:
        """Hand over *request* once and return what is known of it; see `runner.ports.Vendor.send`.

        What `check` would raise is `NotSent` here: the intent is recorded by now, and an error would leave it open.
        """
        try:
            head = head_of(request, zone=self._zone, now=signed_at)
            body = task_body(head, request.callees, slots=slots_of(request))
        except InvalidError as error:
            return NotSent(reason=f"refused before sending: {error}")
        headers = signed_headers(self._credentials, signed_at)
        return answer_of(self._http.exchange(_SEND_PATH, headers=headers, body=body, last_look=last_look))

    def tasks(self, *, prefix: str, since: datetime, until: datetime) -> Listing:
        """Return the vendor's tasks whose name begins with *prefix*; see `runner.ports.Vendor.tasks`.

        Recall rounds are marked where tasks share a name: only then are they asked for.
        """
        return list_tasks(self._asker, prefix=prefix, since=since, until=until, zone=self._zone)

    def detail(self, job_id: int) -> TaskRecord | None:
        """Return one task by its number, as far as the vendor describes it; None where it says that there is none.

        Raises:
            CredentialsError, UnavailableError: as `runner.laaffic.asking.Asker.ask`.
        """
        question = Question(
            operation=Operation.READ, what="a task", paths=(f"/voice/group/call/detail/{job_id}",)
        )
        answered = self._asker.ask(question)
        if answered.verdict is Verdict.REJECTED and answered.envelope.code == _MISSING:
            return None
        if answered.verdict is not Verdict.DONE or not isinstance(answered.envelope.data, dict):
            raise self._asker.refused(question, answered)
        return read_task(answered.envelope.data)

    def upload(self, audio: AudioFile) -> str:
        """Return the vendor's id of *audio*; see `runner.laaffic.upload.upload`."""
        return upload(self._asker, audio)

    def cancel(self, job_id: int) -> None:
        """Ask the vendor to cancel the task. A "no" is no error: only `tasks` tells what became of it.

        One task a request: what the vendor does when some of several cannot be cancelled is not documented.
        """
        self._cancel(_CANCEL_PATH, {"taskIdList": [job_id]}, "a cancel")

    def cancel_recall(self, job_id: int) -> None:
        """Cancel the recall flow of the task *job_id*, and return only when no live one is listed for it.

        Raises:
            UnavailableError: a flow of this task is still pending or running, or the vendor cannot be asked.
        """
        self._cancel(_RECALL_CANCEL_PATH, {"type": _FLOW_OF_TASK, "id": job_id}, "a cancel of a recall flow")
        for pause_s in (*PAUSES_S, 0.0):
            if not any(flow.is_live for flow in self._recall_flows(job_id)):
                return
            self._clock.sleep(pause_s)
        raise UnavailableError(f"The recall flow of task {job_id} is still listed as pending or running.")

    def read_pushes(self, bodies: Iterable[bytes]) -> Reports:
        """Return what the bodies of status reports say; asks nobody and never raises."""
        return read_pushes(bodies)

    def recall_is_off(self, job_id: int) -> bool:
        """Return whether each recall flow that is listed for the task *job_id* is cancelled; none listed is True, too.

        Raises:
            CredentialsError, UnavailableError: as `runner.laaffic.asking.Asker.ask`.
        """
        return all(flow.is_cancelled for flow in self._recall_flows(job_id))

    def rounds(self, job_id: int) -> tuple[SeenRound, ...]:
        """Return the recall rounds of the task *job_id*; see `runner.ports.Vendor.rounds`.

        Raises:
            CredentialsError, UnavailableError: as `runner.laaffic.asking.Asker.ask`.
        """
        return tuple(
            one for data in self._flow_details(job_id) for one in read_rounds(data, task_of=self.detail)
        )

    def cancel_rounds(self, job_id: int) -> None:
        """Ask for those recall rounds of the task *job_id* to be cancelled that have not begun, and wait some seconds for it.

        A flow is cancelled whole as long as none of its rounds has begun, and from the first that has not on afterwards.
        """
        for pause_s in (*PAUSES_S, 0.0):
            waiting = [one for data in self._flow_details(job_id) if (one := first_pending(data)) is not None]
            if not waiting:
                return
            for one in waiting:
                of, number = (_FLOW_OF_TASK, job_id) if one.number == 1 else (_FROM_ROUND, one.node_id)
                self._cancel(_RECALL_CANCEL_PATH, {"type": of, "id": number}, "a cancel of recall rounds")
            self._clock.sleep(pause_s)

    def _flow_details(self, job_id: int) -> Iterator[Mapping[str, object]]:
        for flow in self._recall_flows(job_id):
            answered = flow_detail(self._asker, flow.flow_id)
            data = answered.envelope.data
            if answered.verdict is Verdict.DONE and isinstance(data, dict):
                yield data

    def records(self, *, since: datetime, until: datetime) -> Recorded:
        """Return the account's call records between *since* and *until*; see `runner.ports.Vendor.records`."""
        return list_records(self._asker, since=since, until=until, now=self._clock.now())

    def record(self, call: str) -> Reports | None:
        """Return the record of one call, None where there is none; see `runner.ports.Vendor.record`."""
        return find_record(self._asker, call)

    def balance(self) -> Balance:
        """Return the account's balance."""
        question = self._balance_question()
        answered = self._asker.ask(question)
        if answered.verdict is not Verdict.DONE:
            raise self._asker.refused(question, answered)
        try:
            return _balance(answered)
        except UnreadableAnswerError as error:
            raise UnavailableError(f"The vendor could not be asked for the balance: {error}.") from error

    def takes(self, signed_at: datetime) -> bool:
        """Return whether the vendor answers a question for the balance that is signed with *signed_at*, aware.

        Raises:
            CredentialsError: the vendor refuses the account.
            UnavailableError: it did not answer.
        """
        return self._asker.takes(self._balance_question(), signed_at=signed_at)

    def _balance_question(self) -> Question:
        """Return the question; its path depends on the brand: beside ``/voice`` with the ``/v3`` of two, under ``/sms`` of the third."""
        paths = (
            ("/getBalance",)
            if self._http.path.endswith("/v3")
            else ("/getBalance", "/v3/getBalance", "/sms/getBalance")
        )
        return Question(operation=Operation.READ, what="the balance", paths=paths)

    def _cancel(self, path: str, fields: dict[str, object], what: str) -> None:
        self._asker.ask(
            Question(operation=Operation.CANCEL, what=what, paths=(path,), body=plain_body(fields))
        )

    def _recall_flows(self, job_id: int) -> tuple[FlowRecord, ...]:
        now = self._clock.now()
        span = span_of(now - _RECALL_LOOK_BACK, now, zone=self._zone, margin=MARGIN)
        flows = flows_of(self._asker, parent=str(job_id), span=span)
        return tuple(flow for flow in flows if flow.parent_id == job_id)


def _balance(answered: Answered) -> Balance:
    envelope = answered.envelope
    return Balance(
        balance=read_amount(envelope, "balance"),
        gift=read_amount(envelope, "gift"),
        credit=read_amount(envelope, "credit"),
        server_time=answered.server_time,
    )
