"""JSON of creators: begin, tell the provider, offer, see who bought and what was earned."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from app.billing.schemas.creators import (
    CreatorOut,
    EarningsOut,
    MonthQuery,
    OfferChangeIn,
    OfferIn,
    OfferList,
    OfferOut,
    OnboardingIn,
    OnboardingOut,
    StatementList,
    SubscriberPage,
    SubscriberQuery,
)
from app.billing.service import creator_answers as answers
from app.billing.service import creators, earnings, offers
from app.core.auth import scoped, user_id
from app.core.db import transaction
from app.core.describe import describe
from app.core.http import json_response, own_transactions, wanted_versions
from app.core.paging import page_response
from app.core.parse import json_body, parse

creators_api = Blueprint("creators_api", __name__, url_prefix="/api/creator")
SCOPE = "billing:write"


@creators_api.get("")
@describe(answer=CreatorOut)
@scoped(SCOPE)
def get_standing() -> Response:
    """Return where the asker stands as a creator, and what keeps them from selling."""
    return json_response(answers.standing(user_id()).model_dump(mode="json"))


@creators_api.post("")
@describe(answer=CreatorOut, status=201)
@scoped(SCOPE)
def become_creator() -> Response:
    """Begin to sell; needs the creator plan and codes at sign-in. Twice is the same as once."""
    creators.become(user_id())
    return json_response(answers.standing(user_id()).model_dump(mode="json"), 201)


@creators_api.post("/onboarding")
@own_transactions
@describe(body=OnboardingIn, answer=OnboardingOut, status=201, problems=(503,))
@scoped(SCOPE)
def open_onboarding() -> Response:
    """Return where the payment provider asks what it must know; good for minutes, once."""
    asked = parse(OnboardingIn, json_body())
    return json_response({"url": creators.onboarding_url(user_id(), asked.return_url)}, 201)


@creators_api.post("/refresh")
@own_transactions
@describe(answer=CreatorOut, problems=(503,))
@scoped(SCOPE)
def refresh() -> Response:
    """Ask the payment provider anew what it knows of the asker."""
    creators.refresh(user_id())
    with transaction():
        return json_response(answers.standing(user_id()).model_dump(mode="json"))


@creators_api.get("/offers")
@describe(answer=OfferList)
@scoped(SCOPE)
def list_offers() -> Response:
    """List the asker's offers, the newest first."""
    return json_response(answers.offers(user_id()).model_dump(mode="json"))


@creators_api.post("/offers")
@describe(body=OfferIn, answer=OfferOut, status=201)
@scoped(SCOPE)
def add_offer() -> Response:
    """Write an offer of 10 to 500 dollars a month; it is not on sale yet."""
    asked = parse(OfferIn, json_body())
    row = offers.add(user_id(), asked.name, asked.description, asked.price)
    return json_response(answers.offer(row).model_dump(mode="json"), 201)


@creators_api.put("/offers/<int:offer_id>")
@own_transactions
@describe(body=OfferChangeIn, answer=OfferOut, headers=("If-Match",), problems=(412, 428, 503))
@scoped(SCOPE)
def change_offer(offer_id: int) -> Response:
    """Change an offer; If-Match holds its `version`. Who bought before keeps their price."""
    (version,) = wanted_versions()
    asked = parse(OfferChangeIn, json_body())
    row = offers.change(
        user_id(), offer_id, int(version), name=asked.name, description=asked.description,
        price=asked.price,
    )  # fmt: skip
    return json_response(answers.offer(row).model_dump(mode="json"))


@creators_api.post("/offers/<int:offer_id>/publish")
@own_transactions
@describe(answer=OfferOut, problems=(503,))
@scoped(SCOPE)
def publish_offer(offer_id: int) -> Response:
    """Put an offer on sale. Twice is the same as once."""
    row = offers.publish(user_id(), offer_id)
    return json_response(answers.offer(row).model_dump(mode="json"))


@creators_api.post("/offers/<int:offer_id>/retire")
@own_transactions
@describe(answer=OfferOut, problems=(503,))
@scoped(SCOPE)
def retire_offer(offer_id: int) -> Response:
    """Take an offer off for good; who has bought it keeps it."""
    row = offers.retire(user_id(), offer_id)
    return json_response(answers.offer(row).model_dump(mode="json"))


@creators_api.get("/subscribers")
@describe(query=SubscriberQuery, answer=SubscriberPage)
@scoped(SCOPE)
def list_subscribers() -> Response:
    """List who has bought of the asker, by numbers; nobody's address is told."""
    asked = parse(SubscriberQuery, request.args.to_dict())
    return page_response(answers.subscribers(user_id(), asked).model_dump(mode="json"))


@creators_api.get("/earnings")
@describe(answer=EarningsOut)
@scoped(SCOPE)
def get_earnings() -> Response:
    """Return balance, reserve, the next payout and why no more, and the last twelve weeks."""
    return json_response(answers.earned(user_id()).model_dump(mode="json"))


@creators_api.get("/statement")
@describe(query=MonthQuery, answer=StatementList)
@scoped(SCOPE)
def get_statement() -> Response:
    """Return a month: what there was before, each entry, what there is since."""
    asked = parse(MonthQuery, request.args.to_dict())
    return json_response(answers.statements(user_id(), asked.month).model_dump(mode="json"))


@creators_api.get("/statement.csv")
@describe(query=MonthQuery, media_type="text/csv")
@scoped(SCOPE)
def get_statement_csv() -> Response:
    """Return a month as CSV, safe to open with a spreadsheet."""
    asked = parse(MonthQuery, request.args.to_dict())
    response = make_response(earnings.statement_csv(user_id(), asked.month))
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    return response
