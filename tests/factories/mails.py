"""Facts of each topic of mails, as its slice would tell them."""

from __future__ import annotations

from typing import Any

AT = "2026-12-04T12:00:00Z"
PRICE = {"amount": 4000, "currency": "usd"}
PLAN = {**PRICE, "plan": "Robots Mid", "interval": "month"}

FACTS: dict[str, dict[str, Any]] = {
    "subscription_started": {**PLAN, "renews_at": AT},
    "plan_changed": {**PLAN, "before": "Robots Low", "at": AT},
    "plan_kept": {**PLAN, "instead_of": "Robots Low", "renews_at": AT},
    "payment_succeeded": {
        **PRICE, "plan": "Robots Mid", "paid_at": AT, "invoice": "in_123", "until": AT,
    },
    "payment_failed": {**PRICE, "plan": "Robots Mid", "next_try_at": AT, "access_until": AT},
    "payment_action_required": {**PRICE, "plan": "Robots Mid", "until": AT},
    "trial_ending": {**PLAN, "ends_at": AT},
    "subscription_paused": {"plan": "Robots Mid", "resumes_at": AT},
    "subscription_resumed": {**PLAN, "renews_at": AT},
    "subscription_cancelled": {"plan": "Robots Mid", "ends_at": AT},
    "subscription_ended": {"plan": "Robots Mid", "ended_at": AT, "because": "unpaid"},
    "refund_made": {**PRICE, "plan": "Robots Mid", "refunded_at": AT},
    "dispute_opened": {**PRICE, "product": "Harbour Trend", "opened_at": AT},
    "payout_sent": {**PRICE, "until": AT, "arrives_at": AT},
    "payout_failed": {**PRICE, "reason": "account_closed"},
    "creator_ready": {},
    "creator_needs_action": {"until": AT},
    "robot_paused": {"robot": "MA Cross", "paused_at": AT, "because": "its code has gone"},
    "limit_reached": {
        "limit": "Robots", "used": 2, "allowed": 2, "plan": "Robots Low", "next_plan": "Robots Mid",
        "next_allowed": 5, "next_amount": 4000, "next_currency": "usd",
    },
    "limit_near": {
        "limit": "Questions to the coach a month", "used": 8, "allowed": 10, "plan": "Robots Low",
        "next_plan": "Coach Lite", "next_allowed": 100, "next_amount": 1900, "next_currency": "usd",
        "resets_at": AT,
    },
    "weekly_performance": {
        "first": "2026-11-16", "last": "2026-11-22", "books": [
            {"kind": "paper", "currency": "USD", "trades": 12, "wins": 5, "net": "-84.20",
             "fees": "12.40", "win_low": 0.193, "win_high": 0.681, "is_simulated": True},
            {"kind": "journal", "currency": "EUR", "trades": 1, "wins": 1, "net": "20",
             "fees": "0", "win_low": 0.207, "win_high": 1},
        ],
    },
    "see_what_you_miss": {
        "plan": "Robots Mid", "amount": 4000, "price_currency": "usd", "records": [
            {"robot": "MA Cross", "trades": 120, "days": 200, "win_low": 0.4, "win_high": 0.6,
             "net": "-310.5", "fees": "44", "currency": "USD"},
            {"robot": "Zero", "trades": 0, "days": 0},
        ],
    },
    "onboarding_next_step": {"step": "run"},
}  # fmt: skip
