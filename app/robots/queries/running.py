"""Reading runs and deployments; `get_x` takes the owner's id, None for whoever works for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from app.core.db import db
from app.core.i18n import gettext
from app.robots.errors import DeploymentNotFoundError, RunNotFoundError
from app.robots.models import RobotDeployment, RobotOrder, RobotRun, RobotRunFile, RobotRunTry


def get_run(user_id: int | None, run_id: int, *, is_locked: bool = False) -> RobotRun:
    """Return a run as it is now."""
    found = db.session.get(
        RobotRun, run_id, populate_existing=True, with_for_update=is_locked or None
    )
    if found is None or (user_id is not None and found.user_id != user_id):
        raise RunNotFoundError(gettext("There is no such run."))
    return found


def list_runs(user_id: int, plugin_id: str | None, limit: int) -> Sequence[RobotRun]:
    """Return a user's newest runs, of one robot or of all."""
    query = select(RobotRun).where(RobotRun.user_id == user_id)
    if plugin_id is not None:
        query = query.where(RobotRun.plugin_id == plugin_id)
    return db.session.scalars(
        query.order_by(RobotRun.created_at.desc(), RobotRun.id.desc()).limit(limit)
    ).all()


def list_by_account(account_ids: Sequence[int]) -> Sequence[RobotDeployment]:
    """Return the deployments that write into accounts, the newest first."""
    query = select(RobotDeployment).where(RobotDeployment.account_id.in_(account_ids))
    return db.session.scalars(query.order_by(RobotDeployment.id.desc())).all()


def count_open_runs(user_id: int) -> int:
    """Return how many runs of a user are still to be finished."""
    return (
        db.session.scalar(
            select(func.count()).where(
                RobotRun.user_id == user_id, RobotRun.state.in_(("queued", "running"))
            )
        )
        or 0
    )


def run_files(run_id: int) -> dict[str, bytes]:
    """Return the uploaded files of a run by symbol, packed."""
    rows = db.session.scalars(
        select(RobotRunFile).where(RobotRunFile.run_id == run_id).order_by(RobotRunFile.symbol)
    )
    return {row.symbol: row.content for row in rows}


def run_tries(run_id: int, known: Collection[str] = ()) -> dict[str, bytes]:
    """Return what tries of a search have come to, packed, by their keys; none that are `known`."""
    query = select(RobotRunTry.key, RobotRunTry.content).where(RobotRunTry.run_id == run_id)
    rows = db.session.execute(query.where(RobotRunTry.key.not_in(list(known))))
    return {row.key: row.content for row in rows}


def get_deployment(
    user_id: int | None, deployment_id: int, *, is_locked: bool = False
) -> RobotDeployment:
    """Return a deployment as it is now."""
    found = db.session.get(
        RobotDeployment,
        deployment_id,
        populate_existing=True,
        with_for_update=is_locked or None,
    )
    if found is None or (user_id is not None and found.user_id != user_id):
        raise DeploymentNotFoundError(gettext("There is no such deployment."))
    return found


def list_deployments(user_id: int, plugin_id: str | None) -> Sequence[RobotDeployment]:
    """Return a user's deployments, the newest first, of one robot or of all."""
    query = select(RobotDeployment).where(RobotDeployment.user_id == user_id)
    if plugin_id is not None:
        query = query.where(RobotDeployment.plugin_id == plugin_id)
    return db.session.scalars(query.order_by(RobotDeployment.id.desc())).all()


def count_running(user_id: int) -> int:
    """Return how many deployments of a user are not stopped."""
    return (
        db.session.scalar(
            select(func.count()).where(
                RobotDeployment.user_id == user_id, RobotDeployment.state != "stopped"
            )
        )
        or 0
    )


def list_active(user_id: int) -> Sequence[RobotDeployment]:
    """Return a user's deployments that trade, the oldest first."""
    query = select(RobotDeployment).where(
        RobotDeployment.user_id == user_id, RobotDeployment.state == "active"
    )
    return db.session.scalars(query.order_by(RobotDeployment.id)).all()


def list_orders(deployment_id: int, limit: int) -> Sequence[RobotOrder]:
    """Return a deployment's newest orders."""
    return db.session.scalars(
        select(RobotOrder)
        .where(RobotOrder.deployment_id == deployment_id)
        .order_by(RobotOrder.number.desc())
        .limit(limit)
    ).all()


def working_orders(user_id: int, symbol: str, limit: int) -> list[tuple[RobotOrder, str]]:
    """Return a user's orders on a symbol that are not done, with the robot of each, newest first."""
    query = (
        select(RobotOrder, RobotDeployment.plugin_id)
        .join(RobotDeployment, RobotDeployment.id == RobotOrder.deployment_id)
        .where(
            RobotDeployment.user_id == user_id,
            RobotDeployment.state == "active",
            RobotOrder.state == "working",
            RobotOrder.symbol == symbol,
        )
    )
    found = db.session.execute(query.order_by(RobotOrder.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in found]


def with_memory(deployment_ids: Sequence[int]) -> Sequence[RobotDeployment]:
    """Return deployments with the states of their simulations, in one reading."""
    return db.session.scalars(
        select(RobotDeployment)
        .where(RobotDeployment.id.in_(deployment_ids))
        .options(undefer(RobotDeployment.memory))
        .order_by(RobotDeployment.id)
        .execution_options(populate_existing=True)
    ).all()


def active_of_feed(timeframe: str, feed: str, ids: tuple[int, int]) -> Sequence[RobotDeployment]:
    """Return active deployments with the states of their simulations, in one reading."""
    return db.session.scalars(
        select(RobotDeployment)
        .where(
            RobotDeployment.id.between(*ids),
            RobotDeployment.state == "active",
            RobotDeployment.timeframe == timeframe,
            RobotDeployment.feed == feed,
        )
        .options(undefer(RobotDeployment.memory))
        .order_by(RobotDeployment.id)
        .execution_options(populate_existing=True)
    ).all()
