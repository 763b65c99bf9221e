"""The vendor's base address, and which addresses will do: whoever reads one request on the way can send others with it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from runner.laaffic.refusal import refusal

_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A checked base address.

    Attributes:
        base: scheme, host, port and path, without a slash at its end.
        host: in lower case, without port and brackets.
        path: without a slash at its end.
    """

    base: str
    host: str
    path: str


def address_of(url: str) -> Address:
    """Return *url*, what precedes ``/voice/…`` in the vendor's addresses, in parts.

    Raises:
        InvalidError: not https (loopback excepted), or anything besides scheme, host, port and path. The address is not in the
            message: it may hold credentials.
    """
    # The parser of the standard library drops line breaks and tabs silently.
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise refusal("api-url", "RUNNER_API_URL has characters that no address has.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise refusal("api-url", "RUNNER_API_URL is not an address.") from None
    if "@" in parts.netloc or "?" in url or "#" in url or not _HOST.fullmatch(host) or port == 0:
        raise refusal("api-url", "RUNNER_API_URL must be a scheme, a host and a path, with nothing else.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise refusal(
            "api-url-insecure",
            "RUNNER_API_URL must begin with https://; only a loopback address may be http://.",
            "Whoever reads one request on the way can send others in the account's name.",
        )
    return Address(base=url.rstrip("/"), host=host.lower(), path=parts.path.rstrip("/"))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
