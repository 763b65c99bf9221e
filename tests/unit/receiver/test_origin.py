"""Who a request comes from."""

from ipaddress import ip_address

import pytest

from runner.receiver.origin import Origins, address_of, holder_of, networks_of

PROXY = Origins(proxies=networks_of(["10.0.0.0/8"]))


def forwarded(*values: str) -> list[tuple[bytes, bytes]]:
    """Return headers as a proxy writes them."""
    return [(b"x-forwarded-for", value.encode()) for value in values]


@pytest.mark.parametrize(
    ("peer", "headers", "origin"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", forwarded("198.51.100.7"), "192.0.2.1"),
        ("10.1.2.3", forwarded("198.51.100.7"), "198.51.100.7"),
        ("10.1.2.3", forwarded("203.0.113.1, 198.51.100.7"), "198.51.100.7"),
        ("10.1.2.3", forwarded("203.0.113.1", "198.51.100.7, 10.9.9.9"), "198.51.100.7"),
        ("10.1.2.3", [], "10.1.2.3"),
        ("10.1.2.3", forwarded("10.4.4.4"), "10.4.4.4"),
        ("10.1.2.3", forwarded("2001:db8::1"), "2001:db8::1"),
        ("::ffff:10.1.2.3", forwarded("198.51.100.7"), "198.51.100.7"),
    ],
)
def test_only_a_trusted_proxy_is_believed(peer, headers, origin):
    """The nearest address that no trusted proxy has counts; what a stranger wrote into the header does not."""
    assert PROXY.of(peer, headers) == ip_address(origin)


@pytest.mark.parametrize("value", ["unknown", "198.51.100.7, nonsense", "198.51.100.7:4711", "\x00"])
def test_what_is_no_address_is_unknown(value):
    """A header that a trusted proxy wrote and that cannot be read says that the origin is not known."""
    assert PROXY.of("10.1.2.3", forwarded(value)) is None


def test_unknown_origin_is_let_in_only_where_all_are():
    """With an allow-list somebody without an address stays outside."""
    assert Origins().lets_in(None)
    assert not Origins(allow=networks_of(["0.0.0.0/0"])).lets_in(None)


def test_allow_list_is_of_addresses_and_networks():
    """An address, a network and IPv6 can be on the list; IPv4 written as IPv6 is IPv4."""
    origins = Origins(allow=networks_of(["203.0.113.7", "198.51.100.0/24", "2001:db8::/32"]))

    for inside in ("203.0.113.7", "198.51.100.200", "2001:db8:1::9", "::ffff:203.0.113.7"):
        assert origins.lets_in(address_of(inside))
    for outside in ("203.0.113.8", "192.0.2.1", "2001:db9::1"):
        assert not origins.lets_in(address_of(outside))


def test_addresses_of_one_holder_count_as_one():
    """Whoever has an IPv6 network of 64 bits is one sender, however many addresses come from it."""
    one, other = address_of("2001:db8:0:1::1"), address_of("2001:db8:0:1:ffff::2")

    assert holder_of(one) == holder_of(other)
    assert holder_of(one) != holder_of(address_of("2001:db8:0:2::1"))
    assert holder_of(address_of("192.0.2.1")) == "192.0.2.1"
