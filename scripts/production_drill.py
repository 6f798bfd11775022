"""`make production-drill`: follow docs/production/ once, on loopback, and say what was measured."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
import urllib3

from scripts.console import Refusal, run_main, say
from scripts.production import DOCS, HOME, NAME, PROCESSES, Ports, Production, make_folder
from scripts.settings import HOST, ROOT

OWNER = "operator@example.test"
FILLS = 200


def main() -> None:
    """Set it up, look at it from outside, lose it and bring it back."""
    urllib3.disable_warnings()
    with _installation() as production:
        drill = Drill(production)
        drill.set_up()
        drill.look_at_tls()
        drill.look_at_doors()
        drill.fill_to_figures()
        drill.lose_and_restore()
    _units()
    say("production drill: all as it should be")


@contextlib.contextmanager
def _installation() -> Iterator[Production]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(5)]
        for probe in probes:
            probe.bind((HOST, 0))
        ports = Ports(*(probe.getsockname()[1] for probe in probes))
    production = Production(make_folder(), ports)
    try:
        yield production
    finally:
        production.end()


class Drill:
    """The steps, each of which says what it found or ends the drill."""

    def __init__(self, production: Production) -> None:
        self.production = production
        self.http = f"http://{HOST}:{production.ports.http}"
        self.https = f"https://{HOST}:{production.ports.https}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Host"] = NAME
        self.session.verify = str(production.folder / "tls/fullchain.pem")
        self.key = ""
        self.user_id = 0

    def set_up(self) -> None:
        """Start everything by the commands of the units."""
        self.production.write()
        self.production.start_servers()
        self.production.flask("db-upgrade")
        for name in PROCESSES:
            self.production.start(name)
        seconds = self.production.wait(self._is_healthy, "the service")
        say(f"started: healthy after {seconds:.1f} s (web, worker, clock, edge behind nginx)")

    def _health(self) -> dict[str, Any]:
        try:
            answer = self.session.get(f"{self.https}/healthz", timeout=5)
            return dict(answer.json())
        except (requests.RequestException, ValueError):
            return {}

    def _is_healthy(self) -> bool:
        return self._health().get("status") == "ok"

    def look_at_tls(self) -> None:
        """Old versions are refused, new ones taken."""
        taken = {}
        for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            taken[version.name] = _handshake(self.production.ports.https, version)
        _expect("TLS", taken["TLSv1_1"] is None and taken["TLSv1_2"] and taken["TLSv1_3"], taken)
        say(f"TLS: {taken}")

    def look_at_doors(self) -> None:
        """Headers, redirects, and what must not be reached."""
        get = self.session.get
        page = get(f"{self.http}/account/sign-in", allow_redirects=False, timeout=5)
        where = page.headers.get("Location", "")
        _expect(
            "pages go to https",
            page.status_code == HTTPStatus.MOVED_PERMANENTLY and where.startswith("https://"),
            where,
        )
        plain = get(f"{self.http}/api/me", allow_redirects=False, timeout=5)
        _expect(
            "the API is refused on http",
            plain.status_code == HTTPStatus.FORBIDDEN and plain.json()["code"] == "https_only",
            plain.status_code,
        )
        for path, status in (
            ("/healthz", 200),
            ("/metrics", 404),
            ("/api/me", 401),
            ("/live?ticket=none", 403),
            ("/account/sign-in", 200),
        ):
            answer = get(f"{self.https}{path}", timeout=10)
            hsts = answer.headers.get("Strict-Transport-Security", "")
            _expect(path, answer.status_code == status, answer.status_code)
            _expect(f"HSTS of {path}", "max-age=63072000" in hsts, hsts)
            _expect(
                f"server of {path}", "/" not in answer.headers.get("Server", ""), "version told"
            )
        big = self.session.post(
            f"{self.https}/api/ledger/fills", data=b"0" * (27 << 20), timeout=30
        )
        _expect("27 MB", big.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE, big.status_code)
        metrics = requests.get(
            f"http://{HOST}:{self.production.ports.web}/metrics",
            headers={"Authorization": f"Bearer {self._secret('metrics-token')}"},
            timeout=5,
        )
        _expect("metrics for Prometheus", "trp_up" in metrics.text, metrics.status_code)
        say("doors: redirect of pages, 403 of the API on http, HSTS, 413, /metrics only inside")

    def _secret(self, name: str) -> str:
        return (self.production.folder / "secrets" / name).read_text()

    def fill_to_figures(self) -> None:
        """A member's fills, through TLS, until the figures have them."""
        self.production.flask("accounts", "create-user", OWNER, "--tier", "mid")
        self.key = self.production.flask("accounts", "create-key", OWNER).split()[-1]
        self.user_id = self._api("GET", "/api/me")["user_id"]
        begun = time.monotonic()
        self._post_fills(0)
        posted = time.monotonic() - begun
        self.production.wait(lambda: self._trades() == FILLS // 2, "the figures")
        total = time.monotonic() - begun
        say(
            f"{FILLS} fills through TLS: answered in {posted:.2f} s, in the figures after {total:.2f} s"
        )

    def _api(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.session.request(
            method, f"{self.https}{path}", headers=headers, timeout=30, **options
        )
        _expect(f"{method} {path}", answer.ok, answer.text[:300])
        return dict(answer.json())

    def _post_fills(self, first: int) -> None:
        fills = [
            {
                "external_id": f"f{number}",
                "executed_at": f"2026-03-02T15:{number // 60 % 60:02d}:{number % 60:02d}Z",
                "symbol": "SPY",
                "side": "sell" if number % 2 else "buy",
                "qty": "1",
                "price": "101" if number % 2 else "100",
                "fee": "0",
                "currency": "USD",
            }
            for number in range(first, first + FILLS)
        ]
        self._api("POST", "/api/ledger/fills", json={"plugin_id": "drill", "fills": fills})

    def _trades(self) -> int:
        path = f"/api/performance/{self.user_id}/plugin/drill/all-time"
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.session.get(f"{self.https}{path}", headers=headers, timeout=10)
        return answer.json()["metrics"]["trade_count"] or 0 if answer.ok else 0

    def lose_and_restore(self) -> None:
        """Back up by the unit, write on, restore, and see the figures of the backup's moment."""
        begun = time.monotonic()
        command, environment = self.production.unit("backup")
        subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
        files = list((self.production.folder / "backups").glob("trading-robot-*.zip"))
        _expect("one backup", len(files) == 1, files)
        size = files[0].stat().st_size
        say(f"backup: {time.monotonic() - begun:.1f} s with its start, {size / 1024:.0f} KB")
        self._post_fills(FILLS)
        self.production.wait(lambda: self._trades() == FILLS, "the figures")
        begun = time.monotonic()
        self.production.stop(*PROCESSES)
        stopped = time.monotonic() - begun
        refused = _refusal(lambda: self.production.flask("restore", str(files[0])))
        _expect("a used database is refused", "not empty" in refused, refused)
        begun_restore = time.monotonic()
        self.production.flask("restore", str(files[0]), "--force")
        restored = time.monotonic() - begun_restore
        for name in PROCESSES:
            self.production.start(name)
        self.production.wait(self._is_healthy, "the restored service")
        total = time.monotonic() - begun
        say(
            f"restore: stop {stopped:.1f} s, restore {restored:.1f} s with its start,"
            f" healthy again {total:.1f} s after the stop"
        )
        _expect("held", self._health()["held"] == "restored", self._health())
        _expect("figures of the backup's moment", self._trades() == FILLS // 2, self._trades())
        verified = self.production.flask("ledger", "verify")
        self.production.flask("release")
        _expect("released", self._health()["held"] is None, self._health())
        say(f"restored: held, figures as at the backup, released; {verified.strip()}")


def _handshake(port: int, version: ssl.TLSVersion) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # Our own side must be willing to speak the old version, to see that the other is not.
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    try:
        with (
            socket.create_connection((HOST, port), 5) as plain,
            context.wrap_socket(plain, server_hostname=NAME) as secure,
        ):
            return (secure.cipher() or ("",))[0]
    except (ssl.SSLError, OSError):
        return None


def _units() -> None:
    """Let systemd read the units, where it is installed."""
    if shutil.which("systemd-analyze") is None:
        say("units: not looked at, systemd-analyze is not installed")
        return
    levels = []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted((DOCS / "systemd").iterdir()):
            text = path.read_text().replace(HOME, str(ROOT))
            if not Path("/usr/bin/redis-server").exists():
                text = text.replace("/usr/bin/redis-server", "/bin/true")
            (Path(folder) / path.name).write_text(text)
        for path in sorted(Path(folder).iterdir()):
            done = _analyze("verify", str(path))
            _expect(f"unit {path.name}", done.returncode == 0, done.stderr)
            if path.suffix == ".service":
                told = _analyze("security", "--offline=yes", "--no-pager", str(path)).stdout
                exposure = re.search(r"Overall exposure level .*: ([0-9.]+)", told)
                level = exposure[1] if exposure else "?"
                levels.append(f"{path.stem.removeprefix('trading-robot-')} {level}")
    say(f"units: systemd takes all; exposure by systemd-analyze security: {', '.join(levels)}")


def _analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )


def _refusal(step: Any) -> str:
    try:
        step()
    except Refusal as refusal:
        return str(refusal)
    return ""


def _expect(what: str, is_so: object, found: object) -> None:
    if not is_so:
        message = f"{what}: {found}"
        raise Refusal(message)


if __name__ == "__main__":
    run_main(main)
