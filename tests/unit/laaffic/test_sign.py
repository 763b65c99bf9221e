"""Signatures and what must never be shown."""

import pytest
from tests.unit.laaffic.conftest import KEY, NOW, SECRET, golden

from runner.errors import CredentialsError
from runner.laaffic.sign import Credentials, account_of, sign, signed_headers


def test_the_quick_starts_example_is_signed_as_it_says() -> None:
    """The vendor's own example gives the vendor's own signature."""
    example = golden("sign")

    signature = sign(Credentials(key=example["key"], secret=example["secret"]), example["timestamp"])

    assert signature == "05d7a50893e22a5c4bb3216ae3396c7c" == example["sign"]
