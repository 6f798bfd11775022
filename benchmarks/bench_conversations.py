"""conversations: 200 members who talk with the coach at once, from the question to its last word.

The real processes on loopback: web, the worker that answers, Redis, and an instant fake of a
provider. Each member asks once a minute (`THINK` seconds), reads, and asks again: 3.3 questions a
second. The page asks for its answer each second, as it does in a browser, and a question's time ends
when the answer has been read. `CONVERSATIONS=200`, `SECONDS=20` (two minutes show whether
memory stays flat), `BURST=200` asks so many in one moment afterwards. Wall time: what
else the machine does counts, so the CPU time of a question is printed beside it.
"""

from __future__ import annotations

import heapq
import html
import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from bench_gateway import fake_providers, make_gateway, settings  # noqa: E402
from harness import print_ratio  # noqa: E402
from processes import cpu_seconds, family, tick_seconds  # noqa: E402
from servers import ROOT, free_port, serve, stop  # noqa: E402

from tests.conftest import SiteCaller  # noqa: E402
from tests.services import redis_server  # noqa: E402

CONVERSATIONS = int(os.environ.get("CONVERSATIONS", "200"))
SECONDS = float(os.environ.get("SECONDS", "20"))
THINK = float(os.environ.get("THINK", "60"))
BURST = int(os.environ.get("BURST", "0"))
CLIENTS = 16
POLL = 1.0
PATIENCE = 120.0
GOAL = 3.0
OPEN = re.compile(r'hx-get="(/embed/coach-messages/[^"]+)"')
ASKED = (
    "Is the market open?",
    "Where are the levels of SPY, and which of them has the price touched today?",
    "What is my win rate, how many trades does it rest on, and how wide is its interval?",
    "Explain what theta does to a spread that expires on Friday, and what it does over a weekend. " * 4,
    "R1?",
)  # fmt: skip


@dataclass
class Talks:
    """What members do next, in the order of time, and how long they waited for their answers."""

    site: SiteCaller
    port: int
    until: float = 0.0
    waited: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    turns: list[tuple[float, int, str, float]] = field(default_factory=list)
    """When, which member, where an answer is asked for ("" for a question), when it was asked."""
    going: int = 0
    lock: threading.Condition = field(default_factory=threading.Condition)

    def add(self, at: float, member: int, path: str = "", asked: float = 0.0) -> None:
        """Plan what a member does at a moment."""
        with self.lock:
            heapq.heappush(self.turns, (at, member, path, asked))
            self.lock.notify()

    def run(self) -> None:
        """Do all that is planned, and what comes of it; return when nothing is left."""
        clients = [threading.Thread(target=self._client) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

    def _next(self) -> tuple[float, int, str, float] | None:
        with self.lock:
            while True:
                if not self.turns and not self.going:
                    self.lock.notify_all()
                    return None
                wait = self.turns[0][0] - time.monotonic() if self.turns else POLL
                if self.turns and wait <= 0:
                    self.going += 1
                    return heapq.heappop(self.turns)
                self.lock.wait(wait)

    def _client(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while (turn := self._next()) is not None:
            try:
                self._do(connection, *turn)
            finally:
                with self.lock:
                    self.going -= 1
                    self.lock.notify()

    def _do(self, connection: Any, at: float, member: int, path: str, asked: float) -> None:
        if not path:
            text = ASKED[(member + len(self.waited)) % len(ASKED)]
            page = self._send(connection, member, "POST", "/embed/coach", {"question": text})
            # The time begins when the question was due, however late we are to send it.
            self._look(page, member, at)
            return
        page = self._send(connection, member, "GET", path)
        if page is None and time.monotonic() - asked < PATIENCE:
            self.add(at + POLL, member, path, asked)
        elif page is None:
            self.refused.append("no answer")
        else:
            self._look(page, member, asked)

    def _look(self, page: str | None, member: int, asked: float) -> None:
        found = OPEN.search(page or "")
        now = time.monotonic()
        if found:
            self.add(now + POLL, member, html.unescape(found[1]), asked)
            return
        if "trp-msg" not in (page or ""):
            self.refused.append((page or "")[:300])
            return
        self.waited.append(now - asked)
        if asked + THINK < self.until:
            self.add(asked + THINK, member)

    def _send(
        self,
        connection: Any,
        member: int,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
    ) -> str | None:
        body = urlencode(form).encode() if form else b""
        token = self.site.token(method, path, body, wp_user_id=member)
        headers = {"Authorization": f"Bearer {token}"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body=body or None, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status not in {200, 204}:
            return f"{answer.status} {text[:200]}"
        return text if answer.status == 200 else None


def make_members(app: Any) -> SiteCaller:
    """Connect a site whose members are on a plan with enough questions."""
    from app.accounts import service as accounts
    from app.billing import service as billing
    from app.core.db import transaction

    site = SiteCaller(app)
    for number in range(1, max(CONVERSATIONS, BURST) + 1):
        with transaction():
            user = accounts.create_user(f"talk{number}@example.test")
            accounts.link_member(site.site_id, number, user.id)
            billing.subscribe(user.id, "pro", source="operator", ladder="coach")
    return site


def print_stages(first: int) -> None:
    """Print where the time of the questions after a message went: medians."""
    from sqlalchemy import String, cast, select

    from app.ai.models import AiRun
    from app.coach.models import CoachMessage
    from app.core.db import db

    db.session.rollback()
    key = cast(CoachMessage.id, String)
    rows = db.session.execute(
        select(CoachMessage.asked_at, AiRun.started_at, AiRun.ended_at, CoachMessage.ended_at)
        .join(AiRun, AiRun.request_key.startswith(key + "."))
        .where(CoachMessage.id > first, AiRun.task == "coach", CoachMessage.state == "done")
    ).all()
    if not rows:
        raise SystemExit("no model answered")
    parts = [
        statistics.median((row[n + 1] - row[n]).total_seconds() for row in rows) for n in range(3)
    ]
    print(
        f"{len(rows)} answers by a model; of the median one, until a worker began "
        f"{parts[0]:.3f} s, the model and its tools {parts[1]:.3f} s, writing it down {parts[2]:.3f} s"
    )


def newest() -> int:
    """Return the newest message."""
    from sqlalchemy import func, select

    from app.coach.models import CoachMessage
    from app.core.db import db

    db.session.rollback()
    return db.session.scalar(select(func.max(CoachMessage.id))) or 0


def estimates() -> tuple[Any, Any, int]:
    """Return what calls were expected to cost, what they did, and how many; the learned ones."""
    from sqlalchemy import select

    from app.ai.models import AiCall
    from app.core.db import db

    calls = db.session.scalars(
        select(AiCall).where(AiCall.state == "settled").order_by(AiCall.id).offset(20)
    ).all()
    return sum(c.estimate for c in calls), sum(c.cost for c in calls), len(calls)


def resident(pid: int) -> float:
    """Return the resident memory of a process and all that come from it, without what they share."""
    found = 0.0
    for one in family(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        found += (
            sum(int(n) for n in re.findall(r"^Private_\w+:\s+(\d+)", text, re.MULTILINE)) / 1024
        )
    return found


def p(values: list[float], share: float) -> float:
    """Return the value that a share of them do not exceed."""
    return sorted(values)[max(int(len(values) * share + 0.5) - 1, 0)]


def talk(talks: Talks, seconds: float, count: int) -> list[float]:
    """Let members talk for a while, spread evenly over their minute; return how long they waited."""
    talks.waited, start = [], time.monotonic() + 0.2
    talks.until = start + seconds
    for member in range(1, count + 1):
        due = start + THINK * (member - 1) / count
        if due < talks.until:
            talks.add(due, member)
    talks.run()
    if talks.refused:
        raise SystemExit(f"{len(talks.refused)} were refused: {talks.refused[0]}")
    return talks.waited


def burst(talks: Talks, count: int) -> list[float]:
    """Let so many members ask at one moment."""
    talks.waited, talks.until, now = [], 0.0, time.monotonic()
    for member in range(1, count + 1):
        talks.add(now, member)
    talks.run()
    return talks.waited


def measure(talks: Talks, server: int, worker: int) -> list[tuple[str, float, float]]:
    """Let members talk, and print how it went; return the lines of ratios."""
    burst(talks, 4)  # both processes are up, and have loaded what they need
    first, before = newest(), (usage(server), usage(worker))
    half = talk(talks, SECONDS / 2, CONVERSATIONS)
    memory = resident(server), resident(worker)
    waited = half + talk(talks, SECONDS / 2, CONVERSATIONS)
    later = resident(server), resident(worker)
    web, work = (
        1000 * (usage(pid) - was) / len(waited)
        for pid, was in zip((server, worker), before, strict=True)
    )
    print(f"{CONVERSATIONS} members: {told(waited)}, load average {os.getloadavg()[0]:.1f}")
    print(f"CPU of a question: web {web:.0f} ms, worker {work:.0f} ms")
    print_stages(first)
    print(
        f"memory of its own at half time and at the end: web {memory[0]:.0f} and {later[0]:.0f} MB, "
        f"worker {memory[1]:.0f} and {later[1]:.0f} MB"
    )
    if BURST:
        print(f"at one moment: {told(burst(talks, BURST))}")
    expected, cost, count = estimates()
    print(f"expected {expected:.6f} USD, settled {cost:.6f} USD, {count} calls")
    return [
        ("conversations-p95", p(waited, 0.95), GOAL),
        ("conversations-memory", sum(later) / sum(memory), 1.05),
        ("conversations-estimate", float(abs(expected - cost) / cost), 0.2),
    ]


def told(waited: list[float]) -> str:
    """Write how long questions took."""
    return (
        f"{len(waited)} questions, p50 {p(waited, 0.5):.2f} s, p95 {p(waited, 0.95):.2f} s, "
        f"at most {max(waited):.2f} s"
    )


def main() -> None:
    """Start what is needed, and print the figures."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        redis_server(Path(folder)) as redis_url,
        fake_providers(TOOL="get_market_status") as address,
    ):
        site = make_members(make_gateway(Path(folder), redis_url, address))
        environment = {
            "DATA_DIR": folder, "REDIS_URL": redis_url, "LOG_LEVEL": "ERROR", "RATE_LIMITS": "*=off",
            **settings(address),
        }  # fmt: skip
        port = free_port()
        server = serve("wsgi:app", port, **environment)
        worker = subprocess.Popen(
            [sys.executable, "-m", "workers.run", "ai"], cwd=ROOT, env={**os.environ, **environment}
        )
        try:
            lines = measure(Talks(site, port), server.pid, worker.pid)
        finally:
            stop(server, worker)
    print(f"all of it took {time.monotonic() - began:.0f} s")
    for line in lines:
        print_ratio(*line)


def usage(pid: int) -> float:
    """Return the CPU time of a process, of those that come from it, and of those that have ended."""
    return tick_seconds([pid]) + ended_seconds(pid) + cpu_seconds(family(pid)[1:])


def ended_seconds(pid: int) -> float:
    """Return the CPU time of a process's children that have ended."""
    values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(values[13]) + int(values[14])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
