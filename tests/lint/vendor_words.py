"""Check that the vendor's field names occur only where they may: the adapter, the simulator and their tests.

Everything else speaks of people, texts and durations. A vendor word elsewhere is a layer that leaks.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEARCHED = ("runner", "tests", "campaigns", "templates", "Makefile", "pyproject.toml")
ENDINGS = {".py", ".toml", ".j2", ".json", ".csv", ".sh", ".mako", ""}
ALLOWED = (
    "runner/laaffic",
    "runner/sandbox",
    "tests/golden",
    "tests/lint",
    # What looks at requests as they arrive: tests of the adapter and the simulator, and the vendor of the benchmarks.
    "tests/unit/laaffic",
    "tests/unit/sandbox",
    "tests/contract/vendor",
    "tests/e2e",
    "tests/benchmarks/naive.py",
    "tests/benchmarks/sink_server.py",
)
# Names that are also plain English (status, source, text, code, rate, data, records) cannot be told from ours.
WORDS = """
    allCallToseatNum allowSendTime appId baseCost baseFile billPeriod callDuration callLossNum callNum
    callStatus callTotal calledInfo calleeNumber calloutRate chargeLen chargedDuration costEur createTime createdTime
    delayHangup delayPlay displayNum endTime failedPush feedbackPush feedbackValue fileId fileName finishNum finishTime
    group/call hangUpSms hangupTime idxAppId jobId keyFeedbackNum keyId loopCount maxCalls maxRingingTime mdfTime
    nodeList nodeStatus numCnt numberInfoList numberList outRecallCount outboundControl quoteExchange recallFlow
    recallInterval recallIntent recallNum recallType recordGroup resendType ringDuration ringPush ringingTime
    searchCondition searchCount sendTime senderId settlePay settleRate sipCode sipGroupId sipGroupName smsAppId
    smsContent sourceTaskId speakingRate ssmlGender statusList strTime submitTime successPush successPushTime
    successRate taskId taskIdList taskName taskType terminationCode terminationReason toSeat toSeatKey toSeatType
    uploadName voiceFileId voiceId
"""
PATTERN = re.compile(rf"\b(?:{'|'.join(WORDS.split())}|text(?:[1-9]|10))\b")


def files() -> Iterator[Path]:
    """Yield the text files that are searched, in order."""
    for name in SEARCHED:
        start = ROOT / name
        for path in sorted(start.rglob("*")) if start.is_dir() else [start]:
            shown = path.relative_to(ROOT).as_posix()
            is_allowed = any(shown == place or shown.startswith(place + "/") for place in ALLOWED)
            if path.is_file() and path.suffix in ENDINGS and not is_allowed:
                yield path


def findings() -> Iterator[str]:
    """Yield one line for each vendor word in a place where there may be none."""
    for path in files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            for match in PATTERN.finditer(line):
                place = f"{path.relative_to(ROOT).as_posix()}:{number}:{match.start() + 1}"
                yield f"{place}: {match[0]} is a word of the vendor; it belongs into runner/laaffic/"


if __name__ == "__main__":
    found = list(findings())
    print("\n".join(found) if found else "The vendor's words are where they belong.")
    sys.exit(1 if found else 0)
