"""The versions of how money is shared, and what followers owe for new profit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from app.accounts import service as accounts
from app.billing.models import ProfitShare, Split
from app.billing.models.creators import PRODUCT_TYPES
from app.billing.queries import journal as queries
from app.billing.rules import profit
from app.billing.rules.profit import Flow
from app.billing.rules.shares import WHOLE
from app.billing.service import journal
from app.core import clock
from app.core.db import db
from app.core.errors import ConflictError, ValidationError
from app.core.i18n import gettext


def list_splits() -> list[Split]:
    """Return all versions, by product and day."""
    order = Split.product_type, Split.starts_on
    return list(db.session.scalars(select(Split).order_by(*order)))


def set_split(
    product_type: str, creator_bps: int, starts_on: date, profit_bps: int | None = None
) -> Split:
    """Add a version that holds from a day on, in the present transaction.

    The same again is fine; a day that has begun is not changed, since money was shared by it.

    Raises:
        ValidationError: a field is wrong; it is named.
        ConflictError: that day has another version already.
    """
    if product_type not in PRODUCT_TYPES:
        message = gettext("product_type: one of %(known)s", known=", ".join(PRODUCT_TYPES))
        raise ValidationError(message, field="product_type")
    if not 0 <= creator_bps <= WHOLE:
        message = gettext("creator_bps: 0 to 10000 hundredths of a percent")
        raise ValidationError(message, field="creator_bps")
    known = queries.find_split(product_type, starts_on)
    if known is not None and known.starts_on == starts_on:
        if (known.creator_bps, known.profit_bps) == (creator_bps, profit_bps or known.profit_bps):
            return known
        raise ConflictError(gettext("That day has another split already."), code="split_set")
    if starts_on <= clock.now().date():
        message = gettext("starts_on: a day that has not begun")
        raise ValidationError(message, field="starts_on")
    row = Split(
        product_type=product_type,
        creator_bps=creator_bps,
        profit_bps=profit_bps if profit_bps is not None else known and known.profit_bps,
        starts_on=starts_on,
        created_at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    accounts.audit(
        "split.added", subject=f"split:{row.id}", product_type=product_type,
        creator_bps=creator_bps, profit_bps=row.profit_bps, starts_on=starts_on.isoformat(),
    )  # fmt: skip
    return row


# --- Copying ---


def settle_profit(  # noqa: PLR0913 - the plain figures of the floors above, each by its name
    *,
    leader_id: int,
    follower_id: int,
    account_key: str,
    currency: str,
    through: date,
    opening_minor: int,
    equity_minor: int,
    flows: Sequence[Flow],
    followers: int,
) -> ProfitShare:
    """Write what a follower owes a leader for a period, in the present transaction, once.

    A job above gives what the ledger says of the follower's account: its equity at the end of the
    period's last day, the flows since the end of the period before, and how many followed then.
    `opening_minor` is the equity with which they began to follow: the first mark. Twice is the same
    as once, and a period that is before one that is settled is refused.

    Raises:
        ConflictError: a later period is settled already.
        ValidationError: no split says how profit is shared.
    """
    mine = {
        "leader_id": leader_id,
        "follower_id": follower_id,
        "account_key": account_key,
        "currency": currency,
    }
    accounts.lock_user(follower_id)
    newest: ProfitShare | None = db.session.scalar(
        select(ProfitShare).filter_by(**mine).order_by(ProfitShare.through.desc()).limit(1)
    )
    if newest is not None and newest.through == through:
        return newest
    if newest is not None and newest.through > through:
        raise ConflictError(gettext("A later period is settled already."), code="period_settled")
    version = queries.find_split("copy", through)
    if version is None or version.profit_bps is None:
        message = gettext("No split says how profit is shared.")
        raise ValidationError(message, field="product_type")
    mark = opening_minor if newest is None else newest.mark_minor
    share = profit.settle(mark, flows, equity_minor, version.profit_bps, followers)
    values = {
        **mine,
        "through": through,
        "equity_minor": equity_minor,
        "mark_before_minor": share.mark_before_minor,
        "mark_minor": share.mark_minor,
        "charged_minor": share.charged_minor,
        "split_id": version.id,
        "created_at": clock.now(),
    }
    new = journal.dialect().insert(ProfitShare).values(values).on_conflict_do_nothing()
    db.session.execute(new)
    found = {**mine, "through": through}
    row: ProfitShare = db.session.scalars(select(ProfitShare).filter_by(**found)).one()
    return row
