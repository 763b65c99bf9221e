"""Signatures, and what must never be shown."""

import pytest

from runner.errors import CredentialsError
from runner.laaffic.sign import Credentials, account_of, sign, signed_headers
from tests.unit.laaffic.conftest import KEY, NOW, SECRET, golden


def test_the_quick_starts_example_is_signed_as_it_says() -> None:
    """The vendor's own example gives the vendor's own signature."""
    example = golden("sign")

    signature = sign(Credentials(key=example["key"], secret=example["secret"]), example["timestamp"])

    assert signature == "05d7a50893e22a5c4bb3216ae3396c7c" == example["sign"]


def test_headers_carry_key_time_and_signature() -> None:
    """Every request says when it was signed, in whole seconds, and never the secret."""
    headers = signed_headers(Credentials(key=KEY, secret=SECRET), NOW)

    assert headers == {
        "Content-Type": "application/json;charset=UTF-8",
        "Sign": "73cdc29ad4a199a91fc9e12f9ae9272a",
        "Timestamp": "1795510800",
        "Api-Key": "bDqJFiq9",
    }


def test_credentials_are_not_shown() -> None:
    """A printed object holds neither key nor secret."""
    assert repr(Credentials(key=KEY, secret=SECRET)) == "Credentials()"


@pytest.mark.parametrize("value", ["", "two words", "line\nbreak", "kéy"])
@pytest.mark.parametrize("name", ["key", "secret"])
def test_credentials_that_no_header_could_carry_are_refused(name: str, value: str) -> None:
    """A missing or mangled setting is a problem of credentials, and its value is not in the message."""
    values = {"key": KEY, "secret": SECRET, name: value}

    with pytest.raises(CredentialsError) as caught:
        Credentials(**values)

    assert f"RUNNER_API_{name.upper()}" in str(caught.value)
    assert not value or value not in str(caught.value)


def test_an_account_is_a_host_and_a_key() -> None:
    """The same host in other letters is the same account; another host, key or nothing else is another; the secret does not count."""
    account = account_of("api.example.test", Credentials(key=KEY, secret=SECRET))

    assert account == "3151f1f732aeca6e"
    assert account_of("API.example.test", Credentials(key=KEY, secret="other")) == account
    assert account_of("api.example.org", Credentials(key=KEY, secret=SECRET)) != account
    assert account_of("api.example.test", Credentials(key="other", secret=SECRET)) != account
