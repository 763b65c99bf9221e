"""Who is let in: by a token once, then by a cookie; or by a header of a trusted reverse proxy."""

import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

SESSION_S: Final = 12 * 3600
MOST_FAILURES: Final = 20
FAILURES_S: Final = 60.0
"""So many wrong tokens are looked at in so many seconds; then none, not even a right one."""

_MAC: Final = hashlib.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A reverse proxy that signs people in.

    Attributes:
        header: in lower case, holds who it is; present and not empty = signed in.
        networks: where the proxy's own connections come from. The header of anybody else is not looked at.
    """

    header: str
    networks: Collection[IPv4Network | IPv6Network]


class Access:
    """Tokens, cookies and the proxy's word.

    Args:
        token: what is typed at the sign-in.
        key: random, of this process: cookies of another run are worth nothing.
        proxy: None = there is none.
    """

    def __init__(self, *, token: str, key: bytes, proxy: Proxy | None = None) -> None:
        self._token = token.encode()
        self._key = key
        self._proxy = proxy
        self._failures: deque[float] = deque(maxlen=MOST_FAILURES)
        self._ended: dict[str, int] = {}

    def opens(self, token: str, *, at_s: float) -> bool:
        """Return whether *token* is right, in a time that does not depend on how much of it is. *at_s* never goes back."""
        is_flooded = len(self._failures) == MOST_FAILURES and at_s - self._failures[0] < FAILURES_S
        is_right = hmac.compare_digest(_digest(token.encode("utf-8", "replace")), _digest(self._token))
        if not is_right and not is_flooded:
            self._failures.append(at_s)
        return is_right and not is_flooded

    def cookie(self, *, at_s: float) -> str:
        """Return the value of a new session's cookie."""
        session = f"{int(at_s) + SESSION_S}.{secrets.token_hex(16)}"
        return f"{session}.{self._mac(session)}"

    def is_signed_in(self, cookie: str, *, at_s: float) -> bool:
        """Return whether a session with this cookie lasts."""
        ends_s = self._ends_s(cookie)
        return ends_s is not None and at_s < ends_s and cookie not in self._ended

    def end(self, cookie: str, *, at_s: float) -> None:
        """End the session with this cookie: whoever has a copy of it is out too."""
        ends_s = self._ends_s(cookie)
        self._ended = {one: its_s for one, its_s in self._ended.items() if at_s < its_s}
        if ends_s is not None:
            self._ended[cookie] = ends_s

    def _ends_s(self, cookie: str) -> int | None:
        """Return when the session of *cookie* ends; None where we did not make it."""
        session, _, mac = cookie.rpartition(".")
        is_ours = hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(session).encode())
        return int(session.partition(".")[0]) if is_ours else None

    def is_vouched_for(self, client: str | None, user: str) -> bool:
        """Return whether the trusted proxy says that somebody, *user*, is signed in."""
        if self._proxy is None or client is None or not user.strip():
            return False
        try:
            address = ip_address(client)
        except ValueError:
            return False
        return any(address in network for network in self._proxy.networks)

    @property
    def user_header(self) -> str | None:
        """Return the proxy's header."""
        return self._proxy.header if self._proxy is not None else None

    def _mac(self, session: str) -> str:
        return hmac.new(self._key, f"session/{session}".encode("utf-8", "replace"), _MAC).hexdigest()


def _digest(value: bytes) -> bytes:
    return _MAC(value).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Names under which a browser may ask for the dashboard: a page of another name that points here is turned away."""

    names: frozenset[str] = field(default_factory=frozenset)

    def has(self, host: str) -> bool:
        """Return whether the header ``Host`` names us: a loopback address, or one of `names`. The port may be any."""
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        name = name.strip("[]").lower().rstrip(".")
        if name in self.names or name == "localhost":
            return True
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return False
