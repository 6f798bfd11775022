"""Robots that misbehave: each is stopped with its reason, and nothing else is touched."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from app.quant.simulation import Costs, Terms
from app.robots.host import wire
from app.robots.host.checking import NonsenseError, read_step
from app.robots.host.parent import Limits, RobotFault
from app.robots.host.simulations import Job, RobotHost, repeat
from tests.factories.robot_bars import walk

HEAD = "from app.quant.robot import Robot, Order, Cancel, buy, sell\n"
GOOD = HEAD + (
    "class Good(Robot):\n"
    "    def on_bar(self, bars, book):\n"
    "        mine, held = bars[self.symbol], book.position(self.symbol)\n"
    "        book.memory['n'] = book.memory.get('n', 0) + 1\n"
    "        if mine.close[-1] > mine.close[-2] and not held.qty:\n"
    "            return [buy(self.symbol, 1, stop_loss_ratio=0.02)]\n"
    "        if mine.close[-1] < mine.close[-2] and held.qty:\n"
    "            return [held.close()]\n"
)
BARS = {"AAA": walk(300, 1), "BBB": walk(300, 2)}
TERMS = Terms(costs=Costs(spread_ratio=0.001, slippage_ratio=0.0005, commission_per_order=1))


@pytest.fixture(scope="module")
def host():
    with RobotHost(Limits(job_seconds=1.5)) as made:
        yield made


def job(source, **options):
    return Job(source, {}, ("AAA",), TERMS, **options)


def on_bar(*lines, head=""):
    body = "\n".join(f"        {line}" for line in lines)
    return f"{HEAD}{head}\nclass Bad(Robot):\n    def on_bar(self, bars, book):\n{body}\n"


def modules(name):
    return f"dataclasses.sys.modules[{name!r}]"


IMPORT = "import dataclasses"
OF_OS = modules("posix")
BAD = {
    "raises": (on_bar("return 1 / 0"), "raised", "ZeroDivisionError"),
    "endless loop": (on_bar("while True: pass"), "timeout", "1.5 s"),
    "loop that catches all": (
        on_bar("while True:", "    try:", "        while True: pass", "    except BaseException:",
               "        pass"),
        "timeout", "1.5 s",
    ),
    "memory bomb": (on_bar("a = [0]", "while True: a += a"), "memory", "memory"),
    "giant memory at once": (on_bar("return bytearray(1 << 40)"), "memory", "memory"),
    "giant array": (
        on_bar("return np.ones(1 << 36)", head="import numpy as np"), "memory", "memory",
    ),
    "deep recursion": (on_bar("def f(): return f()", "return f()"), "raised", "RecursionError"),
    "sys.exit": (on_bar("raise SystemExit"), "raised", "SystemExit"),
    "end at once": (on_bar(f"{OF_OS}._exit(7)", head=IMPORT), "died", "code 7"),
    "fork bomb": (on_bar(f"while True: {OF_OS}.fork()", head=IMPORT), "forbidden", "os.fork"),
    "open": (on_bar("return open('/etc/passwd')"), "raised", "NameError"),
    "open of the system": (on_bar(f"{OF_OS}.open('/etc/passwd', 0)", head=IMPORT), "forbidden",
                           "open"),
    "import os": (on_bar("import os"), "forbidden", "may not import os"),
    "import socket": (on_bar("import socket"), "forbidden", "socket"),
    "import at the top": (HEAD + "import subprocess\n", "forbidden", "subprocess"),
    "import of the service": (on_bar("import app.core.db"), "forbidden", "app.core.db"),
    "import of the simulation": (on_bar("from app.quant import simulation"), "forbidden",
                                 "app.quant"),
    "the clock": (on_bar(f"{modules('time')}.time()", head=IMPORT), "forbidden", "no clock"),
    "chance without a seed": (on_bar("random.random()", head="import random"), "forbidden",
                              "seed"),
    "chance of the system": (on_bar("random.SystemRandom().random()", head="import random"),
                             "raised|forbidden", ""),
    "a thread": (
        on_bar(f"{modules('_thread')}.start_new_thread(print, ())", head=IMPORT),
        "raised|forbidden", "thread",
    ),
    "its callers": (
        on_bar("try: 1 / 0", "except Exception as e:", "    return e.__traceback__.tb_frame.f_back"),
        "forbidden", "callers",
    ),
    "its callers by a generator": (
        on_bar("def g(): yield", "return g().gi_frame.f_back"), "forbidden", "callers",
    ),
    "another's symbol": (on_bar("return [buy('BBB', 1)]"), "order", "BBB"),
    "nonsense": (on_bar("return [1]"), "order", ""),
    "not a list": (on_bar("return 5"), "raised|order", ""),
    "negative quantity": (on_bar("return [buy(self.symbol, -1)]"), "order", "qty"),
    "quantity that is no number": (on_bar("return [buy(self.symbol, float('nan'))]"), "order",
                                   "qty"),
    "price below zero": (
        on_bar("return [buy(self.symbol, 1, kind='limit', price=-1)]"), "order", "price",
    ),
    "memory that is no JSON": (on_bar("book.memory['a'] = {1, 2}"), "order", "JSON"),
    "memory that grows": (
        on_bar("book.memory['a'] = book.memory.get('a', '') + 'x' * 1000"), "order", "16384",
    ),
    "no robot": ("x = 1\n", "robot", "0 subclasses"),
    "no Python": ("class", "raised", "SyntaxError"),
    "parameters that are none": (
        HEAD + "class Bad(Robot):\n    Parameters = dict\n", "robot", "Parameters",
    ),
    "an error that cannot be told": (
        on_bar("raise Odd", head="class Odd(Exception):\n    def __str__(self): return 1 / 0\n"),
        "raised", "Error",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_robot_that_misbehaves_is_stopped_with_its_reason(host, name):
    source, kind, text = BAD[name]
    outcome = host.simulate([job(source)], BARS)[0]
    assert isinstance(outcome, RobotFault), outcome
    assert outcome.kind in kind.split("|"), outcome
    assert text in outcome.message
    assert len(outcome.message) < 600


def test_a_fault_names_the_bar_and_the_line_and_what_was_done_before_stands(host):
    source = GOOD.replace(
        "        if mine",
        "        if book.memory['n'] == 200: raise ValueError('no')\n        if mine",
        1,
    )
    fault = host.simulate([job(source)], BARS)[0]
    whole = host.simulate([job(GOOD)], BARS)[0]
    at = int(BARS["AAA"].opened_at[200])
    assert (fault.kind, fault.bar) == ("raised", at)
    assert fault.message == "ValueError: no (robot.py, line 6)"
    assert fault.step.fills == [fill for fill in whole.fills if fill.bar_opened_at <= at]
    assert fault.step.fills


def test_a_hang_names_its_bar(host):
    source = on_bar("if bars[self.symbol].close[-1] == 100 or len(book.memory) > 9:",
                    "    while True: pass", "book.memory[str(len(book.memory))] = 1")  # fmt: skip
    fault = host.simulate([job(source)], BARS)[0]
    assert (fault.kind, fault.bar) == ("timeout", int(BARS["AAA"].opened_at[11]))


def test_a_flood_of_output_and_closed_channels_hurt_nobody(host):
    flood = on_bar("print('x' * 100_000)", "return None")
    assert host.simulate([job(flood)], BARS)[0].fills == []
    for number in (0, 3, 5, 8):
        closing = on_bar(f"{OF_OS}.close({number})", head=IMPORT)
        outcome = host.simulate([job(closing), job(GOOD)], BARS)
        assert len(outcome[1].fills) > 10


def test_a_batch_loses_only_the_culprits_ours_and_others(host):
    crash = on_bar(f"{OF_OS}._exit(7)", head=IMPORT)
    hang = on_bar("while True: pass")
    sources = [GOOD, crash, GOOD, hang, GOOD, on_bar("return 1 / 0"), GOOD]
    for is_trusted in (True, False):
        jobs = [job(source, is_trusted=is_trusted) for source in sources]
        outcomes = host.simulate(jobs, BARS)
        assert [getattr(each, "kind", "ran") for each in outcomes] == [
            "ran", "died", "ran", "timeout", "ran", "raised", "ran",
        ]  # fmt: skip
        assert outcomes[0] == outcomes[2] == outcomes[4] == outcomes[6]
        assert len(outcomes[0].fills) > 10


def test_what_one_robot_changes_no_other_sees_and_its_own_fills_stay_honest(host):
    head = (
        "import math, dataclasses\n"
        "engine = dataclasses.sys.modules['app.quant.simulation.broker']\n"
        "engine.rules.market_price = lambda *given: 0.01\n"
        "engine.rules.covers = lambda *given: True\n"
        "math.sqrt = None\n"
    )
    cheat = head + GOOD
    honest = host.simulate([job(GOOD)], BARS)[0]
    cheated, after = host.simulate([job(cheat), job(GOOD)], BARS)
    assert after == honest
    prices = [fill.price for fill in getattr(cheated, "step", cheated).fills]
    low = BARS["AAA"].low.min()
    assert all(price > low * 0.99 for price in prices)


def test_ours_and_a_third_party_s_give_the_same_step_and_go_on_from_their_state(host):
    ours = host.simulate([job(GOOD, is_trusted=True)], BARS)[0]
    theirs = host.simulate([job(GOOD)], BARS)[0]
    assert ours == theirs
    for is_trusted in (True, False):
        first = {
            symbol: type(bars)(*(each[:150] for each in bars)) for symbol, bars in BARS.items()
        }
        begun = host.simulate([job(GOOD, is_trusted=is_trusted)], first)[0]
        rest = host.simulate([job(GOOD, state=begun.state, is_trusted=is_trusted)], BARS)[0]
        assert begun.fills + rest.fills == ours.fills
        assert rest.state == ours.state


def test_nothing_of_our_environment_is_there(host, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "planted")
    environ = on_bar(f"raise ValueError(str(dict({modules('os')}.environ)))", head=IMPORT)
    with RobotHost() as fresh:
        fault = fresh.simulate([job(environ)], BARS)[0]
    assert "planted" not in fault.message
    assert fault.message.startswith("ValueError: {}")


def test_the_kernel_refuses_what_gets_past_python():
    """In a process with the filter alone, without the hook and the list of modules."""
    code = (
        "import os, socket, sys, threading\n"
        "from app.robots.host.child import seccomp\n"
        "seccomp.install()\n"
        "refused = 0\n"
        "for attempt in (os.fork, lambda: os.open('/etc/passwd', 0), socket.socket,\n"
        "                lambda: os.kill(os.getppid(), 0), lambda: os.listdir('/'),\n"
        "                lambda: os.execv('/bin/true', ['true']), lambda: os.getrandom(4),\n"
        "                threading.Thread(target=print).start, lambda: os.unlink('/tmp/none')):\n"
        "    try: attempt()\n"
        "    except (PermissionError, RuntimeError): refused += 1\n"
        "os._exit(refused)\n"
    )
    root = Path(__file__).resolve().parents[2]
    import subprocess
    import sys

    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=False)
    assert done.returncode == 9


def test_no_process_is_left_behind_and_a_dead_host_starts_anew(host):
    host.simulate([job(on_bar("while True: pass"))], BARS)
    zygote = host._host._process.pid
    children = Path(f"/proc/{zygote}/task/{zygote}/children").read_text().split()
    assert children == []
    os.kill(zygote, 9)
    time.sleep(0.05)
    from app.robots.host.parent import HostError

    with pytest.raises(HostError):
        host.simulate([job(GOOD)], BARS)
    assert host.simulate([job(GOOD)], BARS)[0].fills


def test_progress_is_told_and_can_end_a_run(host):
    heard = []
    host.simulate([job(GOOD)], BARS, lambda done, total: heard.append((done, total)))
    assert heard[0] == (0, 300)
    assert heard[-1] == (300, 300)

    def stop(done, total):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        host.simulate([job(GOOD)], BARS, stop)
    assert host.simulate([job(GOOD)], BARS)[0].fills


@pytest.mark.parametrize(
    "frame",
    [
        '{"progress": 5}', '{"progress": ["a", 1]}', '{"progress": [1]}', "5", "[]",
        '{"job": 0, "result": 5}', '{"job": 9, "result": {}}', '{"job": 0, "result": {}}',
        '{"job": 0, "fault": {"kind": "odd"}}', "[" * 50_000,
        '{"job": 0, "result": {"decisions": [[0, [[1, 2, 3]]]], "lookback": 2, "memory": {}}}',
        '{"job": 0, "result": {"decisions": [[0, [["AAA", "buy", 1e400]]]], "lookback": 2}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("has_progress", [False, True])
def test_frames_that_a_robot_forges_hurt_itself_alone(host, frame, has_progress):
    """It finds the channel by trying all descriptors and writes past its own answer."""
    forging = on_bar(
        f"text = {frame!r}.encode()",
        "data = len(text).to_bytes(4, 'big') + bytes(4) + text",
        "for number in range(3, 40):",
        f"    try: {OF_OS}.write(number, data)",
        "    except OSError: pass",
        head=IMPORT,
    )
    listen = (lambda done, total: None) if has_progress else None
    forged, good = host.simulate([job(forging), job(GOOD)], BARS, listen)
    assert isinstance(forged, RobotFault), forged
    assert len(good.fills) > 10


def test_a_step_that_cannot_be_is_not_believed(host):
    told = host.simulate([job(GOOD, is_trusted=True)], BARS)[0]
    fill = told.fills[0]
    for change in (
        {"symbol": "BBB"}, {"price": 1.0}, {"qty": -1.0}, {"qty": float("inf")}, {"fee": -1.0},
        {"at_us": fill.at_us + 1}, {"bar_opened_at": 5}, {"price": None},
    ):  # fmt: skip
        wrong = told._replace(fills=[fill._replace(**change)])
        with pytest.raises(NonsenseError):
            read_step(job(GOOD), BARS, wrong)
    for nothing in (None, [], {}, [[]] * 4, 5):
        with pytest.raises(NonsenseError):
            read_step(job(GOOD), BARS, nothing)


@pytest.mark.parametrize(
    "answer",
    [
        {}, {"decisions": 5}, {"decisions": [], "lookback": "x"},
        {"decisions": [], "lookback": 0}, {"decisions": [], "lookback": 2, "memory": 5},
        {"decisions": [[1]], "lookback": 2, "memory": {}},
        {"decisions": [], "lookback": 2, "memory": {"a": "x" * 20_000}},
        {"decisions": [], "lookback": 2, "memory": {}, "fault": []},
    ],
)  # fmt: skip
def test_decisions_that_cannot_be_read_are_not_believed(answer):
    with pytest.raises(NonsenseError):
        repeat(job(GOOD), BARS, answer)


def test_a_frame_that_is_none_is_refused():
    import socket

    for content in (b"\xff" * 8, b"\0\0\0\x02\0\0\0\0{]", b"\0\0\0\x03\0\0\0\0NaN", b"\0\0"):
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                theirs.sendall(content)
            with pytest.raises(wire.WireError):
                wire.receive(ours)
