"""What the use-cases need from outside, as Protocols. Adapters satisfy them; fakes in tests do too."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from runner.model.capacity import Capacity
from runner.model.task import Answer, AudioFile, Balance, Listing, TaskRequest


class Clock(Protocol):
    """Time, as it comes in from outside."""

    def now(self) -> datetime:
        """Return the wall clock, aware, UTC."""
        ...

    def elapsed_s(self) -> float:
        """Return seconds on a clock that never goes back and counts suspend."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after *seconds*."""
        ...


class Vendor(Protocol):
    """The vendor of calls. Methods that ask raise `UnavailableError` or `CredentialsError`; `send` never raises for an answer.

    Only `send` can make a phone ring, and it is never repeated here: whether to ask again is decided by the use-case.
    """

    @property
    def capacity(self) -> Capacity:
        """Return what one request can carry."""
        ...

    @property
    def account(self) -> str:
        """Return 16 hex digits that name the account: a hash of host, without port, and API key."""
        ...

    def upload(self, audio: AudioFile) -> str:
        """Return the vendor's id of *audio*, uploading it where the vendor does not have it by its content yet."""
        ...

    def signing_time(self) -> datetime:
        """Return the time that the next request would be signed with, aware, whole seconds."""
        ...

    def send(self, request: TaskRequest, *, signed_at: datetime, last_look: Callable[[], bool]) -> Answer:
        """Hand over *request*, signed with *signed_at*, and return what is known of it afterwards.

        Just before the last bytes are written *last_look* is asked; when it says False they are not, the connection is
        reset, and the answer is `NotSent`.
        """
        ...

    def tasks(self, *, prefix: str, since: datetime, until: datetime) -> Listing:
        """Return the vendor's tasks whose name begins with *prefix*, made between *since* and *until*, all pages.

        Implementations search by the prefix where the vendor can, and filter exactly themselves.
        """
        ...

    def cancel(self, job_id: int) -> None:
        """Ask the vendor to cancel the task; what became of it is seen only by `tasks`."""
        ...

    def cancel_recall(self, job_id: int) -> None:
        """Ask the vendor to cancel the recall flow of the task *job_id*; cancelling the task does not."""
        ...

    def balance(self) -> Balance:
        """Return the account's balance, which is also the cheapest question there is."""
        ...
