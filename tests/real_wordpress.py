"""A real WordPress for tests: Debian's package on its own MariaDB, served by PHP's own
server on loopback. Everything lies in a temporary folder and ends with the test."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

CODE = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
MISSING = (
    "Debian's packages wordpress, php-cli, php-mysql and mariadb-server are not installed "
    "(./run test installs them where it may)"
)
_STARTUP_S = 60.0

_CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4');
define('WP_SITEURL', '{url}'); define('WP_HOME', '{url}');
define('DISABLE_WP_CRON', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_DEBUG', false);
foreach (array('AUTH','SECURE_AUTH','LOGGED_IN','NONCE') as $k) {{
  define($k . '_KEY', 'of no use'); define($k . '_SALT', 'of no use');
}}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL = """<?php
define('WP_INSTALLING', true);
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('An invented branch', 'ada', 'ada@example.org', true, '', 'of no use');
update_option('timezone_string', 'Pacific/Auckland');
update_option('permalink_structure', '');
wp_update_user(array('ID' => 1, 'display_name' => 'Ada Inkwell'));
foreach (get_posts(array('numberposts' => -1)) as $p) wp_delete_post($p->ID, true);
"""
_DO = """<?php
require __DIR__ . '/wp-load.php';
wp_set_current_user(1);
$jobs = json_decode(stream_get_contents(STDIN), true);
$ids = array();
foreach ($jobs as $job) {
  if (isset($job['delete'])) { wp_delete_post($job['delete'], true); continue; }
  $ids[] = isset($job['ID']) ? wp_update_post($job) : wp_insert_post($job);
}
echo json_encode($ids);
"""


def is_installed() -> bool:
    """Whether all that this needs is on the machine."""
    found = all(
        shutil.which(name) or Path("/usr/sbin", name).exists() for name in PROGRAMS
    )
    return found and (CODE / "wp-load.php").exists()


@dataclass(frozen=True)
class Site:
    """A running site. url: without a slash at the end."""

    url: str
    folder: Path

    def do(self, *jobs: dict[str, Any]) -> list[int]:
        """Insert or update posts (WordPress' own field names) or delete them; their ids."""
        told = _php(self.folder / "do.php", self.folder, json.dumps(jobs))
        found: list[int] = json.loads(told)
        return found


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """A site of its own, without posts, in New Zealand's time."""
    port = _free_port()
    site = Site(f"http://127.0.0.1:{port}", folder / "site")
    shutil.copytree(CODE, site.folder, symlinks=False, ignore_dangling_symlinks=True)
    socket_file = folder / "db.sock"
    (site.folder / "wp-config.php").write_text(
        _CONFIG.format(socket=socket_file, url=site.url)
    )
    (site.folder / "do.php").write_text(_DO)
    (site.folder / "install.php").write_text(_INSTALL)
    with _database(folder, socket_file), _server(site, port):
        yield site


@contextmanager
def _database(folder: Path, socket_file: Path) -> Iterator[None]:
    data = folder / "data"
    subprocess.run(
        ["mariadb-install-db", f"--datadir={data}", "--user=root", "--skip-test-db",
         "--auth-root-authentication-method=normal"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    command = [
        server, "--no-defaults", f"--datadir={data}", f"--socket={socket_file}",
        "--skip-networking", "--user=root", f"--pid-file={folder / 'db.pid'}",
        "--innodb-flush-log-at-trx-commit=0",
    ]  # fmt: skip
    with _process(command, folder):
        _wait_for(lambda: socket_file.exists())
        _until(["mariadb", f"--socket={socket_file}", "-uroot", "-e",
                "create database wordpress"])  # fmt: skip
        yield


@contextmanager
def _server(site: Site, port: int) -> Iterator[None]:
    _php(site.folder / "install.php", site.folder, "")
    command = ["php", "-S", f"127.0.0.1:{port}", "-t", str(site.folder)]
    with _process(command, site.folder):
        _wait_for(lambda: _answers(site.url))
        yield


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _php(script: Path, folder: Path, given: str) -> str:
    done = subprocess.run(
        ["php", str(script)], input=given, capture_output=True, text=True, cwd=folder,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-500:]
    return done.stdout


def _until(command: list[str]) -> None:
    _wait_for(lambda: subprocess.run(command, capture_output=True).returncode == 0)


def _wait_for(holds: Any) -> None:  # noqa: ANN401 - a condition
    end = time.monotonic() + _STARTUP_S
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.1)
    raise TimeoutError("the site did not start")


def _answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}/?feed=rss2", timeout=10).is_success
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
