"""What groups and fields are called and look like in the API's description."""

from __future__ import annotations

from typing import Any

# By the beginning of the address, the longest first.
GROUPS = (
    ("/api/wordpress/privacy", "privacy", "What is kept of a person, told and erased."),
    ("/api/wordpress", "sites", "Doors of the WordPress plugin: connect, introduce, rotate."),
    ("/api/admin", "administration", "For administrators of a connected WordPress site."),
    ("/api/performance", "performance", "Figures of a member, and the public leaderboard."),
    ("/api/ledger", "trading accounts", "Fills in; accounts and round trips out."),
    ("/api/market", "market data", "Bars, prices, the hours of markets, indicators."),
    ("/api/levels", "market data", "Bars, prices, the hours of markets, indicators."),
    ("/api/plugins", "plugins", "The catalogue of robots."),
    ("/api/subscriptions", "subscriptions", "Plans and who is on which."),
    ("/api/creator", "creators", "Offers of your own, who bought them and what they earned."),
    ("/api/billing", "payments", "The door for the payment provider's events."),
    ("/api/plans", "plans", "What is sold, and what it gives."),
    ("/api/trading-accounts", "accounts at brokers", "Keys to brokers: in, and never out."),
    ("/api/robots", "robots", "Robots over past bars and on paper."),
    ("/api/privacy", "privacy", "What is kept of a person, told and erased."),
    ("/api/webhooks", "webhooks", "Where the service tells your program what happened."),
    ("/api/tokens", "tokens", "Short-lived tokens in place of a key."),
    ("/api/keys", "keys", "API keys: made, rotated, revoked."),
    ("/api/users", "users", "Your own account."),
    ("/api/me", "users", "Your own account."),
    ("/api/live", "live", "Streams for pages of a connected site."),
    ("/api/", "description", "The API about itself."),
)

# A value that fits, and what it means; for parameters and for fields of bodies and answers.
FIELDS: dict[str, tuple[Any, str]] = {
    "account_id": (4, "A trading account of yours."),
    "action": ("key.created", "What was done."),
    "address": ("203.0.113.7", "An IP address."),
    "allowed_networks": (["203.0.113.0/24"], "From where the key may be used."),
    "asset_class": ("stock", "By the form of the symbol when left out."),
    "code": ("k7Zq-3mXv-9PtL-w2Rb", "A one-use connect code."),
    "creator_id": (123, "A member who sells."),
    "currency": ("USD", "ISO 4217, or a major crypto currency."),
    "cursor": ("AbC-dEf_123", "`next_cursor` of the page before."),
    "case_id": (3, "A case of the site."),
    "date": ("2026-05-20", "A day that the period holds."),
    "decision": ("approve", "What becomes of the case."),
    "description": ("Buys when the fast average crosses the slow one.", "What it does."),
    "display_name": ("Dana", "A name as WordPress shows it."),
    "email": ("dana@example.com", "An e-mail address."),
    "event": ("job_failed", "What happened."),
    "event_id": ("evt_1QxY2z", "An event, as who sent it names it."),
    "expires_at": ("2036-01-01T00:00:00Z", "When it ends; null: never."),
    "external_id": ("ord-77/1", "Your id of the fill."),
    "fee": ("1", "Zero or more."),
    "event_types": (["trades.closed"], "Which events; none: all."),
    "field": ("qty", "Which field is wrong."),
    "from": ("2026-05-01", "The first day, included."),
    "id": (7, "Its id."),
    "kind": ("journal", "What kind of account or case."),
    "key_id": (7, "An API key of yours."),
    "known": ("9c3e1b0a5d6f4e7c8b9a0d1e2f3a4b5c", "What the page has seen last."),
    "ladder": ("robots", "Which ladder of plans; offers: what a creator sells."),
    "plan": ("mid", "The key of a plan on its ladder."),
    "interval": ("month", "How often it is paid: month or year."),
    "level": ("all", "How grave."),
    "limit": (50, "How many on a page."),
    "listing": ("revenue", "Which rows stand behind a figure."),
    "locale": ("en_US", "A language as WordPress names it."),
    "member_id": (12, "A membership of the site."),
    "min_trades": (30, "Accounts with fewer trades have no rank."),
    "month": ("2026-11", "A month that has begun."),
    "name": ("Home server", "A name for people."),
    "networks": (["203.0.113.0/24"], "From where the key may be used; none: from anywhere."),
    "note": ("Welcome.", "A text for the member."),
    "offer_id": (5, "What a creator sells."),
    "opened_on": ("2026-01-02", "The first day."),
    "page": (1, "Which page."),
    "pages": ({"dashboard": "https://example.com/dashboard/"}, "The site's pages."),
    "period": ("all", "Over which time."),
    "plugin_id": ("ma_cross", "A robot."),
    "plugin_version": ("0.1.0", "The plugin's version."),
    "price": ("187.20", "Above zero, at most 8 decimals."),
    "pseudonym": ("Amber Finch 07", "The name on public boards."),
    "qty": ("100", "Above zero, at most 8 decimals."),
    "reason": ("must be above zero", "What is wrong."),
    "request_id": ("9c3e1b0a5d6f4e7c8b9a0d1e2f3a4b5c", "The id to quote."),
    "scopes": (["performance:read"], "What the key may do."),
    "search": ("dana", "A part of a name or address."),
    "secret": ("shown-once-9sLQ2mX", "Shown only here."),
    "sid": ("9c3e1b0a5d6f4e7c8b9a0d1e2f3a4b5c" * 2, "A sign-in of WordPress, as a hash."),
    "side": ("buy", "buy or sell."),
    "since": ("2026-05-20T00:00:00Z", "From then on."),
    "site_id": ("site_4f2a", "A connected site."),
    "site_name": ("Example Traders", "The site's name."),
    "site_url": ("https://example.com", "The site's address."),
    "sort": ("rank", "By which figure."),
    "standing": (
        "gift",
        "How the plan stands: active, trialing, past_due, paused, cancelling, ended, gift; none: there never was one.",
    ),
    "starting_balance": ("10000", "Money at the beginning."),
    "state": ("all", "In which state."),
    "status": ("created", "What became of it."),
    "strategy": ("trend", "How it trades."),
    "subscription_tier": ("premium", "The plan."),
    "symbol": ("AAPL", "AAPL, BRK.B, /ESZ6, BTC/USD or OCC."),
    "to": ("2026-05-31", "The last day, included."),
    "until": ("2026-05-21T00:00:00Z", "Before then."),
    "url": ("https://example.com/hook", "An address on the web."),
    "user_id": (123, "Your own user id; another one is 404."),
    "username": ("dana", "A name for people."),
    "wp_user_id": (7, "A user of the WordPress site."),
}


def group(path: str) -> tuple[str, str]:
    """Return name and description of the group that an address belongs to."""
    return next((name, text) for start, name, text in GROUPS if path.startswith(start))


def meaning(name: str) -> str:
    """Return what a field means; empty when its name says all."""
    return FIELDS.get(name, (None, ""))[1]
