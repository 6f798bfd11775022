"""The page of those who sell: standing, offers, what was earned and what is paid next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, current_app, make_response, request, url_for

from app.accounts import service as accounts
from app.billing.queries import creators as queries
from app.billing.service import creators, earnings, offers
from app.core import clock
from app.core.auth import signed_in, user_id
from app.core.db import transaction
from app.core.errors import AppError
from app.core.http import own_transactions
from app.core.pages import go, own_pages, show

pages = own_pages("account_creator", __name__)
TYPED = ("name", "description", "price")


def _page(error: AppError | None = None, link: str | None = None) -> Response:
    with transaction():
        creator = queries.find_creator(user_id())
        typed = {name: request.form.get(name, "") for name in TYPED}
        values: dict[str, Any] = {
            "user": accounts.get_user(user_id()),
            "creator": creator,
            "link": link,
            "typed": typed,
            "month": f"{clock.now():%Y-%m}",
            "has_codes": accounts.has_second_factor(user_id()),
        }
        if creator is not None:
            values |= {
                "hindrances": creators.hindrances(creator.user_id),
                "wanted": creators.wanted(creator),
                "offers": queries.list_offers(creator.user_id),
                "subscribers": queries.list_subscribers(creator.user_id, None, 20),
                "held": earnings.held(creator),
                "payouts": queries.list_payouts(creator.user_id),
                "statements": earnings.statements(creator.user_id, str(values["month"])),
            }
        return show("billing/creator.html", error=error, **values)


def _done(step: Callable[[], object]) -> Response:
    """Do what a form asks for and show the page anew, or what is wrong with it."""
    accounts.require_fresh()
    try:
        step()
    except AppError as error:
        return _page(error)
    return go("creator")


@pages.get("/creator")
@own_transactions
@signed_in
def creator() -> Response:
    """Show where a creator stands, what they offer and what they have earned."""
    accounts.require_fresh()
    return _page()


@pages.post("/creator/join")
@own_transactions
@signed_in
def join() -> Response:
    """Begin to sell."""

    def step() -> None:
        with transaction():
            creators.become(user_id())

    return _done(step)


@pages.post("/creator/onboarding")
@own_transactions
@signed_in
def onboard() -> Response:
    """Show the link to where the payment provider asks what it must know."""
    accounts.require_fresh()
    back = str(current_app.config["PUBLIC_URL"]).rstrip("/") + url_for("account_creator.creator")
    try:
        return _page(link=creators.onboarding_url(user_id(), back))
    except AppError as error:
        return _page(error)


@pages.post("/creator/refresh")
@own_transactions
@signed_in
def refresh() -> Response:
    """Ask the payment provider anew what it still wants to know."""
    return _done(lambda: creators.refresh(user_id()))


@pages.post("/creator/offers")
@own_transactions
@signed_in
def add_offer() -> Response:
    """Write an offer; it is not on sale yet."""

    def step() -> None:
        with transaction():
            offers.add(user_id(), *(request.form.get(name, "") for name in TYPED))

    return _done(step)


@pages.post("/creator/offers/<int:offer_id>/publish")
@own_transactions
@signed_in
def publish_offer(offer_id: int) -> Response:
    """Put an offer on sale."""
    return _done(lambda: offers.publish(user_id(), offer_id))


@pages.post("/creator/offers/<int:offer_id>/retire")
@own_transactions
@signed_in
def retire_offer(offer_id: int) -> Response:
    """Take an offer off for good."""
    return _done(lambda: offers.retire(user_id(), offer_id))


@pages.get("/creator/statement.csv")
@own_transactions
@signed_in
def statement_file() -> Response:
    """Give a month's statement as a file."""
    accounts.require_fresh()
    month = request.args.get("month", f"{clock.now():%Y-%m}")
    try:
        with transaction():
            text = earnings.statement_csv(user_id(), month)
    except AppError as error:
        return _page(error)
    response = make_response(text)
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="statement-{month}.csv"'
    return response
