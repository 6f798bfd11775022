"""Rules of the WordPress plugin directory and of this house: the plugin keeps them, and each bites.

The directory's own checker cannot be had here, so each of its findings that could concern us is a
rule of ours, shown to find a planted breach.
"""

from __future__ import annotations

import pytest

from tests.contract.rules import files, names, output, writes
from tests.contract.rules.base import Plugin

RULES = (*output.RULES, *writes.RULES, *names.RULES, *files.RULES)
BAD = [(rule, sample) for rule in RULES for sample in rule.bad]
GOOD = [(rule, sample) for rule in RULES for sample in rule.good]


@pytest.fixture(scope="module")
def plugin() -> Plugin:
    return Plugin.real()


@pytest.mark.req("S4-80", "S4-83", "S4-84", "S4-85", "S4-104")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_plugin_keeps_the_rule(rule, plugin):
    assert rule.broken_by(plugin) == []


@pytest.mark.parametrize(
    ("rule", "sample"), BAD, ids=[f"{rule.name}-{n}" for n, (rule, _s) in enumerate(BAD)]
)
def test_the_rule_finds_a_planted_breach(rule, sample):
    assert rule.broken_by(Plugin.sample(sample, rule.name))


@pytest.mark.parametrize(
    ("rule", "sample"), GOOD, ids=[f"{rule.name}-{n}" for n, (rule, _s) in enumerate(GOOD)]
)
def test_the_rule_lets_good_code_pass(rule, sample):
    assert rule.broken_by(Plugin.sample(sample, rule.name)) == []


def test_every_rule_has_a_breach_to_find():
    assert [rule.name for rule in RULES if not rule.bad] == []
    assert len({rule.name for rule in RULES}) == len(RULES)
