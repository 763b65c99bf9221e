"""Baseline (a): the script that a user would write. Correct and plain, a row at a time.

It has none of the promises: a lost answer calls people twice, and texts longer than the vendor takes are cut.
"""

import argparse
import csv
import json
import sqlite3
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jinja2
import phonenumbers

BATCH = 10_000
Call = tuple[str, str, dict[str, Any]]


def environment(root: Path) -> jinja2.Environment:
    """Return the environment with the two filters that the template needs."""
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(root / "templates"))
    env.filters["money"] = lambda value: f"{value:,.2f}"
    env.filters["date"] = lambda value, pattern: value.strftime(pattern)
    return env


def plan(root: Path, sent: sqlite3.Connection) -> list[Call]:
    """Return number, text and row of everybody who is to be called."""
    template = environment(root).get_template("bench.sms.j2")
    calls: list[Call] = []
    seen: set[str] = set()
    with (root / "campaigns/audiences/bench.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                number = phonenumbers.parse(row["phone"], "IN")
            except phonenumbers.NumberParseException:
                continue
            if not phonenumbers.is_valid_number(number):
                continue
            phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            if phone in seen or sent.execute("SELECT 1 FROM sent WHERE phone = ?", (phone,)).fetchone():
                continue
            seen.add(phone)
            values = {**row, "amount": Decimal(row["amount"]), "due": date.fromisoformat(row["due"])}
            calls.append((phone, template.render(values), values))
    return calls


def send(url: str, calls: list[Call], sent: sqlite3.Connection) -> None:
    """Post the calls in batches and note each batch."""
    with httpx.Client(base_url=url, timeout=60) as client:
        for start in range(0, len(calls), BATCH):
            batch = calls[start : start + BATCH]
            body = {
                "appId": "bench",
                "taskName": f"naive-{start}",
                "source": 1,
                "voiceFileId": "bench.mp3",
                "loopCount": 1,
                "maxCalls": 40,
                "hangUpSms": 1,
                "smsAppId": "bench",
                "smsContent": "${text1}",
                "failedPush": 1,
                "numberInfoList": [{"calleeNumber": phone[1:], "text1": text} for phone, text, _ in batch],
            }
            answer = client.post("/voice/group/call/send", json=body).json()
            if answer["status"] != "0":
                raise SystemExit(f"refused: {answer}")
            with sent:
                sent.executemany("INSERT INTO sent VALUES (?)", [(phone,) for phone, _, _ in batch])


def main() -> None:
    """Plan, and send where a URL is given; print the seconds of each part and the number of people."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("database", type=Path)
    parser.add_argument("--url")
    given = parser.parse_args()
    sent = sqlite3.connect(given.database)
    sent.execute("CREATE TABLE IF NOT EXISTS sent (phone TEXT PRIMARY KEY)")
    began = time.perf_counter()
    calls = plan(given.root, sent)
    planned = time.perf_counter()
    if given.url:
        send(given.url, calls, sent)
    print(
        json.dumps({"people": len(calls), "plan_s": planned - began, "send_s": time.perf_counter() - planned})
    )


if __name__ == "__main__":
    main()
