"""JSON: the owner's figures, the rows behind them, and those as a file."""

from __future__ import annotations

from flask import Response, request

from app.admin import service
from app.admin.api.blueprint import answer, api, page, site
from app.billing.schemas.figures import Business, FiguresQuery, ListingPage, ListingQuery
from app.core.auth import site_admin
from app.core.describe import describe
from app.core.parse import parse


@api.get("/business")
@describe(query=FiguresQuery, answer=Business)
@site_admin
def business() -> Response:
    """How the business does. Money belongs to the operator's own site; others see their members."""
    return answer(service.business(site(), parse(FiguresQuery, request.args.to_dict())))


@api.get("/business/<listing>")
@describe(query=ListingQuery, answer=ListingPage)
@site_admin
def business_rows(listing: str) -> Response:
    """The rows behind a figure; of a site that is not the operator's `sign_ups` and `calls` alone.

    `listing`: `mrr_movements`, `revenue`, `payouts_due`, `sign_ups`, `calls`, `first_plans` or
    `trials`.
    """
    return page(service.business_rows(site(), listing, parse(ListingQuery, request.args.to_dict())))


@api.get("/business/<listing>/file")
@describe(query=FiguresQuery, media_type="text/csv", example="Day,Kind")
@site_admin
def business_file(listing: str) -> Response:
    """The same rows as CSV, the newest 20,000."""
    asked = parse(FiguresQuery, request.args.to_dict())
    response = Response(service.business_file(site(), listing, asked), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{listing}-{asked.period}.csv"'
    return response
