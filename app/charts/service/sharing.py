"""Charts that their owners show to anybody who has a link: made, ended, looked at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.accounts import service as accounts
from app.charts import queries
from app.charts.errors import ChartNotFoundError
from app.charts.models import Chart, ChartShare
from app.charts.schemas import ChartLink, Document, PictureQuery, SharedChart, ShareIn
from app.charts.service.charts import read
from app.charts.service.screenshot import draw
from app.core import clock, security
from app.core.db import db
from app.core.i18n import gettext
from app.market import service as market

TOKEN_BYTES = 24
LONGEST_TOKEN = 64


def share_chart(user_id: int, chart_id: int, given: ShareIn) -> ChartLink:
    """Make a link to a chart; the one that there was ends. Its address is told only now."""
    row = queries.get_chart(user_id, chart_id, lock=True)
    _end(row)
    token, now = security.random_token(TOKEN_BYTES), clock.now()
    days = given.expires_in_days
    made = ChartShare(
        chart_id=row.id,
        token_hash=security.fingerprint(token),
        shows_name=given.shows_name,
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    db.session.add(made)
    db.session.flush()
    accounts.audit(
        "chart.shared",
        user_id=user_id,
        subject=f"chart:{row.id}",
        shows_name=given.shows_name,
        days=days,
    )
    return _view(made, f"{current_app.config['PUBLIC_URL']}/shared/charts/{token}")


def unshare_chart(user_id: int, chart_id: int) -> None:
    """End the link to a chart; where there is none nothing happens."""
    _end(queries.get_chart(user_id, chart_id, lock=True))


def _end(row: Chart) -> None:
    now = clock.now()
    for share in _open_shares(row.id):
        share.revoked_at = now
        accounts.audit("chart.unshared", user_id=row.user_id, subject=f"chart:{row.id}")
    db.session.flush()


def _open_shares(chart_id: int) -> list[ChartShare]:
    query = select(ChartShare).where(ChartShare.chart_id == chart_id, queries.opens(clock.now()))
    return list(db.session.scalars(query.order_by(ChartShare.id)))


def list_shares(user_id: int, chart_id: int) -> list[ChartLink]:
    """Return the link of a chart, without its address."""
    row = queries.get_chart(user_id, chart_id)
    return [_view(one, None) for one in _open_shares(row.id)]


def _view(share: ChartShare, url: str | None) -> ChartLink:
    return ChartLink(
        chart_id=share.chart_id,
        url=url,
        shows_name=share.shows_name,
        created_at=share.created_at,
        expires_at=share.expires_at,
    )


# --- For whoever has the link ---


def read_shared(token: str) -> SharedChart:
    """Return a chart to whoever has its link: what the document holds, and nothing of its owner.

    Raises:
        ChartNotFoundError: there is no such link, it has ended, or the chart was deleted.
    """
    share, row = _find(token)
    owner = None
    if share.shows_name:
        owner = accounts.pseudonyms([row.user_id]).get(row.user_id)
    return SharedChart(
        title=row.title,
        version=row.version,
        document=_nameless(read(row)),
        changed_at=row.changed_at,
        expires_at=share.expires_at,
        owner=owner,
        is_simulated=market.is_simulated(row.symbol),
    )


def shared_picture(token: str, asked: PictureQuery) -> bytes:
    """Return the picture of a chart to whoever has its link."""
    return draw(_nameless(read(_find(token)[1])), asked)


def _find(token: str) -> tuple[ChartShare, Chart]:
    query = (
        select(ChartShare, Chart)
        .join(Chart, Chart.id == ChartShare.chart_id)
        .where(
            ChartShare.token_hash == security.fingerprint(token[:LONGEST_TOKEN]),
            Chart.deleted_at.is_(None),
            queries.opens(clock.now()),
        )
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        message = gettext("There is no such chart, or it is no longer shared.")
        raise ChartNotFoundError(message)
    return found[0], found[1]


def _nameless(document: Document) -> Document:
    """Leave out how the owner calls keys: that a program drew it is enough."""

    def bare(part: Any) -> Any:
        if part.by.kind != "program":
            return part
        return part.model_copy(update={"by": part.by.model_copy(update={"name": ""})})

    return document.model_copy(
        update={
            "indicators": [bare(one) for one in document.indicators],
            "drawings": [bare(one) for one in document.drawings],
        }
    )
