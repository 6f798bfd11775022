"""How a live executor, a risk manager and a plugin manager use the ledger; needs `requests`.

    TRP_URL=http://127.0.0.1:5000 TRP_KEY=trp_… python docs/examples/live_executor.py

The key comes from the dashboard, or from `flask accounts create-key EMAIL`.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from typing import Any

import requests

BATCH = 1000
TIMEOUT = 10
ATTEMPTS = 5
RETRIED = {429, 500, 502, 503, 504}


class Ledger:
    """A small client. Every call may be repeated: an external id is recorded once."""

    def __init__(self, url: str, key: str) -> None:
        """Talk to the service at `url` with an API key."""
        self.url = url.rstrip("/")
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def record_fills(
        self, plugin_id: str, fills: list[dict[str, Any]], kind: str = "journal"
    ) -> list[dict[str, Any]]:
        """Live executor: report fills as they come in, or all of a day again after a crash.

        Returns one result per fill: created, duplicate, or refused with field and reason. What
        is refused stays refused until it is mended; everything else is safe in the ledger.
        """
        results: list[dict[str, Any]] = []
        for start in range(0, len(fills), BATCH):
            body = {"plugin_id": plugin_id, "kind": kind, "fills": fills[start : start + BATCH]}
            results += self._call("POST", "/api/ledger/fills", json=body)["results"]
        return results

    def daily_loss(self, user_id: int, plugin_id: str) -> float:
        """Risk manager: today's closed loss of a robot, to compare with its limit."""
        metrics = self._metrics(f"/api/performance/{user_id}/plugin/{plugin_id}/daily")
        return max(0.0, -metrics["total_pnl"]) if metrics else 0.0

    def record_of(self, user_id: int, plugin_id: str) -> dict[str, Any] | None:
        """Plugin manager: the whole record of a robot; None while it has none."""
        return self._metrics(f"/api/performance/{user_id}/plugin/{plugin_id}/all-time")

    def me(self) -> dict[str, Any]:
        """Whose key this is, and what it may do."""
        return self._call("GET", "/api/me")

    def _metrics(self, path: str) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = self._call("GET", path)["metrics"]
        except requests.HTTPError as error:
            if (
                error.response is not None
                and error.response.status_code == requests.codes.not_found
            ):
                return None
            raise
        return answer

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            try:
                answer = self.session.request(method, self.url + path, timeout=TIMEOUT, **options)
            except (requests.ConnectionError, requests.Timeout):
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                if answer.status_code not in RETRIED or attempt == ATTEMPTS - 1:
                    answer.raise_for_status()
                    body: dict[str, Any] = answer.json()
                    return body
            # An answer that was lost is no problem: the repeated fills come back as duplicates.
            time.sleep(2**attempt / 4)
        raise AssertionError


def main() -> int:
    """Report a round trip and show what came of it."""
    ledger = Ledger(os.environ.get("TRP_URL", "http://127.0.0.1:5000"), os.environ["TRP_KEY"])
    user_id = ledger.me()["user_id"]
    now = datetime.now(UTC)
    fills = [
        {
            "external_id": f"example-{now:%Y%m%d%H%M%S}-{side}",
            "executed_at": now.isoformat(),
            "symbol": "AAPL",
            "side": side,
            "qty": "10",
            "price": price,
            "fee": "0.35",
            "currency": "USD",
        }
        for side, price in (("buy", "187.20"), ("sell", "188.05"))
    ]
    results = ledger.record_fills("ma_cross", fills)
    for result in results:
        print(result["external_id"], result["status"], result.get("reason", ""))
    time.sleep(1)
    print("closed loss of the day:", ledger.daily_loss(user_id, "ma_cross"))
    print("record:", ledger.record_of(user_id, "ma_cross"))
    return 1 if any(result["status"] == "refused" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
