"""entitlements: what a check of a member's plan costs once it is loaded.

The reference finds as many values in a plain dictionary of dictionaries. The goal is the time itself:
50 microseconds a check.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import harness

from app.accounts import service as accounts
from app.billing import service as billing
from app.core.db import db, transaction
from tests.conftest import make_app, migrate

CHECKS = 100_000
GOAL_SECONDS = 50e-6
HISTORY = 24
"""Rows of a member's history of plans."""


def main() -> None:
    """Time checks in one request, and the one that loads."""
    folder = Path(os.environ.get("DATA_DIR") or tempfile.mkdtemp())
    app = make_app(folder)
    migrate(app)
    with app.app_context():
        with transaction():
            user_id = accounts.create_user("bench@example.test").id
            for number in range(HISTORY):
                billing.subscribe(user_id, ("low", "mid")[number % 2], source="demo")
        plain = {user_id: dict(billing.entitlements(user_id).values)}

        def ours() -> int:
            return sum(billing.can(user_id, "api") for _ in range(CHECKS))

        def reference() -> int:
            return sum(bool(plain[user_id]["api"]) for _ in range(CHECKS))

        assert ours() == reference() == CHECKS
        spent, simple = harness.time_pair(ours, reference)

        def load() -> None:
            for _ in range(100):
                billing.forget()
                billing.can(user_id, "api")

        first = harness.time_cpu(load) / 100
        db.session.remove()
    each, plainly = spent / CHECKS, simple / CHECKS
    print(f"a check {each * 1e6:.2f} us, a look into a dictionary {plainly * 1e6:.2f} us")
    print(
        f"{each / plainly:.1f} times the dictionary; the first check of a request {first * 1e6:.0f} us"
    )
    harness.print_ratio("entitlements", each / GOAL_SECONDS, 1.0)


if __name__ == "__main__":
    main()
