"""GET /metrics: for who may, cheap, and in agreement with the tables."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from app.admin.models import InvariantCheck
from app.admin.service import backup as backups
from app.core import clock, gauges, hold, metrics, outbox
from app.core.db import db, transaction
from app.core.outbound import Network
from app.ledger import service as ledger
from app.ledger.schemas import FillIn
from app.notifications.models import WebhookDelivery
from tests.conftest import make_app
from tests.webhooks import listen, tell
from workers import queues

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "docs/production/alerts.yml"
TOKEN = "token-of-the-prometheus-server"


def scrape(app, **headers) -> dict:
    """Return each sample's value by its name and labels."""
    answer = app.test_client().get(
        "/metrics", headers={"Authorization": f"Bearer {TOKEN}", **headers}
    )
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def watched(engine_app):
    engine_app.config["METRICS_TOKEN"] = TOKEN
    return engine_app


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {}, 404),
        ({}, {"Authorization": "Bearer "}, 404),
        ({"METRICS_TOKEN": TOKEN}, {}, 404),
        ({"METRICS_TOKEN": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}, 404),
        ({"METRICS_TOKEN": TOKEN}, {"Authorization": f"Basic {TOKEN}"}, 404),
        ({"METRICS_TOKEN": TOKEN}, {"Authorization": f"Bearer {TOKEN}"}, 200),
        ({"METRICS_ON_LOOPBACK": True}, {}, 200),
        ({"METRICS_ON_LOOPBACK": True}, {"X-Forwarded-For": "203.0.113.9"}, 404),
        ({"METRICS_ON_LOOPBACK": True}, {"Forwarded": "for=203.0.113.9"}, 404),
        ({"METRICS_ON_LOOPBACK": True, "METRICS_TOKEN": TOKEN}, {"Authorization": "Bearer x"}, 404),
    ],
)
def test_it_is_there_only_for_who_may(app, settings, headers, status):
    app.config.update(settings)
    assert app.test_client().get("/metrics", headers=headers).status_code == status


def test_another_machine_is_no_loopback(app):
    app.config["METRICS_ON_LOOPBACK"] = True
    answer = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert answer.status_code == 404


def test_requests_are_counted_by_route_and_class_of_status(watched):
    before = scrape(watched)
    client = watched.test_client()
    for path in ("/healthz", "/healthz", "/api/jobs-of-nobody/1", "/api/jobs-of-nobody/2"):
        client.get(path)
    client.open("/healthz", method="BREW")
    after = scrape(watched)

    def more(*labels):
        name = ("trp_http_request_seconds_count", *sorted(labels))
        return after.get(name, 0) - before.get(name, 0)

    assert more("/healthz", "GET", "2xx") == 2
    # One series for all that there is not: nobody fills our memory with made-up addresses.
    assert more("none", "GET", "4xx") == 2
    assert more("none", "other", "4xx") == 1


def test_the_state_agrees_with_the_tables(watched, member):
    with transaction():
        account = ledger.open_account(member(), "my_robot", "journal")
    with transaction():
        at = datetime(2025, 12, 19, 17, 0, tzinfo=UTC).isoformat()
        fill = FillIn("f1", at, "AAPL", "buy", "10", "100", "0.5", "USD")
        ledger.record_fills(account.id, [fill], source="api")
    found = scrape(watched)
    assert found["trp_outbox_waiting",] == 1
    assert found["trp_outbox_dead",] == 0
    assert 0 <= found["trp_aggregation_lag_seconds",] < 60
    assert found["trp_held",] == 0
    assert found["trp_up", "database"] == 1
    assert found["trp_up", "redis"] == 0
    assert found["trp_up", "feed"] == 0
    assert found["trp_up", "reader"] == (shutil.which("tesseract") is not None)
    assert ("trp_backup_age_seconds",) not in found
    with transaction():
        hold.hold("operator")
        db.session.execute(
            outbox.OutboxRow.__table__.update().values(
                state="dead", created_at=clock.now() - timedelta(hours=1)
            )
        )
    backups.backup()
    found = scrape(watched)
    assert (found["trp_outbox_waiting",], found["trp_outbox_dead",]) == (0, 1)
    assert found["trp_held",] == 1
    assert 0 <= found["trp_backup_age_seconds",] < 60


def test_broken_invariants_and_late_webhooks_show(watched, member):
    found = scrape(watched)
    assert found["trp_webhooks_waiting",] == found["trp_webhooks_oldest_seconds",] == 0
    assert found["trp_invariants_unknown",] == 0
    assert ("trp_invariants_age_seconds",) not in found
    watched.extensions["outbound"] = Network(allow_local=True)
    owner = member()
    for number in range(2):
        listen(owner, f"http://127.0.0.1:9/{number}")
    tell(owner)
    with transaction():
        dead, late = db.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id))
        dead.state, late.next_at = "dead", clock.now() - timedelta(minutes=20)
        for name, state, broken, hours in (
            ("ledger.chains", "broken", 3, 5),
            ("outbox.rq", "unknown", 0, 60),
            ("billing.plans", "whole", 0, 5),
        ):
            at = clock.now() - timedelta(hours=hours)
            db.session.add(
                InvariantCheck(name=name, state=state, broken=broken, started_at=at, ended_at=at)
            )
    found = scrape(watched)
    assert (found["trp_webhooks_waiting",], found["trp_webhooks_dead",]) == (1, 1)
    assert 1200 <= found["trp_webhooks_oldest_seconds",] < 1260
    assert found["trp_invariant_broken", "ledger.chains"] == 3
    assert found["trp_invariant_broken", "billing.plans"] == 0
    assert found["trp_invariants_unknown",] == 1
    assert 60 <= found["trp_invariants_age_seconds",] / 3600 < 61


def test_what_is_done_once_is_counted_over_all_processes(tmp_path, migrated_database, redis_url, member, monkeypatch):  # fmt: skip
    shutil.copy(migrated_database, tmp_path / "service.sqlite3")
    app = make_app(tmp_path, REDIS_URL=redis_url, METRICS_TOKEN=TOKEN)
    monkeypatch.setattr(queues, "application", lambda: app)
    with app.app_context():
        outbox.redis().delete(metrics.COUNTERS)
        with transaction():
            account = ledger.open_account(member(), "my_robot", "journal")
        with pytest.raises(ZeroDivisionError):
            record(account.id, and_fail=True)
        record(account.id)
        with transaction():
            outbox.enqueue("core.nothing", {}, key="broken")
        for row_id in db.session.scalars(select(outbox.OutboxRow.id)).all():
            queues.perform(row_id)
        found = scrape(app)
    assert found["trp_ledger_events_total", "journal"] == 1
    assert found["trp_jobs_total", "done", "performance.refold_account"] == 1
    assert found["trp_jobs_total", "core.nothing", "failed"] == 1


def record(account_id: int, *, and_fail: bool = False) -> None:
    at = datetime(2025, 12, 19, 17, 0, tzinfo=UTC).isoformat()
    with transaction():
        fill = FillIn("f1", at, "AAPL", "buy", "10", "100", "0.5", "USD")
        ledger.record_fills(account_id, [fill], source="api")
        if and_fail:
            raise ZeroDivisionError


def test_a_scrape_reads_no_large_table_from_end_to_end(app):
    """SQLite says of each question of a scrape how it goes about it."""
    asked: list[str] = []
    from sqlalchemy import event

    event.listen(db.engine, "before_cursor_execute", lambda _c, _u, text, *_: asked.append(text))
    list(gauges.Gauges([]).collect())
    plans = {}
    for statement in {text for text in asked if text.lstrip().upper().startswith("SELECT")}:
        plan = db.session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement}", tuple("x" for _ in range(statement.count("?")))
        ) if ":" not in statement else None  # fmt: skip
        if plan is not None:
            plans[statement] = " ".join(row[-1] for row in plan)
    # One row for each invariant that there is.
    small = ("CONSTANT", "SCAN invariant_checks")
    scans = [
        text
        for text, plan in plans.items()
        if "SCAN" in plan and not any(each in plan for each in small)
    ]
    assert scans == []
    assert len(plans) >= 5


def test_the_alert_rules_ask_for_what_is_there(watched):
    import re

    rules = yaml.safe_load(RULES.read_text())
    text = watched.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    known = set(re.findall(r"^# TYPE (trp_\w+)", text, re.MULTILINE))
    known |= {"trp_backup_age_seconds", "trp_invariants_age_seconds"}  # not before the first
    if db.engine.dialect.name == "postgresql":  # the tests take no pool there
        known |= {"trp_database_connections_used", "trp_database_connections_most"}
    known |= {f"{name.removesuffix('_total')}_total" for name in known}
    known |= {f"{name}{end}" for name in known for end in ("_bucket", "_count", "_sum")}
    used = {
        name
        for group in rules["groups"]
        for rule in group["rules"]
        for name in re.findall(r"trp_\w+", rule["expr"])
    }
    assert used
    assert used - known == set()
    names = [rule["alert"] for group in rules["groups"] for rule in group["rules"]]
    assert "Watchdog" in names
    assert len(names) == len(set(names))


def test_promtool_takes_the_alert_rules():
    tool = shutil.which("promtool")
    assert tool is not None, "promtool is missing (Debian: apt-get install prometheus)"
    for arguments in (("check", "rules", str(RULES)), ("test", "rules", str(RULES.with_name("alerts_test.yml")))):  # fmt: skip
        done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
