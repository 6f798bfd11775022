"""One WordPress site per DATA_DIR: its folder, its installation, its web server."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from scripts.settings import HOST, NEWEST_WORDPRESS, ROOT, Settings
from scripts.supervisor import Spec, Supervisor
from scripts.wordpress import download

HERE = Path(__file__).resolve().parent
PLUGIN = ROOT / "wp-plugin"
SALTS = (
    "AUTH_KEY",
    "SECURE_AUTH_KEY",
    "LOGGED_IN_KEY",
    "NONCE_KEY",
    "AUTH_SALT",
    "SECURE_AUTH_SALT",
    "LOGGED_IN_SALT",
    "NONCE_SALT",
)
# The address of the WordPress user "demo" (see email_of in setup.php).
DEMO_MEMBER = "demo@harborstreet.example"
LOGINS = (
    "admin / admin-demo (administrator)",
    "demo / demo (member)",
    "demo2 / demo2 (member)",
)
PHP_SETTINGS = {
    "upload_max_filesize": "32M",
    "post_max_size": "34M",
    "memory_limit": "256M",
    "display_errors": "0",
    "variables_order": "EGPCS",
}
SERVER_PROCESSES = "4"


class Site:
    """The WordPress of one run."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # A site of its own for each version: a newer one's database is no older one's.
        is_newest = settings.wp_version == NEWEST_WORDPRESS
        name = "wordpress" if is_newest else f"wordpress-{settings.wp_version}"
        self.root = settings.data_dir / name
        self._installed = self.root / ".installed"

    def server(self) -> Spec:
        """Return PHP's own web server with our router."""
        address = f"{HOST}:{self._settings.wp_port}"
        router = str(HERE / "router.php")
        command = [*_php(), "-S", address, "-t", str(self.root), router]
        environment = {**self._environment(), "PHP_CLI_SERVER_WORKERS": SERVER_PROCESSES}
        return Spec("wordpress", command, environment, grace_seconds=2.0)

    def prepare(self, supervisor: Supervisor) -> None:
        """Lay out the folder and install WordPress in it, as far as that is still to do."""
        self._lay_out()
        if not self._installed.exists():
            self._run_setup(supervisor, "install")
            self._installed.touch()

    def connect(self, supervisor: Supervisor, make_code: Callable[[], str]) -> None:
        """Make users and pages, and connect the plugin unless the service knows it already.

        Needs the service to answer; `make_code` returns a fresh connect code.
        """
        if self._run_setup(supervisor, "configure").split() != ["connected"]:
            self._run_setup(supervisor, "connect", {"SERVICE_CODE": make_code()})

    def _lay_out(self) -> None:
        if not (self.root / "wp-load.php").exists():
            part = self.root.with_name(f"{self.root.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(download.ensure_core(self._settings.wp_version), part)
            # Renamed when whole: a start that was cut is taken up again.
            part.rename(self.root)
        shutil.copyfile(HERE / "wp-config.php", self.root / "wp-config.php")
        self._make_salts()
        link = self.root / "wp-content/plugins/trading-robot-service"
        if link.is_symlink():
            link.unlink()
        link.symlink_to(PLUGIN)

    def _make_salts(self) -> None:
        path = self.root / "wp-salts.php"
        if not path.exists():
            lines = [f"define( '{name}', '{secrets.token_urlsafe(48)}' );" for name in SALTS]
            path.touch(mode=0o600)
            path.write_text("<?php\n" + "\n".join(lines) + "\n")

    def _run_setup(
        self, supervisor: Supervisor, step: str, own: dict[str, str] | None = None
    ) -> str:
        command = [*_php(), str(HERE / "setup.php"), step]
        environment = {**self._environment(), **(own or {})}
        return supervisor.run_once(Spec(f"WordPress {step}", command, environment))

    def _environment(self) -> dict[str, str]:
        return {
            **self._settings.environment(),
            "SERVICE_URL": self._settings.service_url,
            "WORDPRESS_ROOT": str(self.root),
            "WORDPRESS_URL": self._settings.wordpress_url,
            "WORDPRESS_DEBUG_LOG": str(self._settings.logs / "wordpress-debug.log"),
        }


def _php() -> list[str]:
    options = [part for name, value in PHP_SETTINGS.items() for part in ("-d", f"{name}={value}")]
    return ["php", *options]
