"""Deployments: a robot that trades on paper by the clock, from now on.

Each has an account and so a record of its own. Other parameters are another deployment; the old
one is stopped and its record stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.accounts import service as accounts
from app.billing import service as billing
from app.core import clock, live
from app.core.db import db, transaction
from app.core.i18n import gettext
from app.ledger import service as ledger
from app.market import service as market
from app.quant.simulation.terms import Terms
from app.robots.errors import DeploymentStateError
from app.robots.models import RobotDeployment
from app.robots.queries import running as queries
from app.robots.schemas.running import (
    DeploymentIn,
    DeploymentView,
    OrderView,
    PositionView,
    WorkingOrder,
)
from app.robots.service.catalogue import get_robot
from app.robots.service.choosing import (
    Chosen,
    check_count,
    check_symbols,
    choose,
    exact,
    keep,
    version_of,
)
from app.robots.service.permission import require_deploy, require_resume, require_settings

KEPT_VERSION = 12
BY_MEMBER = "member"


def deploy(user_id: int, given: DeploymentIn, *, is_ranked: bool = False) -> DeploymentView:
    """Let a robot trade on paper from now on; only bars that close from now on count.

    `is_ranked` is for our own robots' records, which nobody but the operator starts.

    Raises:
        RobotNotFoundError: there is no such robot.
        NotAllowedError: the member's plan does not include it, or not these parameters.
        ParameterError: a parameter is unknown or out of range.
        ValidationError: a symbol is none, stands there twice, or there are too few.
    """
    with transaction():
        # Two requests at once count one after the other.
        accounts.lock_user(user_id)
        if not is_ranked:
            require_deploy(user_id, given.plugin_id)
        chosen = choose(given.plugin_id, given.parameters)
        if not is_ranked:
            require_settings(user_id, given.plugin_id, chosen.parameters)
        symbols = check_symbols(given.symbols)
        check_count(chosen, symbols)
        made = _make(user_id, chosen, symbols, (given.timeframe, given.terms), is_ranked=is_ranked)
        _note("deployment.made", made)
        if not is_ranked:
            billing.note_gauge(user_id, "robots")
    return view(made)


def _make(
    user_id: int,
    chosen: Chosen,
    symbols: list[str],
    how: tuple[str, Terms],
    *,
    is_ranked: bool,
    replaces_id: int | None = None,
) -> RobotDeployment:
    timeframe, terms = how
    now = clock.now()
    keep(chosen.plugin_id)
    made = RobotDeployment(
        user_id=user_id,
        plugin_id=chosen.plugin_id,
        version=version_of(chosen, symbols, timeframe, terms),
        code_hash=chosen.code_hash,
        parameters=chosen.parameters,
        symbols=symbols,
        feed=" ".join(symbols),
        timeframe=timeframe,
        terms=terms.model_dump(mode="json"),
        replaces_id=replaces_id,
        state="active",
        watermark=now,
        starts_at=now,
        late_count=0,
        created_at=now,
        updated_at=now,
    )
    db.session.add(made)
    db.session.flush()
    account = ledger.open_account(
        user_id,
        chosen.plugin_id,
        # Trades by chance are the line that records must beat: on the boards, and named so.
        "null" if is_ranked and get_robot(chosen.plugin_id).strategy == "null" else "paper",
        starting_balance=exact(terms.cash),
        opened_on=now.date(),
        name=f"{chosen.plugin_id} {made.feed}",
        is_ranked=is_ranked,
        is_simulated=any(market.is_simulated(symbol) for symbol in symbols),
        robot_version=f"{made.version[:KEPT_VERSION]}-{made.id}",
    )
    made.account_id = account.id
    return made


def pause(user_id: int, deployment_id: int) -> DeploymentView:
    """Stop trading for now; what is held stays. Bars that close meanwhile are not traded on."""
    return _move(user_id, deployment_id, "paused", {"active", "paused"})


def resume(user_id: int, deployment_id: int) -> DeploymentView:
    """Go on with the bars that close from now on."""
    return _move(user_id, deployment_id, "active", {"active", "paused", "failed"})


def stop(user_id: int, deployment_id: int) -> DeploymentView:
    """End it for good; its record stays."""
    return _move(user_id, deployment_id, "stopped", {"active", "paused", "failed", "stopped"})


def _move(user_id: int, deployment_id: int, state: str, allowed: set[str]) -> DeploymentView:
    with transaction():
        # Two requests at once, and a plan that falls, count one after the other.
        accounts.lock_user(user_id)
        found = queries.get_deployment(user_id, deployment_id, is_locked=True)
        if found.state not in allowed:
            message = gettext("This deployment is %(state)s.", state=found.state)
            raise DeploymentStateError(message)
        if found.state != state:
            now = clock.now()
            if state == "active":
                if not _is_ranked(found):
                    require_resume(user_id, found)
                # What closed meanwhile is over: it warms the robot up and is not traded on.
                found.watermark = found.starts_at = max(found.watermark, now)
            found.state, found.reason, found.updated_at = state, None, now
            _note(f"deployment.{state}", found)
            live.announce([user_id])
    return view(found)


def _is_ranked(found: RobotDeployment) -> bool:
    """Whether it is one of the operator's own records, which no plan limits."""
    return ledger.get_account(found.user_id, found.account_id or 0).is_ranked


def change_parameters(
    user_id: int, deployment_id: int, parameters: dict[str, Any]
) -> DeploymentView:
    """Go on with other parameters: a new deployment with a record of its own; the old one stays.

    Raises:
        DeploymentStateError: it is stopped already, or nothing would change.
        ParameterError: a parameter is unknown or out of range.
    """
    with transaction():
        accounts.lock_user(user_id)
        old = queries.get_deployment(user_id, deployment_id, is_locked=True)
        chosen = choose(old.plugin_id, parameters)
        if old.state == "stopped":
            message = gettext("This deployment is stopped. Deploy the robot anew.")
            raise DeploymentStateError(message)
        if (chosen.parameters, chosen.code_hash) == (old.parameters, old.code_hash):
            return view(old)
        is_ranked = _is_ranked(old)
        if not is_ranked:
            require_settings(user_id, old.plugin_id, chosen.parameters, old.parameters)
            if old.state != "active":
                require_resume(user_id, old)
        made = _make(
            user_id,
            chosen,
            list(old.symbols),
            (old.timeframe, Terms.model_validate(old.terms)),
            is_ranked=is_ranked,
            replaces_id=old.id,
        )
        old.state, old.updated_at = "stopped", clock.now()
        old.reason = gettext("Replaced by one with other parameters.")
        _note("deployment.replaced", old, by=made.id)
        live.announce([user_id])
    return view(made)


def get_deployment(user_id: int, deployment_id: int) -> DeploymentView:
    """Return one of a user's deployments."""
    return view(queries.get_deployment(user_id, deployment_id))


def list_deployments(user_id: int, plugin_id: str | None = None) -> list[DeploymentView]:
    """Return a user's deployments, the newest first."""
    return [view(row) for row in queries.list_deployments(user_id, plugin_id)]


def list_public(account_ids: Sequence[int]) -> list[DeploymentView]:
    """Return the deployments behind accounts whose record is public, the newest first."""
    return [view(row) for row in queries.list_by_account(account_ids)]


def list_orders(user_id: int, deployment_id: int, limit: int = 100) -> list[OrderView]:
    """Return a deployment's orders, the newest first."""
    found = queries.get_deployment(user_id, deployment_id)
    return [OrderView.model_validate(row) for row in queries.list_orders(found.id, limit)]


def working_orders(user_id: int, symbol: str, limit: int) -> list[WorkingOrder]:
    """Return the orders of a user's robots that wait on a symbol, the newest first."""
    return [
        WorkingOrder(row.deployment_id, plugin_id, OrderView.model_validate(row))
        for row, plugin_id in queries.working_orders(user_id, symbol, limit)
    ]


def positions(user_id: int, deployment_id: int) -> list[PositionView]:
    """Return what a deployment holds, by the ledger."""
    found = queries.get_deployment(user_id, deployment_id)
    if found.account_id is None:
        return []
    return [PositionView(**held._asdict()) for held in ledger.open_positions(found.account_id)]


def view(row: RobotDeployment) -> DeploymentView:
    """Return a row as its member sees it."""
    return DeploymentView.model_validate(row)


def erase_person(user_id: int) -> None:
    """End a user's deployments and forget what their robots remembered; the records stay."""
    rows = db.session.scalars(select(RobotDeployment).where(RobotDeployment.user_id == user_id))
    for row in rows:
        row.state, row.reason, row.memory = "stopped", None, None


def _note(action: str, found: RobotDeployment, **facts: Any) -> None:
    accounts.audit(
        action,
        user_id=found.user_id,
        subject=f"deployment:{found.id}",
        plugin_id=found.plugin_id,
        version=found.version,
        **facts,
    )
