"""The test till as the process that `make run` starts: its file, its webhooks, its end."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from scripts.settings import ROOT
from tests.services import free_ports

SECRET = "whsec_of_this_run"
SECONDS = 20


class Sink:
    """Where the till delivers to: keeps what came and answers as told."""

    def __init__(self):
        self.status = 200
        self.events = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_arguments):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature = self.headers["Stripe-Signature"]
                event = stripe.Webhook.construct_event(body, signature, SECRET)
                sink.events.append((event.type, sink.status))
                self.send_response(sink.status)
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()


@pytest.fixture
def sink():
    running = Sink()
    yield running
    running.server.shutdown()
    running.server.server_close()
    running.thread.join()


@contextlib.contextmanager
def till(port, folder, sink):
    command = [sys.executable, "-m", "tests.fakes.stripe", "--port", str(port)]
    command += ["--state", str(folder / "till.json")]
    command += ["--webhook-url", sink.url, "--webhook-secret", SECRET]
    with (folder / "till.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_for(lambda: answers(port))
        yield process
    finally:
        process.kill()
        process.wait()


def client(port):
    address = {"api": f"http://127.0.0.1:{port}"}
    return stripe.StripeClient("sk_test_till", base_addresses=address, max_network_retries=0).v1


def answers(port):
    try:
        return bool(client(port).balance.retrieve())
    except stripe.APIConnectionError:
        return False


def wait_for(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_it_has_answered_survives_a_kill(tmp_path, sink):
    (port,) = free_ports(1)
    with till(port, tmp_path, sink) as process:
        made = client(port).customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with till(port, tmp_path, sink):
        assert client(port).customers.retrieve(made.id).email == "a@example.com"
        again = client(port).customers.create({"email": "a@example.com"}, {"idempotency_key": "k"})
        assert again.id == made.id
        wait_for(lambda: "customer.created" in [kind for kind, _ in sink.events])


def test_what_is_not_acknowledged_is_sent_again(tmp_path, sink):
    (port,) = free_ports(1)
    sink.status = 503
    with till(port, tmp_path, sink) as process:
        client(port).customers.create({})
        wait_for(lambda: sink.events)
        sink.status = 200
        wait_for(lambda: ("customer.created", 200) in sink.events)
        wait_for(lambda: not client(port).events.list({"delivery_success": False}).data)
        process.terminate()
        assert process.wait(SECONDS) == 0
    assert "Traceback" not in (tmp_path / "till.log").read_text()
