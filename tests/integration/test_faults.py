"""kill -9, FLUSHALL and no Redis at all, in mid traffic: nothing is lost or done twice.

Five rounds by default; `make faults N=300` for a long run.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from redis import Redis
from redis.exceptions import RedisError

from tests.services import Stack, wordpress_stack

pytestmark = [pytest.mark.faults, pytest.mark.alone]

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "5"))
BACK_WITHIN_SECONDS = 60
# How long Redis is away in each round of F5: REDIS_AWAY_SECONDS=300 make faults N=10
AWAY_SECONDS = float(os.environ.get("REDIS_AWAY_SECONDS", "2"))
DRAINED_WITHIN_SECONDS = 300
OWNER = "faults@example.test"
PROCESSES = {
    "worker": ("workers.run", "fast"),
    "bulk worker": ("workers.run", "forking"),
    "AI worker": ("workers.run", "ai"),
    "worker parent": ("-m", "workers.run"),
    "clock": ("workers.clock",),
    "web": ("granian",),
    "redis": ("redis.sock",),
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    with wordpress_stack(folder, wordpress=False, eager=True) as running:
        yield running


class Trader:
    """Posts fills until each is acknowledged, and remembers what it was promised."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        stack.flask("accounts", "create-user", OWNER, "--tier", "mid")
        self.key = stack.flask("accounts", "create-key", OWNER).split()[-1]
        self.user_id = self._get("/api/me")["user_id"]
        self.number = 0
        self.expected = Decimal(0)
        self.refused = 0
        self.statuses: dict[str, list[str]] = {}

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def _get(self, path: str):
        answer = requests.get(self.stack.service + path, headers=self._headers(), timeout=10)
        answer.raise_for_status()
        return answer.json()

    def round_trip(self) -> None:
        """Buy one and sell it again a dollar or so higher or lower."""
        self.number += 1
        change = random.choice(["1.25", "-0.75"])
        minute = f"2026-03-{2 + self.number // 600 % 25:02d}T15:{self.number // 10 % 60:02d}"
        second = self.number % 10 * 5
        fills = [
            self._fill(f"b{self.number}", "buy", "100", f"{minute}:{second:02d}Z"),
            self._fill(
                f"s{self.number}", "sell", str(100 + Decimal(change)), f"{minute}:{second + 2:02d}Z"
            ),
        ]
        for fill in fills:
            self._post(fill)
        self.expected += Decimal(change)

    @staticmethod
    def _fill(external_id: str, side: str, price: str, at: str) -> dict[str, str]:
        return {
            "external_id": external_id, "executed_at": at, "symbol": "SPY", "side": side,
            "qty": "1", "price": price, "fee": "0", "currency": "USD",
        }  # fmt: skip

    def _post(self, fill: dict[str, str]) -> None:
        deadline = time.monotonic() + BACK_WITHIN_SECONDS
        while True:
            try:
                answer = requests.post(
                    f"{self.stack.service}/api/ledger/fills",
                    json={"plugin_id": "faults", "fills": [fill]},
                    headers=self._headers(),
                    timeout=30,
                )
                if answer.status_code == 200:
                    status = answer.json()["results"][0]["status"]
                    self.statuses.setdefault(fill["external_id"], []).append(status)
                    assert status in {"created", "duplicate"}, answer.text
                    return
                assert answer.status_code >= 500, answer.text
                self.refused += 1
            except requests.ConnectionError:
                pass
            assert time.monotonic() < deadline, "the service did not come back"
            time.sleep(0.1)

    def figures(self):
        try:
            return self._get(f"/api/performance/{self.user_id}/plugin/faults/all-time")["metrics"]
        except requests.RequestException:
            return {"trade_count": None, "total_pnl": None}

    def wait_for_figures(self, seconds: float) -> float:
        """Return after how many seconds the figures say what was posted."""
        start = time.monotonic()
        while True:
            shown = self.figures()
            if shown["trade_count"] == self.number:
                assert Decimal(str(shown["total_pnl"])) == self.expected
                return time.monotonic() - start
            assert time.monotonic() - start < seconds, f"{shown} after {self.number} trades"
            time.sleep(0.2)


@pytest.fixture(scope="module")
def trader(stack):
    return Trader(stack)


def pids(stack: Stack, process: str) -> list[int]:
    """Return the processes of this stack, found by DATA_DIR in their environment."""
    wanted, marker = PROCESSES[process], f"DATA_DIR={stack.data_dir}\0".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = folder.joinpath("cmdline").read_bytes().decode(errors="replace")
            environment = folder.joinpath("environ").read_bytes()
        except OSError:
            continue
        # Redis writes its title over its environment; the title names the socket.
        ours = marker in environment + b"\0" or str(stack.data_dir) in words
        ours = ours and "scripts" not in words
        if ours and all(word in words for word in wanted):
            found.append(int(folder.name))
    return found


def kill(stack: Stack, process: str) -> int:
    count = 0
    for pid in pids(stack, process):
        try:
            os.kill(pid, signal.SIGKILL)
            count += 1
        except ProcessLookupError:
            continue
    return count


def flush_redis(stack: Stack) -> None:
    client = Redis.from_url(f"unix://{stack.data_dir}/redis.sock", socket_timeout=2)
    try:
        client.flushall()
    except RedisError:  # it may just be down, which is a fault as well
        return
    finally:
        client.close()


def test_every_process_of_the_stack_is_found(stack):
    for process in PROCESSES:
        assert pids(stack, process), process


def test_a_killed_job_comes_back_within_a_minute(stack, trader):
    trader.round_trip()
    assert kill(stack, "worker")
    assert trader.wait_for_figures(BACK_WITHIN_SECONDS) < BACK_WITHIN_SECONDS


def test_flushall_loses_nothing(stack, trader):
    stop = threading.Event()

    def flush_again_and_again():
        while not stop.is_set():
            flush_redis(stack)
            time.sleep(0.05)

    flusher = threading.Thread(target=flush_again_and_again)
    flusher.start()
    try:
        for _ in range(10):
            trader.round_trip()
    finally:
        stop.set()
        flusher.join()
    trader.wait_for_figures(BACK_WITHIN_SECONDS)


@contextlib.contextmanager
def without_redis(stack: Stack):
    """Keep Redis from running, and let it start again without anything that it held."""
    folder = stack.data_dir / "redis/appendonlydir"
    for process in pids(stack, "redis"):
        os.kill(process, signal.SIGSTOP)
    shutil.rmtree(folder)
    # A file in the place of its folder: each start ends at once.
    folder.touch()
    kill(stack, "redis")
    try:
        yield
    finally:
        folder.unlink()


def redis_has(stack: Stack, name: str) -> bool | None:
    """Return whether Redis holds a key; None while it is away."""
    with Redis.from_url(f"unix://{stack.data_dir}/redis.sock", socket_timeout=2) as client:
        try:
            return bool(client.exists(name))
        except RedisError:
            return None


def test_redis_away_for_a_while_and_back_empty(stack, trader):
    """F5: writes go on as if nothing were, and the backlog is worked off afterwards."""
    slowest = 0.0
    for number in range(ROUNDS):
        with Redis.from_url(f"unix://{stack.data_dir}/redis.sock") as client:
            client.set("mark", number)
        refused, before = trader.refused, trader.number
        with without_redis(stack):
            end = time.monotonic() + AWAY_SECONDS
            while time.monotonic() < end:
                trader.round_trip()
            assert redis_has(stack, "mark") is None
        assert trader.number > before
        assert trader.refused == refused
        slowest = max(slowest, trader.wait_for_figures(DRAINED_WITHIN_SECONDS))
        assert redis_has(stack, "mark") is False
    print(f"F5: away {AWAY_SECONDS:g} s, {ROUNDS} times; worked off within {slowest:.1f} s")


@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_is_lost_or_done_twice(stack, trader, number):
    rng = random.Random(number)
    faults = [rng.choice([*PROCESSES, "flushall"]) for _ in range(2)]
    ended = threading.Event()

    def inject():
        for fault in faults:
            time.sleep(rng.uniform(0, 0.4))
            if fault == "flushall":
                flush_redis(stack)
            else:
                kill(stack, fault)
        ended.set()

    injector = threading.Thread(target=inject)
    injector.start()
    while not ended.is_set() or trader.number % 5:
        trader.round_trip()
    injector.join()
    trader.wait_for_figures(BACK_WITHIN_SECONDS * 2)
    for external_id, statuses in trader.statuses.items():
        assert statuses.count("created") <= 1, external_id


def test_afterwards_the_chain_holds_and_reconciliation_finds_no_difference(stack, trader):
    assert stack.flask("ledger", "verify")
    before = trader.figures()
    stack.flask("performance", "reconcile")
    stack.flask("ledger", "rebuild")
    stack.flask("performance", "reconcile")
    after = trader.figures()
    assert after == before


def test_afterwards_all_invariants_hold(stack, trader):
    told = json.loads(stack.flask("invariants", "--json"))
    assert (told["broken"], told["unknown"]) == (0, 0), told


def test_after_a_power_cut_of_all_at_once_nothing_is_lost(stack, trader):
    """F26: every process at one moment, Redis with its journal among them."""
    for _ in range(ROUNDS):
        trader.round_trip()
        assert all(kill(stack, process) for process in PROCESSES)
        trader.round_trip()
        trader.wait_for_figures(BACK_WITHIN_SECONDS * 2)
    test_afterwards_all_invariants_hold(stack, trader)
