"""What a member asks the site's administrators: a public name, and reports of robots."""

from __future__ import annotations

from dataclasses import dataclass

from app.accounts import service as accounts
from app.core.i18n import lazy_gettext
from app.embed.service import asking
from app.moderation import service as moderation
from app.moderation.schemas import CaseView, NameIn, ReportIn
from app.robots import service as robots

REASONS = [
    ("wrong_figures", lazy_gettext("The figures look wrong")),
    ("misleading", lazy_gettext("The description misleads")),
    ("rules", lazy_gettext("It breaks the rules of this site")),
    ("other", lazy_gettext("Something else")),
]


@dataclass(frozen=True)
class PublicName:
    """By which name boards of this site call a member."""

    pseudonym: str
    case: CaseView | None
    can_ask: bool
    """Only on a site: a program with a key has no boards."""
    error: str | None = None

    @property
    def state(self) -> str:
        """none, open, approved or rejected."""
        return self.case.state if self.case and self.case.state != "withdrawn" else "none"


@dataclass(frozen=True)
class Report:
    """A report as its author sees it."""

    case: CaseView
    robot_name: str
    reason: str


@dataclass(frozen=True)
class Reports:
    """A member's reports, and the form for another one."""

    listed: list[Report]
    robots: list[tuple[str, str]]
    chosen: str
    """The robot whose page led here."""
    reasons: list[tuple[str, str]]
    can_ask: bool
    reason: str = ""
    text: str = ""
    error: str | None = None
    is_sent: bool = False


def public_name(user_id: int, *, error: str | None = None) -> PublicName:
    """Return a member's name on the boards of the asking site."""
    site_id = asking.site_id()
    return PublicName(
        pseudonym=accounts.get_user(user_id).pseudonym,
        case=moderation.name_case(site_id, user_id) if site_id else None,
        can_ask=site_id is not None,
        error=error,
    )


def ask_for_name(user_id: int, given: NameIn) -> PublicName:
    """Ask for a name in place of the pseudonym."""
    moderation.ask_for_name(asking.own_site_id(), user_id, given)
    return public_name(user_id)


def withdraw_name(user_id: int) -> PublicName:
    """Show the pseudonym again from now on."""
    moderation.withdraw_name(asking.own_site_id(), user_id)
    return public_name(user_id)


def reports(user_id: int, chosen: str = "", **given: str) -> Reports:
    """Return a member's reports at the asking site; `given` is what was typed and refused."""
    site_id = asking.site_id()
    shelf = asking.shelf()
    names = {key: each.robot.name for key, each in shelf.items()}
    listed = moderation.reports(site_id, user_id) if site_id else []
    words = dict(REASONS)
    return Reports(
        listed=[
            Report(case, names.get(case.subject, case.subject), words[case.reason])
            for case in listed
        ],
        robots=[(key, each.robot.name) for key, each in shelf.items() if not each.is_hidden],
        chosen=chosen if chosen in names else "",
        reasons=REASONS,
        can_ask=site_id is not None,
        reason=given.get("reason", ""),
        text=given.get("text", ""),
        error=given.get("error"),
    )


def send_report(user_id: int, given: ReportIn) -> Reports:
    """Tell the administrators of the asking site what is wrong with a robot."""
    site_id = asking.own_site_id()
    robots.shown_robot(site_id, given.robot)
    moderation.report(site_id, user_id, given)
    found = reports(user_id)
    return Reports(**{**found.__dict__, "is_sent": True})
