"""Requests and answers of the vendor's pages: the simulator takes the ones and gives the shape of the others.

The files are shared with the tests of the client, and are the only thing that the two have in common.
"""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from runner.sandbox.auth import sign
from runner.sandbox.gateway import Request, answer
from tests.unit.sandbox.conftest import Make, Vendor

GOLDEN = Path(__file__).parents[2] / "golden" / "laaffic"


def golden(name: str) -> Any:
    """Return the content of a golden file."""
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def ask(
    vendor: Vendor, method: str, path: str, body: Any = None, *, signed_at: float = 0, **changed: str
) -> Any:
    """Return the JSON of the answer to a signed request."""
    timestamp = str(int(signed_at or vendor.wall))
    headers = {
        "api-key": "sandbox-key",
        "timestamp": timestamp,
        "sign": sign(api_key="sandbox-key", api_secret="sandbox-secret", timestamp=timestamp),
        "content-type": "application/json;charset=UTF-8",
        **changed,
    }
    content = json.dumps(body).encode()
    request = Request(method=method, path=path, headers=headers, body=content)
    return json.loads(answer(vendor.engine, request).body)


def keys(value: Any) -> Any:
    """Return the names of an answer's fields, nested as they are, and the types of its values."""
    if isinstance(value, dict):
        return {name: keys(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [keys(inner) for inner in value]
    return type(value)


def contains(given: Any, wanted: Any) -> bool:
    """Return whether *given* has all fields of *wanted*, with the same types."""
    if isinstance(wanted, dict):
        return all(name in given and contains(given[name], inner) for name, inner in wanted.items())
    if isinstance(wanted, list):
        return all(map(contains, given, wanted))
    return bool(given == wanted)


def test_the_signature() -> None:
    """The example of the quick start."""
    example = golden("sign")

    assert (
        sign(api_key=example["key"], api_secret=example["secret"], timestamp=str(example["timestamp"]))
        == example["sign"]
    )


def test_an_upload(vendor: Vendor) -> None:
    """The page's request, with real base64, gets an answer of the page's shape."""
    page = golden("upload")
    body = {**page["request"], "file": base64.b64encode(b"ID3").decode()}

    given = ask(vendor, page["method"], page["path"], body)

    assert keys(given) == keys(page["answer"])
    assert len(given["data"]) == len("120261124" + "0" * 32 + ".mp3")


def test_a_list_of_files(vendor: Vendor) -> None:
    """The page's fields are all there."""
    page = golden("file_query")
    ask(vendor, "POST", "/voice/fileUpload", {"fileName": "test.mp3", "file": "SUQz"})

    assert contains(keys(ask(vendor, page["method"], page["path"], page["request"])), keys(page["answer"]))


@pytest.mark.parametrize("name", ["send", "send_transfer"])
def test_a_send(new_vendor: type[Vendor], name: str) -> None:
    """Both sample requests are taken; the copy of the older page lost its numbers, so it gets some."""
    vendor = new_vendor(accept_unknown_files=True)
    page = golden(name)
    numbers = {} if "numberInfoList" in page["request"] else {"numberList": ["447700900001"]}

    given = ask(vendor, "POST", "/voice/group/call/send", {**page["request"], **numbers})

    assert given == {"status": "0", "reason": "success", "data": 5000602}
    assert vendor.engine.summary()["unknown_fields"] == {}


def test_a_list_of_tasks(vendor: Vendor, order: Make) -> None:
    """A record has the page's fields, and the page's first id."""
    page = golden("query")
    vendor.call("send", order())
    params = {**page["request"]["params"], "endTime": "2026-11-25 00:00:00"}

    given = ask(vendor, page["method"], page["path"], {**page["request"], "params": params})

    assert contains(keys(given), keys(page["answer"]))
    assert given["data"]["records"][0]["jobId"] == page["answer"]["data"]["records"][0]["jobId"]


def test_a_cancel(vendor: Vendor, order: Make) -> None:
    """A cancel is answered as on its page."""
    page = golden("cancel")
    task_id = vendor.call("send", order())
    vendor.advance(1)

    assert ask(vendor, page["method"], page["path"], {"taskIdList": [task_id]}) == page["answer"]


def test_a_balance(vendor: Vendor) -> None:
    """Flat, all texts."""
    page = golden("balance")

    assert keys(ask(vendor, page["method"], page["path"])) == keys(page["answer"])


def test_a_recall_flow(vendor: Vendor, order: Make) -> None:
    """Detail and cancel have the page's fields; paging keys and scripts belong to other products."""
    page = golden("recall_query")
    flow = {"recallInterval": 1, "recallNum": 1, "recallType": 0}
    vendor.call("send", order(recallFlow=flow))
    vendor.advance(1000)

    given = ask(vendor, "POST", page["detail_path"], {"keyId": 5000603})

    data = {
        name: value
        for name, value in page["detail_answer"]["data"].items()
        if name not in ("total", "size", "current", "searchCount", "pages")
    }
    data["nodeList"] = [
        {name: value for name, value in node.items() if name != "scriptId"} for node in data["nodeList"]
    ]
    assert contains(keys(given["data"]), keys(data))
    assert ask(vendor, "POST", page["page_path"], page["page_request"])["code"] == 0


def test_a_recall_flow_is_cancelled(new_vendor: type[Vendor], order: Make) -> None:
    """Both answers of the pages are given, each under its switches."""
    page = golden("recall_cancel")
    flow = {"recallInterval": 1, "recallNum": 1, "recallType": 0}
    given = []
    for switches in ({"envelope": "A", "code_style": "number"}, {}):
        vendor = new_vendor(**switches)
        vendor.call("send", order(recallFlow=flow))
        given.append(ask(vendor, page["method"], page["path"], {**page["request"], "id": 5000603}))

    assert given == page["answers"]


def test_words_of_errors(vendor: Vendor) -> None:
    """A wrong signature, a body that is no JSON and a late request are refused in the page's words."""
    path = "/voice/fileQuery"
    wrong = ask(vendor, "POST", path, {}, sign="0" * 32)
    no_json = ask(vendor, "POST", path, [])
    vendor.wall += 400
    late = ask(vendor, "POST", path, {}, signed_at=vendor.wall - 400)

    for given, page in zip((wrong, no_json, late), golden("errors")["answers"], strict=True):
        assert given["status"] == page["status"]
        assert given["reason"].startswith(page["reason"])
