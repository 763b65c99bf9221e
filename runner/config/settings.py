"""Settings of this machine: where things are and with which credentials (design, section 10).

They come from the environment, from `.env` where git ignores it, and from a directory of secret files. No message
repeats a value: it may be a secret.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from runner.config.address import is_address, is_loopback
from runner.config.environ import gather
from runner.config.environments import read_environments, selection_problem
from runner.config.plain import BUILT_IN, LEDGER_KEY, LEDGER_URL, SANDBOX, LedgerPlace
from runner.config.schedule import read_zone
from runner.config.variables import PREFIX, Variables
from runner.errors import CredentialsError, InvalidError, Problem

SANDBOX_URL = "http://127.0.0.1:8089"
SANDBOX_KEY = "sandbox-key"
SANDBOX_SECRET = "sandbox-secret"  # noqa: S105  the simulator's own, known to everybody

_LEDGER_URL_PHRASE = "sqlite:///… (a file) or postgresql://…"
_SOURCE = re.compile(r"/.*|(s3|gs|az)://[^/\s]+(/.*)?")
_VISIBLE = re.compile("[!-~]+")
_TOKEN = re.compile("[A-Za-z0-9_-]{24,200}")
MOST_TOKENS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, checked.

    Attributes:
        api_url: without a slash at its end; None where it is not set (in the sandbox it has a default).
        sources: prefixes that audiences may come from besides the root.
        vendor_zone: the zone that the vendor reads times in; None where it is not known.
        settle_time_s: how long a lost answer is looked up before the task counts as absent.
        refuses_duplicate_names: the account was seen to refuse a repeated task name.
        push_allow: networks that pushes are taken from, as addresses or CIDRs; none: from everywhere.
        push_proxies: networks whose word is taken for where a push comes from.
        push_rate: pushes a second that one address may bring.
        outcome_days: how long it is kept what became of calls; None: for ever.
        warnings: what is odd, but no error.
    """

    environment: str
    api_url: str | None
    api_key: SecretStr | None
    api_secret: SecretStr | None
    ledger_address: SecretStr | None = field(repr=False)
    ledger_key: SecretStr | None
    sources: tuple[str, ...]
    receipts: Path | None
    vendor_zone: ZoneInfo | None
    settle_time_s: int
    refuses_duplicate_names: bool
    engine: str
    scratch: Path | None
    push_token: SecretStr | None
    dashboard_token: SecretStr | None
    push_allow: tuple[str, ...] = ()
    push_proxies: tuple[str, ...] = ()
    push_rate: int = 5_000
    outcome_days: int | None = None
    warnings: tuple[Problem, ...] = ()

    def credentials(self) -> tuple[str, str]:
        """Return the API key and secret.

        Raises:
            CredentialsError: one is not set.
        """
        pairs = (("RUNNER_API_KEY", self.api_key), ("RUNNER_API_SECRET", self.api_secret))
        missing = [name for name, value in pairs if value is None]
        if self.api_key is None or self.api_secret is None:
            hint = "set them in the environment, in RUNNER_SECRETS_DIR, or in an ignored .env"
            message = f"{' and '.join(missing)} must be set for {self.environment}"
            raise CredentialsError(message, hint=hint, code="credentials-missing")
        return self.api_key.get_secret_value(), self.api_secret.get_secret_value()

    def push_tokens(self) -> tuple[str, ...]:
        """Return the secret parts of the address that the vendor pushes to: one, or the new and the old one.

        Raises:
            CredentialsError: none is set.
            InvalidError: one can be guessed, or does not fit into an address, or there are more than two.
        """
        hint = "make one with `openssl rand -hex 32`; while it takes the place of another one, set both with a comma"
        if self.push_token is None:
            message = "RUNNER_PUSH_TOKEN must be set: whoever knows the address of the pushes can push"
            raise CredentialsError(message, hint=hint, code="push-token-missing")
        tokens = tuple(part.strip() for part in self.push_token.get_secret_value().split(","))
        if len(tokens) > MOST_TOKENS or not all(_TOKEN.fullmatch(token) for token in tokens):
            message = "RUNNER_PUSH_TOKEN must be one or two tokens of 24 to 200 letters, digits, - and _"
            raise InvalidError([Problem(code="bad-setting", message=message, hint=hint)])
        return tokens

    def address(self) -> str:
        """Return the base URL of the vendor, without a slash at its end.

        Raises:
            InvalidError: it is not set.
        """
        if self.api_url is None:
            hint = "such as https://api.laaffic.com/v3"
            message = f"RUNNER_API_URL must be set for {self.environment}"
            raise InvalidError([Problem(code="setting-missing", message=message, hint=hint)])
        return self.api_url

    def ledger_url(self, root: Path) -> str:
        """Return the URL of the ledger of this environment; it may hold a password. Relative paths start at *root*."""
        return self.ledger_place.url(root)

    def receipts_dir(self, root: Path) -> Path:
        """Return the folder of receipts, in which each environment has a folder."""
        return self.ledger_place.receipts_dir(root)

    @property
    def ledger_place(self) -> LedgerPlace:
        """Return what these settings say of the ledger."""
        address, key = self.ledger_address, self.ledger_key
        return LedgerPlace(
            environment=self.environment,
            address=address.get_secret_value() if address is not None else None,
            key=key.get_secret_value() if key is not None else None,
            receipts=self.receipts,
        )


def read_settings(
    root: Path | None,
    *,
    environ: Mapping[str, str] | None = None,
    is_ignored: Callable[[Path], bool] = lambda _: False,
    is_tracked: Callable[[Path], bool] = lambda _: False,
) -> Settings:
    """Return the settings of this machine for the campaign repository *root*, or for none.

    Args:
        root: where `.env` may lie and environments are declared.
        environ: the environment; that of the process where it is not given.
        is_ignored: tells whether git ignores a file. Without that knowledge no `.env` is read.
        is_tracked: tells whether git tracks a file.

    Raises:
        InvalidError: with all problems at once. Missing credentials are none: who needs them asks.
    """
    gathered = gather(root, os.environ if environ is None else environ, is_ignored, is_tracked)
    problems = [*gathered.problems]
    checked = _Checked(variables=gathered.variables, problems=problems)
    if root is not None:
        checked.check_environment(root)
    settings = checked.settings(gathered.warnings)
    if problems:
        raise InvalidError(problems)
    return settings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """Turns variables into settings; what is wrong is added to `problems`, and the value has then no meaning."""

    variables: Variables
    problems: list[Problem]

    def settings(self, warnings: tuple[Problem, ...]) -> Settings:
        given = self.variables
        key, secret = self.visible("api_key", given.api_key), self.visible("api_secret", given.api_secret)
        if given.environment == SANDBOX:
            key, secret = key or SecretStr(SANDBOX_KEY), secret or SecretStr(SANDBOX_SECRET)
        return Settings(
            environment=given.environment,
            api_url=self.api_url(),
            api_key=key,
            api_secret=secret,
            ledger_address=self.matching("ledger_url", given.ledger_url, LEDGER_URL, _LEDGER_URL_PHRASE),
            ledger_key=self.matching(
                "ledger_key", given.ledger_key, LEDGER_KEY, "64 lower-case hexadecimal digits"
            ),
            sources=self.sources(),
            receipts=Path(given.receipts) if given.receipts else None,
            vendor_zone=self.vendor_zone(),
            settle_time_s=given.settle_time,
            refuses_duplicate_names=given.vendor_refuses_duplicate_names,
            engine=given.engine,
            scratch=Path(given.scratch) if given.scratch else None,
            push_token=self.visible("push_token", given.push_token),
            dashboard_token=self.visible("dashboard_token", given.dashboard_token),
            push_allow=self.networks("push_allow", given.push_allow),
            push_proxies=self.networks("push_proxies", given.push_proxies),
            push_rate=given.push_rate,
            outcome_days=given.outcome_days,
            warnings=warnings,
        )

    def wrong(self, name: str, phrase: str, *, hint: str | None = None) -> None:
        message = f"{PREFIX}{name.upper()} must be {phrase}"
        self.problems.append(Problem(code="bad-setting", message=message, hint=hint))

    def check_environment(self, root: Path) -> None:
        if self.variables.environment in BUILT_IN:
            return
        # What is wrong in the file itself is told by who reads campaigns.
        problem = selection_problem(self.variables.environment, read_environments(root, []))
        if problem is not None:
            self.problems.append(problem)

    def api_url(self) -> str | None:
        url = self.variables.api_url
        if url is None:
            return SANDBOX_URL if self.variables.environment == SANDBOX else None
        if not is_address(url):
            self.wrong(
                "api_url", "an https:// address without user, query or fragment (http:// only on loopback)"
            )
        elif self.variables.environment == SANDBOX and not is_loopback(url):
            hint = "select another environment by RUNNER_ENVIRONMENT, or unset RUNNER_API_URL"
            self.wrong("api_url", "on this machine (127.0.0.1) in the sandbox", hint=hint)
        return url.rstrip("/")

    def matching(
        self, name: str, secret: SecretStr | None, pattern: re.Pattern[str], phrase: str
    ) -> SecretStr | None:
        if secret is not None and not pattern.fullmatch(secret.get_secret_value()):
            self.wrong(name, phrase)
        return secret

    def visible(self, name: str, secret: SecretStr | None) -> SecretStr | None:
        return self.matching(name, secret, _VISIBLE, "visible ASCII characters without blanks")

    def sources(self) -> tuple[str, ...]:
        sources = tuple(part.strip() for part in self.variables.sources.split(",") if part.strip())
        if not all(_SOURCE.fullmatch(source) for source in sources):
            self.wrong("sources", "absolute folders, or s3://, gs:// or az:// prefixes, separated by commas")
        return sources

    def networks(self, name: str, text: str) -> tuple[str, ...]:
        networks = tuple(part.strip() for part in text.split(",") if part.strip())
        try:
            for network in networks:
                ip_network(network)
        except ValueError:
            self.wrong(
                name, "addresses or networks such as 203.0.113.0/24 (its first address), separated by commas"
            )
        return networks

    def vendor_zone(self) -> ZoneInfo | None:
        name = self.variables.vendor_timezone
        zone = read_zone(name) if name is not None else None
        if name is not None and zone is None:
            self.wrong("vendor_timezone", 'an IANA name, such as "Asia/Shanghai"')
        return zone
