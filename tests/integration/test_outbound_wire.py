"""The way out: pinned to the address that was checked, bounded in time and bytes, no redirects."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from app.core import outbound
from app.core.outbound import Network, RefusedAddressError, wire
from tests import webhook_sink as sinks

LOCAL = Network(allow_local=True, seconds=1.0)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return sinks.Authority(tmp_path_factory.mktemp("authority"))


def post(url, network=LOCAL, **headers):
    return outbound.post(url, b'{"a":1}', {"Content-Type": "application/json", **headers}, network)


class Names:
    """A name server whose answers change from one question to the next."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, host, _port):
        self.asked.append(host)
        found = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(found, Exception):
            raise found
        return found


def test_a_request_arrives_as_it_was_sent():
    with sinks.sink() as sink:
        answer = post(f"{sink.url}?a=b", **{"webhook-id": "evt_1"})
    assert (answer.status, answer.error) == (200, None)
    got = sink.got[0]
    assert got.path == "/hook?a=b"
    assert got.body == b'{"a":1}'
    assert got.headers["host"] == f"127.0.0.1:{sink.port}"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["webhook-id"] == "evt_1"
    assert got.headers["content-length"] == "7"
    assert got.headers["user-agent"] == wire.AGENT


@pytest.mark.parametrize("status", [201, 204, 299, 301, 400, 404, 410, 429, 500, 503])
def test_the_status_is_told_and_judged_elsewhere(status):
    with sinks.sink(sinks.answer(status, "Retry-After: 7", body=b"")) as sink:
        answer = post(sink.url)
    assert (answer.status, answer.retry_after) == (status, "7")


@pytest.mark.req("S3-110")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with sinks.sink() as inside:
        line = f"Location: {inside.url}"
        with sinks.sink(sinks.answer(status, line)) as sink:
            assert post(sink.url).status == status
    assert inside.connections == 0


@pytest.mark.req("S3-110")
@pytest.mark.parametrize(
    ("behave", "error"),
    [
        (sinks.hang, "timeout"),
        (sinks.slow_head, "timeout"),
        (sinks.endless_head, ("too_long", "not_http")),
        (sinks.continues, "too_long"),
        (sinks.garbage, "not_http"),
        (sinks.slam, ("not_http", "connection")),
    ],
)
def test_whatever_the_other_side_does_it_is_over_in_time(behave, error):
    with sinks.sink(behave) as sink:
        began = time.monotonic()
        answer = post(sink.url)
        took = time.monotonic() - began
    assert answer.status is None
    assert answer.error in (error if isinstance(error, tuple) else (error,))
    assert took < 2
    if answer.error == "timeout":
        assert took > 0.9


@pytest.mark.parametrize("behave", [sinks.endless_body, sinks.slow_body])
def test_a_body_without_an_end_is_left_after_a_kilobyte(behave):
    network = Network(allow_local=True, seconds=10)
    with sinks.sink(behave) as sink:
        began = time.monotonic()
        assert post(sink.url, network).status == 200
        assert time.monotonic() - began < 2
        time.sleep(0.2)
        # What the kernel's buffers took, not what was read; far from 10 GB.
        assert sink.sent < 16 * 1024 * 1024


def test_only_so_much_of_an_answer_is_ever_read(monkeypatch):
    read = []
    real = wire._Reader.readinto

    def count(self, buffer):
        got = real(self, buffer)
        read.append(got)
        return got

    monkeypatch.setattr(wire._Reader, "readinto", count)
    with sinks.sink(sinks.endless_head) as sink:
        post(sink.url)
    assert 0 < sum(read) <= wire.MOST_BYTES


def test_nobody_listening_is_an_error_and_no_exception():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/").error == "connection"


def test_proxies_of_the_environment_have_no_say(monkeypatch):
    with sinks.sink() as proxy, sinks.sink() as sink:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(sink.url).status == 200
    assert proxy.connections == 0


# --- names ---


@pytest.mark.req("S3-110")
@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.5"], ["169.254.169.254"], ["::1"], ["8.8.8.8", "127.0.0.1"],
     ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["fe80::1%lo"]],
)  # fmt: skip
def test_a_name_of_a_private_address_is_refused_without_connecting(addresses, monkeypatch):
    def connect(*_args, **_kwargs):
        pytest.fail("it connected")

    monkeypatch.setattr(wire.socket, "create_connection", connect)
    network = Network(resolve=Names(addresses), is_own=lambda _: False)
    assert post("https://127-0-0-1.nip.example/", network).error == "private_address"


@pytest.mark.req("S3-110")
def test_a_name_that_changes_its_address_is_called_where_it_was_checked(authority, monkeypatch):
    """DNS rebinding: one question a request, and the connection goes to that very answer."""
    names = Names(["93.184.216.34"], ["127.0.0.1"])
    called = []

    def connect(address, _timeout):
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(wire.socket, "create_connection", connect)
    network = Network(resolve=names, is_own=lambda _: False, context=authority.client)
    assert post("https://rebind.example/", network).error == "connection"
    assert called == [("93.184.216.34", 443)]
    assert names.asked == ["rebind.example"]
    # The next delivery asks anew and is refused before it connects.
    assert post("https://rebind.example/", network).error == "private_address"
    assert len(called) == 1


@pytest.mark.req("S3-110")
def test_an_address_of_this_machine_is_refused():
    network = Network(resolve=Names(["8.8.8.8"]), is_own=lambda address: address == "8.8.8.8")
    assert post("https://example.com/", network).error == "own_address"
    network = Network(
        own_hosts=wire.own_hosts(["https://Service.example/x", "", "http://127.0.0.1"])
    )
    assert network.own_hosts == {"service.example"}
    assert post("https://service.example/", network).error == "own_address"


def test_the_machine_knows_its_own_addresses():
    assert wire.is_own("127.0.0.1")


def test_a_name_that_is_unknown_and_a_name_server_that_hangs():
    network = Network(resolve=Names(socket.gaierror(socket.EAI_NONAME, "no")), seconds=0.3)
    assert post("https://nowhere.example/", network).error == "name_unknown"
    assert post("https://nowhere.example/", Network(resolve=Names([]))).error == "name_unknown"
    release = threading.Event()

    def slow(_host, _port):
        release.wait(5)
        return []

    began = time.monotonic()
    assert post("https://slow.example/", Network(resolve=slow, seconds=0.3)).error == "timeout"
    outbound.check_name("https://slow.example/", Network(resolve=slow), 0.2)
    assert time.monotonic() - began < 2
    release.set()


def test_a_url_is_checked_when_it_is_given():
    with pytest.raises(RefusedAddressError, match="private_address"):
        outbound.check_name("https://a.example/", Network(resolve=Names(["10.0.0.1"])), 1)
    unknown = Names(socket.gaierror(socket.EAI_NONAME, "no"))
    with pytest.raises(RefusedAddressError, match="name_unknown"):
        outbound.check_name("https://a.example/", Network(resolve=unknown), 1)
    with pytest.raises(RefusedAddressError, match="scheme"):
        outbound.check_name("http://127.0.0.1/", Network(), 1)
    away = Names(socket.gaierror(socket.EAI_AGAIN, "later"))
    outbound.check_name("https://a.example/", Network(resolve=away), 1)


# --- TLS ---


def test_the_name_and_not_the_address_is_what_the_certificate_must_hold(authority):
    names = Names(["127.0.0.1"])
    network = Network(allow_local=True, resolve=names, context=authority.client, seconds=3)
    with sinks.sink(context=authority.server("hooks.example.com")) as sink:
        good = post(f"https://hooks.example.com:{sink.port}/x", network)
        assert (good.status, good.error) == (200, None)
        assert sink.got[0].headers["host"] == f"hooks.example.com:{sink.port}"
        assert post(f"https://other.example.com:{sink.port}/x", network).error == "tls"
        strict = Network(allow_local=True, resolve=names, seconds=3)
        assert post(f"https://hooks.example.com:{sink.port}/x", strict).error == "tls"
    assert len(sink.got) == 1


def test_a_server_that_hangs_in_the_handshake_is_left_in_time(authority):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        network = Network(allow_local=True, context=authority.client, seconds=0.5)
        began = time.monotonic()
        assert post(f"https://127.0.0.1:{port}/", network).error == "timeout"
        assert time.monotonic() - began < 1.5


def test_plain_http_on_a_tls_port_is_an_error(authority):
    with sinks.sink(sinks.garbage) as sink:
        network = Network(allow_local=True, context=authority.client, seconds=1)
        answer = post(f"https://127.0.0.1:{sink.port}/", network)
    assert answer.error in {"tls", "timeout", "connection"}
