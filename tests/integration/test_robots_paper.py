"""Paper trading by the clock: what a backtest gives, and never a bar missed or traded twice."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.billing import service as billing
from app.core import clock
from app.core.db import db, transaction
from app.core.invariants import Ask
from app.core.outbox import OutboxRow
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent
from app.market import service as market
from app.notifications.models import MailRow
from app.quant.simulation.terms import Terms
from app.robots import service
from app.robots.models import RobotDeployment
from app.robots.schemas.running import DeploymentIn
from app.robots.service import backtests, bars_in, choosing, closing, invariants, paper
from tests.cuts import run_forked
from tests.factories import robots as robot_factory
from tests.factories.robots import BUILTIN, sample, sample_chains

ROBOTS = sorted(path.parent.name for path in BUILTIN.glob("*/robot.py"))
EARLY = datetime(2000, 1, 1, tzinfo=UTC)
TERMS = Terms.model_validate(
    {"cash": 1_000_000, "margin_ratio": 0.5,
     "costs": {"commission_ratio": 0.0005, "spread_ratio": 0.0002, "slippage_ratio": 0.0001}}
)  # fmt: skip


@pytest.fixture
def deploy(request, member):
    """Return a factory of deployments for which all bars of the past count."""

    def make(robot_id, symbols, parameters, terms=TERMS):
        with transaction():
            service.sync_catalogue()
            user_id = member(f"{robot_id}@example.test")
            billing.subscribe(user_id, "premium", source="operator")
        given = DeploymentIn(
            plugin_id=robot_id, symbols=list(symbols), parameters=parameters, terms=terms
        )
        made = service.deploy(user_id, given)
        with transaction():
            row = db.session.get(RobotDeployment, made.id)
            row.watermark = row.starts_at = EARLY
        return user_id, made

    return make


def feed_of(bars, until):
    """Return what the clock would have read at an instant."""
    cut = {
        symbol: each.rows(0, int((each.closed_at <= until).sum())) for symbol, each in bars.items()
    }
    return None if not all(len(each.close) for each in cut.values()) else paper.Feed(cut, until)


def tick(monkeypatch, made, bars, until):
    monkeypatch.setattr(paper, "_read_feed", lambda *_: feed_of(bars, until))
    return paper.run_batch(made.timeframe, " ".join(made.symbols), made.id, made.id)


def by_time(trade):
    return trade[1:3] + trade[:1]


@pytest.mark.parametrize("robot_id", ROBOTS)
def test_paper_gives_the_trades_of_the_backtest(app, deploy, monkeypatch, robot_id):
    symbols, bars, parameters = sample(robot_id)
    chains = sample_chains(robot_id, bars) or {}
    monkeypatch.setattr(market, "read_chains", lambda *_, **__: chains)
    user_id, made = deploy(robot_id, symbols, parameters)
    chosen = choosing.choose(robot_id, parameters)
    plan = backtests.Plan(chosen, list(symbols), made.timeframe, TERMS)
    wanted = backtests.run(plan, bars).result
    closes = sorted({int(at) for each in bars.values() for at in each.closed_at})
    chance = random.Random(robot_id)
    stops = sorted({*chance.sample(closes, 8), *closes[50:55], closes[-1]})
    for until in stops:
        tick(monkeypatch, made, bars, until)
    after = service.get_deployment(user_id, made.id)
    assert (after.state, after.reason) == ("active", None)
    assert market.microseconds(after.watermark) == closes[-1]
    trades = ledger.list_trades(user_id, limit=500).items
    assert len(wanted.trades) > 0 or wanted.open_positions
    found = [
        (each.symbol, each.entry_at, each.exit_at, each.entry_price, each.exit_price, each.qty,
         each.fees, each.net_pnl)
        for each in trades
    ]  # fmt: skip
    expected = [
        (each.symbol, each.entry_at, each.exit_at, each.entry_price, each.exit_price, each.qty,
         each.fees, each.pnl)
        for each in wanted.trades
    ]  # fmt: skip
    whole = len(expected) <= 500
    assert sorted(found, key=by_time) == sorted(expected, key=by_time)[-500:] or not whole
    held = {(each.symbol, each.direction, each.qty) for each in service.positions(user_id, made.id)}
    assert held == {(each.symbol, each.direction, each.qty) for each in wanted.open_positions}
    monkeypatch.setattr(invariants, "_newest_close", lambda *_: closes[-1])
    looks = (
        invariants.find_wrong_fills,
        invariants.find_wrong_positions,
        invariants.find_wrong_watermarks,
    )
    assert [look(Ask()).faults for look in looks] == [[], [], []]
    assert ledger.verify() is None


def events_of(made):
    rows = db.session.scalars(
        select(LedgerEvent).filter_by(account_id=made.account_id).order_by(LedgerEvent.seq)
    )
    return [(row.kind, row.external_id, row.body) for row in rows]


def test_what_was_tampered_with_is_found(app, deploy, monkeypatch):
    symbols, bars, parameters = sample("ma_cross")
    _, made = deploy("ma_cross", symbols, parameters)
    until = int(bars[symbols[0]].closed_at[-1])
    tick(monkeypatch, made, bars, until)
    monkeypatch.setattr(invariants, "_newest_close", lambda *_: until - 1)
    with transaction():
        row = db.session.get(RobotDeployment, made.id)
        state = dict(row.memory["state"])
        state["numbers"] = [state["numbers"][0] + 1, state["numbers"][1]]
        holding = state["holdings"][symbols[0]]
        state["holdings"] = {symbols[0]: [holding[0] + 1, *holding[1:]]}
        row.memory = {**row.memory, "state": state}
    for look in (
        invariants.find_wrong_fills,
        invariants.find_wrong_positions,
        invariants.find_wrong_watermarks,
    ):
        (fault,) = look(Ask()).faults
        assert fault.startswith(f"deployment {made.id}")


def test_two_workers_at_once_trade_each_bar_once(engine_app, deploy, monkeypatch):
    symbols, bars, parameters = sample("ma_cross")
    _, made = deploy("ma_cross", symbols, parameters)
    until = int(bars[symbols[0]].closed_at[-1])
    wrote, moves = paper.paper_record.write, []

    def late(moved, now):
        moves.append((moved, now))
        return wrote(moved, now)

    monkeypatch.setattr(paper.paper_record, "write", late)
    assert tick(monkeypatch, made, bars, until) == 1
    before = events_of(made)
    assert any(kind == "fill" for kind, _, _ in before)
    # The other one had read the deployment before the first one wrote.
    db.session.rollback()
    assert wrote(*moves[0]) == 0
    assert tick(monkeypatch, made, bars, until) == 0
    assert events_of(made) == before


@pytest.mark.faults
def test_a_worker_that_is_killed_anywhere_neither_misses_nor_doubles(house, deploy, monkeypatch):
    symbols, bars, parameters = sample("ma_cross")
    _, whole = deploy("ma_cross", symbols, parameters)
    closes = [int(at) for at in bars[symbols[0]].closed_at]
    tick(monkeypatch, whole, bars, closes[-1])
    expected = [each for each in events_of(whole) if each[0] == "fill"]
    user_id = service.get_deployment.__globals__["queries"].get_deployment(None, whole.id).user_id
    cut = service.change_parameters(user_id, whole.id, {**parameters, "qty": 1.0, "slow": 31})
    with transaction():
        db.session.get(RobotDeployment, cut.id).watermark = EARLY
    chance, killed = random.Random(5), 0
    lines = None
    for at in (*range(100, 700, 120), 699):
        until = closes[at]
        if lines is None:
            lines = 4000
        where = chance.randint(1, lines)
        done = run_forked(lambda u=until: tick(monkeypatch, cut, bars, u), at=where)
        killed += done is None
        tick(monkeypatch, cut, bars, until)
    assert killed >= 2
    numbers = [int(name[1:]) for kind, name, _ in events_of(cut) if kind == "fill"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > len(expected) / 2


BAD = robot_factory.SOURCE.replace(
    "        if not book.positions:\n            return [buy(self.symbol, 1)]",
    "        if len(bars[self.symbol].close) and bars[self.symbol].session[-1] % 9 == 0:\n"
    "            raise ValueError('no more')\n"
    "        if not book.positions:\n            return [buy(self.symbol, 1)]",
)


def test_a_robot_that_fails_is_paused_with_the_reason_and_the_others_go_on(
    app, deploy, monkeypatch
):
    robot_factory.write_robot(app.config["ROBOTS_DIR"], source=BAD)
    symbols, bars, parameters = sample("ma_cross")
    user_id, bad = deploy("early_bird", symbols, {})
    _, good = deploy("ma_cross", symbols, parameters)
    until = int(bars[symbols[0]].closed_at[-1])
    monkeypatch.setattr(paper, "_read_feed", lambda *_: feed_of(bars, until))
    assert paper.run_batch("D1", " ".join(symbols), 1, 100) == 2
    stopped = service.get_deployment(user_id, bad.id)
    assert stopped.state == "paused"
    assert "no more" in stopped.reason
    assert [name for kind, name, _ in events_of(bad) if kind == "fill"] == ["f1"]
    assert any(kind == "fill" for kind, _, _ in events_of(good))
    mail = db.session.scalars(select(MailRow)).one()
    assert (mail.user_id, mail.topic) == (user_id, "robot_paused")
    assert "no more" in mail.facts["because"]
    assert service.resume(user_id, bad.id).state == "active"


def test_a_robot_whose_code_is_gone_is_paused_and_the_others_go_on(app, deploy, monkeypatch):
    symbols, bars, parameters = sample("ma_cross")
    user_id, bad = deploy("donchian_breakout", symbols, {})
    _, good = deploy("ma_cross", symbols, parameters)
    with transaction():
        db.session.get(RobotDeployment, bad.id).code_hash = "0" * 64
    until = int(bars[symbols[0]].closed_at[-1])
    monkeypatch.setattr(paper, "_read_feed", lambda *_: feed_of(bars, until))
    assert paper.run_batch("D1", " ".join(symbols), 1, 100) == 2
    stopped = service.get_deployment(user_id, bad.id)
    assert (stopped.state, stopped.watermark) == ("paused", EARLY)
    assert "no such version" in stopped.reason
    assert any(kind == "fill" for kind, _, _ in events_of(good))


# --- With bars of the store and a clock that is moved ---


@pytest.fixture
def at(monkeypatch):
    """Return a function that moves the clock."""

    def move(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)

    return move


def days_of(count, last="2026-06-30"):
    """Return daily bars that swing, as a file."""
    end = datetime.fromisoformat(last).toordinal()
    days = list(market.calendar("XNYS").between(end - 2 * count, end))[-count:]
    rows = ["session,open,high,low,close,volume"]
    for number, day in enumerate(days):
        price = 100 + (number * number * 7) % 23
        rows.append(
            f"{datetime.fromordinal(day):%Y-%m-%d},{price},{price + 2},{price - 2},{price + 1},9000"
        )
    return rows, days


def store(rows, symbol="SPY"):
    with transaction():
        instrument = market.get_instrument(symbol)
        columns = bars_in.parse_file(symbol, "\n".join(rows), "D1")
        market.store_bars(instrument.id, "D1", columns, "csv")


def perform_batches():
    rows = db.session.scalars(select(OutboxRow).filter_by(name="robots.run_batch", state="pending"))
    for row in list(rows):
        paper.run_batch(**row.payload)
        with transaction():
            db.session.delete(db.session.merge(row))


def test_the_clock_finds_what_is_due_marks_each_close_and_notes_what_is_late(
    engine_app, deploy, at
):
    rows, days = days_of(60)
    open_hour = timedelta(hours=14)
    at(datetime.fromordinal(days[40]).replace(tzinfo=UTC) + open_hour)
    store(rows[:41])
    user_id, made = deploy("ma_cross", ["SPY"], {"fast": 2, "slow": 4, "short": True})
    started = clock.now()
    with transaction():
        row = db.session.get(RobotDeployment, made.id)
        row.watermark = row.starts_at = started
    assert paper.run_due() == 0
    for number in range(41, 61):
        at(datetime.fromordinal(days[number - 1]).replace(tzinfo=UTC) + timedelta(hours=22))
        store([rows[0], rows[number]])
        if number == 50:
            # A night without workers: the next one goes over both days.
            continue
        assert paper.run_due() == 1
        perform_batches()
        assert paper.run_due() == 0
    fills = [name for kind, name, _ in events_of(made) if kind == "fill"]
    assert len(fills) > 6
    plan = backtests.Plan(
        choosing.choose("ma_cross", made.parameters),
        ["SPY"],
        "D1",
        Terms.model_validate(made.terms),
    )
    wanted = backtests.run(plan, {"SPY": market.read_bars("SPY", "D1")})
    since = market.microseconds(started)
    assert len(fills) <= sum(fill.at_us >= since for fill in wanted.found.fills) + 1
    days_held = [name for kind, name, _ in events_of(made) if kind == "mark"]
    assert len(days_held) > 10
    assert closing.mark_sessions() == 0
    assert [name for kind, name, _ in events_of(made) if kind == "mark"] == days_held
    before = events_of(made)
    store([rows[0], rows[45].replace(",9000", ",8000")])
    late = db.session.scalars(select(OutboxRow).filter_by(name="robots.note_late")).all()
    assert len(late) == 1
    with transaction():
        closing.note_late(**late[0].payload)
    assert service.get_deployment(user_id, made.id).late_count == 1
    assert paper.run_due() == 0
    assert events_of(made) == before


def test_a_paused_robot_is_valued_at_the_close_and_trades_no_bar_of_the_pause(app, deploy, at):
    rows, days = days_of(60)
    at(datetime.fromordinal(days[58]).replace(tzinfo=UTC) + timedelta(hours=22))
    store(rows[:60])
    user_id, made = deploy("ma_cross", ["SPY"], {"fast": 2, "slow": 4, "short": True})
    assert paper.run_due() == 1
    perform_batches()
    assert service.positions(user_id, made.id)
    service.pause(user_id, made.id)
    at(datetime.fromordinal(days[59]).replace(tzinfo=UTC) + timedelta(hours=22))
    store([rows[0], rows[60]])
    assert paper.run_due() == 0
    before = len(events_of(made))
    assert closing.mark_sessions() == 1
    assert closing.mark_sessions() == 0
    kind, name, _ = events_of(made)[-1]
    assert (kind, len(events_of(made))) == ("mark", before + 1)
    assert name == f"m{datetime.fromordinal(days[59]):%Y-%m-%d}-SPY"
    service.resume(user_id, made.id)
    assert paper.run_due() == 0
