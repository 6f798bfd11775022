"""What docs/production/ sets up, as plain processes on loopback: read from those very files."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts import commands
from scripts.console import Refusal
from scripts.settings import HOST, ROOT
from scripts.supervisor import Child, Spec

DOCS = ROOT / "docs" / "production"
HOME = "/opt/trading-robot-service"
NAME = "service.example"
PROCESSES = ("web", "worker", "clock", "edge", "feed")
SECRETS = ("secret-key", "encryption-key", "database-url", "metrics-token")
START_SECONDS = 40.0
NGINX = """
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""


@dataclass(frozen=True)
class Ports:
    """Where everything listens here, instead of on the usual ports."""

    http: int
    https: int
    web: int
    edge: int
    postgres: int


@dataclass
class Production:
    """One installation in a folder of its own."""

    folder: Path
    ports: Ports
    children: dict[str, Child] = field(default_factory=dict)

    def write(self) -> None:
        """Write secrets, certificate and configurations, as the steps of the page do."""
        for name in ("state", "backups", "secrets", "redis", "tls"):
            (self.folder / name).mkdir(mode=0o700)
        values = {
            "secret-key": secrets.token_urlsafe(32),
            "encryption-key": secrets.token_urlsafe(32),
            "metrics-token": secrets.token_urlsafe(32),
            "database-url": f"postgresql://trading_robot:{secrets.token_urlsafe(24)}"
            f"@{HOST}:{self.ports.postgres}/trading_robot",
        }
        for name, value in values.items():
            path = self.folder / "secrets" / name
            path.touch(0o600)
            path.write_text(value)
        self._write_certificate()
        self._write_nginx()
        self._write_redis()

    def _write_certificate(self) -> None:
        key, certificate = self.folder / "tls/privkey.pem", self.folder / "tls/fullchain.pem"
        subject = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:{HOST}")
        kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        output = ("-days", "2", "-keyout", str(key), "-out", str(certificate))
        _run("openssl", "req", "-x509", *kind, *subject, *output)

    def _write_nginx(self) -> None:
        text = (DOCS / "nginx.conf").read_text()
        for old, new in (
            ("listen 80;", f"listen {HOST}:{self.ports.http};"),
            ("listen 443 ssl", f"listen {HOST}:{self.ports.https} ssl"),
            (f"https://{NAME}$request_uri", f"https://{NAME}:{self.ports.https}$request_uri"),
            ("127.0.0.1:5000", f"{HOST}:{self.ports.web}"),
            ("127.0.0.1:5001", f"{HOST}:{self.ports.edge}"),
            (f"/etc/letsencrypt/live/{NAME}", str(self.folder / "tls")),
            ("/var/log/nginx", str(self.folder)),
            ("/var/www/acme", str(self.folder / "acme")),
        ):
            if old not in text:
                message = f"docs/production/nginx.conf has no {old!r} any more"
                raise Refusal(message)
            text = text.replace(old, new)
        (self.folder / "site.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""
        main = NGINX.format(folder=self.folder, site=self.folder / "site.conf", user=user)
        (self.folder / "nginx.conf").write_text(main)

    def _write_redis(self) -> None:
        text = (DOCS / "redis.conf").read_text()
        text = text.replace("/run/redis-trading-robot/redis.sock", str(self.redis_socket))
        text = text.replace("/var/lib/redis-trading-robot", str(self.folder / "redis"))
        (self.folder / "redis.conf").write_text(text)

    @property
    def redis_socket(self) -> Path:
        """Where Redis listens."""
        return self.folder / "redis.sock"

    def unit(self, name: str) -> tuple[list[str], dict[str, str]]:
        """Return command and environment of a unit, as systemd would make them of its file."""
        text = (DOCS / "systemd" / f"trading-robot-{name}.service").read_text()
        text = text.replace("%d/", f"{self.folder}/secrets/").replace(HOME, str(ROOT))
        found = re.search(r"^ExecStart=(.+)$", text, re.MULTILINE)
        if found is None:
            message = f"the unit of {name} has no ExecStart"
            raise Refusal(message)
        command = found[1].replace("--port 5000", f"--port {self.ports.web}")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        for line in (DOCS / "environment").read_text().splitlines():
            if line and not line.startswith("#"):
                key, _, value = line.partition("=")
                environment[key] = value
        for line in re.findall(r"^Environment=(.+)$", text, re.MULTILINE):
            environment.update(part.partition("=")[::2] for part in shlex.split(line))
        address = f"https://{NAME}:{self.ports.https}"
        environment |= {
            "DATA_DIR": str(self.folder / "state"),
            "BACKUP_DIR": str(self.folder / "backups"),
            "REDIS_URL": f"unix://{self.redis_socket}",
            "PUBLIC_URL": address,
            "EDGE_URL": address,
            "WEB_URL": f"http://{HOST}:{self.ports.web}",
            "PORT": str(self.ports.web),
            "EDGE_PORT": str(self.ports.edge),
        }
        return shlex.split(command), environment

    def flask(self, *arguments: str) -> str:
        """Run a flask command as the operator of this installation."""
        command, environment = self.unit("backup")
        return _run(command[0], "--app", "wsgi", *arguments, environment=environment)

    def start(self, name: str) -> None:
        """Start one of the processes by the command of its unit."""
        command, environment = self.unit(name)
        self._child(name, command, environment)

    def stop(self, *names: str) -> None:
        """Stop processes and wait for their end."""
        running = [self.children.pop(name) for name in names if name in self.children]
        for child in running:
            child.ask_to_stop()
        for child in running:
            child.wait(20)

    def start_servers(self) -> None:
        """Start PostgreSQL (as its own user), Redis and nginx."""
        binaries = max(Path("/usr/lib/postgresql").glob("*/bin/postgres")).parent
        self._start_postgres(binaries)
        binary = commands.redis_binary()
        self._child("redis", [str(binary), str(self.folder / "redis.conf")], dict(os.environ))
        self.wait(self.redis_socket.is_socket, "Redis")
        configuration = ["-c", str(self.folder / "nginx.conf"), "-e", "stderr"]
        _run("/usr/sbin/nginx", "-t", *configuration)
        self._child("nginx", ["/usr/sbin/nginx", *configuration], dict(os.environ))

    def _start_postgres(self, binaries: Path) -> None:
        folder = self.folder / "postgres"
        folder.mkdir()
        prefix = _as_postgres(folder)
        data, word = folder / "data", folder / "password"
        word.write_text(secrets.token_urlsafe(24))
        if prefix:
            shutil.chown(word, "postgres")
        initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8"]
        method = ["-A", "scram-sha-256", "--pwfile", str(word), "--locale=C.UTF-8"]
        _run(*prefix, *initdb, *method, cwd=folder)
        options = ("-p", str(self.ports.postgres), "-k", str(folder))
        settings = f"include = '{DOCS / 'postgresql.conf'}'\nshared_buffers = 128MB\n"
        with (data / "postgresql.conf").open("a") as file:
            file.write(settings)
        command = [*prefix, str(binaries / "postgres"), "-D", str(data), *options]
        self._child("postgres", command, dict(os.environ))
        ready = [str(binaries / "pg_isready"), "-q", "-h", HOST, "-p", str(self.ports.postgres)]
        self.wait(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
        address = (self.folder / "secrets/database-url").read_text()
        user = address.split(":")[2].partition("@")[0]
        environment = {**os.environ, "PGPASSWORD": word.read_text()}
        for statement in (
            f"CREATE ROLE trading_robot LOGIN CREATEDB PASSWORD '{user}'",
            "CREATE DATABASE trading_robot OWNER trading_robot",
        ):
            where = ("-h", HOST, "-p", str(self.ports.postgres), "-U", "postgres")
            _run("psql", *where, "-v", "ON_ERROR_STOP=1", "-qc", statement, environment=environment)

    def _child(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.children[name] = Child(Spec(name, command, environment, 10.0), log, log)

    def wait(self, is_up: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> float:
        """Wait until something is so; return how long it took."""
        begun = time.monotonic()
        while not is_up():
            dead = [name for name, child in self.children.items() if child.poll() is not None]
            if dead or time.monotonic() - begun > seconds:
                tails = {
                    name: (self.folder / f"{name}.log").read_text(errors="replace")[-600:]
                    for name in dead or self.children
                }
                message = f"{what}: not within {seconds:.0f} s. {tails}"
                raise Refusal(message)
            time.sleep(0.1)
        return time.monotonic() - begun

    def end(self) -> None:
        """Stop everything and remove the folder."""
        self.stop(*PROCESSES)
        self.stop(*list(self.children))
        shutil.rmtree(self.folder, ignore_errors=True)


def make_folder() -> Path:
    """Return a folder that the user of PostgreSQL may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="trp-production-"))
    folder.chmod(0o755)
    return folder


def _as_postgres(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", "--reuid", "postgres", "--regid", str(user.pw_gid), "--init-groups"]


def _run(*command: str, environment: dict[str, str] | None = None, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        command, env=environment, cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        message = f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()[-800:]}"
        raise Refusal(message)
    return done.stdout + done.stderr
