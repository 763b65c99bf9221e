"""A bank whose campaign is played by real processes, its dashboard, and Chromium to look at it."""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.conftest import CAMPAIGN, HEADER, lay_out

_SCRIPT = Path(__file__).parents[2] / ".ci" / "browser"
_COMMAND = (sys.executable, "-c", "from runner.cli.main import main; main()")
LONGEST_S = 120
_QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
AXE = files("axe_playwright_python").joinpath("axe.min.js")

expect.set_options(timeout=LONGEST_S * 1000)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, with a profile that is new and goes with it."""
    found = subprocess.run([_SCRIPT, "path"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        is_required = os.environ.get("TEST_BROWSER") == "require"
        (pytest.fail if is_required else pytest.skip)(found.stderr.strip())
    with sync_playwright() as playwright:
        # Without its sandbox, which neither root nor most containers have: it meets nothing but our own pages.
        browser = playwright.chromium.launch(
            executable_path=found.stdout.strip(),
            chromium_sandbox=False,
            args=_QUIET,
            timeout=LONGEST_S * 1000,
        )
        yield browser
        browser.close()


@dataclass
class Desk:
    """A bank's repository, and commands as processes of their own.

    Attributes:
        root: where they run.
        vendor: address of the simulated vendor; empty before `sandbox`.
        address: of the dashboard; empty before `dashboard`.
        token: for its sign-in.
    """

    root: Path
    stack: ExitStack
    vendor: str = ""
    address: str = ""
    token: str = field(default="", repr=False)

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            [*_COMMAND, *arguments],
            cwd=self.root,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )

    def campaign(self, name: str, *, first: int, people: int) -> None:
        """Write a campaign like the bank's own, with so many people, whose numbers begin with that of *first*."""
        folder = self.root / "campaigns"
        audience = "\n".join([HEADER, *rows(first, people), ""])
        (folder / f"audiences/{name}.csv").write_text(audience, encoding="utf-8")
        changed = CAMPAIGN.replace('"overdue"', f'"{name}"').replace("overdue.csv", f"{name}.csv")
        (folder / f"{name}.toml").write_text(changed, encoding="utf-8")

    def sandbox(self, *arguments: str) -> None:
        """Start the simulated vendor."""
        self.vendor, _ = self._serve("sandbox", "--port", "0", *arguments)

    def dashboard(self) -> None:
        """Start the dashboard."""
        self.address, said = self._serve("dashboard", "--port", "0")
        self.token = said.rpartition(" ")[2]

    def console(self, what: str, body: object = None) -> Any:
        """Return what the simulated vendor's console answers to a question, or to a POST of *body*."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.vendor}/_sandbox/{what}", data=content)
        with urllib.request.urlopen(request, timeout=LONGEST_S) as answer:
            return json.load(answer)

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "RUNNER_API_URL": self.vendor,
            "RUNNER_VENDOR_TIMEZONE": "Asia/Shanghai",
            "RUNNER_SETTLE_TIME": "0",
        }

    def _serve(self, *arguments: str) -> tuple[str, str]:
        """Start a command that serves until the test is over; return the first two lines that it says, its address first."""
        served = self.stack.enter_context(
            subprocess.Popen(
                [*_COMMAND, *arguments],
                cwd=self.root,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        self.stack.callback(served.terminate)
        assert served.stdout is not None
        address = served.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), address
        return address, served.stdout.readline().strip()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A bank with one campaign, of which nobody was called yet."""
    lay_out(tmp_path / "bank")
    with ExitStack() as stack:
        yield Desk(root=tmp_path / "bank", stack=stack)


def rows(first: int, count: int) -> list[str]:
    """Return so many rows of an audience, with numbers from that of *first* on."""
    return [f"+447700900{at:03},Person{at},{at}.50,2026-11-30" for at in range(first, first + count)]


@dataclass
class Window:
    """A browser's window that has asked for nothing yet.

    Attributes:
        said: what the browser writes into its console: refused by the policy, wrong in the script, and so on.
    """

    page: Page
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(error.message))

    def sign_in(self, desk: Desk) -> None:
        """Type the token, as somebody without a mouse does."""
        self.page.goto(desk.address)
        expect(self.page.get_by_label("Token")).to_be_focused()
        self.page.keyboard.type(desk.token)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(re.compile("Campaigns"))

    def keep(self, name: str) -> None:
        """Keep a picture of the whole page for whoever wants to look, in the folder that TEST_BROWSER_PICTURES names."""
        folder = os.environ.get("TEST_BROWSER_PICTURES")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    def is_too_wide(self) -> bool:
        """Return whether the page scrolls sideways, as none should: wide tables scroll by themselves."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > innerWidth"))

    def complaints(self) -> list[str]:
        """Return what axe finds wrong with the page: rule and place each."""
        # A debugger's evaluation is not bound by the page's policy, as a script that the page loads is.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
        return [
            f"{one['id']}: {', '.join(str(node['target']) for node in one['nodes'])}"
            for one in found["violations"]
        ]


@pytest.fixture
def chromium_without_script(chromium: Browser) -> Iterator[Window]:
    """Open a window in which no script runs."""
    with chromium.new_context(java_script_enabled=False) as context:
        context.set_default_timeout(LONGEST_S * 1000)
        yield Window(page=context.new_page())


@pytest.fixture
def open_window(chromium: Browser) -> Iterator[Any]:
    """Open windows of a width and a colour scheme, with cookies of their own each."""
    with ExitStack() as stack:

        def opened(width: int = 1280, scheme: str = "light") -> Window:
            context = chromium.new_context(
                viewport={"width": width, "height": 844 if width < 500 else 900},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            stack.callback(context.close)
            context.set_default_timeout(LONGEST_S * 1000)
            return Window(page=context.new_page())

        yield opened
