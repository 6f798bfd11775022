"""`docs/robots.md` as its reader follows it, and `flask robots check` on good and bad robots."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.core.db import transaction
from app.quant.simulation import Step, Terms
from app.robots import service
from app.robots.host.simulations import Job, RobotHost
from app.robots.service.samples import sample_bars
from tests.factories.robots import BUILTIN, SOURCE, write_robot

ROOT = Path(__file__).resolve().parents[2]
HEAD = "from pydantic import Field\nfrom app.quant.robot import Parameters, Robot, buy\n"


def blocks():
    """Return the two files that the document shows."""
    text = (ROOT / "docs" / "robots.md").read_text()
    return [re.search(rf"```{kind}\n(.*?)```", text, re.DOTALL)[1] for kind in ("python", "json")]


@pytest.fixture
def check(app):
    def run(folder, *options):
        outcome = app.test_cli_runner().invoke(args=["robots", "check", str(folder), *options])
        lines = outcome.output.splitlines()
        failed = [line[6:] for line in lines if line.startswith("FAIL")]
        return outcome.exit_code, failed, outcome.output

    return run


def test_the_robot_of_the_document_has_thirty_lines_and_runs(app, check):
    source, metadata = blocks()
    code = source.split('"""', 2)[2]
    lines = [line for line in code.splitlines() if line.strip()]
    assert len(lines) <= 30
    folder = Path(app.config["ROBOTS_DIR"]) / "weekly_dip"
    folder.mkdir(parents=True)
    (folder / "robot.py").write_text(source)
    (folder / "metadata.json").write_text(metadata)
    code, failed, output = check(folder)
    assert (code, failed) == (0, []), output
    with transaction():
        service.sync_catalogue()
        service.sync_versions()
    plugin = service.get_plugin("weekly_dip")
    assert list(plugin.parameters_schema["properties"]) == ["falls", "longest", "share"]
    assert not plugin.is_builtin
    with RobotHost() as host:
        job = Job(plugin.source, {"falls": 2}, ("SPY",), Terms())
        step = host.simulate([job], sample_bars(plugin))[0]
    assert isinstance(step, Step)
    assert len(step.fills) > 10
    listed = app.test_cli_runner().invoke(args=["robots", "list"]).output
    assert "weekly_dip" in listed


def test_the_document_tells_of_every_robot_and_every_fault():
    from app.robots.host.parent import KINDS

    text = (ROOT / "docs" / "robots.md").read_text()
    listed = set(re.findall(r"^\| `([a-z_]+)` \|", text, re.MULTILINE))
    assert {path.name for path in BUILTIN.iterdir() if path.is_dir()} <= listed
    assert all(f"`{kind}`" in text for kind in KINDS)


def bad(body, head=""):
    lines = "\n".join(f"        {line}" for line in body)
    return f"{HEAD}{head}\nclass Bad(Robot):\n    def on_bar(self, bars, book):\n{lines}\n"


@pytest.mark.parametrize(
    ("source", "what", "text"),
    [
        (bad(["import socket"]), "runs", "forbidden"),
        (bad(["return None"]), "trades: 0 fills", "traded nothing"),
        (
            bad(["SEEN.append(1)", "if len(SEEN) % 7 == 0: return [buy(self.symbol, 1)]"],
                "SEEN = []"),
            "goes on where it was cut", "book.memory",
        ),
        (
            bad(["if not book.positions:",
                 "    return [buy(self.symbol, 1 + id(bars) // 16 % 9973 / 100)]"]),
            "the same twice", "chance",
        ),
        (
            SOURCE.replace("if not book.positions:",
                           "if self.parameters.high == 50: 1 / 0\n        if not book.positions:"),
            "the ends of its ranges", "high=50: raised: ZeroDivisionError",
        ),
        ("class", "robot.py", "SyntaxError"),
        (SOURCE.replace("ge=1, le=50, ", ""), "robot.py", "needs a range"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_named(check, tmp_path, source, what, text):
    code, failed, output = check(write_robot(tmp_path, source=source))
    assert code == 1
    assert what in failed, output
    assert text in output


def test_files_of_bars_are_read_and_wrong_ones_are_named(check, tmp_path):
    folder = write_robot(tmp_path)
    days = [f"2024-01-{day:02d},10,11,9,{10 + day % 2},1000" for day in range(1, 29)]
    path = tmp_path / "SPY.csv"
    path.write_text("session,open,high,low,close,volume\n" + "\n".join(days) + "\n")
    code, failed, output = check(folder, "--bars", f"SPY={path}")
    assert (code, failed) == (0, []), output
    assert check(folder, "--bars", f"IBM={path}")[1] == ["bars"]
    for wrong in (str(path), f"SPY={tmp_path}/none.csv"):
        assert check(folder, "--bars", wrong)[0] == 2
    path.write_text("session,open,high,low,close,volume\n2024-01-01,10,9,11,10,1\n")
    code, _, output = check(folder, "--bars", f"SPY={path}")
    assert code == 2
    assert "row 2" in output
