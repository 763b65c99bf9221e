"""A vendor that reads, counts, answers and remembers names: what the network and the vendor cost at the least.

It shares nothing with the sandbox, which checks everything and is no measure. It prints its port and serves until its
standard input is closed.
"""

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

NAME = re.compile(rb'"taskName"\s*:\s*"([^"]{1,64})"')
FINISHED = 2


class Sink(BaseHTTPRequestHandler):
    """Answers every path of the vendor that an apply asks for."""

    protocol_version = "HTTP/1.1"
    tasks: dict[int, dict[str, Any]] = {}  # noqa: RUF012  the one book of this process
    numbers = count(5_000_001)
    lock = threading.Lock()

    def do_POST(self) -> None:
        """Take the body and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/group/call/send"):
            self._answer({"status": "0", "reason": "success", "data": self._taken(body)})
        elif self.path.endswith("/group/call/query"):
            self._answer({"code": 0, "msg": "success", "data": self._page(json.loads(body))})
        else:
            data = {"total": 0, "size": 100, "current": 1, "pages": 0, "records": []}
            self._answer({"code": 0, "msg": "success", "data": data})

    def do_GET(self) -> None:
        """Tell the balance."""
        self._answer(
            {"status": "0", "reason": "success", "balance": "1000.00", "gift": "0.00", "credit": "0.00"}
        )

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _taken(self, body: bytes) -> int:
        found = NAME.search(body)
        people = body.count(b'"calleeNumber"')
        with self.lock:
            number = next(self.numbers)
            self.tasks[number] = {
                "jobId": number,
                "taskName": found[1].decode() if found else "",
                "status": FINISHED,
                "rate": "100",
                "numCnt": people,
                "callNum": people,
                "success": people,
                "fail": 0,
            }
        return number

    def _page(self, asked: dict[str, Any]) -> dict[str, Any]:
        current, size = asked.get("current", 1), asked.get("size", 25)
        searched = asked["params"].get("searchCondition", "")
        with self.lock:
            found = [task for task in self.tasks.values() if searched in task["taskName"]]
        records = found[(current - 1) * size : current * size]
        return {
            "total": len(found),
            "size": size,
            "current": current,
            "pages": -(-len(found) // size),
            "records": records,
        }

    def _answer(self, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serve on a free port of the loopback address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
