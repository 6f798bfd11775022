"""Robots as folders: found, checked, versioned and kept."""

import json

import pytest

from app.core.db import db, transaction
from app.robots import service
from app.robots.errors import ParameterError, PluginError, RobotNotFoundError
from app.robots.models import Plugin, RobotVersion
from app.robots.service import plugins
from tests.factories.robots import SOURCE, write_robot


@pytest.fixture
def folder(app):
    """Return where robots that are not ours lie."""
    from pathlib import Path

    path = Path(app.config["ROBOTS_DIR"])
    path.mkdir()
    return path


def sync():
    with transaction():
        service.sync_catalogue()
        return service.sync_versions()


def test_ours_and_others_are_found_and_say_what_they_take(app, folder):
    write_robot(folder)
    ours, theirs = service.get_plugin("ma_cross"), service.get_plugin("early_bird")
    assert ours.is_builtin
    assert not theirs.is_builtin
    assert ours.lookback == 31
    assert theirs.parameters_schema["properties"]["low"] == {
        "default": 2, "maximum": 50, "minimum": 1, "title": "Low", "type": "integer",
    }  # fmt: skip
    assert {"early_bird", "ma_cross"} <= {plugin.id for plugin in service.load_catalogue()}
    with pytest.raises(RobotNotFoundError):
        service.get_plugin("nobody")


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"name": None}, "name"),
        ({"timeframe": "M2"}, "timeframe"),
        ({"symbols": []}, "symbols"),
        ({"symbols": ["spy"]}, "symbols.0"),
        ({"description": "a\nb"}, "description"),
        ({"name": "<b>"}, "name"),
        ({"more": 1}, "more"),
        ({"strategy": "luck"}, "strategy"),
        ({"version": "1 2"}, "version"),
    ],
)
def test_wrong_metadata_names_file_and_field(tmp_path, facts, name):
    path = write_robot(tmp_path, **facts)
    with pytest.raises(PluginError, match=f"metadata.json, {name}: ") as caught:
        plugins.read_folder(path)
    assert caught.value.field == name


def test_a_folder_needs_both_files_and_its_own_name(tmp_path):
    path = write_robot(tmp_path)
    with pytest.raises(PluginError, match="must be the folder's name"):
        plugins.read_folder(path.rename(tmp_path / "other"))
    (tmp_path / "other" / "robot.py").unlink()
    (tmp_path / "other" / "metadata.json").write_text("{")
    with pytest.raises(PluginError, match="no JSON"):
        plugins.read_folder(tmp_path / "other")
    (tmp_path / "other" / "metadata.json").unlink()
    with pytest.raises(PluginError, match=r"metadata\.json: cannot be read"):
        plugins.read_folder(tmp_path / "other")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("", "x ="), "SyntaxError"),
        (("class EarlyBird(Robot)", "class EarlyBird"), "defines 0 subclasses"),
        (("ge=1, le=50, title", "title"), "low: needs a range"),
        (("= Field(False, title", "= Field(title"), "defaults of Parameters do not hold: loud"),
        (('Literal["calm", "wild"] = Field("calm"', "list = Field([]"), "mode: must be"),
        (("return self.parameters.low", "return 0"), "lookback: 0"),
        (('(("low", "high"),)', '(("low", "hihg"),)'), "hihg"),
        (("Field(5, gt", "Field(1, gt"), "low must be smaller than high"),
        (("from typing import Literal", "from typing import Literal; import os"), "import os"),
    ],
)
def test_code_that_cannot_be_used_says_why_and_hurts_no_other(app, folder, change, message):
    old, new = change
    source = SOURCE.replace(old, new) if old else new + SOURCE
    write_robot(folder, "bad_one", source)
    write_robot(folder)
    with pytest.raises(PluginError, match=message):
        service.get_plugin("bad_one")
    known = {plugin.id for plugin in service.load_catalogue()}
    assert "early_bird" in known
    assert "bad_one" not in known


def test_parameters_are_checked_from_the_schema_and_name_field_and_range(app, folder):
    write_robot(folder)
    plugin = service.get_plugin("early_bird")
    values = service.check_parameters(plugin, {"low": "3", "high": "4.5", "loud": "true"})
    assert values.model_dump() == {"low": 3, "high": 4.5, "mode": "calm", "loud": True}
    for given, name, text in [
        ({"low": "0"}, "low", "from 1 to 50"),
        ({"low": "2.5"}, "low", "integer"),
        ({"high": "nan"}, "high", "above 0 to 50"),
        ({"high": "0"}, "high", "above 0 to 50"),
        ({"mode": "mad"}, "mode", "'calm' or 'wild'"),
        ({"loud": "perhaps"}, "loud", "boolean"),
        ({"lo": "1"}, "lo", "there are low, high, mode, loud"),
        ({"low": "9", "high": "9"}, "low", "must be smaller than high=9"),
    ]:
        with pytest.raises(ParameterError, match=text) as caught:
            service.check_parameters(plugin, given)
        assert caught.value.field == name


def test_a_version_changes_with_code_parameters_symbols_and_timeframe_only(app, folder):
    write_robot(folder)
    plugin = service.get_plugin("early_bird")
    given = service.check_parameters(plugin, {})
    first = service.version_of(plugin, given, ["SPY"], "D1")
    assert service.version_of(plugin, given, ["SPY"], "D1") == first
    others = {
        service.version_of(plugin, given, ["IBM"], "D1"),
        service.version_of(plugin, given, ["SPY", "IBM"], "D1"),
        service.version_of(plugin, given, ["SPY"], "M1"),
        service.version_of(plugin, service.check_parameters(plugin, {"low": "1"}), ["SPY"], "D1"),
    }
    write_robot(folder, description="Other words.", source=SOURCE.replace("\n", "\r\n"))
    assert service.version_of(service.get_plugin("early_bird"), given, ["SPY"], "D1") == first
    write_robot(folder, source=SOURCE.replace("buy(self.symbol, 1)", "buy(self.symbol, 2)"))
    others.add(service.version_of(service.get_plugin("early_bird"), given, ["SPY"], "D1"))
    assert len(others - {first}) == 5
    assert all(len(each) <= 40 for each in others)


def test_new_code_is_a_version_beside_the_old_one_which_can_still_be_read(app, folder):
    write_robot(folder)
    count = len(plugins.find_folders().folders)
    assert sync() == (count, {})
    assert sync() == (0, {})
    old = service.get_plugin("early_bird")
    write_robot(folder, source=SOURCE + "\n# changed\n", version="2")
    assert sync() == (1, {})
    new = service.get_plugin("early_bird")
    kept = service.list_versions("early_bird")
    assert [(row.code_hash, row.facts["version"]) for row in kept] == [
        (new.code_hash, "2"), (old.code_hash, "1"),
    ]  # fmt: skip
    again = service.get_version("early_bird", old.code_hash)
    assert again.source == SOURCE
    assert again.parameters_schema == old.parameters_schema
    with pytest.raises(RobotNotFoundError):
        service.get_version("ma_cross", old.code_hash)


def test_code_is_ours_by_what_it_is_and_not_by_its_name(app, folder):
    write_robot(folder)
    sync()
    theirs, ours = service.get_plugin("early_bird"), service.get_plugin("ma_cross")
    assert service.get_version("ma_cross", ours.code_hash).is_builtin
    # As if a robot of ours had come to have the name that somebody else's had before.
    with transaction():
        kept = db.session.query(RobotVersion).filter_by(code_hash=theirs.code_hash).one()
        kept.plugin_id = "ma_cross"
    assert not service.get_version("ma_cross", theirs.code_hash).is_builtin


def test_a_robot_whose_folder_is_gone_is_hidden_and_its_code_stays(app, folder):
    path = write_robot(folder)
    sync()
    for file in path.iterdir():
        file.unlink()
    path.rmdir()
    sync()
    assert not db.session.get(Plugin, "early_bird").is_listed
    assert db.session.query(RobotVersion).filter_by(plugin_id="early_bird").count() == 1


def test_the_commands_list_and_sync(app, folder):
    write_robot(folder)
    write_robot(folder, "ma_cross")
    write_robot(folder, "broken", "import os")
    runner = app.test_cli_runner()
    outcome = runner.invoke(args=["robots", "sync"])
    assert outcome.exit_code == 1
    assert "there is a robot ma_cross already" in outcome.output
    assert "may not import os" in outcome.output
    listed = runner.invoke(args=["robots", "list"])
    assert listed.exit_code == 0
    assert "early_bird" in listed.output
    facts = {each["id"]: each for each in json.loads(
        runner.invoke(args=["robots", "list", "--json"]).output
    )}  # fmt: skip
    assert facts["early_bird"]["timeframe"] == "D1"
    assert facts["ma_cross"]["parameters"]["properties"]["fast"]["default"] == 10
    assert facts["ma_cross"]["code_hash"] == service.get_plugin("ma_cross").code_hash


def test_versions_are_kept_on_both_engines(engine_app):
    count = len(plugins.find_folders().folders)
    assert sync()[0] == count
    assert sync() == (0, {})
    assert db.session.query(RobotVersion).count() == count
