"""5,000 webhooks of which every fifth goes to an endpoint that hangs: how late are the others?

Reference: the same webhooks without the hanging ones, in the same run. Both from the moment at
which all of them are due; the sender, its database and all endpoints share this machine.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.harness import print_ratio

EVENTS, GOOD, HANGING = 10, 400, 100
A_USER = 10
GOAL = 2.0
"""So many times later the 95th of a hundred may be with the hanging ones."""
MOST_LATE = 30.0
MOST_SECONDS = 300


def main() -> None:
    folder = Path(os.environ["DATA_DIR"])
    late = _run(folder / "mixed", HANGING)
    alone = _run(folder / "alone", 0)
    print(f"good endpoints: p95 {late:.1f} s with {HANGING} hanging, {alone:.1f} s without")
    print_ratio("webhooks-seconds", late, MOST_LATE)
    print_ratio("webhooks-hanging", late / alone, GOAL)
    sys.stdout.flush()
    os._exit(0)  # the threads that wait for hanging endpoints are not waited for


def _run(folder: Path, hanging: int) -> float:
    from app.core.outbound import Network
    from tests import webhook_sink as sinks
    from tests.conftest import make_app, migrate
    from workers.webhooks import Sender

    folder.mkdir()
    app = make_app(folder)
    migrate(app)
    app.extensions["outbound"] = Network(allow_local=True)
    with sinks.sink(sinks.hang) as bad, sinks.sink(sinks.answer(204, body=b"")) as good:
        with app.app_context():
            # The hanging ones are the oldest, and so are tried first.
            _listen([bad.url] * hanging + [good.url] * GOOD)
        sender = Sender(app)
        began = time.monotonic()
        threading.Thread(target=sender.run, daemon=True).start()
        while len(good.got) < GOOD * EVENTS and time.monotonic() - began < MOST_SECONDS:
            time.sleep(0.1)
        sender.stop()
        delays = sorted(got.at - began for got in good.got)
    if len(delays) < GOOD * EVENTS:
        message = f"only {len(delays)} of {GOOD * EVENTS} arrived in {MOST_SECONDS} s"
        raise SystemExit(message)
    return delays[len(delays) * 95 // 100]


def _listen(urls: list[str]) -> None:
    from app.accounts import service as accounts
    from app.core.db import transaction
    from app.notifications import service
    from app.notifications.schemas import EndpointIn

    for start in range(0, len(urls), A_USER):
        with transaction():
            user_id = accounts.create_user(f"m{start}@example.test").id
            for url in urls[start : start + A_USER]:
                service.create_endpoint(user_id, EndpointIn(url=url))
            for number in range(EVENTS):
                service.emit(user_id, "fills.recorded", {"n": number})


if __name__ == "__main__":
    main()
