"""The shape of the program: floors, file names, routes, jobs, commits."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app import SLICES

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"

FILE_NAMES = {
    "__init__", "views", "api", "subscribers", "schemas", "service", "queries", "clients",
    "models", "rules", "events", "errors", "cli",
}  # fmt: skip
# What one slice may use of another: its front door.
VISIBLE = {"service", "schemas", "events", "errors"}

PUBLIC_ROUTES = {
    "health.healthz",
    "accounts_api.connect",
    "accounts_api.refresh_tokens",
    "accounts_api.revoke_tokens",
    "performance_api.leaderboard",
    "plans_api.list_plans",
    "plugins_api.list_plugins",
    "plugins_api.get_plugin",
    "till_api.take_event",
    "api.openapi",
    "api.docs",
    "account.sign_in",
    "account.enter",
    "account.code",
    "account.finish",
    "account.sign_up",
    "account.ask_for_account",
    "account.forgot",
    "account.ask_for_reset",
    "account.mail_sent",
    "account.confirm",
    "account.make_account",
    "account.reset",
    "account.set_password",
    "account.new_address",
    "account.set_address",
    "mail.ask_unsubscribe",
    "mail.unsubscribe",
    "mail.go_on",
    "chart_shares_api.read_shared",
    "shared_charts.shared_chart",
    "shared_charts.shared_picture",
    "static",
}


def modules() -> list[Path]:
    return [path for path in APP.rglob("*.py") if "__pycache__" not in path.parts]


def test_the_import_linter_keeps_the_floors():
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


# Slices that are processes of their own and no part of the Flask application.
PROCESSES = ("edge",)
# Programs and protocols that a slice brings along besides.
PROGRAMS = {"market": {"feed"}, "edge": {"mcp"}, "screenshots": {"reading", "measuring"}}


@pytest.mark.parametrize("name", [*SLICES, *PROCESSES])
def test_a_slice_has_only_the_agreed_file_names(name):
    folder = APP / name
    names = {path.stem for path in folder.iterdir() if path.suffix == ".py" or path.is_dir()}
    starts = {"__main__"} if name in PROCESSES else set()
    data = {"plans", "catalogue"} if name != "robots" else {"plugins", "host"}
    programs = PROGRAMS.get(name, set())
    assert names - FILE_NAMES - starts - data - programs - {"__pycache__"} == set()


def test_no_file_is_over_400_lines():
    folders = ("app", "workers", "tests", "benchmarks", "scripts", "wp-plugin", "templates")
    long = [
        f"{path.relative_to(ROOT)}: {count}"
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".php", ".js", ".css", ".html"}
        and "vendor" not in path.parts
        and (count := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert long == []


def test_slices_see_of_one_another_only_the_front_door():
    offences = []
    for path in modules():
        slice_name = path.relative_to(APP).parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app."):
                parts = (node.module or "").split(".")
                other = parts[1]
                if other in {slice_name, "core", "quant"} or other not in (*SLICES, *PROCESSES):
                    continue
                used = {parts[2]} if len(parts) > 2 else {alias.name for alias in node.names}
                if used - VISIBLE:
                    offences.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.module} {used}")
    assert offences == []


def test_only_the_core_commits():
    pattern = re.compile(r"\.commit\(")
    offences = [
        f"{path.relative_to(ROOT)}"
        for folder in ("app", "workers")
        for path in (ROOT / folder).rglob("*.py")
        if "core" not in path.parts and pattern.search(path.read_text())
    ]
    assert offences == []


def test_time_and_money_come_from_one_place():
    clock_calls = re.compile(r"datetime\.(now|utcnow)\(|time\.time\(\)|date\.today\(")
    money_floats = re.compile(r"float\((amount|price|pnl|fee|total|balance)")
    offences = []
    for path in modules():
        text = path.read_text()
        if path.name != "clock.py" and clock_calls.search(text):
            offences.append(f"{path.relative_to(ROOT)}: time without core.clock")
        if money_floats.search(text):
            offences.append(f"{path.relative_to(ROOT)}: money as float")
    assert offences == []


def test_every_route_has_an_auth_decision(app):
    without, public = set(), set()
    for rule in app.url_map.iter_rules():
        decision = getattr(app.view_functions[rule.endpoint], "auth_decision", None)
        if rule.endpoint == "static" or decision == "public":
            public.add(rule.endpoint)
        elif decision is None:
            without.add(rule.endpoint)
    assert without == set()
    assert public <= PUBLIC_ROUTES, "a new public route is a decision: add it to the list"


def test_no_screen_of_a_person_is_open_to_a_program(app):
    """A key with the least scope could make itself another one there, or erase its owner."""
    open_to_keys = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/embed/")
        and app.view_functions[rule.endpoint].auth_decision not in {"site", "person"}
    ]
    assert open_to_keys == []


def enqueued_names() -> dict[str, str]:
    """Return each job name that the code enqueues, with the file."""
    names = {}
    for folder in ("app", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if called in {"enqueue", "Periodic"} and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str):
                        names[first.value] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return names


def test_every_job_name_resolves_and_its_queue_has_a_worker():
    from workers import queues
    from workers.schedule import SCHEDULE

    served = {*queues.FAST_QUEUES, *queues.AI_QUEUES, *queues.FORKING_QUEUES}
    names = enqueued_names()
    assert {periodic.name for periodic in SCHEDULE} <= set(names)
    for name, place in names.items():
        job = queues.resolve(name)
        assert job.queue in served, place
        body = ast.parse(Path(job.function.__code__.co_filename).read_text())
        function = next(
            node
            for node in ast.walk(body)
            if isinstance(node, ast.FunctionDef) and node.name == job.function.__name__
        )
        assert function.end_lineno - function.lineno < 10, f"{name} is long for a job"


def test_the_web_process_does_not_load_what_only_workers_and_commands_use():
    code = (
        "import sys, wsgi; "
        "bad = {'numba', 'numpy', 'alembic', 'rq', 'openai', 'stripe', 'pandas'} & set(sys.modules); "
        "sys.exit(','.join(sorted(bad)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_ignores_carry_their_reason():
    pattern = re.compile(r"#\s*(noqa(?!:)|noqa: [A-Z0-9, ]+$|type: ignore(?!\[))")
    offences = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("app", "workers", "scripts")
        for path in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert offences == []
