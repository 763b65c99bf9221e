"""`runner dashboard`: the ledger in a browser."""

import contextlib
import os
import re
import signal
import subprocess
import sys

import httpx
import pytest

from runner.cli.dashboard import LedgerPages
from runner.cli.repository import Repository
from tests.e2e.conftest import Bank
from tests.e2e.test_report import learn


@pytest.fixture
def called(bank: Bank) -> Bank:
    """A bank that has called three people, of whom two were heard of."""
    assert bank.run("apply", "--ack-calls", 3).code == 0
    learn(bank, ("answered", "record", "6"), ("busy", "push", None))
    return bank


def test_without_a_ledger(bank: Bank) -> None:
    """An empty page, and no error."""
    pages = LedgerPages(Repository.open(None))

    assert "No campaign that anything was handed over for." in pages.overview(search="")
    assert pages.campaign("overdue", "2026-11") is None


def test_campaigns_and_figures(called: Bank) -> None:
    """The overview counts people, the page of a campaign has the report, and neither has anybody's name or number."""
    pages = LedgerPages(Repository.open(None))
    overview, campaign = pages.overview(search=""), pages.campaign("overdue", "2026-11")

    assert campaign is not None
    assert (
        '<a href="/campaigns/overdue/2026-11">overdue 2026-11</a></th>'
        "<td>3</td><td>0</td><td>2</td><td>1</td><td>1</td><td>1</td>" in overview
    )
    assert "accepted 3 &gt; rang 2 &gt; answered 1" in campaign
    assert not re.search("Ann|Bob|Cem|7700 ?900", overview + campaign)
    assert "overdue 2026-11" not in pages.overview(search="other")
    assert pages.campaign("overdue", "2026-12") is None


def test_what_is_learned_later_shows(called: Bank) -> None:
    """A page is made again once the ledger has grown."""
    pages = LedgerPages(Repository.open(None))
    before = pages.overview(search="")
    assert pages.overview(search="") == before

    learn(called, ("answered", "record", "6"), ("busy", "record", None), ("voicemail", "push", None))

    assert "<td>3</td><td>0</td><td>3</td><td>2</td>" in pages.overview(search="")


def test_a_doubt_comes_first(bank: Bank) -> None:
    """A task that nobody knows of is above the table, by name."""
    bank.setting("SETTLE_TIME", "0")
    bank.engine.change_switches({"visibility_lag_s": 1e12})
    bank.fault("close")
    assert bank.run("apply", "--ack-calls", 3).code == 10

    overview = LedgerPages(Repository.open(None)).overview(search="")

    assert overview.index("In doubt: 1 task of overdue 2026-11") < overview.index("<table>")


def test_hostile_search(bank: Bank) -> None:
    """What was typed comes back as text."""
    page = LedgerPages(Repository.open(None)).overview(search='"><script>alert(1)</script>\u202e')

    assert "<script>alert" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("arguments", [("--host", "0.0.0.0"), ("--proxy", "nobody")])
def test_nobody_else_may_look_without_a_sign_in(bank: Bank, arguments: tuple[str, ...]) -> None:
    """Another address than loopback needs a token or a proxy; a proxy is an address."""
    assert bank.run("dashboard", *arguments).code == 64


@pytest.mark.slow
def test_a_process_of_its_own(called: Bank) -> None:
    """It says where it is and its token, lets that in, and ends on SIGINT."""
    command = [sys.executable, "-c", "from runner.cli.main import main; main()", "dashboard", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=called.root,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        address = program.stdout.readline().strip()
        token = program.stderr.readline().rpartition(" ")[2].strip()
        with httpx.Client(base_url=address, trust_env=False) as client:
            assert client.get("/").headers["location"] == "/sign-in"
            assert client.post("/sign-in", data={"token": token}).status_code == 303
            page = client.get("/").text
        with contextlib.suppress(ProcessLookupError):
            program.send_signal(signal.SIGINT)
        program.communicate(timeout=20)

    assert "overdue 2026-11" in page
    assert program.returncode == 0
