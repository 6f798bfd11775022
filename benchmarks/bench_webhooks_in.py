"""webhooks-in: 200 events of the payment provider a second; how late are they acknowledged and done?

They tell of new subscriptions, a dozen events each, in the order in which they happened. A web
process keeps them, a worker asks the fake provider (in this process, with the senders) about each
customer. `SECONDS=10` is the whole burst. Wall time: what else the machine does counts.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from harness import print_ratio  # noqa: E402
from processes import family, tick_seconds  # noqa: E402
from servers import ROOT, free_port, serve, stop  # noqa: E402

from tests.fakes.stripe import KEY, FakeStripe, fake_stripe  # noqa: E402
from tests.services import redis_server  # noqa: E402

RATE = 200
SECONDS = int(os.environ.get("SECONDS", "3"))
CLIENTS = 20
EACH = 12
SECRET = "whsec_bench"
PATH = "/api/billing/webhooks/stripe"
GOAL_ACKNOWLEDGED = 1.0
GOAL_DONE = 60.0
Sent = list[tuple[float, int]]


def make_events(fake: FakeStripe) -> list[tuple[bytes, dict[str, str]]]:
    """Let members subscribe at the fake, and return what it has to tell, signed."""
    from app import create_app
    from app.accounts import service as accounts
    from app.billing import service as billing
    from app.core.db import transaction

    app, v1 = create_app(), fake.client().v1
    with app.app_context():
        billing.sync_plans()
        with transaction():
            count = RATE * SECONDS // EACH + 1
            users = [accounts.create_user(f"n{n}@example.test").id for n in range(count)]
    price = v1.prices.list(params={"lookup_keys": ["trp_robots_low_month"]}).data[0].id
    begin = len(fake.events)
    for user in users:
        given = {"email": f"n{user}@example.test", "metadata": {"trp_user": str(user)}}
        customer = v1.customers.create(params={**given, "payment_method": "pm_card_visa"}).id
        card = v1.customers.payment_methods.list(customer).data[0].id
        v1.subscriptions.create(params={
            "customer": customer, "items": [{"price": price}], "default_payment_method": card,
        })  # fmt: skip
    return [fake.signed(one) for one in fake.events[begin:][: RATE * SECONDS]]


def send(port: int, number: int, events: list[tuple[bytes, dict[str, str]]], start: float,
         sent: Sent) -> None:  # fmt: skip
    """Send one client's share, each at its own moment."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for turn in range(number, len(events), CLIENTS):
        due = start + turn / RATE
        time.sleep(max(due - time.time(), 0))
        connection.request("POST", PATH, body=events[turn][0], headers=events[turn][1])
        answer = connection.getresponse()
        answer.read()
        sent.append((time.time() - due, answer.status))


def wait_until_done(count: int) -> int:
    """Wait until all events are worked on; return how many members have their plan."""
    from sqlalchemy import func, select

    from app import create_app
    from app.billing.models import ProviderEvent, Subscription
    from app.core.db import db

    with create_app().app_context():
        end = time.monotonic() + 10 * GOAL_DONE
        while time.monotonic() < end:
            done = ProviderEvent.state.in_(("done", "ignored"))
            found = db.session.scalar(select(func.count()).select_from(ProviderEvent).where(done))
            members = db.session.scalar(select(func.count()).select_from(Subscription)) or 0
            db.session.rollback()
            if found == count:
                return members
            time.sleep(0.2)
    raise SystemExit("the events were not worked on")


def main() -> None:
    """Print how long it took."""
    flask = [sys.executable, "-m", "flask", "--app", "wsgi", "db-upgrade"]
    with (
        tempfile.TemporaryDirectory() as folder,
        redis_server(Path(folder)) as redis_url,
        fake_stripe(secret=SECRET) as fake,
    ):
        os.environ |= {
            "REDIS_URL": redis_url, "STRIPE_API_KEY": KEY, "STRIPE_API_BASE": fake.url,
            "STRIPE_WEBHOOK_SECRET": SECRET, "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        subprocess.run(flask, cwd=ROOT, check=True)
        events, port, sent = make_events(fake), free_port(), Sent()
        server = serve("wsgi:app", port)
        worker = subprocess.Popen([sys.executable, "-m", "workers.run", "fast"], cwd=ROOT)
        try:
            start = time.time() + 0.5
            clients = [
                threading.Thread(target=send, args=(port, number, events, start, sent))
                for number in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            members = wait_until_done(len(events))
            done = time.time() - start - len(events) / RATE
            door, work = (
                1000 * tick_seconds(family(one.pid)) / len(events) for one in (server, worker)
            )
        finally:
            stop(server, worker)
    if {status for _, status in sent} != {200}:
        raise SystemExit(f"answers: { {status for _, status in sent} }")
    times = sorted(seconds for seconds, _ in sent)
    p99 = times[int(len(times) * 0.99)]
    print(f"{len(events)} events, p50={times[len(times) // 2]:.3f} s p99={p99:.3f} s")
    print(f"all worked on {done:.1f} s after the last was due, {members} members have their plan")
    print(f"CPU, starts included: {door:.1f} ms an event at the door, {work:.1f} ms in the worker")
    print_ratio("webhooks-in-acknowledged", p99, GOAL_ACKNOWLEDGED)
    print_ratio("webhooks-in-done", done, GOAL_DONE)


if __name__ == "__main__":
    main()
