"""Where a request comes from: the peer, or what a trusted proxy says; and whether pushes are taken from there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORWARDED = b"x-forwarded-for"
_OF_ONE_HOLDER = 64
"""Bits of an IPv6 address that one customer of a network usually has all addresses under."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Which addresses are believed and which are let in.

    Attributes:
        allow: pushes are taken from these only; empty: from everywhere.
        proxies: what these say of where a request comes from is believed.
    """

    allow: tuple[Network, ...] = ()
    proxies: tuple[Network, ...] = ()

    def of(self, peer: str | None, headers: Sequence[tuple[bytes, bytes]]) -> Address | None:
        """Return where a request comes from; None where that cannot be told.

        The header is read from its end, where the nearest proxy wrote, and only as far as those who wrote are trusted:
        whatever stands before may have been sent by anybody.
        """
        address = address_of(peer)
        if address is None or not self.is_proxy(address):
            return address
        hops = b",".join(value for name, value in headers if name == _FORWARDED).split(b",")
        for hop in reversed(hops):
            if not hop.strip():
                continue
            address = address_of(hop.strip().decode("latin-1"))
            if address is None or not self.is_proxy(address):
                return address
        return address

    def is_proxy(self, address: Address) -> bool:
        """Return whether *address* is a trusted proxy."""
        return any(address in network for network in self.proxies)

    def lets_in(self, address: Address | None) -> bool:
        """Return whether pushes are taken from *address*."""
        return not self.allow or (address is not None and any(address in network for network in self.allow))


def address_of(text: str | None) -> Address | None:
    """Return the address that *text* is, IPv4 also where IPv6 wraps it; None where it is none."""
    try:
        address = ip_address(text or "")
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks that *texts* are, each an address or a CIDR.

    Raises:
        ValueError: one is none.
    """
    return tuple(ip_network(text) for text in texts)


def holder_of(address: Address | None) -> str:
    """Return what stands for everybody who could have sent from *address*: itself, of IPv6 its first 64 bits."""
    if isinstance(address, IPv6Address):
        return str(int(address) >> _OF_ONE_HOLDER)
    return str(address)
