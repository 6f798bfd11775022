"""Single calls of models: money held back, then settled; what is cut in between is counted in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import delete, select, update

from app.ai.models import AiAnswer, AiBreaker, AiCall, AiKey, AiRun
from app.ai.rules import breaking, money
from app.ai.rules.catalogue import Model, read_catalogue
from app.ai.schemas import TokenUse
from app.ai.service import alarms, budgets
from app.core import clock
from app.core.db import db, transaction

LOST_AFTER = timedelta(minutes=10)
NEWEST = 50


@dataclass(frozen=True)
class Size:
    """How much is sent, and how long the answer may become."""

    characters: int
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
    model = read_catalogue().models[model_name]
    with transaction():
        run = db.session.get_one(AiRun, run_id, populate_existing=True)
        most = money.most(model, size.characters, size.images, size.longest_answer)
        estimate = _expected(run.task, model_name, model, size)
        limits, day = _limits(run, model.provider)
        left = read_catalogue().tasks[run.task].most - _spent_by(run_id)
        if most > left and not run.uses_own_key:
            raise budgets.request_refusal()
        budgets.hold_back(limits, day, most)
        call = AiCall(
            run_id=run_id, model=model_name, task=run.task, state="reserved",
            scopes=[scope for scope, _ in limits], day=day, reserved=most, estimate=estimate,
            characters=size.characters, started_at=clock.now(),
        )  # fmt: skip
        db.session.add(call)
        db.session.flush()
        return Held(call.id, estimate, most)


def settle(call_id: int, used: TokenUse) -> Decimal:
    """Write what a call has used and cost; return the cost. Once: a second time changes nothing."""
    with transaction():
        call = _take(call_id, "settled")
        if call is None:
            return Decimal(0)
        cost = money.cost(read_catalogue().models[call.model], used)
        call.input_tokens, call.cached_tokens, call.output_tokens = used
        _close(call, cost)
        _note_success(call.model)
        alarms.look(call.scopes, call.day)
        return cost


def fail(call_id: int, reason: str, *, may_have_cost: bool) -> None:
    """Write that a call brought nothing; where the provider may charge, it counts in full."""
    with transaction():
        call = _take(call_id, "lost" if may_have_cost else "failed")
        if call is None:
            return
        call.reason = reason
        _close(call, call.reserved if may_have_cost else Decimal(0))
        if reason in breaking.COUNTED:
            _note_failure(call.model, reason)


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


def answered_by(run_id: int) -> str:
    """Return the model whose call was the last of a run to be answered."""
    answered = select(AiCall.model).where(AiCall.run_id == run_id, AiCall.state == "settled")
    return db.session.scalar(answered.order_by(AiCall.id.desc()).limit(1)) or ""


def is_open(model_name: str) -> bool:
    """Whether a model has failed so often that it is left alone now."""
    row = db.session.get(AiBreaker, model_name, populate_existing=True)
    return row is not None and row.open_until is not None and row.open_until > clock.now()


def _limits(run: AiRun, provider: str) -> tuple[list[tuple[str, Decimal | None]], date]:
    today = clock.now().date()
    if run.uses_own_key and run.user_id is not None:
        key = db.session.scalar(
            select(AiKey).where(AiKey.user_id == run.user_id, AiKey.provider == provider)
        )
        scope = f"own:{run.user_id}:{provider}"
        return [(scope, key.monthly_limit if key else None)], today.replace(day=1)
    scopes = budgets.scopes_of(run.user_id, run.site_id)
    return [(scope, budgets.limit_of(scope)) for scope in scopes], today


def _spent_by(run_id: int) -> Decimal:
    """Return what the calls of a run have cost, and may yet cost."""
    rows = db.session.execute(
        select(AiCall.state, AiCall.reserved, AiCall.cost).where(AiCall.run_id == run_id)
    )
    return sum(
        (reserved if state == "reserved" else cost for state, reserved, cost in rows), Decimal(0)
    )


def _expected(task: str, model_name: str, model: Model, size: Size) -> Decimal:
    rows = db.session.execute(
        select(AiCall.characters, AiCall.input_tokens, AiCall.output_tokens)
        .where(AiCall.model == model_name, AiCall.task == task, AiCall.state == "settled")
        .order_by(AiCall.id.desc())
        .limit(NEWEST)
    ).all()
    habit = money.Habit(
        sum(row[0] for row in rows),
        sum(row[1] for row in rows),
        sum(row[2] for row in rows),
        len(rows),
    )
    return money.expected(model, size.characters, size.images, size.longest_answer, habit)


def _take(call_id: int, state: str) -> AiCall | None:
    """Return a call that is still open and is this one's to close; None: somebody has closed it."""
    taken = db.session.execute(
        update(AiCall)
        .where(AiCall.id == call_id, AiCall.state == "reserved")
        .values(state=state, ended_at=clock.now())
    )
    if not getattr(taken, "rowcount", 0):
        return None
    return db.session.get_one(AiCall, call_id, populate_existing=True)


def _close(call: AiCall, cost: Decimal) -> None:
    call.cost = cost
    budgets.settle(call.scopes, call.day, call.reserved, cost)
    db.session.execute(update(AiRun).where(AiRun.id == call.run_id).values(cost=AiRun.cost + cost))


def _note_success(model_name: str) -> None:
    row = db.session.get(AiBreaker, model_name, populate_existing=True)
    now = clock.now()
    if row is None:
        db.session.add(AiBreaker(model=model_name, failures=0, succeeded_at=now))
    elif row.failures or row.succeeded_at is None or now - row.succeeded_at > timedelta(minutes=1):
        row.failures, row.reason, row.open_until, row.succeeded_at = 0, "", None, now


def _note_failure(model_name: str, reason: str) -> None:
    row = db.session.get(AiBreaker, model_name, populate_existing=True, with_for_update=True)
    if row is None:
        row = AiBreaker(model=model_name, failures=0)
        db.session.add(row)
    now = clock.now()
    row.failures, row.reason, row.failed_at = row.failures + 1, reason, now
    row.open_until = breaking.open_until(read_catalogue().breaker, row.failures, now)
