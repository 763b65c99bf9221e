"""The dashboard in a real browser, while real commands run against the simulated vendor."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Desk, Window

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Open = Callable[..., Window]
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
STAYS = "document.documentElement.dataset.stays"


def cell(window: Window, campaign: str, column: str) -> Locator:
    """Return the cell of a campaign in the overview."""
    return window.page.get_by_role("row", name=campaign).locator(f'[data-column="{column}"]')


def learn_all(desk: Desk, people: int) -> None:
    """Let calls end, minute by minute of the vendor's clock, and collect what became of so many people.

    Its clock stays within the hour for which records are read ahead of ours, however slow this machine is.
    """
    for _ in range(50):
        summary = desk.console("summary")
        if summary["calls_ended"] == summary["calls_made"] >= people:
            break
        desk.console("advance", {"seconds": 60})
    else:
        pytest.fail("the calls do not end")
    done = desk.run("collect")
    assert done.returncode == 0, done.stderr


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


def test_a_campaign_is_watched_while_it_runs(desk: Desk, open_window: Open) -> None:
    """What commands do shows by itself, without the page being loaded again, and the focus stays where it is."""
    desk.sandbox()
    desk.dashboard()
    window = open_window()
    window.sign_in(desk)
    window.page.evaluate(f"{STAYS} = 'yes'")
    expect(cell(window, "overdue 2026-11", "state")).to_have_text("nothing handed over")
    link = window.page.get_by_role("link", name="overdue 2026-11")
    link.focus()

    assert desk.run("apply", "--ack-calls", "3").returncode == 0

    expect(cell(window, "overdue 2026-11", "handed over")).to_have_text("3")
    expect(cell(window, "overdue 2026-11", "heard of")).to_have_text("0")
    learn_all(desk, 3)
    expect(cell(window, "overdue 2026-11", "heard of")).to_have_text("3")
    expect(cell(window, "overdue 2026-11", "confirmed")).to_have_text("3")
    expect(link).to_be_focused()
    assert window.page.evaluate(STAYS) == "yes"


def test_a_doubt_comes_and_goes(desk: Desk, open_window: Open) -> None:
    """A lost answer is at the top with what to do; once it is settled it is gone, in a page that was open all the time."""
    desk.sandbox("--switch", "visibility_lag_s=86400")
    desk.dashboard()
    desk.console("faults", {"endpoint": "send", "kind": "close", "when": "after"})
    window = open_window()
    window.sign_in(desk)
    window.page.get_by_role("link", name="overdue 2026-11").click()
    alarm = window.page.get_by_role("heading", name="overdue 2026-11: 3 people in doubt, in 1 task")
    expect(window.page.get_by_text("Nothing was handed over so far")).to_be_visible()

    assert desk.run("apply", "--ack-calls", "3").returncode == 10

    expect(alarm).to_be_visible()
    expect(window.page.get_by_text("runner resolve")).to_be_visible()
    expect(window.page.get_by_label("Standing")).to_be_visible()
    assert window.complaints() == []
    window.keep("doubt")
    desk.console("advance", {"seconds": 90_000})
    assert desk.run("apply").returncode == 0
    expect(alarm).to_have_count(0)
    expect(window.page.get_by_role("definition").first).to_have_text("3")


def test_filters(desk: Desk, open_window: Open) -> None:
    """Campaigns, tasks and calls are found by what is typed and chosen, by keyboard alone, and the address says how."""
    desk.campaign("renewal", first=100, people=120)
    desk.sandbox()
    assert desk.run("apply", "--ack-calls", "123").returncode == 0
    learn_all(desk, 123)
    desk.dashboard()
    window = open_window()
    window.sign_in(desk)
    found = window.page.get_by_role("status").filter(has_text=" of ")
    expect(found).to_have_text("2 of 2 campaigns")

    window.page.get_by_label("Name contains").focus()
    window.page.keyboard.type("renew")

    expect(found).to_have_text("1 of 2 campaigns")
    expect(window.page.get_by_role("link", name="overdue 2026-11")).to_have_count(0)
    expect(window.page.get_by_label("Name contains")).to_be_focused()
    assert window.page.url == f"{desk.address}/?search=renew"
    window.page.reload()
    expect(found).to_have_text("1 of 2 campaigns")
    window.page.get_by_role("link", name="renewal 2026-11").press("Enter")
    expect(found).to_have_text("1 of 1 task")
    window.page.get_by_label("Standing").select_option(label="in doubt")
    expect(found).to_have_text("0 of 1 task")
    window.page.get_by_role("link", name="Every call, one by one").press("Enter")
    expect(found).to_contain_text("of 120 calls")
    expect(window.page.get_by_role("row")).to_have_count(51)
    window.page.get_by_role("link", name="Next").press("Enter")
    expect(window.page.get_by_text("page 2 of 3")).to_be_visible()
    window.page.get_by_label("Key").select_option(label="none")
    expect(window.page.get_by_text("page 2 of 3")).to_have_count(0)
    person = window.page.get_by_role("rowheader").first.get_by_role("link")
    name = person.inner_text()
    person.press("Enter")
    expect(window.page.get_by_label("Person")).to_have_value(name)
    expect(window.page.get_by_role("rowheader")).to_have_text([name])


def test_without_the_script(desk: Desk, chromium_without_script: Window) -> None:
    """Everything is there for who allows no script: a filter has a button, and a page is as old as its last load."""
    window = chromium_without_script
    desk.dashboard()
    window.sign_in(desk)

    window.page.get_by_label("Name contains").fill("other")
    window.page.get_by_role("button", name="Filter").click()

    expect(window.page.get_by_text("0 of 1 campaign")).to_be_visible()
    expect(window.page.get_by_role("button", name="Live")).to_be_hidden()


def test_the_dashboard_ends(desk: Desk, open_window: Open) -> None:
    """A page whose dashboard is gone says so, instead of showing old figures as if they were new."""
    desk.dashboard()
    window = open_window()
    window.sign_in(desk)

    desk.stack.close()

    expect(
        window.page.get_by_text("The dashboard does not answer. What is shown may be old.")
    ).to_be_visible()


def test_every_page_at_both_widths(desk: Desk, open_window: Open) -> None:
    """No page, nor the report as a file, scrolls sideways, loads what its policy forbids, or has axe complain."""
    desk.campaign("renewal", first=100, people=120)
    desk.campaign("a-campaign-with-a-name-32-letter", first=10, people=2)
    desk.sandbox()
    assert desk.run("apply", "--ack-calls", "125").returncode == 0
    learn_all(desk, 125)
    desk.console("faults", {"endpoint": "send", "kind": "close", "when": "after"})
    desk.console("switches", {"visibility_lag_s": 1e9})
    desk.campaign("renewal", first=100, people=123)
    assert desk.run("apply", "--ack-calls", "3", "campaigns/renewal.toml").returncode == 10
    desk.dashboard()
    paths = {
        "overview": "/",
        "nothing-found": "/?search=zzz",
        "campaign": "/campaigns/renewal/2026-11",
        "calls": "/campaigns/renewal/2026-11/calls",
        "no-call": "/campaigns/renewal/2026-11/calls?person=zzz",
        "not-found": "/nothing",
    }
    report = desk.root / "report.html"
    report.write_text(desk.run("report", "--format", "html").stdout, encoding="utf-8")
    wrong: list[str] = []
    for width in WIDTHS:
        for scheme in SCHEMES:
            window = open_window(width, scheme)
            window.page.goto(desk.address)
            window.keep(f"sign-in-{width}-{scheme}")
            wrong += window.complaints()
            window.sign_in(desk)
            for name, path in paths.items():
                window.page.goto(desk.address + path)
                window.keep(f"{name}-{width}-{scheme}")
                wrong += [f"{name} {width} {scheme}: {one}" for one in window.complaints()]
                wrong += [f"{name} {width}: too wide"] if window.is_too_wide() else []
            window.page.goto(report.as_uri())
            window.keep(f"report-{width}-{scheme}")
            wrong += [f"report {width} {scheme}: {one}" for one in window.complaints()]
            wrong += [f"report {width}: too wide"] if window.is_too_wide() else []
            wrong += window.said

    # Where nothing lies, the browser says so in its console.
    assert [one for one in wrong if "404" not in one] == [], "\n".join(wrong)
