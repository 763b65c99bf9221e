"""Signatures: the quick start's example, and what is refused."""

import pytest

from runner.sandbox.auth import Credentials, authenticate, sign
from runner.sandbox.refusal import RefusedError

ACCOUNT = Credentials(api_key="bDqJFiq9", api_secret="7bz1lzh9")
SENT_AT = 1_630_468_800
SIGN = "05d7a50893e22a5c4bb3216ae3396c7c"
HEADERS = {"api-key": "bDqJFiq9", "sign": SIGN, "timestamp": str(SENT_AT)}


def code(headers: dict[str, str], *, late_s: float = 0, tolerance_s: float = 300) -> int:
    """Return the code for a request at *late_s* after it was signed, 0 where it passes."""
    try:
        authenticate(headers, credentials=ACCOUNT, server_time=SENT_AT + late_s, tolerance_s=tolerance_s)
    except RefusedError as error:
        return error.code
    return 0


def test_the_signature_example_of_the_quick_start() -> None:
    """Key, secret and timestamp of the quick start give the signature that it prints."""
    assert sign(api_key="bDqJFiq9", api_secret="7bz1lzh9", timestamp="1630468800") == SIGN


def test_hex_case_of_the_signature_does_not_matter() -> None:
    """An upper-case signature is as good as a lower-case one."""
    assert code(HEADERS) == 0
    assert code({**HEADERS, "sign": SIGN.upper()}) == 0


@pytest.mark.parametrize("missing", ["api-key", "sign", "timestamp"])
def test_a_missing_header_is_an_authentication_error(missing: str) -> None:
    """Without one of the three headers the answer is -1."""
    assert code({name: value for name, value in HEADERS.items() if name != missing}) == -1


def test_another_key_or_signature_is_an_authentication_error() -> None:
    """A foreign key, and a signature made with another secret, are -1."""
    foreign = sign(api_key="other", api_secret="7bz1lzh9", timestamp="1630468800")

    assert code({**HEADERS, "api-key": "other", "sign": foreign}) == -1
    assert code({**HEADERS, "sign": "0" * 32}) == -1
    assert code({**HEADERS, "sign": "é"}) == -1


def test_a_timestamp_expires_on_both_sides() -> None:
    """Up to the tolerance a timestamp may be early or late; past it the answer is -16."""
    assert code(HEADERS, late_s=300) == 0
    assert code(HEADERS, late_s=-300) == 0
    assert code(HEADERS, late_s=301) == -16
    assert code(HEADERS, late_s=-301) == -16
    assert code(HEADERS, late_s=61, tolerance_s=60) == -16


def test_a_timestamp_in_milliseconds_has_expired() -> None:
    """Milliseconds, signed correctly, are -16: the vendor counts seconds."""
    timestamp = "1630468800000"
    signature = sign(api_key="bDqJFiq9", api_secret="7bz1lzh9", timestamp=timestamp)

    assert code({**HEADERS, "timestamp": timestamp, "sign": signature}) == -16


def test_a_timestamp_that_is_no_number_has_expired() -> None:
    """Signed words instead of seconds are -16 and no crash."""
    signature = sign(api_key="bDqJFiq9", api_secret="7bz1lzh9", timestamp="now")

    assert code({**HEADERS, "timestamp": "now", "sign": signature}) == -16
