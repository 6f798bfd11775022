"""What was asked of models and what is set for them, to the administrators of whose site it is."""

from __future__ import annotations

from app.accounts import service as accounts
from app.ai import service as ai
from app.ai.schemas.owner import (
    CheckStarted,
    Health,
    RunPage,
    RunsQuery,
    SettingIn,
    SettingItem,
    Settings,
    Usage,
    UsageQuery,
)


def ai_usage(site_id: str, asked: UsageQuery) -> Usage:
    """Return the figures of the whole service to the operator's site, else those of the site."""
    return ai.usage(asked, site_id=_scope(site_id), shown_site=site_id)


def ai_runs(site_id: str, asked: RunsQuery) -> RunPage:
    """Return a page of the requests behind a figure."""
    return ai.runs(asked, site_id=_scope(site_id))


def ai_runs_file(site_id: str, asked: RunsQuery) -> str:
    """Return the requests behind a figure as CSV."""
    return ai.runs_file(asked, site_id=_scope(site_id))


def ai_settings(site_id: str) -> Settings:
    """Return what the administrators of a site may set."""
    scope = _scope(site_id)
    return Settings(
        is_operators=scope is None,
        items=ai.list_settings(scope),
        models=ai.known_models() if scope is None else [],
    )


def ai_change_setting(site_id: str, given: SettingIn, *, by: int) -> SettingItem:
    """Set something; a site that is not the operator's sets its own limit alone."""
    scope = site_id if given.name == ai.OWN_SITE else _scope(site_id)
    return ai.change_setting(given.name, given.value, site_id=scope, by=by)


def ai_health() -> Health:
    """Return how models do."""
    return ai.health()


def ai_check(model: str, *, by: int) -> CheckStarted:
    """Let a worker ask a model one word."""
    ai.ask_model_check(model, by=by)
    return CheckStarted(model=model)


def _scope(site_id: str) -> str | None:
    """Return None for the operator's own site, whose administrators see the whole service."""
    return None if accounts.is_operators_site(site_id) else site_id
