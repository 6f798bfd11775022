"""Debian's nginx as a page cache in front of a WordPress."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from scripts.settings import HOST
from scripts.supervisor import Child, Spec
from scripts.wordpress.site import HERE
from tests.services import Stack, free_ports
from tests.wordpress import wordpress_environment

BINARY = "/usr/sbin/nginx"
WORKERS = "4"

MAIN = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 256; }}
http {{
	access_log off;
	client_max_body_size 40m;
	client_body_temp_path {folder}/body;
	proxy_temp_path {folder}/proxy;
	fastcgi_temp_path {folder}/fastcgi;
	uwsgi_temp_path {folder}/uwsgi;
	scgi_temp_path {folder}/scgi;
	proxy_cache_path {folder}/cache keys_zone=pages:1m;
	map $http_cookie $signed_in {{ default 0; ~wordpress_logged_in 1; }}
	server {{
		listen {host}:{port};
		proxy_cache_key $request_method$request_uri;
		add_header X-Page-Cache $upstream_cache_status always;
		# $host would lose the port, and WordPress would send every reader away.
		proxy_set_header Host $http_host;
		proxy_set_header X-Real-IP $remote_addr;
		location ~ ^/(?:wp-json|wp-admin|wp-login\\.php) {{ {api} proxy_pass http://{host}:{behind}; }}
		location / {{ {pages} proxy_pass http://{host}:{behind}; }}
	}}
}}
"""
# What a careful administrator writes: signed-in readers go past the cache.
SANE = {
    "pages": "proxy_cache pages; proxy_cache_valid 200 10m;"
    " proxy_cache_bypass $signed_in; proxy_no_cache $signed_in;",
    "api": "proxy_cache pages;",
}
# What must not be done and is done: every page is kept for everybody, whatever WordPress says.
BRUTAL = {
    "pages": "proxy_cache pages; proxy_cache_valid 200 10m; proxy_ignore_headers Cache-Control"
    " Expires Set-Cookie Vary;",
    "api": "proxy_cache pages;",
}


@contextlib.contextmanager
def page_cache(stack: Stack, rules: dict[str, str]) -> Iterator[str]:
    """Run nginx and a WordPress whose address nginx is; yield that address."""
    port, behind = free_ports(2)
    address = f"http://{HOST}:{port}"
    folder = Path(tempfile.mkdtemp(prefix="trp-nginx-"))
    folder.chmod(0o755)
    root = stack.data_dir / "wordpress"
    config = folder / "nginx.conf"
    config.write_text(MAIN.format(folder=folder, host=HOST, port=port, behind=behind, **rules))
    if os.geteuid() == 0:
        config.write_text("user root;" + config.read_text())
    php = ["php", "-d", "variables_order=EGPCS", "-d", "display_errors=0"]
    environment = {**wordpress_environment(stack, address), "PHP_CLI_SERVER_WORKERS": WORKERS}
    server = [*php, "-S", f"{HOST}:{behind}", "-t", str(root), str(HERE / "router.php")]
    specs = [
        Spec("wordpress", server, environment, grace_seconds=2.0),
        Spec("nginx", [BINARY, "-c", str(config), "-e", "stderr"], os.environ),
    ]
    with contextlib.ExitStack() as running, (folder / "log").open("ab") as log:
        running.callback(shutil.rmtree, folder, ignore_errors=True)
        for spec in specs:
            running.callback(Child(spec, log, log).stop)
        for one in (behind, port):
            _wait_for(one, folder / "log")
        yield address


def _wait_for(port: int, log: Path) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text())
