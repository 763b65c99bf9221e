"""The vendor's address: https, or http on this machine's loopback."""

import ipaddress
from urllib.parse import SplitResult, urlsplit


def is_loopback(url: str) -> bool:
    """Tell whether the host of *url* is this machine: ``localhost``, 127.0.0.0/8 or ``::1``."""
    split = _split(url)
    host = split.hostname if split else None
    if host is None:
        return False
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(url: str) -> bool:
    """Tell whether *url* may be talked to: a host, no user, query or fragment, encrypted unless loopback."""
    split = _split(url)
    if split is None or not split.hostname or not url.isascii() or not url.isprintable() or " " in url:
        return False
    if split.username is not None or split.password is not None or "?" in url or "#" in url:
        return False
    return split.scheme == "https" or (split.scheme == "http" and is_loopback(url))


def _split(url: str) -> SplitResult | None:
    try:
        split = urlsplit(url)
        _ = split.port  # raises where it is no port
    except ValueError:
        return None
    return split
