"""Voice files: upload and list."""

import base64
import re
from typing import Any

import pytest

from tests.unit.sandbox.conftest import Vendor

AUDIO = base64.b64encode(b"ID3 not really music").decode()


def test_an_upload_gives_an_id_of_the_vendors_shape(vendor: Vendor) -> None:
    """Data is the id itself: 1, the vendor's date, 32 hex digits and the suffix."""
    file_id = vendor.call("upload", {"fileName": "11-24.mp3", "file": AUDIO})

    assert re.fullmatch(r"120261124[0-9a-f]{32}\.mp3", file_id)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"file": AUDIO}, -22),
        ({"fileName": "11-24.mp3"}, -22),
        ({"fileName": "11-24.mp3", "file": ""}, -22),
        ({"fileName": 5, "file": AUDIO}, -22),
        ({"fileName": ".mp3", "file": AUDIO}, -21),
        ({"fileName": "a" * 29 + ".mp3", "file": AUDIO}, -21),
        ({"fileName": "music.ogg", "file": AUDIO}, -21),
        ({"fileName": "11-24.mp3", "file": "base64-encoded file content"}, -21),
        ({"fileName": "11-24.mp3", "file": "data:audio/mp3;base64," + AUDIO}, -21),
        ({"fileName": "a.mp3", "file": AUDIO}, 0),
        ({"fileName": "a" * 28 + ".WAV", "file": AUDIO}, 0),
        ({"fileName": "voice.m4a", "file": AUDIO}, 0),
    ],
)
def test_rules_of_an_upload(vendor: Vendor, body: Any, code: int) -> None:
    """Name of 5 to 32 characters with a known suffix, content in base64."""
    assert vendor.code("upload", body) == code


def test_a_file_name_is_taken_once(vendor: Vendor, new_vendor: type[Vendor]) -> None:
    """A second file of one name is -20, or whatever code the switch says."""
    other = new_vendor(duplicate_name_code=-21)
    for seller, code in ((vendor, -20), (other, -21)):
        seller.call("upload", {"fileName": "11-24.mp3", "file": AUDIO})

        assert seller.code("upload", {"fileName": "11-24.mp3", "file": AUDIO}) == code


def test_the_list_of_files_has_pages(vendor: Vendor) -> None:
    """Files come by pages, with the totals of the vendor's answer."""
    ids = [vendor.call("upload", {"fileName": f"file{at}.mp3", "file": AUDIO}) for at in range(3)]

    assert vendor.call("file_query", {"current": 2, "size": 2}) == {
        "records": [{"fileId": ids[0], "fileName": "file0.mp3"}],
        "total": 3,
        "size": 2,
        "current": 2,
        "searchCount": True,
        "pages": 2,
    }
    assert vendor.call("file_query", {})["size"] == 25
    assert vendor.call("file_query", {"current": 9})["records"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"current": None}, -22),
        ({"size": ""}, -22),
        ({"size": 0}, -21),
        ({"size": 101}, -21),
        ({"current": 0}, -21),
        ({"current": "1"}, -22),
    ],
)
def test_a_page_must_make_sense(vendor: Vendor, body: Any, code: int) -> None:
    """Page and size may be absent, but neither empty nor out of range."""
    assert vendor.code("file_query", body) == code
