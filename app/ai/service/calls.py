"""Single calls of models: money held back, then settled; what is cut in between is counted in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, case, delete, func, insert, select, type_coerce, update

from app.ai.models import AiAnswer, AiBreaker, AiCall, AiKey, AiRun
from app.ai.rules import breaking, money
from app.ai.rules.catalogue import read_catalogue
from app.ai.schemas import TokenUse
from app.ai.service import alarms, budgets, keys, settings
from app.ai.service.habits import habit_of
from app.core import clock
from app.core.db import db, transaction
from app.core.types import ScaledDecimal

LOST_AFTER = timedelta(minutes=10)
FRESH = timedelta(minutes=1)
"""A success that is told again sooner is not written again."""
MOST_TIMES = 10
"""A provider that claims to have used so many times what a call can cost at most is wrong."""

# Each call costs two transactions: their statements go past the ORM and are built once.
_calls, _runs = AiCall.__table__, AiRun.__table__
_SPENT = (
    select(func.sum(case((_calls.c.state == "reserved", _calls.c.reserved), else_=_calls.c.cost)))
    .where(_calls.c.run_id == _runs.c.id)
    .scalar_subquery()
)
_RUN = select(
    _runs.c.task, _runs.c.user_id, _runs.c.site_id, _runs.c.uses_own_key,
    type_coerce(_SPENT, ScaledDecimal()).label("spent"),
).where(_runs.c.id == bindparam("run_id"))  # fmt: skip
_CALL = (
    select(_calls, AiBreaker.failures, AiBreaker.succeeded_at)
    .select_from(_calls.outerjoin(AiBreaker.__table__, AiBreaker.model == _calls.c.model))
    .where(_calls.c.id == bindparam("call_id"), _calls.c.state == "reserved")
)
_FOUND = ("cost", "ended_at", "state", "reason")
_TOKENS = tuple(f"{name}_tokens" for name in TokenUse._fields)
_FAIL, _SETTLE = (
    update(_calls)
    .where(_calls.c.id == bindparam("call_id"), _calls.c.state == "reserved")
    .values({name: bindparam(f"new_{name}") for name in names})
    for names in (_FOUND, _FOUND + _TOKENS)
)
_ADD_COST = (
    update(_runs)
    .where(_runs.c.id == bindparam("run_id"))
    .values(cost=_runs.c.cost + bindparam("more", type_=ScaledDecimal()))
)
_ANSWERED = select(
    _runs.c.cost,
    select(_calls.c.model)
    .where(_calls.c.run_id == bindparam("run_id"), _calls.c.state == "settled")
    .order_by(_calls.c.id.desc())
    .limit(1)
    .scalar_subquery()
    .label("model"),
).where(_runs.c.id == bindparam("run_id"))
_BREAKER = select(
    AiBreaker.open_until,
    AiBreaker.reason,
    select(_runs.c.uses_own_key)
    .where(_runs.c.id == bindparam("run_id"))
    .scalar_subquery()
    .label("uses_own_key"),
).where(AiBreaker.model == bindparam("model"))
_NEW_CALL = insert(_calls).returning(_calls.c.id)


@dataclass(frozen=True)
class Size:
    """How much is sent, and how long the answer may become."""

    characters: int
    """Of text, in bytes."""
    images: int
    longest_answer: int


@dataclass(frozen=True)
class Held:
    """A call that may be made now."""

    call_id: int
    estimate: Decimal
    reserved: Decimal


def reserve(run_id: int, model_name: str, size: Size) -> Held:
    """Hold back the most that a call can cost, and write down that it is made.

    Raises:
        BudgetError: a day's limit, or that of the request, has no room for it.
    """
    catalogue = read_catalogue()
    model = catalogue.models[model_name]
    most = money.most(model, size.characters, size.images, size.longest_answer)
    with transaction():
        execute = db.session.connection().execute
        run = execute(_RUN, {"run_id": run_id}).one()
        habit = habit_of(model_name, run.task)
        estimate = money.expected(model, size.characters, size.images, size.longest_answer, habit)
        limits, day = _limits(run, model.provider)
        allowed = settings.most_of(run.task, catalogue.tasks[run.task].most)
        left = allowed - (run.spent or 0)
        if most > left and not run.uses_own_key:
            raise budgets.request_refusal()
        budgets.hold_back(limits, day, most)
        values = {
            "run_id": run_id, "model": model_name, "task": run.task, "state": "reserved",
            "scopes": [scope for scope, _ in limits], "day": day, "reserved": most,
            "estimate": estimate, "characters": size.characters, "started_at": clock.now(),
        }  # fmt: skip
        return Held(execute(_NEW_CALL, values).scalar_one(), estimate, most)


def settle(call_id: int, used: TokenUse | None) -> Decimal:
    """Write what a call has used and cost; return the cost. Once: a second time changes nothing.

    A provider that does not say what was used (None), or says what cannot be, is owed the most.
    """
    with transaction():
        call = db.session.connection().execute(_CALL, {"call_id": call_id}).one_or_none()
        if call is None:
            return Decimal(0)
        cost, reason = _cost(call, used)
        known = used if used is not None and not reason else TokenUse()
        tokens = dict(zip(_TOKENS, known, strict=True))
        spent = _close(_SETTLE, call, cost, state="settled", reason=reason, **tokens)
        if spent is None:
            return Decimal(0)
        _note_success(call)
        alarms.look(spent, call.day)
        return cost


def fail(call_id: int, reason: str, *, may_have_cost: bool) -> None:
    """Write that a call brought nothing; where the provider may charge, it counts in full."""
    with transaction():
        call = db.session.connection().execute(_CALL, {"call_id": call_id}).one_or_none()
        if call is None:
            return
        cost = call.reserved if may_have_cost else Decimal(0)
        state = "lost" if may_have_cost else "failed"
        if _close(_FAIL, call, cost, state=state, reason=reason) is None:
            return
        whose = budgets.own_key_of(call.scopes)
        if breaking.counts(reason, by_own_key=whose is not None):
            _note_failure(call.model, reason)
        if whose is not None and reason == "unauthorised":
            keys.doubt(*whose)


def sweep() -> int:
    """Count calls whose worker was cut at the most that they can have cost; return how many."""
    with transaction():
        old = select(AiCall.id).where(
            AiCall.state == "reserved", AiCall.started_at < clock.now() - LOST_AFTER
        )
        found = list(db.session.scalars(old))
    for call_id in found:
        fail(call_id, "cut_off", may_have_cost=True)
    return len(found)


def prune() -> int:
    """Forget answers that are not given again; return how many."""
    with transaction():
        gone = db.session.execute(delete(AiAnswer).where(AiAnswer.expires_at <= clock.now()))
        return int(getattr(gone, "rowcount", 0))


def answered_by(run_id: int) -> tuple[str, Decimal]:
    """Return the model whose call was the last of a run to be answered, and what the run cost.

    Joins the present transaction.
    """
    found = db.session.connection().execute(_ANSWERED, {"run_id": run_id}).one()
    return found.model or "", found.cost


def is_open(model_name: str, run_id: int) -> bool:
    """Whether a model has failed so often that a run leaves it alone now.

    What its provider said of the service's key keeps nobody from asking by an own one.
    """
    values = {"model": model_name, "run_id": run_id}
    row = db.session.connection().execute(_BREAKER, values).one_or_none()
    if row is None or row.open_until is None or row.open_until <= clock.now():
        return False
    return not (row.uses_own_key and row.reason in breaking.OF_A_KEY)


def _limits(run: Any, provider: str) -> tuple[list[tuple[str, Decimal | None]], date]:
    today = clock.now().date()
    if run.uses_own_key and run.user_id is not None:
        key = db.session.scalar(
            select(AiKey).where(AiKey.user_id == run.user_id, AiKey.provider == provider)
        )
        whose = f"{run.user_id}:{provider}"
        month, own_day = (key.monthly_limit, key.daily_limit) if key else (None, None)
        return [(f"own:{whose}", month), (f"own-day:{whose}", own_day)], today
    return list(budgets.limits_of(budgets.scopes_of(run.user_id, run.site_id)).items()), today


def _cost(call: Any, used: TokenUse | None) -> tuple[Decimal, str]:
    """Return what a call costs, and a word where what the provider says cannot be."""
    if used is None or min(used) < 0 or used.input + used.output == 0:
        return call.reserved, "no_usage"
    cost = money.cost(read_catalogue().models[call.model], used)
    if cost > call.reserved * MOST_TIMES:
        return call.reserved, "odd_usage"
    return cost, ""


def _close(change: Any, call: Any, cost: Decimal, **values: Any) -> dict[str, Decimal] | None:
    """End a call; return what its scopes have spent now, None when somebody else has ended it."""
    execute = db.session.connection().execute
    new = {f"new_{name}": value for name, value in values.items()}
    new |= {"call_id": call.id, "new_cost": cost, "new_ended_at": clock.now()}
    if not execute(change, new).rowcount:
        return None
    spent = budgets.settle(call.scopes, call.day, call.reserved, cost)
    execute(_ADD_COST, {"run_id": call.run_id, "more": cost})
    return spent


def _note_success(call: Any) -> None:
    now = clock.now()
    if call.failures is None:
        db.session.merge(AiBreaker(model=call.model, failures=0, succeeded_at=now))
    elif call.failures or call.succeeded_at is None or now - call.succeeded_at > FRESH:
        good = {"failures": 0, "reason": "", "open_until": None, "succeeded_at": now}
        db.session.execute(
            update(AiBreaker.__table__).where(AiBreaker.model == call.model).values(good)
        )


def _note_failure(model_name: str, reason: str) -> None:
    row = db.session.get(AiBreaker, model_name, populate_existing=True, with_for_update=True)
    if row is None:
        row = AiBreaker(model=model_name, failures=0)
        db.session.add(row)
    now = clock.now()
    row.failures, row.reason, row.failed_at = row.failures + 1, reason, now
    row.open_until = breaking.open_until(read_catalogue().breaker, row.failures, now)
