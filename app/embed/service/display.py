"""What every template may use: choices of filters, links and filters of our own."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from flask import Flask

from app.accounts.schemas.keys import KEY_LIVES, PERSON_SCOPE_NAMES, SCOPE_NAMES
from app.core import clock, formatters
from app.core.i18n import lazy_gettext
from app.embed import rules
from app.embed.schemas import DashboardQuery, DeskQuery, LeaderboardQuery, MarketplaceQuery
from app.embed.service import (
    analyses,
    coach,
    coach_cards,
    desk,
    desk_charts,
    market,
    plan,
    records,
    robot_forms,
    words,
)
from app.embed.service.cards import ENOUGH_TRADES
from app.embed.service.links import Target, page
from app.embed.service.options import chain, macro, positions
from app.performance.schemas import Metrics

TABS = [
    ("overview", lazy_gettext("Overview")),
    ("robots", lazy_gettext("Robots")),
    ("journal", lazy_gettext("Journal")),
    ("accounts", lazy_gettext("Accounts")),
    ("options", lazy_gettext("Options")),
    ("coach", lazy_gettext("Coach")),
    ("plan", lazy_gettext("Plan")),
    ("settings", lazy_gettext("Settings")),
]
RANGES = [
    ("1m", lazy_gettext("1M")),
    ("3m", lazy_gettext("3M")),
    ("6m", lazy_gettext("6M")),
    ("all", lazy_gettext("All")),
]
OPTIONS = SimpleNamespace(
    periods=records.PERIOD_NAMES,
    kinds=records.KINDS,
    trades=records.TRADES,
    sorts=records.SORTS,
    board_defaults=LeaderboardQuery(),
    results=market.RESULTS,
    evidence=market.EVIDENCE,
    card_sorts=market.SORTS,
    views=market.VIEWS,
    shelf_defaults=MarketplaceQuery(),
    enough=ENOUGH_TRADES,
    tabs=TABS,
    ranges=RANGES,
    timeframes=robot_forms.TIMEFRAMES,
    scopes=SCOPE_NAMES,
    person_scopes=PERSON_SCOPE_NAMES,
    key_lives=KEY_LIVES,
    dashboard=Target("/embed/dashboard", "dashboard", "dashboard"),
    dashboard_defaults=DashboardQuery(),
    desk=desk.DESK,
    desk_defaults=DeskQuery(),
    desk_types=desk.TYPES,
    desk_tools=desk.TOOLS,
    desk_switches=list(desk_charts.SWITCHES.items()),
    pricing=Target("/embed/pricing", "pricing", "pricing"),
    overview=Target("/embed/dashboard-overview", "dashboard-overview", "dashboard"),
    importance=macro.CHOICES,
)


def add_to_templates(app: Flask) -> None:
    """Give the templates what they share."""
    app.jinja_env.filters.update(
        bar=rules.bar,
        moment=moment,
        seen_at=seen_at,
        win_interval=win_interval,
        win_range=win_range,
        clock_hour=macro.clock_hour,
        moneyness=chain.MONEYNESS.get,
        quote_faults=chain.faults_text,
        net_tiles=positions.tiles_of,
        option_right=dict(positions.RIGHTS).get,
        quote_price=positions.quote_price,
        macro_figure=macro.figure,
        macro_surprise=macro.surprise,
        importance=macro.IMPORTANCE.get,
        report_hour=macro.HOURS.get,
        quadrant=macro.QUADRANTS.get,
        invoice_state=plan.invoice_state,
        source_page=coach.page_of,
        answer_lines=coach.paragraphs,
        coach_state=coach.state_text,
        coach_doing=coach.doing_text,
        coach_known=coach.known_of,
        coach_opens=coach.opens,
        coach_marks=coach.marks_of,
        coach_drawings=coach.drawings_of,
        card_title=coach_cards.title_of,
        held_name=coach_cards.held_name,
        card_period=coach_cards.period_text,
        **analyses.FILTERS,
        **words.FILTERS,
    )
    app.jinja_env.globals.update(
        page=page,
        panel_target=coach.PANEL,
        card_link=coach.open_link,
        card_path=coach.card_path,
        options=OPTIONS,
        month_names=formatters.month_names,
        risk_free_rate=app.config["RISK_FREE_RATE"],
    )


def win_interval(metrics: Metrics) -> rules.Interval:
    """Return where a win rate and its interval are drawn."""
    return rules.interval(
        float(metrics.win_rate or 0), metrics.win_rate_low or 0.0, metrics.win_rate_high or 100.0
    )


def win_range(metrics: Metrics) -> str:
    """Return the 95% interval of a win rate in whole percent: 34-54 with an en dash."""
    if metrics.win_rate_low is None or metrics.win_rate_high is None:
        return formatters.dash()
    return f"{metrics.win_rate_low:.0f}\u2013{metrics.win_rate_high:.0f}"


def moment(value: datetime) -> str:
    """Return the time of day for what happened today, else the day (New York)."""
    local, now = (each.astimezone(formatters.NEW_YORK) for each in (value, clock.now()))
    if local.date() == now.date():
        return f"{local:%H:%M:%S}"
    return formatters.day(local.date(), "short" if local.year == now.year else "long")


def seen_at(value: datetime, zone: str) -> str:
    """Return the time of day with its zone for what happened today, else the day."""
    local, now = (each.astimezone(ZoneInfo(zone)) for each in (value, clock.now()))
    if local.date() == now.date():
        return f"{local:%H:%M:%S %Z}"
    return formatters.day(local.date(), "short" if local.year == now.year else "long")
