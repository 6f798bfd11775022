"""What the API and pages show of creators: amounts as texts in units of their currency."""

from __future__ import annotations

from app.billing.models import Offer, ProviderSubscription
from app.billing.queries import creators as queries
from app.billing.schemas.creators import (
    CreatorOut,
    EarningsOut,
    HeldOut,
    HindranceOut,
    LineOut,
    OfferList,
    OfferOut,
    StatementList,
    StatementOut,
    SubscriberOut,
    SubscriberPage,
    SubscriberQuery,
    WeekOut,
)
from app.billing.service import creators, earnings
from app.billing.service.earnings import Held, Statement, units
from app.core.paging import seal


def standing(user_id: int) -> CreatorOut:
    """Return where a creator stands.

    Raises:
        NotFoundError: the member is none.
    """
    creator = queries.get_creator(user_id)
    found = creators.hindrances(user_id)
    return CreatorOut(
        user_id=user_id,
        can_sell=not found,
        hindrances=[HindranceOut.model_validate(vars(one)) for one in found],
        is_payouts_enabled=creator.is_payouts_enabled,
        wanted=creators.wanted(creator),
        country=creator.country,
        created_at=creator.created_at,
    )


def offer(row: Offer) -> OfferOut:
    """Return an offer as it is shown."""
    values = {name: getattr(row, name) for name in OfferOut.model_fields if name != "price"}
    return OfferOut(price=units(row.price_minor, row.currency), **values)


def offers(user_id: int) -> OfferList:
    """Return all offers of a creator."""
    queries.get_creator(user_id)
    return OfferList(items=[offer(row) for row in queries.list_offers(user_id)])


def subscribers(user_id: int, asked: SubscriberQuery) -> SubscriberPage:
    """Return a page of those who have bought of a creator, the newest first."""
    queries.get_creator(user_id)
    before = None if asked.cursor is None else int(asked.cursor[0])
    rows = queries.list_subscribers(user_id, before, asked.limit + 1)
    shown, more = rows[: asked.limit], len(rows) > asked.limit
    last = [shown[-1][0].id] if more else None
    return SubscriberPage(
        items=[_subscriber(row, name) for row, name in shown],
        next_cursor=seal("subscribers", last) if last else None,
    )


def _subscriber(row: ProviderSubscription, name: str) -> SubscriberOut:
    return SubscriberOut(
        number=row.id,
        offer_id=row.offer_id or 0,
        offer_name=name,
        status=row.status,
        price=units(row.price_minor, row.currency),
        currency=row.currency,
        since=row.created_at,
        ends_at=row.ended_at or row.cancel_at,
    )


def earned(user_id: int) -> EarningsOut:
    """Return what a creator has, and what comes of it next."""
    creator = queries.get_creator(user_id)
    return EarningsOut(items=[_held(one) for one in earnings.held(creator)])


def _held(one: Held) -> HeldOut:
    return HeldOut(
        currency=one.currency,
        payable=units(one.payable_minor, one.currency),
        reserve=units(one.reserve_minor, one.currency),
        next_payout=units(one.next_minor, one.currency),
        next_payout_at=one.next_at,
        why=one.why,
        why_text=one.why_text,
        weeks=[WeekOut(monday=day, earned=units(sum_, one.currency)) for day, sum_ in one.weeks],
    )


def statements(user_id: int, month: str) -> StatementList:
    """Return a creator's statements of a month."""
    return StatementList(items=[_statement(one) for one in earnings.statements(user_id, month)])


def _statement(one: Statement) -> StatementOut:
    return StatementOut(
        month=one.month,
        currency=one.currency,
        opening_payable=units(one.opening_payable_minor, one.currency),
        opening_reserve=units(one.opening_reserve_minor, one.currency),
        lines=[
            LineOut(
                entry_id=line.entry_id,
                day=line.day,
                kind=line.kind,
                text=line.text,
                payable=units(line.payable_minor, one.currency),
                reserve=units(line.reserve_minor, one.currency),
            )
            for line in one.lines
        ],
        closing_payable=units(one.closing_payable_minor, one.currency),
        closing_reserve=units(one.closing_reserve_minor, one.currency),
    )
