"""The dashboard in a real browser, while real commands run against the simulated vendor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Desk, Window

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Open = Callable[..., Window]


def test_sign_in(desk: Desk, open_window: Open) -> None:
    """A wrong token is told so; the right one opens; who signs out is out."""
    desk.dashboard()
    window = open_window()
    window.page.goto(desk.address)
    window.page.get_by_label("Token").fill("other")
    window.page.get_by_role("button", name="Sign in").click()
    expect(window.page.get_by_role("alert")).to_be_visible()
    assert window.complaints() == []

    window.sign_in(desk)

    window.page.get_by_role("button", name="Sign out").click()
    expect(window.page.get_by_role("heading", name="Sign in")).to_be_visible()
    window.page.goto(f"{desk.address}/campaigns/overdue/2026-11")
    expect(window.page.get_by_role("heading", name="Sign in")).to_be_visible()
