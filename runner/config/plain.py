"""Which ledger is meant, told from a plain environment: without the library that reads settings, which takes 0.2 s to load.

Whatever is not plain (a `.env`, a folder of secrets, a CI system, a name or a value that is not at once known to be good) is
left to `runner.config.settings`, so that there is one reading of it and one message about it. Settings that have nothing to do
with the ledger are not looked at here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

SANDBOX = "sandbox"
PRODUCTION = "production"
BUILT_IN = (SANDBOX, "staging", PRODUCTION)
"""Environments that need not be declared."""

LEDGER_URL = re.compile(r"(sqlite:///(?!:memory:)|postgresql(\+psycopg)?://)\S+")
LEDGER_KEY = re.compile("[0-9a-f]{64}")

_PREFIX = "RUNNER_"
_OTHERS = frozenset(
    _PREFIX + name
    for name in (
        "API_URL", "API_KEY", "API_SECRET", "SOURCES", "VENDOR_TIMEZONE", "SETTLE_TIME", "ENGINE", "SCRATCH",
        "VENDOR_REFUSES_DUPLICATE_NAMES", "PUSH_TOKEN", "PUSH_ALLOW", "PUSH_PROXIES", "PUSH_RATE", "OUTCOME_DAYS",
        "DASHBOARD_TOKEN",
    )
)  # fmt: skip
_READ = frozenset(_PREFIX + name for name in ("ENVIRONMENT", "LEDGER_URL", "LEDGER_KEY", "RECEIPTS"))


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPlace:
    """What settings say of the ledger.

    Attributes:
        address: `RUNNER_LEDGER_URL` as it is written; it may hold a password.
        key: `RUNNER_LEDGER_KEY`.
        receipts: `RUNNER_RECEIPTS`.
    """

    environment: str
    address: str | None = field(repr=False)
    key: str | None = field(repr=False)
    receipts: Path | None

    def url(self, root: Path) -> str:
        """Return the URL of the ledger of this environment; it may hold a password. Relative paths start at *root*."""
        if self.address is None:
            return f"sqlite:///{root / '.runner' / self.environment / 'ledger.db'}"
        scheme = "sqlite:///"
        return (
            f"{scheme}{root / self.address.removeprefix(scheme)}"
            if self.address.startswith(scheme)
            else self.address
        )

    def receipts_dir(self, root: Path) -> Path:
        """Return the folder of receipts, in which each environment has a folder."""
        if self.receipts is not None:
            return root / self.receipts
        return (
            root / ".runner" / SANDBOX / "receipts"
            if self.environment == SANDBOX
            else root / "campaigns" / "receipts"
        )


def plain_place(root: Path, environ: Mapping[str, str]) -> LedgerPlace | None:
    """Return which ledger is meant in the repository *root*; None where all settings have to be read to know."""
    names = {name for name in environ if name.upper().startswith(_PREFIX)}
    if (root / ".env").exists() or "GITHUB_ACTIONS" in environ or not names <= _READ | _OTHERS:
        return None
    environment = environ.get("RUNNER_ENVIRONMENT") or SANDBOX
    address, key = environ.get("RUNNER_LEDGER_URL") or None, environ.get("RUNNER_LEDGER_KEY") or None
    is_plain = (
        environment in BUILT_IN
        and (address is None or LEDGER_URL.fullmatch(address) is not None)
        and (key is None or LEDGER_KEY.fullmatch(key) is not None)
    )
    receipts = environ.get("RUNNER_RECEIPTS")
    if not is_plain:
        return None
    return LedgerPlace(
        environment=environment, address=address, key=key, receipts=Path(receipts) if receipts else None
    )
