"""The owner's figures, to the administrators of whose site they are."""

from __future__ import annotations

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.schemas.figures import Business, FiguresQuery, ListingPage, ListingQuery


def business(site_id: str, asked: FiguresQuery) -> Business:
    """Return the figures of the whole service to the operator's site, else those of the site."""
    return billing.business(asked, site_id=_scope(site_id))


def business_rows(site_id: str, name: str, asked: ListingQuery) -> ListingPage:
    """Return a page of the rows behind a figure."""
    return billing.figure_rows(name, asked, site_id=_scope(site_id))


def business_file(site_id: str, name: str, asked: FiguresQuery) -> str:
    """Return the rows behind a figure as CSV."""
    return billing.figure_file(name, asked.period, site_id=_scope(site_id))


def _scope(site_id: str) -> str | None:
    """Return None for the operator's own site, whose administrators see the whole service."""
    return None if accounts.is_operators_site(site_id) else site_id
