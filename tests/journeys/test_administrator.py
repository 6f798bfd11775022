"""An administrator in wp-admin: figures, members, the shelf, cases, and a log to hand on."""

from __future__ import annotations

import re

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe

MENU = "/wp-admin/admin.php?page=trading-robot-service-"
SCREENS = {
    "overview": "What needs attention",
    "business": "From free to premium",
    "business&rows=sign_ups&period=90d": "Back to the figures",
    "ai": "Cost by day",
    "ai&part=settings": "Limits of money",
    "operation": "Events of the payment provider",
    "members": "Search members",
    "robots": "Robots, their facts and their records belong to the service",
    "moderation": "Members are pseudonymous",
    "logs": "For support",
}


def open_screen(open_page, stack, name, **options):
    return open_page(MENU + name, login=stack.admin, **options)


def ask_for_name(open_page, stack, name):
    """Ask, as a member, to be called `name` on boards."""
    page = open_page("/dashboard/?trp_tab=settings", login=stack.member)
    page.wait_for_selector("#public-name form")
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added')")
    page.get_by_label(re.compile("Name to be shown|Another name")).fill(name)
    page.get_by_role("button", name="Ask for this name").click()
    page.wait_for_selector("#public-name >> text=Waiting")
    return page


@pytest.mark.parametrize("name", SCREENS)
def test_each_screen_opens_and_fits_a_phone(open_page, stack, name):
    for width in (1280, 390):
        page = open_screen(open_page, stack, name, width=width)
        assert SCREENS[name] in page.inner_text(".trp-admin")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        assert page.locator(".trp-admin h1").count() == 1
    found = Axe().run(page, context=".trp-admin").response["violations"]
    faults = [(one["id"], node["html"][:200]) for one in found for node in one["nodes"][:2]]
    assert faults == []


def test_the_overview_counts_and_nothing_is_loaded_elsewhere(open_page, stack):
    open_page("/dashboard/", login=stack.member).wait_for_selector("#dashboard-overview")
    page = open_screen(open_page, stack, "overview")
    assert page.locator(".trp-tile").count() == 4
    assert page.locator(".trp-bars rect").count() == 14
    page.get_by_text("Show as table").click()
    assert page.locator(".trp-panel details tbody tr").count() == 14
    home = open_page("/wp-admin/index.php", login=stack.admin)
    assert "Fills today" in home.inner_text("#trading_robot_service_overview")
    assert "trp-admin.css" not in home.content()
    assert "trp-admin" not in requests.get(f"{stack.wordpress}/", timeout=10).text


def test_a_subscriber_sees_no_screen(open_page, stack):
    page = open_page(MENU + "members", login=stack.member)
    assert page.locator(".trp-admin").count() == 0
    assert "not allowed" in page.inner_text("body")


def test_a_changed_summary_is_on_the_marketplace_with_the_next_page(open_page, stack):
    open_page("/marketplace/")
    page = open_screen(open_page, stack, "robots&robot=gap_fade")
    page.get_by_label("Summary on this site").fill("Our own words about the gap.")
    page.get_by_label(re.compile("Feature this robot")).check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".notice-success")
    shop = open_page("/marketplace/")
    first = shop.locator("#robot-cards .trp-bot").first.inner_text()
    assert "Our own words about the gap." in first
    assert "Featured by this site" in first
    page.get_by_label(re.compile("Leave this robot out")).check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".notice-success")
    assert "Gap Fade" not in open_page("/marketplace/").inner_text("#robot-cards")
    assert (
        "Gap Fade" in requests.get(f"{stack.wordpress}/performance/?trp_rows=all", timeout=10).text
    )
    for label in (re.compile("Leave this robot out"), re.compile("Feature this robot")):
        page.get_by_label(label).uncheck()
    page.get_by_label("Summary on this site").fill("")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".notice-success")
    assert "As in the catalogue" in open_screen(open_page, stack, "robots").inner_text(
        "tr:has-text('Gap Fade')"
    )


def test_two_administrators_at_one_robot_are_told(open_page, stack):
    first = open_screen(open_page, stack, "robots&robot=night_desk")
    second = open_screen(open_page, stack, "robots&robot=night_desk")
    for page, text in (
        (first, "What the first one wrote."),
        (second, "What the second one wrote."),
    ):
        page.get_by_label("Summary on this site").fill(text)
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector(".notice")
    said = second.inner_text(".trp-admin")
    for text in (
        "somebody else changed",
        "What the first one wrote.",
        "What the second one wrote.",
    ):
        assert text in said
    second.get_by_role("button", name="Save").click()
    second.wait_for_selector(".notice-success")
    assert second.get_by_label("Summary on this site").input_value() == "What the second one wrote."


def test_a_member_s_name_is_approved_shown_and_withdrawn(open_page, stack):
    member = ask_for_name(open_page, stack, "Ada Lovelace")
    page = open_screen(open_page, stack, "moderation")
    case = page.locator(".trp-case", has_text="Ada Lovelace")
    case.get_by_label(re.compile("Answer")).fill("Welcome.")
    case.get_by_role("button", name="Approve the name").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".notice-success")
    member.reload()
    member.wait_for_selector("#public-name >> text=You are shown as")
    assert "Welcome." in member.inner_text("#public-name")
    member.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added')")
    member.get_by_role("button", name="Show my pseudonym again").click()
    member.wait_for_selector("#public-name >> text=Name to be shown")
    decided = open_screen(open_page, stack, "moderation&state=decided").inner_text(".trp-admin")
    assert "Withdrawn by the member" in decided


def test_a_report_goes_from_the_robot_s_page_to_the_administrator_and_back(open_page, stack):
    page = open_page("/marketplace/?trp_robot=copper_line", login=stack.member)
    page.get_by_role("link", name="Report a problem with this robot").click()
    page.wait_for_selector("#reports form")
    page.wait_for_function("!document.querySelector('.htmx-settling, .htmx-added')")
    assert page.get_by_label("Robot", exact=True).input_value() == "copper_line"
    page.get_by_label("What is wrong").fill("The description promises too much.")
    page.get_by_role("button", name="Send the report").click()
    page.wait_for_selector("#reports >> text=on its way")
    admin = open_screen(open_page, stack, "moderation")
    case = admin.locator(".trp-case", has_text="promises too much")
    case.get_by_label(re.compile("Answer")).fill("Changed, thank you.")
    case.get_by_role("button", name="Mark as resolved").click()
    admin.wait_for_selector(".notice-success")
    page.reload()
    page.wait_for_selector("#reports >> text=Changed, thank you.")


def test_a_member_is_found_shut_out_and_let_in_again(open_page, stack):
    dashboard = open_page("/dashboard/", login=stack.other_member)
    dashboard.wait_for_selector("#dashboard-overview")
    page = open_screen(open_page, stack, "members")
    page.get_by_label(re.compile("Search members by")).fill("demo2")
    page.keyboard.press("Enter")
    page.wait_for_selector("tbody tr")
    page.locator("tbody .row-title").first.click()
    page.get_by_role("button", name="Disable on this site").click()
    page.wait_for_selector(".notice-success")
    dashboard.reload()
    dashboard.wait_for_selector("text=has disabled your account")
    assert re.search(r"Reference: [0-9a-f]{12}", dashboard.inner_text("body"))
    page.get_by_role("button", name="Let this member in again").click()
    page.wait_for_selector("text=can use the service on this site again")
    dashboard.reload()
    dashboard.wait_for_selector("#dashboard-overview")
    logs = open_screen(open_page, stack, "logs&level=warning").inner_text(".trp-admin")
    assert "account_disabled" in logs


def test_the_log_is_copied_by_keyboard(open_page, stack):
    page = open_screen(open_page, stack, "logs", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy for support").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".trp-said >> text=Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.input_value("#trp-support")
    for text in ("Trading Robot Service", "WordPress ", "Site id site_", "request id"):
        assert text in copied
    assert "eyJ" not in copied


def test_a_plan_is_given_with_a_reason_and_the_business_is_shown(open_page, stack):
    open_page("/dashboard/", login=stack.member).wait_for_selector("#dashboard-overview")
    page = open_screen(open_page, stack, "members")
    page.locator(".row-title").first.click()
    page.wait_for_selector("#trp-plan")
    page.get_by_label("Plan", exact=True).select_option("coach:pro")
    page.get_by_label(re.compile("^Why")).fill("Helped us to find a fault")
    page.get_by_role("button", name="Give this plan for nothing").click()
    page.wait_for_selector(".notice-success")
    row = page.locator("tr:has-text('Helped us to find a fault')")
    assert "pro (operator)" in row.inner_text()
    logs = open_screen(open_page, stack, "logs&view=audit")
    assert "Given a plan by an administrator" in logs.inner_text(".trp-admin")
    business = open_screen(open_page, stack, "business")
    business.get_by_role("link", name="Sign-ups", exact=True).click()
    business.wait_for_selector("text=Back to the figures")
