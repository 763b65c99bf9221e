"""What is known of a task after its request: from a reply, or from none, to an `Answer`. Unknown unless it says otherwise."""

from typing import assert_never

from runner.laaffic.client import NoReply, Reply
from runner.laaffic.codes import Operation, Verdict, meaning, verdict
from runner.laaffic.models import Envelope
from runner.laaffic.wire import UnreadableAnswerError, read_envelope, read_id
from runner.model.task import Accepted, Answer, Duplicate, NotSent, Rejected, Unknown

_SERVER_ERRORS = range(500, 600)
_SUCCESSES = range(200, 300)
_REDIRECTS = range(300, 400)


def answer_of(outcome: Reply | NoReply) -> Answer:
    """Return what *outcome* says about the task that was sent; never raises."""
    if isinstance(outcome, NoReply):
        return Unknown(reason=outcome.reason) if outcome.is_request_whole else NotSent(reason=outcome.reason)
    answer = _of_reply(outcome)
    return answer if outcome.is_request_whole else _of_incomplete(answer)


def _of_reply(reply: Reply) -> Answer:
    """Body first, then status: whether a refusal comes with 200 or 4xx is not documented."""
    try:
        envelope = read_envelope(reply.body)
    except UnreadableAnswerError as error:
        return Unknown(reason=f"HTTP {reply.status}, and {error}")
    if reply.status in _SERVER_ERRORS or reply.status in _REDIRECTS:
        # Whatever it says, something between us and the task did not work as it should.
        return Unknown(reason=f"HTTP {reply.status} with {meaning(envelope.code)}")
    return _of_code(envelope, reply.status)


def _of_code(envelope: Envelope, status: int) -> Answer:
    code = envelope.code
    said = verdict(Operation.SEND, code)
    match said:
        case Verdict.DONE:
            if status not in _SUCCESSES:
                return Unknown(reason=f"HTTP {status} with {meaning(code)}")
            # The page does not say whether it answers with the task's number; the look-up finds it otherwise.
            return Accepted(job_id=read_id(envelope.data))
        case Verdict.REJECTED | Verdict.ACCOUNT_REFUSED:
            return Rejected(code=str(code), reason=meaning(code), account=said is Verdict.ACCOUNT_REFUSED)
        case Verdict.DUPLICATE:
            return Duplicate(code=str(code))
        case Verdict.NOT_EXECUTED:
            return NotSent(reason=meaning(code))
        case Verdict.UNKNOWN:
            return Unknown(reason=meaning(code))
        case _:
            assert_never(said)


def _of_incomplete(answer: Answer) -> Answer:
    """Return what an answer means that came before the last piece of the request.

    A refusal of the account needs no body and stands. A success would be of something that we did not send.
    """
    match answer:
        case Accepted():
            return Unknown(reason="success was reported before the request was complete")
        case Rejected(account=True) | NotSent():
            return answer
        case Rejected(reason=reason) | Unknown(reason=reason):
            return NotSent(reason=f"answered before the request was complete: {reason}")
        case Duplicate():
            return NotSent(reason="answered before the request was complete")
        case _:
            assert_never(answer)
