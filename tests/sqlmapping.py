"""`make sqlmap`: let sqlmap look for injections in every parameter and field of the API.

The operations come from the API's own description, so a new one is attacked without being listed.
Each is asked as a key and as a site: a layer in front signs whatever sqlmap sends, and puts the
database back before each write, so that every attack meets a request that would have worked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import Client

from scripts.console import Refusal, run_main, say
from tests.fuzzing import DESCRIPTION, World

LEVEL = os.environ.get("LEVEL", "1")
ONLY = os.environ.get("ONLY", "")
WAYS = {"key": "apiKey", "site": "siteToken"}
FOUND = "is vulnerable"
NOT_FOUND = "do not appear to be injectable"
# Their answer needs what only the operator or an earlier answer gives: refused, and attacked so.
NEEDS_A_SECRET = {
    "POST /api/wordpress/connect", "POST /api/tokens/refresh", "POST /api/privacy/downloads",
    "POST /api/tokens", "POST /api/billing/webhooks/stripe",
}  # fmt: skip
# An asker for whom there is nothing to ask for.
NOT_FOR = {("site", "POST /api/tokens"), ("key", "POST /api/live/tickets")}
Wsgi = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Target:
    """One request that sqlmap varies."""

    asker: str
    label: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """GET, POST and so on."""
        return self.label.partition(" ")[0]

    @property
    def name(self) -> str:
        """What is told of it."""
        return f"{self.asker}: {self.method} {self.path}"


def main() -> None:
    """Attack what must be found, then everything; Refusal when something of ours gives way."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as results:
        with served(Injectable()) as (url, _):
            if attack(url, CONTROL, Path(results)) != FOUND:
                message = "sqlmap did not find the hole that was made for it"
                raise Refusal(message)
        say("control: the hole that was made for it was found")
        world = World(Path(folder))
        faults = [name for asker in WAYS for name in _attack_all(world, asker, Path(results))]
        world.close()
    if faults:
        raise Refusal(f"{len(faults)} gave way or could not be asked: {'; '.join(faults)}")


def _attack_all(world: World, asker: str, results: Path) -> list[str]:
    faults = []
    layer = Restored(world, asker)
    with served(layer) as (url, requests):
        found = [one for one in targets(world, asker) if ONLY in one.name]
        for target in found:
            before, broken = requests(), layer.broken
            refused = "" if "*" in target.path else refusal(world, target)
            outcome = attack(url, target, results)
            if layer.broken != broken:
                outcome = "broke"
            told = f" (refused as it is: {refused})" if refused else ""
            say(f"{outcome}, {requests() - before} requests: {target.name}{told}")
            if outcome != NOT_FOUND:
                faults.append(target.name)
    say(f"{asker}: {len(found)} requests varied, {len(faults)} gave way")
    return faults


def targets(world: World, asker: str) -> Iterator[Target]:
    """Yield what there is to vary: query and fields together, and each address with its parts."""
    document = world.app.test_client().get(DESCRIPTION).json
    for path, item in document["paths"].items():
        for method, operation in item.items():
            label = f"{method.upper()} {path}"
            ways = [name for way in operation["security"] for name in way]
            is_ours = WAYS[asker] in ways or (not ways and asker == "key")
            if is_ours and (asker, label) not in NOT_FOR:
                yield from _targets_of(world, asker, label, operation, document)


def _targets_of(
    world: World, asker: str, label: str, operation: dict[str, Any], document: dict[str, Any]
) -> Iterator[Target]:
    parameters = [resolved(document, one) for one in operation["parameters"]]
    path = marked = label.partition(" ")[2]
    for one in parameters:
        if one["in"] == "path":
            value = str(world.ids.get(one["name"], one["example"]))
            path = path.replace(f"{{{one['name']}}}", value)
            marked = marked.replace(f"{{{one['name']}}}", f"{value}*")
    headers = {"If-Match": '"0"'} if any(one["name"] == "If-Match" for one in parameters) else {}
    body = _body(world, path, operation)
    query = {
        one["name"]: world.ids.get(one["name"], one["example"])
        for one in parameters
        if one["in"] == "query" and one["name"] not in {"cursor", "date"}
    }
    whole = f"{path}?{urlencode(query)}" if query else path
    if query or body:
        yield Target(asker, label, whole, body, headers)
    for one in parameters:
        # A cursor is one of ours or refused; a date excludes the bounds that stand above.
        if one["name"] in {"cursor", "date"}:
            yield Target(asker, label, f"{path}?{one['name']}={one['example']}", body, headers)
    if marked != path:
        yield Target(asker, label, marked, body, headers)


def _body(world: World, path: str, operation: dict[str, Any]) -> Any:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return None if content is None else {**content["example"], **world.known.get(path, {})}


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter, wherever the description keeps it."""
    name = part.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["parameters"][name] if name else part
    return found


def refusal(world: World, target: Target) -> str:
    """Return why a request is refused as it is: varying such a one proves little."""
    answer = Client(world.door(target.asker)).open(
        target.path, method=target.method, json=target.body, headers=target.headers
    )
    world.restore()
    is_fine = answer.status_code < 400 or target.label in NEEDS_A_SECRET
    return "" if is_fine else f"{answer.status_code} {answer.json['code']}"


class Restored:
    """The application with credentials, put back to its beginning before each write."""

    def __init__(self, world: World, asker: str) -> None:
        self.world, self.door = world, world.door(asker)
        self.lock = threading.Lock()
        self.broken = 0
        """How many requests had no answer, or one of the kind 5xx."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""

        def seen(status: str, *more: Any) -> Any:
            self.broken -= not status.startswith("5")
            return start_response(status, *more)

        with self.lock:
            self.broken += 1
            if environ["REQUEST_METHOD"] != "GET":
                self.world.restore()
            return list(self.door(environ, seen))


class Injectable:
    """What sqlmap must find: a statement that is put together from the query."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer with the rows that somebody's text selects."""
        import sqlite3
        from urllib.parse import parse_qs

        given = parse_qs(environ["QUERY_STRING"]).get("id", [""])[0]
        with sqlite3.connect(":memory:") as database:
            database.execute("CREATE TABLE t AS SELECT 1 AS id, 'one' AS name")
            statement = f"SELECT name FROM t WHERE id = {given}"
            try:
                rows, status = database.execute(statement).fetchall(), "200 OK"
            except sqlite3.Error as error:
                rows, status = [(str(error),)], "500 Internal Server Error"
        start_response(status, [("Content-Type", "text/plain")])
        return [repr(rows).encode()]


CONTROL = Target("nobody", "GET /hole", "/hole?id=1")


class _Quiet(WSGIRequestHandler):
    def log(self, *_args: Any, **_more: Any) -> None:
        """Say nothing."""


@contextmanager
def served(app: Wsgi) -> Iterator[tuple[str, Callable[[], int]]]:
    """Serve an application on loopback; give its address and how many requests it answered."""
    count = 0

    def counted(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        nonlocal count
        answer = app(environ, start_response)
        count += 1
        return answer

    server = make_server("127.0.0.1", 0, counted, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", lambda: count
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attack(url: str, target: Target, results: Path) -> str:
    """Let sqlmap vary a request; return FOUND, NOT_FOUND or why it could not be tried."""
    command = [
        str(Path(sys.executable).parent / "sqlmap"), "--batch", "--flush-session",
        "-u", url + quote(target.path, safe="/?&=%*:+"), "--method", target.method,
        "--level", LEVEL, "--risk", "1", "--technique", "BEUST", "--time-sec", "2",
        "--dbms", "SQLite", "--ignore-code", "*", "--disable-coloring",
        "--output-dir", str(results),
    ]  # fmt: skip
    for name, value in target.headers.items():
        command += ["-H", f"{name}: {value}"]
    if target.body is not None:
        command += ["--data", json.dumps(target.body), "-H", "Content-Type: application/json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for outcome in (FOUND, NOT_FOUND):
        if outcome in done.stdout:
            return outcome
    lines = [line for line in done.stdout.splitlines() if "CRITICAL" in line or "ERROR" in line]
    return "could not be tried: " + (lines or done.stdout.splitlines() or ["silent"])[-1][:200]


if __name__ == "__main__":
    run_main(main)
