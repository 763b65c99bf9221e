"""The curl commands of the vendor's quick start, made valid, by the real curl.

Changed against the page: lines are continued, comments are gone, the file is real base64, the file id is the
one that was returned, and address, key and signature are the sandbox's.
"""

import base64
import json
import shutil
import subprocess
import time
from typing import Any

import pytest

from runner.sandbox.auth import sign
from runner.sandbox.clock import VirtualClock
from runner.sandbox.engine import Engine
from runner.sandbox.server import running

UPLOAD = r"""
curl --location --request POST 'BASE/voice/fileUpload' \
--header 'Content-Type: application/json;charset=UTF-8' \
--header 'Sign: SIGN' \
--header 'Timestamp: TIMESTAMP' \
--header 'Api-Key: sandbox-key' \
--data-raw '{
    "fileName":"11-24.mp3",
    "file":"AUDIO"
}'
"""

SEND = r"""
curl --location 'BASE/voice/group/call/send' \
--header 'Content-Type: application/json;charset=UTF-8' \
--header 'Sign: SIGN' \
--header 'Timestamp: TIMESTAMP' \
--header 'Api-Key: sandbox-key' \
--data '{
    "appId":"cER2Ev2w",
    "taskName":"20251024123",
    "source":1,
    "voiceFileId":"FILE",
    "lan": "EN",
    "loopCount":1,
    "maxCalls":40,
    "hangUpSms":1,
    "smsAppId":"cF9u6UmT",
    "smsContent": "Attention! Your loan of $1,200 is overdue. Please settle the payment by Aug 15 via  ${text1}.",
    "feedbackPush":1,
    "feedbackValue":6,
    "successPushTime":10,
    "failedPush":1,
    "numberInfoList":[{
        "calleeNumber":"9113000000001",
        "text1":"https://itniotech.cn/api/voice/callSend/"
    }
    ,{
        "calleeNumber":"9113000000002",
        "text1":"https://itniotech.cn/api/voice/callSend/"
    }
    ]
}'
"""

TEXT = (
    "Attention! Your loan of $1,200 is overdue. Please settle the payment by Aug 15 via"
    "  https://itniotech.cn/api/voice."
)


def run(command: str, **values: str) -> Any:
    """Return the JSON that a shell prints for *command*, with a fresh signature and the given values in it."""
    timestamp = str(int(time.time()))
    signature = sign(api_key="sandbox-key", api_secret="sandbox-secret", timestamp=timestamp)
    for name, value in {"SIGN": signature, "TIMESTAMP": timestamp, **values}.items():
        command = command.replace(name, value)
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("path", ["", "/v3"])
def test_the_quick_start_works(path: str) -> None:
    """Upload a file and create the task; its 40-character link is cut, as at the vendor, and that is noted."""
    engine = Engine(clock=VirtualClock(time.time))
    audio = base64.b64encode(b"ID3 sound").decode()
    with running(engine) as address:
        uploaded = run(UPLOAD, BASE=address + path, AUDIO=audio)
        sent = run(SEND, BASE=address + path, FILE=uploaded["data"])

    assert uploaded["status"] == "0"
    assert sent == {"status": "0", "reason": "success", "data": 5000602}
    found: Any = engine.calls(task="20251024123")
    assert found["calls"][0]["heard"]["file"] == uploaded["data"]
    assert [call["read"]["text"] for call in found["calls"]] == [TEXT] * 2
    assert found["truncation_count"] == 2
    assert found["unknown_fields"] == {}
