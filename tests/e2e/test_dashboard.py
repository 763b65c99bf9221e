"""`runner dashboard`: the ledger in a browser."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from runner.cli.dashboard_pages import LedgerPages
from runner.cli.ledgers import reader_of
from runner.cli.repository import Repository
from runner.dashboard.routes import ROUTES
from runner.frames import PERSON
from runner.planning.history import fold
from tests.e2e.conftest import Bank
from tests.e2e.test_report import learn


@pytest.fixture
def called(bank: Bank) -> Bank:
    """A bank that has called three people, of whom two were heard of."""
    assert bank.run("apply", "--ack-calls", 3).code == 0
    learn(bank, ("answered", "record", "6"), ("busy", "push", None))
    return bank


def test_without_a_ledger(bank: Bank) -> None:
    """Campaigns by their files, of which nothing was handed over, and no error."""
    pages = LedgerPages(Repository.open(None))

    assert "nothing handed over" in pages.overview({})
    assert "Nothing was handed over so far." in (pages.campaign("overdue", "2026-11", {}) or "")
    assert pages.campaign("overdue", "2026-12", {}) is None
    assert pages.calls("overdue", "2026-11", {}) is None


def test_without_campaigns(bank: Bank) -> None:
    """A page that says so."""
    (bank.root / "campaigns/overdue.toml").unlink()

    assert "No campaign yet." in LedgerPages(Repository.open(None)).overview({})


def test_invalid_files(called: Bank) -> None:
    """The ledger is shown all the same, and that the files were passed over."""
    called.campaign('name    = "overdue"', "name = 7")
    overview = LedgerPages(Repository.open(None)).overview({})

    assert "1 problem in campaign files" in overview
    assert "overdue 2026-11" in overview


def test_campaigns_and_figures(called: Bank) -> None:
    """The overview counts people, the page of a campaign has the report, and neither has anybody's name or number."""
    pages = LedgerPages(Repository.open(None))
    overview, campaign = pages.overview({}), pages.campaign("overdue", "2026-11", {})

    assert campaign is not None
    assert '<a id="to-overdue-2026-11" href="/campaigns/overdue/2026-11">overdue 2026-11</a>' in overview
    assert re.findall(r'data-column="([a-z ]*)"[^>]*>(\d+)<', overview) == [
        ("handed over", "3"),
        ("in doubt", "0"),
        ("heard of", "2"),
        ("confirmed", "1"),
        ("answered", "1"),
        ("key", "1"),
    ]
    assert re.findall(r"<dt>([a-z ]+)</dt><dd>(\d+)</dd>", campaign) == [
        ("handed over", "3"),
        ("in doubt", "0"),
        ("heard of", "2"),
        ("confirmed", "1"),
        ("answered", "1"),
    ]
    assert not re.search("Ann|Bob|Cem|7700 ?900", overview + campaign)
    assert "/campaigns/overdue/2026-11" not in pages.overview({"search": "other"})
    assert "0 of 1 campaign" in pages.overview({"search": "other"})
    assert pages.campaign("overdue", "2026-12", {}) is None


def test_a_campaign_that_was_renamed(called: Bank) -> None:
    """It is one campaign, under the name it has now."""
    called.campaign('"overdue"', '"late"\nformerly = ["overdue"]')
    overview = LedgerPages(Repository.open(None)).overview({})

    assert "late 2026-11" in overview
    assert "overdue 2026-11" not in overview
    assert 'data-column="handed over">3<' in overview


def people_in(page: str | None) -> list[str]:
    """Return the pseudonyms of a page of calls."""
    return re.findall(r'\?person=([0-9a-f]{12})"', page or "")


def test_calls_one_by_one(called: Bank) -> None:
    """Each has a pseudonym that is the same on every page of this dashboard, another elsewhere, and no ledger key."""
    pages, others = LedgerPages(Repository.open(None)), LedgerPages(Repository.open(None))
    every = people_in(pages.calls("overdue", "2026-11", {}))

    assert len(set(every)) == 2
    assert people_in(pages.calls("overdue", "2026-11", {"outcome": "busy"})) == [every[1]]
    assert people_in(pages.calls("overdue", "2026-11", {"known_by": "record"})) == [every[0]]
    assert people_in(pages.calls("overdue", "2026-11", {"key": "none"})) == [every[1]]
    assert people_in(pages.calls("overdue", "2026-11", {"key": "6", "country": "GB"})) == [every[0]]
    assert people_in(pages.calls("overdue", "2026-11", {"country": "IN"})) == []
    assert people_in(pages.calls("overdue", "2026-11", {"person": every[1].upper()})) == [every[1]]
    assert people_in(pages.calls("overdue", "2026-11", {"outcome": "<b>", "page": "-1"})) == every
    assert not set(every) & set(people_in(others.calls("overdue", "2026-11", {})))
    page = pages.calls("overdue", "2026-11", {}) or ""
    keys = [f"{key:032x}" for key in ledger_keys(called)]
    assert not re.search("Ann|Bob|Cem|7700 ?900", page)
    assert not any(key[:12] in page or str(int(key, 16)) in page for key in keys)


def ledger_keys(bank: Bank) -> list[int]:
    """Return the keys of the people in the ledger."""
    reader = reader_of(Repository.open(None))
    assert reader is not None
    tasks = fold(reader.entries(campaigns=["overdue"], edition="2026-11")).tasks
    return reader.blocks([task.block for task in tasks])[PERSON].to_list()


def test_what_is_learned_later_shows(called: Bank) -> None:
    """A page is made again once the ledger has grown; the calls that were kept in memory are read again too."""
    pages = LedgerPages(Repository.open(None))
    assert 'data-column="heard of">2<' in pages.overview({})
    assert "2 of 2 calls" in (pages.calls("overdue", "2026-11", {}) or "")

    learn(called, ("answered", "record", "6"), ("busy", "record", None), ("voicemail", "push", None))

    assert 'data-column="heard of">3<' in pages.overview({})
    assert "3 of 3 calls" in (pages.calls("overdue", "2026-11", {}) or "")


def test_a_doubt_comes_first(bank: Bank) -> None:
    """A task that nobody knows of is above the table, by name, and found among the tasks."""
    bank.setting("SETTLE_TIME", "0")
    bank.engine.change_switches({"visibility_lag_s": 1e12})
    bank.fault("close")
    assert bank.run("apply", "--ack-calls", 3).code == 10
    pages = LedgerPages(Repository.open(None))

    overview = pages.overview({})
    doubts = pages.campaign("overdue", "2026-11", {"standing": "doubt"})
    confirmed = pages.campaign("overdue", "2026-11", {"standing": "confirmed"})

    assert overview.index("overdue 2026-11: 3 people in doubt, in 1 task") < overview.index("<table")
    assert "1 of 1 task<" in (doubts or "")
    assert "0 of 1 task<" in (confirmed or "")


def test_a_stop_comes_first(called: Bank) -> None:
    """Whoever looks sees that nothing is sent, and why."""
    pages = LedgerPages(Repository.open(None))
    assert "nothing is sent" not in pages.overview({})

    called.write("HALT", "wrong <list>\n")

    assert "wrong &lt;list&gt;" in pages.overview({})
    assert "nothing is sent" in (pages.campaign("overdue", "2026-11", {}) or "")


def test_hostile_questions(called: Bank) -> None:
    """What was typed comes back as text."""
    pages = LedgerPages(Repository.open(None))
    hostile = '"><script>alert(1)</script>\u202e'
    asked = dict.fromkeys(
        ("search", "task", "standing", "outcome", "country", "key", "person", "page"), hostile
    )
    shown = (
        pages.overview(asked),
        pages.campaign("overdue", "2026-11", asked) or "",
        pages.calls("overdue", "2026-11", asked) or "",
    )

    for page in shown:
        assert "<script>alert" not in page
        assert "\u202e" not in page


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--proxy", "nobody")])
def test_nobody_else_may_look_without_a_sign_in(bank: Bank, arguments: tuple[str, ...]) -> None:
    """Another address than loopback needs a token or a proxy; a proxy is an address."""
    assert bank.run("dashboard", *arguments).code == 64


@contextlib.contextmanager
def dashboard_of(bank: Bank) -> Iterator[tuple[str, str, "subprocess.Popen[str]"]]:
    """Yield address and token of a dashboard that is a process of its own; it is gone at the end."""
    command = [sys.executable, "-c", "from runner.cli.main import main; main()", "dashboard", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=bank.root,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        try:
            address = program.stdout.readline().strip()
            yield address, program.stderr.readline().rpartition(" ")[2].strip(), program
        finally:
            with contextlib.suppress(ProcessLookupError):
                program.send_signal(signal.SIGINT)
            program.communicate(timeout=60)


@pytest.mark.slow
def test_a_process_of_its_own(called: Bank) -> None:
    """It says where it is and its token, lets that in, and ends on SIGINT."""
    with (
        dashboard_of(called) as (address, token, program),
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        assert client.get("/").headers["location"] == "/sign-in"
        assert client.post("/sign-in", data={"token": token}).status_code == 303
        page = client.get("/").text

    assert "overdue 2026-11" in page
    assert program.returncode == 0


def raw_answer(address: str, request: bytes) -> bytes:
    """Return every byte that is answered, but for the date."""
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        told = b"".join(iter(lambda: connection.recv(65536), b""))
    return re.sub(rb"(?i)\r\ndate: [^\r]*", b"", told)


@pytest.mark.slow
def test_a_stranger_is_told_the_same_everywhere(called: Bank) -> None:
    """Byte for byte: of all routes, of campaigns that there are and are not, by every method, and of no HTTP at all."""
    known = {"{name}": ("overdue", "no-such"), "{edition}": ("2026-11", "2026-12")}
    paths = {
        "/no/such/thing",
        "/?search=overdue",
        "/campaigns/overdue/2026-11?page=2",
        "//",
        "/%00",
        "/a" * 2000,
    }
    for route in ROUTES:
        for there in (0, 1):
            path = route.path
            for name, things in known.items():
                path = path.replace(name, things[there])
            paths.add(path)
    open_paths = {route.path: route.methods for route in ROUTES if route.is_open}
    with dashboard_of(called) as (address, _, _):
        host = address.removeprefix("http://")

        def ask(method: str, path: str, more: str = "") -> bytes:
            head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"
            return raw_answer(address, head.encode("latin-1"))

        nowhere = ask("GET", "/no/such/thing")
        assert nowhere.startswith(b"HTTP/1.1 303 See Other\r\n")
        assert nowhere.endswith(b"\r\n\r\n")
        asked = 0
        for path in sorted(paths):
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECTED"):
                if ("GET" if method == "HEAD" else method) not in open_paths.get(path, ()):
                    assert ask(method, path) == nowhere, (method, path)
                    asked += 1
        strangers = ("Cookie: runner-session=x\r\n", "X-Forwarded-User: ann\r\n", "Upgrade: websocket\r\n")
        assert all(ask("GET", "/campaigns/overdue/2026-11", more) == nowhere for more in strangers)
        everything = nowhere + b"".join(
            [
                *(ask("GET", path) for path in open_paths),
                ask("POST", "/sign-in"),
                ask("GET", "/campaigns/overdue/2026-11", "Host: evil.example.test\r\n"),
                raw_answer(address, b"GET / HTTP/1.1\r\nHost: evil.example.test\r\n\r\n"),
                raw_answer(address, b"\x16\x03\x01 nonsense\r\n\r\n"),
                raw_answer(address, b"GET / HTTP/1.1\r\nHost: " + b"a" * 100_000),
            ]
        )

    assert asked > 100
    assert not re.search(rb"(?i)overdue|2026-|sandbox|campaign|uvicorn|python|traceback", everything)
