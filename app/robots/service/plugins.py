"""Robots as folders: finding them, reading them, and keeping each version of their code.

Nothing here runs the code of a robot: what it says of itself (parameters, lookback) comes out of
the host's child process once, and then out of the table `robot_versions`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from flask import current_app
from pydantic import BaseModel, ValidationError

from app.core.i18n import gettext
from app.quant.robot import SDK_VERSION
from app.robots import queries
from app.robots.errors import PluginError, RobotNotFoundError
from app.robots.host.parent import RobotFault, describe
from app.robots.models import RobotVersion
from app.robots.rules.parameters import model_of, parse
from app.robots.schemas import PluginMetadata, RobotPlugin

BUILTIN = Path(__file__).parents[1] / "plugins"
MAX_SOURCE = 200_000
MAX_METADATA = 20_000
MAX_LOOKBACK = 10_000


class Folder(NamedTuple):
    """A robot's folder as it was read; its code has not been run."""

    metadata: PluginMetadata
    source: str
    code_hash: str
    path: Path
    is_builtin: bool


class Found(NamedTuple):
    """What there is: the robots by id, and the folders that are none with the reason."""

    folders: dict[str, Folder]
    faults: dict[Path, str]


# --- Folders ---


def find_folders() -> Found:
    """Read all folders, ours first; one that is wrong takes nothing else with it."""
    folders: dict[str, Folder] = {}
    faults: dict[Path, str] = {}
    for path in _paths():
        try:
            folder = read_folder(path)
        except PluginError as error:
            faults[path] = error.message
            continue
        if folder.metadata.id in folders:
            faults[path] = f"metadata.json, id: there is a robot {folder.metadata.id} already"
        else:
            folders[folder.metadata.id] = folder
    return Found(folders, faults)


def _paths() -> Iterator[Path]:
    for parent in (BUILTIN, Path(current_app.config["ROBOTS_DIR"])):
        if parent.is_dir():
            yield from sorted(each for each in parent.iterdir() if _may_be_robot(each))


def _may_be_robot(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith((".", "_"))


def read_folder(path: Path) -> Folder:
    """Read a robot's folder without running its code.

    Raises:
        PluginError: names the file and the field that is wrong.
    """
    metadata = _read_metadata(path)
    if metadata.id != path.name:
        message = f"metadata.json, id: {metadata.id} must be the folder's name, {path.name}"
        raise PluginError(message, field="id")
    source = _read_text(path / "robot.py", MAX_SOURCE)
    is_builtin = path.parent == BUILTIN
    return Folder(metadata, source, hash_code(source), path, is_builtin)


def _read_metadata(path: Path) -> PluginMetadata:
    text = _read_text(path / "metadata.json", MAX_METADATA)
    try:
        return PluginMetadata.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(str(part) for part in fault["loc"])
        message = f"metadata.json, {name}: {fault['msg']}" if name else "metadata.json is no JSON"
        raise PluginError(message, field=name or None) from error


def _read_text(path: Path, limit: int) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            message = f"{path.name}: is longer than {limit:,} bytes"
            raise PluginError(message, field=path.name)
        return normalised(content.decode("utf-8-sig"))
    except OSError as error:
        message = f"{path.name}: cannot be read ({error.strerror})"
        raise PluginError(message, field=path.name) from error
    except UnicodeDecodeError as error:
        message = f"{path.name}: is not text in UTF-8"
        raise PluginError(message, field=path.name) from error


def normalised(source: str) -> str:
    """Return a source with the line ends of Unix, as it is hashed and run."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def hash_code(source: str) -> str:
    """Return what names a robot's code: of its source and of the contract it is written against."""
    return hashlib.sha256(f"sdk {SDK_VERSION}\n{source}".encode()).hexdigest()


# --- Robots ---


def load_catalogue() -> list[RobotPlugin]:
    """Return all robots whose folder can be used, by id; faults are told by `sync_versions`."""
    found = find_folders().folders
    known = queries.known_versions(folder.code_hash for folder in found.values())
    plugins = (_usable(folder, known) for folder in found.values())
    return sorted((each for each in plugins if each is not None), key=lambda each: each.id)


def usable_folders() -> list[Folder]:
    """Return the folders of robots that can be run: of a third party's the code is looked at."""
    found = find_folders().folders.values()
    others = [folder.code_hash for folder in found if not folder.is_builtin]
    known = queries.known_versions(others) if others else {}
    return [each for each in found if each.is_builtin or _usable(each, known) is not None]


def get_plugin(plugin_id: str) -> RobotPlugin:
    """Return a robot by its id.

    Raises:
        RobotNotFoundError: there is no such folder.
        PluginError: its code cannot be used.
    """
    folder = find_folders().folders.get(plugin_id)
    if folder is None:
        message = gettext("There is no such robot.")
        raise RobotNotFoundError(message, plugin_id=plugin_id)
    return _plugin(folder, queries.known_versions([folder.code_hash]))


def get_version(plugin_id: str, code_hash: str) -> RobotPlugin:
    """Return a robot as it was in a version that was kept, to go on with or to read.

    Raises:
        RobotNotFoundError: that version was never seen here.
    """
    kept = queries.known_versions([code_hash]).get((plugin_id, code_hash))
    if kept is None:
        message = gettext("There is no such version of this robot.")
        raise RobotNotFoundError(message, plugin_id=plugin_id, code_hash=code_hash)
    metadata = PluginMetadata.model_validate(kept.facts)
    is_ours = _is_ours(plugin_id, code_hash)
    folder = Folder(metadata, kept.source, code_hash, BUILTIN / plugin_id, is_builtin=is_ours)
    return _as_kept(folder, kept)


def _is_ours(plugin_id: str, code_hash: str) -> bool:
    """Whether code is that of a robot of ours as it ships now.

    By the code and not by its name: somebody else's robot may have had the id before ours did. An
    older version of ours is run as a stranger's is, which gives the same trades.
    """
    try:
        return read_folder(BUILTIN / plugin_id).code_hash == code_hash
    except PluginError:
        return False


def _usable(folder: Folder, known: dict[tuple[str, str], RobotVersion]) -> RobotPlugin | None:
    try:
        return _plugin(folder, known)
    except PluginError:
        return None


def _plugin(folder: Folder, known: dict[tuple[str, str], RobotVersion]) -> RobotPlugin:
    kept = known.get((folder.metadata.id, folder.code_hash))
    return _as_kept(folder, kept) if kept is not None else described(folder)


def _as_kept(folder: Folder, kept: RobotVersion) -> RobotPlugin:
    return _make(folder, kept.parameters_schema, kept.lookback)


def described(folder: Folder) -> RobotPlugin:
    """Return a robot with what its code says of itself, from the host.

    Raises:
        PluginError: the code is refused; the message says why.
    """
    said = _ask(folder.source, folder.metadata.symbols)
    if isinstance(said, RobotFault):
        message = f"robot.py: {said.message}"
        raise PluginError(message, field="robot.py")
    schema, lookback = said["schema"], said["lookback"]
    model_of(schema)
    if not isinstance(lookback, int) or not 1 <= lookback <= MAX_LOOKBACK:
        message = f"robot.py, lookback: {lookback} must be a number from 1 to {MAX_LOOKBACK:,}"
        raise PluginError(message, field="lookback")
    return _make(folder, schema, lookback)


@lru_cache(maxsize=256)
def _ask(source: str, symbols: tuple[str, ...]) -> Any:
    return describe([(source, symbols)])[0]


def _make(folder: Folder, schema: dict[str, Any], lookback: int) -> RobotPlugin:
    return RobotPlugin(
        metadata=folder.metadata,
        parameters_schema=schema,
        lookback=lookback,
        code_hash=folder.code_hash,
        source=folder.source,
        path=folder.path,
        is_builtin=folder.is_builtin,
    )


# --- Versions ---


def sync_versions() -> tuple[int, dict[Path, str]]:
    """Keep the code of every robot that is new; return how many, and what could not be used.

    A version that is kept is never changed: changed code is another version beside it.
    """
    found = find_folders()
    known = queries.known_versions(folder.code_hash for folder in found.folders.values())
    new, faults = 0, dict(found.faults)
    for folder in found.folders.values():
        if (folder.metadata.id, folder.code_hash) in known:
            continue
        try:
            plugin = described(folder)
        except PluginError as error:
            faults[folder.path] = error.message
            continue
        new += keep_version(plugin)
    return new, faults


def keep_version(plugin: RobotPlugin) -> bool:
    """Keep a robot's code for ever; keeping it again changes nothing."""
    return queries.keep_version(
        {
            "plugin_id": plugin.id,
            "code_hash": plugin.code_hash,
            "facts": plugin.metadata.model_dump(mode="json"),
            "parameters_schema": plugin.parameters_schema,
            "lookback": plugin.lookback,
            "source": plugin.source,
        }
    )


def list_versions(plugin_id: str) -> Sequence[RobotVersion]:
    """Return the kept versions of a robot's code, the newest first."""
    return queries.list_versions(plugin_id)


def version_of(
    plugin: RobotPlugin, parameters: BaseModel, symbols: Iterable[str], timeframe: str
) -> str:
    """Return the short name of a robot with all that decides what it does.

    The same code, parameters, symbols and timeframe have the same version; anything else is
    another one, which starts a record of its own.
    """
    parts = {
        "code": plugin.code_hash,
        "parameters": parameters.model_dump(mode="json"),
        "symbols": list(symbols),
        "timeframe": timeframe,
    }
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return f"{plugin.metadata.version}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def check_parameters(plugin: RobotPlugin, given: Mapping[str, Any]) -> BaseModel:
    """Return the parameters of a robot, typed; what is not given has its default.

    Raises:
        ParameterError: names the first field that is wrong and its range.
    """
    return parse(plugin.parameters_schema, given)
