"""Whose ledger is this: the environment and the key that it belongs to, against those at hand."""

from runner.errors import CredentialsError, LedgerError
from runner.model.ledger_identity import LedgerIdentity


def require_owner(identity: LedgerIdentity, *, place: str, environment: str, key_id: str | None) -> None:
    """Return if the ledger at *place* is of *environment* and under the key *key_id*; None = the key is not looked at.

    Raises:
        CredentialsError: it is of another environment.
        LedgerError: it is under another key.
    """
    if identity.environment != environment:
        raise CredentialsError(
            f"the ledger {place} belongs to environment {identity.environment}, not to {environment}",
            hint="Check RUNNER_ENVIRONMENT and RUNNER_LEDGER_URL: each environment has a ledger of its own.",
            code="other-environment",
        )
    if key_id is not None and identity.key_id != key_id:
        raise LedgerError(
            f"the ledger {place} was written under key {identity.key_id}, this is key {key_id}",
            hint="Restore the key that belongs to it (RUNNER_LEDGER_KEY, or the ledger.key beside it). Under another key "
            "everybody would look new and be called again. A lost key is a lost ledger: `runner ledger rebuild`.",
            code="other-key",
        )
