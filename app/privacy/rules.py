"""Pure: which tables are about a person, what an erasure does with them, what a copy leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

WAIT = timedelta(days=7)
KEEP_COPY = timedelta(days=7)
LINK_LIFE = timedelta(minutes=5)
# A copy that is not ready by then was lost, and may be asked for anew.
LONGEST_RUN = timedelta(hours=1)

BOOKS = "payments and plans belong to the books, which the law keeps; they hold no name"
SPENT = "what was spent on models; it holds times and sums, no word of a question"
FIGURES = "others' published figures were compared with it; it holds numbers, times and no words"


@dataclass(frozen=True)
class Held:
    """How a table belongs to a person, and what becomes of it at an erasure."""

    by: str
    """The column that names the user; or "column>table" for the row of another table here."""
    erase: str
    """delete: its rows go. strip: the slice empties what names the person. keep: it stays, why."""
    why: str = ""


TABLES: dict[str, Held] = {
    "dismissed_hints": Held("user_id", "delete"),
    "users": Held("id", "strip", "the records that stay point at it"),
    "site_members": Held("user_id", "delete"),
    "member_views": Held("user_id", "delete"),
    "api_keys": Held("user_id", "strip", "revoked and nameless; the audit log points at it"),
    "token_families": Held("user_id", "delete"),
    "refresh_tokens": Held("family_id>token_families", "delete"),
    "idempotent_answers": Held("user_id", "delete"),
    "account_mails": Held("user_id", "delete"),
    "mails": Held("user_id", "delete"),
    "mail_preferences": Held("user_id", "delete"),
    "recovery_codes": Held("user_id", "delete"),
    "second_factors": Held("user_id", "delete"),
    "sign_in_steps": Held("user_id", "delete"),
    "user_sessions": Held("user_id", "delete"),
    "webhook_endpoints": Held("user_id", "delete"),
    "webhook_events": Held("user_id", "delete"),
    "webhook_deliveries": Held("endpoint_id>webhook_endpoints", "delete"),
    "webhook_attempts": Held("delivery_id>webhook_deliveries", "delete"),
    "user_trading_accounts": Held("user_id", "delete"),
    "moderation_cases": Held("user_id", "delete"),
    "log_entries": Held("user_id", "strip", "the line stays without the person for thirty days"),
    "audit_entries": Held("user_id", "keep", "one chain that proves itself; it holds ids only"),
    "subscriptions": Held("user_id", "keep", BOOKS),
    "transactions": Held("user_id", "keep", BOOKS),
    "user_plugin_access": Held("user_id", "keep", BOOKS),
    "provider_customers": Held("user_id", "keep", BOOKS),
    "provider_subscriptions": Held("user_id", "keep", BOOKS),
    "conversion_events": Held(
        "user_id", "keep", "the business is counted from it; ids and plans only"
    ),
    "checkouts": Held("user_id", "delete"),
    "usage_counts": Held("user_id", "delete"),
    "usage_refs": Held("user_id", "delete"),
    "invoices": Held("user_id", "keep", BOOKS),
    "mrr_movements": Held("user_id", "keep", BOOKS),
    "first_plans": Held("user_id", "keep", BOOKS),
    "journal_entries": Held("user_id", "keep", BOOKS),
    "journal_postings": Held("entry_id>journal_entries", "keep", BOOKS),
    "creators": Held("user_id", "keep", BOOKS),
    "offers": Held("creator_id>creators", "keep", BOOKS),
    "payouts": Held("creator_id>creators", "keep", BOOKS),
    "profit_shares": Held("follower_id", "keep", BOOKS),
    "ai_keys": Held("user_id", "delete"),
    "ai_runs": Held("user_id", "keep", SPENT),
    "ai_calls": Held("run_id>ai_runs", "keep", SPENT),
    "ai_prompts": Held("made_by", "keep", "what a model was told when it answered; ids only"),
    "trading_accounts": Held("user_id", "strip", FIGURES),
    "ledger_events": Held("account_id>trading_accounts", "keep", FIGURES),
    "ledger_personal_texts": Held("event_id>ledger_events", "delete"),
    "imports": Held("user_id", "strip", FIGURES),
    "robot_runs": Held("user_id", "delete"),
    "charts": Held("user_id", "delete"),
    "chart_revisions": Held("chart_id>charts", "delete"),
    "chart_shares": Held("chart_id>charts", "delete"),
    "chart_replays": Held("user_id", "delete"),
    "analyses": Held("user_id", "delete"),
    "coach_conversations": Held("user_id", "delete"),
    "coach_messages": Held("conversation_id>coach_conversations", "delete"),
    "coach_days": Held("user_id", "delete"),
    "coach_trials": Held("asked_by", "delete"),
    "screenshots": Held("user_id", "delete"),
    "robot_deployments": Held("user_id", "strip", "stopped; its record was compared with"),
    "robot_orders": Held("deployment_id>robot_deployments", "keep", FIGURES),
    "trades": Held("account_id>trading_accounts", "keep", FIGURES),
    "account_days": Held("account_id>trading_accounts", "keep", FIGURES),
    "account_performance_metrics": Held("account_id>trading_accounts", "keep", FIGURES),
    "user_performance_metrics": Held("user_id", "keep", FIGURES),
    "performance_scopes": Held("user_id", "keep", FIGURES),
    "privacy_requests": Held("user_id", "strip", "it proves that the request was met"),
}

# Tables with a trace of persons that no copy holds, and why.
SKIPPED: dict[str, str] = {
    "import_contents": "a file that the member has sent, kept only until it has been read",
    "screenshot_contents": "pictures that the member has sent; the copy has them as files",
    "robot_run_files": "bars that the member has sent, kept only until the run is finished",
    "robot_run_tries": "figures of a search, kept only until it is finished; its result has them",
    "ended_sessions": "hashes of sign-ins that have ended, kept for days, by WordPress' number",
    "performance_alarms": "faults of our own calculation, for the operator; ids only",
    "privacy_parts": "the copy itself",
    "provider_events": "what the payment provider sent, as it came; a copy holds what was made of it",
}
# Deleted with a person although no copy holds them.
SKIPPED_BUT_ERASED: dict[str, str] = {
    "import_contents": "import_id>imports",
    "privacy_parts": "request_id>privacy_requests",
    "robot_run_files": "run_id>robot_runs",
    "screenshot_contents": "screenshot_id>screenshots",
    "robot_run_tries": "run_id>robot_runs",
}

SECRET = re.compile(
    r"password|secret|encrypted|sealed|salt|otp|nonce|fingerprint|recovery|token|_hash\Z|\Acheckpoint\Z"
)
# Hashes that prove something to the person, and the salts that go with the person's own words.
OPEN = {
    ("ledger_events", "prev_hash"),
    ("trading_accounts", "head_hash"),
    ("audit_entries", "prev_hash"),
    ("imports", "file_hash"),
    ("ledger_personal_texts", "salt"),
}


def is_withheld(table: str, column: str, *, is_sealed: bool, is_binary: bool) -> bool:
    """Whether a column is left out of a copy: secrets are named and not given."""
    if is_sealed or is_binary:
        return True
    return (table, column) not in OPEN and SECRET.search(column) is not None


def can_cancel(state: str) -> bool:
    """Whether an erasure can still be called off."""
    return state == "waiting"


Step = Callable[[int, int], Any]
"""Told after each table: how many of how many are done."""
