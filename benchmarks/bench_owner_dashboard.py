"""owner-dashboard: the owner's figures over 100,000 members and 2,000,000 lines of the journal.

The rows are made once by the database itself, on SQLite and on PostgreSQL, over two years. What is
timed is all that one look at the screen asks for: a year by month, which is the longest period, in
CPU time of this process and of PostgreSQL's, which may not share the work among its workers. The
reference reads the same figures of money from the raw rows, as a service without daily sums would.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import harness
from sqlalchemy import text

from app.core.db import db, is_sqlite
from tests.conftest import make_app, migrate
from tests.services import postgres_server

MEMBERS = int(os.environ.get("MEMBERS", "100000"))
LINES = int(os.environ.get("LINES", "2000000"))
DAYS = 730
STREAM = (
    "CASE n % 4 WHEN 0 THEN 'revenue:robots' WHEN 1 THEN 'revenue:coach' "
    "WHEN 2 THEN 'revenue:signals' ELSE 'revenue:creator' END"
)
CREATORS = 300
GOAL_SECONDS = 0.3
RUNS = 10


def series(count: int) -> str:
    """Return a table of one column n: 0 to count - 1."""
    if is_sqlite():
        return (
            "(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL "
            f"SELECT n + 1 FROM s WHERE n + 1 < {count}) SELECT n FROM s) AS s"
        )
    return f"(SELECT n FROM generate_series(0, {count - 1}) AS n) AS s"


def day_of(number: str) -> str:
    """Return the day that lies so many days before today."""
    today = datetime.now(UTC).date().isoformat()
    if is_sqlite():
        return f"date('{today}', '-' || ({number}) || ' days')"
    return f"(DATE '{today}' - ({number}))"


def moment_of(number: str) -> str:
    """Return the noon of such a day."""
    noon = f"{day_of(number)} || ' 12:00:00.000000'"
    return noon if is_sqlite() else f"({day_of(number)} + TIME '12:00') AT TIME ZONE 'UTC'"


def fill() -> None:
    """Make members, their sign-ups, plans, movements and payments."""
    now = moment_of("0")
    run(
        "INSERT INTO users (id, email, username, pseudonym, is_demo, created_at, updated_at) "
        f"SELECT n + 1, 'm' || n || '@example.test', 'm' || n, 'Member ' || n, false, "
        f"{moment_of(f'n % {DAYS}')}, {now} FROM {series(MEMBERS)}"
    )
    run(
        "INSERT INTO sites (id, name, url, state, key_id, secret_encrypted, pages, connected_at) "
        f"VALUES ('site_1', 'S', 'https://s.example', 'active', 'k', 'x', '{{}}', {now})"
    )
    run(
        "INSERT INTO site_members (site_id, wp_user_id, user_id, created_at, last_seen_on) "
        f"SELECT 'site_1', n + 1, n + 1, {now}, {day_of('n % 90')} FROM {series(MEMBERS)}"
    )
    run(
        "INSERT INTO conversion_events "
        "(key, kind, user_id, ladder, plan_to, source, happened_at, created_at) "
        "SELECT 'sign_up:' || (n + 1), 'sign_up', n + 1, 'robots', 'free', "
        "CASE n % 3 WHEN 0 THEN 'wordpress' WHEN 1 THEN 'service' END, "
        f"{moment_of(f'n % {DAYS}')}, {now} FROM {series(MEMBERS)}"
    )
    run(
        "INSERT INTO creators (user_id, is_charges_enabled, is_payouts_enabled, requirements, "
        f"is_suspended, created_at) SELECT n + 1, true, true, '[]', false, {now} "
        f"FROM {series(CREATORS)}"
    )
    run(
        "INSERT INTO offers (id, creator_id, product_type, name, description, price_minor, "
        "currency, interval, state, version, created_at, updated_at) SELECT n + 1, n + 1, "
        f"'creator', 'O', '', 5000, 'USD', 'month', 'active', 0, {now}, {now} "
        f"FROM {series(CREATORS)}"
    )
    fill_movements(now)
    fill_journal(now)
    fill_calls(now)
    for table in ("mrr_movements", "journal_postings", "conversion_events", "site_members"):
        run(f"ANALYZE {table}")
    run("ANALYZE")


def fill_movements(now: str) -> None:
    """Each fourth member pays, each tenth an offer; a fifth of them has left."""
    for ladder, every, price in (("robots", 4, 2999), ("offers", 10, 5000)):
        count = MEMBERS // every
        offer = f"n % {CREATORS} + 1" if ladder == "offers" else "NULL"
        began = f"(n * {every}) % {DAYS}"
        for kind, among, sign, when in (
            ("new", "1 = 1", 1, began),
            ("churn", f"n % 5 = 0 AND {began} > 30", -1, f"{began} - 30"),
        ):
            run(
                "INSERT INTO subscriptions (user_id, ladder, offer_id, tier, status, source, "
                "interval, price_minor, currency, started_at, created_at) "
                f"SELECT n * {every} + 1, '{ladder}', {offer}, 'low', "
                f"'{'active' if sign > 0 else 'expired'}', 'stripe', 'month', {price}, "
                f"'USD', {moment_of(when)}, {now} FROM {series(count)} WHERE {among}"
            )
            run(
                "INSERT INTO mrr_movements (subscription_id, user_id, ladder, offer_id, kind, "
                "currency, amount_minor, subscriptions, members, day) "
                f"SELECT id, user_id, ladder, offer_id, '{kind}', currency, {sign * price}, "
                f"{sign}, {sign if ladder == 'robots' else 0}, date(started_at) FROM subscriptions "
                f"WHERE ladder = '{ladder}' AND status = "
                f"'{'active' if sign > 0 else 'expired'}'"
            )
    run(
        "INSERT INTO mrr_days (day, ladder, currency, kind, amount_minor, subscriptions, members, "
        "movements) SELECT day, ladder, currency, kind, SUM(amount_minor), SUM(subscriptions), "
        "SUM(members), COUNT(*) FROM mrr_movements GROUP BY day, ladder, currency, kind"
    )
    run(
        "INSERT INTO first_plans (user_id, tier, day, signed_up_on) SELECT m.user_id, 'low', m.day, "
        "date(u.created_at) FROM mrr_movements m JOIN users u ON u.id = m.user_id "
        "WHERE m.ladder = 'robots' AND m.kind = 'new'"
    )
    utc = "date(happened_at)" if is_sqlite() else "date(happened_at AT TIME ZONE 'UTC')"
    for stage, among in (("free", "true"), ("low", "user_id IN (SELECT user_id FROM first_plans)")):
        run(
            "INSERT INTO funnel_days (day, source, site_id, stage, members) "
            f"SELECT {utc}, COALESCE(source, ''), '', '{stage}', COUNT(*) FROM conversion_events "
            f"WHERE {among} GROUP BY 1, 2"
        )


def fill_journal(now: str) -> None:
    """An entry of four lines for each payment; creators are credited one after the other."""
    entries = LINES // 4
    run(
        "INSERT INTO journal_entries (id, source_type, source_id, purpose, user_id, note, "
        f"happened_at, created_at) SELECT n + 1, 'invoice', '' || (n + 1), 'paid', n % {MEMBERS} + 1, '', "
        f"{moment_of(f'n % {DAYS}')}, {now} FROM {series(entries)}"
    )
    for debit, credit, amount in (
        ("'stripe_clearing'", STREAM, 2500),
        ("'stripe_clearing'", f"'payable:' || ((n / {DAYS}) % {CREATORS} + 1)", 4500),
        ("'stripe_clearing'", "'taxes'", 400),
        ("'fees'", "'stripe_clearing'", 150),
    ):  # fmt: skip
        run(
            "INSERT INTO journal_postings (entry_id, debit, credit, amount_minor, currency, day) "
            f"SELECT n + 1, {debit}, {credit}, {amount}, "
            f"CASE WHEN n % 10 = 0 THEN 'EUR' ELSE 'USD' END, {day_of(f'n % {DAYS}')} "
            f"FROM {series(entries)}"
        )
    run(
        "INSERT INTO journal_days (account, currency, day, debit_minor, credit_minor) "
        "SELECT account, currency, day, SUM(debit), SUM(credit) FROM ("
        "SELECT debit AS account, currency, day, amount_minor AS debit, 0 AS credit "
        "FROM journal_postings UNION ALL "
        "SELECT credit, currency, day, 0, amount_minor FROM journal_postings) AS moved "
        "GROUP BY account, currency, day"
    )


def fill_calls(now: str) -> None:
    """Each member has read the plans, each fourth has begun a checkout there; clicks on each day."""
    run(
        "INSERT INTO conversion_events (key, kind, user_id, site_id, ladder, happened_at, created_at) "
        "SELECT 'pricing:' || (n + 1), 'pricing_viewed', n + 1, 'site_1', 'robots', "
        f"{moment_of(f'n % {DAYS}')}, {now} FROM {series(MEMBERS)}"
    )
    run(
        "INSERT INTO checkouts (user_id, ladder, plan, interval, state, source, created_at, "
        "expires_at) SELECT n * 4 + 1, 'robots', CASE n % 2 WHEN 0 THEN 'low' ELSE 'mid' END, "
        f"'month', CASE n % 3 WHEN 0 THEN 'expired' ELSE 'complete' END, 'pricing', "
        f"{moment_of(f'n % {DAYS}')}, {now} FROM {series(MEMBERS // 4)}"
    )
    plan = (
        "CASE n / 3 % 4 WHEN 0 THEN 'free' WHEN 1 THEN 'low' WHEN 2 THEN 'mid' ELSE 'premium' END"
    )
    place = "CASE n % 3 WHEN 0 THEN 'pricing' WHEN 1 THEN 'home' ELSE 'other' END"
    run(
        "INSERT INTO call_clicks (day, site_id, ladder, plan, place, count) "
        f"SELECT {day_of('n / 12')}, 'site_1', 'robots', {plan}, {place}, 100 "
        f"FROM {series(12 * DAYS)}"
    )


def run(statement: str) -> None:
    """Run one statement in a transaction of its own."""
    from app.core.db import transaction

    with transaction():
        db.session.execute(text(statement))


def raw_figures(first: date) -> None:
    """Read the same figures of money from the raw rows."""
    db.session.rollback()
    db.session.execute(
        text(
            "SELECT credit, currency, SUM(amount_minor) FROM journal_postings "
            "WHERE credit LIKE 'revenue:%' AND day >= :first GROUP BY credit, currency"
        ),
        {"first": first},
    ).all()
    db.session.execute(
        text(
            "SELECT credit, currency, SUM(amount_minor) FROM journal_postings "
            "WHERE credit LIKE 'payable:%' GROUP BY credit, currency"
        )
    ).all()
    db.session.execute(
        text("SELECT day, kind, SUM(amount_minor) FROM mrr_movements GROUP BY day, kind")
    ).all()


def spent() -> float:
    """Return the CPU seconds of this process, and of the database's where it has its own."""
    own = time.process_time()
    if is_sqlite():
        return own
    backend = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu(work: Any, runs: int) -> float:
    """Return the mean CPU seconds of some work: a database's clock ticks in hundredths."""
    began = spent()
    for _ in range(runs):
        work()
    return (spent() - began) / runs


def measure(name: str, folder: Path, **settings: Any) -> None:
    """Make the rows in one database, and time the figures."""
    from app.billing import service
    from app.billing.schemas.figures import FiguresQuery

    app = make_app(folder, **settings)
    migrate(app)
    with app.app_context():
        began = time.perf_counter()
        fill()
        print(f"{name}: rows made in {time.perf_counter() - began:.0f} s", flush=True)

        def ours(period: str = "365d") -> Any:
            db.session.rollback()
            return service.business(FiguresQuery(period=period)).model_dump_json()

        if not is_sqlite():
            run("ALTER ROLE CURRENT_USER SET max_parallel_workers_per_gather = 0")
            db.session.remove()
            db.engine.dispose()
        ours()
        shorter = cpu(lambda: ours("30d"), RUNS)
        seconds = cpu(ours, RUNS)
        first = datetime.now(UTC).date() - timedelta(days=364)
        raw = cpu(lambda: raw_figures(first), 3)
        print(
            f"{name}: 30 days {1000 * shorter:.0f} ms, a year {1000 * seconds:.0f} ms, "
            f"goal {1000 * GOAL_SECONDS:.0f} ms; money from raw rows {1000 * raw:.0f} ms CPU",
            flush=True,
        )
        harness.print_ratio(f"owner-dashboard-{name}-of-goal", seconds / GOAL_SECONDS, 1.0)
        harness.print_ratio(f"owner-dashboard-{name}-of-raw", seconds / raw, 1.0)
        db.session.remove()
        db.engine.dispose()


def main() -> None:
    """Measure on both databases."""
    with tempfile.TemporaryDirectory(prefix="trp-owner-") as folder:
        root = Path(folder)
        (root / "sqlite").mkdir()
        measure("sqlite", root / "sqlite")
        with postgres_server(root) as url:
            (root / "postgres").mkdir()
            measure("postgres", root / "postgres", SQLALCHEMY_DATABASE_URI=url)


if __name__ == "__main__":
    main()
