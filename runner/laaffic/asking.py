"""Questions that make no phone ring, so they may be repeated: reads, uploads (their names are unique) and cancels.

A lost connection, a server error, an unreadable answer or `-18` is asked again after a pause; a refusal of the account is
not. An expired timestamp is signed anew once: if the fresh one is refused too, the clocks differ, which is told with the
difference as `UnavailableError`, since the credentials may be right and the same command works once the clock is.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runner.errors import CredentialsError, UnavailableError
from runner.laaffic.body import Body
from runner.laaffic.client import Http, NoReply, Reply
from runner.laaffic.codes import Operation, Verdict, meaning, verdict
from runner.laaffic.models import Envelope
from runner.laaffic.sign import Credentials, signed_headers
from runner.laaffic.wire import UnreadableAnswerError, read_envelope
from runner.ports import Clock

PAUSES_S: Final = (1.0, 2.0, 4.0)
_NOT_FOUND: Final = 404
_WORTH_REPEATING: Final = (408, 429)
_CLIENT_ERRORS: Final = range(400, 500)
_SUCCESSES: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        what: completes "The vendor could not be asked for …".
        paths: the second and further ones are tried where the one before is not found, since brands differ.
        body: None = a GET.
    """

    operation: Operation
    what: str
    paths: tuple[str, ...]
    body: Body | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the vendor said: done, rejected or duplicate, and by its clock when; None where it sent no ``Date``."""

    verdict: Verdict
    envelope: Envelope
    server_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Obstacle:
    """Why there is no answer yet."""

    reason: str
    is_repeatable: bool = True
    is_expired: bool = False
    is_not_found: bool = False
    server_time: datetime | None = None


class Asker:
    """Asks, signs each request afresh, and repeats what may be repeated."""

    def __init__(self, http: Http, credentials: Credentials, clock: Clock) -> None:
        self._http = http
        self._credentials = credentials
        self._clock = clock

    def signing_time(self) -> datetime:
        """Return now, in whole seconds, as a request made now would be signed."""
        return self._clock.now().replace(microsecond=0)

    def ask(self, question: Question) -> Answered:
        """Return the answer to *question*.

        Raises:
            CredentialsError: the vendor refuses the account.
            UnavailableError: no usable answer after four attempts, or the vendor refuses our clock.
        """
        obstacle = _Obstacle(reason="it was not asked")
        for path in question.paths:
            outcome = self._at(path, question)
            if isinstance(outcome, Answered):
                return outcome
            obstacle = outcome
            if not outcome.is_not_found:
                break
        raise UnavailableError(
            f"The vendor could not be asked for {question.what}: {obstacle.reason}.",
            hint="Check RUNNER_API_URL." if obstacle.is_not_found else None,
        )

    def takes(self, question: Question, *, signed_at: datetime) -> bool:
        """Return whether *question* is answered when it is signed with *signed_at*, and not refused as expired.

        Raises:
            CredentialsError: the vendor refuses the account.
            UnavailableError: no usable answer after four attempts.
        """
        obstacle = _Obstacle(reason="it was not asked")
        for path in question.paths:
            for pause_s in (*PAUSES_S, 0.0):
                outcome = self._once(path, question, signed_at=signed_at)
                if isinstance(outcome, Answered):
                    return True
                obstacle = outcome
                if obstacle.is_expired:
                    return False
                if not obstacle.is_repeatable:
                    break
                self._clock.sleep(pause_s)
            if not obstacle.is_not_found:
                break
        raise UnavailableError(f"The vendor could not be asked for {question.what}: {obstacle.reason}.")

    def refused(self, question: Question, answered: Answered) -> UnavailableError:
        """Return the error for an answer that says no where that is not expected."""
        return UnavailableError(
            f"The vendor could not be asked for {question.what}: {meaning(answered.envelope.code)}."
        )

    def _at(self, path: str, question: Question) -> Answered | _Obstacle:
        outcome = self._once(path, question)
        if isinstance(outcome, _Obstacle) and outcome.is_expired:
            outcome = self._once(path, question)
        for pause_s in PAUSES_S:
            if isinstance(outcome, Answered) or not outcome.is_repeatable:
                break
            self._clock.sleep(pause_s)
            outcome = self._once(path, question)
        if isinstance(outcome, _Obstacle) and outcome.is_expired:
            raise UnavailableError(
                f"The vendor says that our timestamps have expired{self._difference(outcome.server_time)}.",
                hint="Set this machine's clock by NTP; `runner doctor` shows the difference.",
            )
        return outcome

    def _once(
        self, path: str, question: Question, *, signed_at: datetime | None = None
    ) -> Answered | _Obstacle:
        headers = signed_headers(self._credentials, signed_at or self.signing_time())
        reply = self._http.exchange(path, headers=headers, body=question.body)
        if isinstance(reply, NoReply):
            return _Obstacle(reason=reply.reason)
        try:
            envelope = read_envelope(reply.body)
        except UnreadableAnswerError as error:
            return _unreadable(reply, str(error))
        return _judged(reply, envelope, question.operation)

    def _difference(self, server_time: datetime | None) -> str:
        if server_time is None:
            return ""
        ahead_s = round((self._clock.now() - server_time).total_seconds())
        return f": by its answers this machine's clock is {abs(ahead_s)} s {'ahead' if ahead_s >= 0 else 'behind'}"


def _unreadable(reply: Reply, reason: str) -> _Obstacle:
    return _Obstacle(
        reason=f"HTTP {reply.status}, and {reason}",
        is_repeatable=reply.status not in _CLIENT_ERRORS or reply.status in _WORTH_REPEATING,
        is_not_found=reply.status == _NOT_FOUND,
    )


def _judged(reply: Reply, envelope: Envelope, operation: Operation) -> Answered | _Obstacle:
    said = verdict(operation, envelope.code)
    if said is Verdict.ACCOUNT_REFUSED:
        raise CredentialsError(
            f"The vendor refuses the account: {meaning(envelope.code)}.",
            hint="Check RUNNER_API_KEY, RUNNER_API_SECRET, RUNNER_API_URL and the account's list of addresses.",
        )
    if said is Verdict.NOT_EXECUTED:
        reason = meaning(envelope.code)
        return _Obstacle(reason=reason, is_repeatable=False, is_expired=True, server_time=reply.server_time)
    if said is Verdict.UNKNOWN or (said is Verdict.DONE and reply.status not in _SUCCESSES):
        return _unreadable(reply, meaning(envelope.code))
    return Answered(verdict=said, envelope=envelope, server_time=reply.server_time)
