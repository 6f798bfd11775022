"""What this house asks of the plugin beyond the rules of the directory (rules/)."""

import re
from pathlib import Path

import pytest

from tests.contract.rules.base import Plugin

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "wp-plugin"
SOURCES = Plugin.real().matching(r"\.php$")
DOCUMENT = ROOT / "docs/wordpress.md"
HOOK = r"(?:apply_filters|do_action)\(\s*'(trading_robot_service_\w+)'"


@pytest.mark.req("S4-80", "S4-81", "S4-82", "S4-83")
@pytest.mark.parametrize(
    "name",
    [
        "UserManager",
        "PerformanceTracker",
        "SubscriptionManager",
        "ApiClient",
        "Dashboard",
        "Admin/Settings",
        "Admin/Dashboard",
        "Frontend/Shortcodes",
        "Frontend/Assets",
        "Frontend/Templates",
        "Rest/Proxy",
    ],
)
def test_the_plugin_has_the_class(name):
    code = SOURCES[f"src/{name}.php"]
    *folders, cls = name.split("/")
    namespace = "\\".join(["TradingRobotService", *folders])
    assert f"namespace {namespace};" in code
    assert re.search(rf"^final class {cls}\b", code, re.MULTILINE)


def test_fragments_of_the_service_are_cleaned_where_they_come_in():
    bodies = {
        name for name, code in SOURCES.items() if re.search(r"\$reply->body|\$this->body", code)
    }
    for name in bodies - {"src/Reply.php"}:
        found = re.findall(r"(\w+::\w+|\w+)\(\s*\$reply->body", SOURCES[name])
        assert len(found) == SOURCES[name].count("$reply->body"), name
        assert set(found) <= {"Html::clean", "json_decode", "strlen"}, name


def test_every_hook_of_ours_is_documented_and_every_documented_hook_is_there():
    fired = {hook for code in SOURCES.values() for hook in re.findall(HOOK, code)}
    table = DOCUMENT.read_text().partition("## Hooks and filters")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| `(trading_robot_service_\w+)` \|", table, re.MULTILINE))
    assert documented == fired


def test_every_hook_says_in_the_code_what_it_is_for():
    for name, code in SOURCES.items():
        for found in re.finditer(HOOK, code):
            before = code[: found.start()].rstrip()
            comment = before[before.rfind("/**") :]
            assert re.match(r"/\*\*\s+(?:\* )?(?:Filters|Fires|This)\b", comment), (
                f"{name}: {found[1]}"
            )


def test_every_hook_has_a_test():
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("*.php"))
    tests += "".join(path.read_text() for path in (ROOT / "tests/journeys").glob("*.py"))
    fired = {hook for code in SOURCES.values() for hook in re.findall(HOOK, code)}
    assert [hook for hook in sorted(fired) if hook not in tests] == []


def test_the_blocks_and_shortcodes_of_the_document_are_those_of_the_plugin():
    text = DOCUMENT.read_text()
    blocks = {
        re.search(r'"name":\s*"([^"]+)"', path.read_text())[1]
        for path in PLUGIN.glob("blocks/*/block.json")
    }
    tags = {
        tag
        for code in SOURCES.values()
        for tag in re.findall(r"'(trading_robot_[a-z_]+)'\s*=> new", code)
    }
    tags |= set(re.findall(r"\[(trading_robot_\w+)", (PLUGIN / "readme.txt").read_text()))
    assert {name for name in blocks if f"`{name}`" not in text} == set()
    assert {tag for tag in tags if f"`[{tag}]`" not in text} == set()


def test_parts_of_others_carry_their_licence():
    listed = (PLUGIN / "THIRD_PARTY.txt").read_text()
    for licence in ("Zero-Clause BSD", "Apache License", "SIL OPEN FONT LICENSE"):
        assert licence in listed
