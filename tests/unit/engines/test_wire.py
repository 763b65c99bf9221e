import pytest

from runner.engines.wire import HEADER, MAX_FRAME, GarbledError, decoded, encoded, length_of


def test_a_message_is_its_length_and_json() -> None:
    """Four bytes of length, then UTF-8."""
    assert encoded({"a": "€"}) == b'\x00\x00\x00\x0b{"a":"\xe2\x82\xac"}'
    assert length_of(b"\x00\x00\x00\x0b") == 11
    assert decoded(encoded({"a": "€"})[HEADER:]) == {"a": "€"}


@pytest.mark.parametrize("body", [b"", b"[1]", b"3", b"{", b"\xff", b"[" * 100_000, b'{"a": NaN'])
def test_what_is_no_object_is_garbled(body: bytes) -> None:
    """Whatever a hostile worker sends, only a JSON object gets through."""
    with pytest.raises(GarbledError):
        decoded(body)


def test_no_message_is_longer_than_the_limit() -> None:
    """A length that would fill the memory is refused before anything is read."""
    assert length_of(MAX_FRAME.to_bytes(HEADER, "big")) == MAX_FRAME
    with pytest.raises(GarbledError):
        length_of((MAX_FRAME + 1).to_bytes(HEADER, "big"))
