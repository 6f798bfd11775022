"""Code asks what a member may do; what a plan is called stands in the plans file alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.billing import service as billing

ROOT = Path(__file__).resolve().parents[2]
# Words that mean other things as well: a day's low, basic settings, a creator, one who trades.
AMBIGUOUS = {"low", "basic", "pro", "creator", "trader"}
ALLOWED = {
    "app/accounts/models.py": "a check of the table users",
    "app/api/rules/words.py": "examples of the API's description",
    "app/billing/models/subscriptions.py": "the default of a column",
    "app/billing/rules/conversions.py": "the start of the funnel",
    "app/billing/rules/movements.py": "the stages of the funnel, a check of the table funnel_days",
    "app/billing/service/funnel.py": "the same stages, in SQL",
    "app/robots/models/__init__.py": "the default of a column",
}
ASKS_FOR_PLAN = re.compile(r"tier|plan", re.IGNORECASE)
IN_TEMPLATE = re.compile(r"(tier|plan)\b[^{}%]{0,40}(==|!=|in)\s*\(?\[?\s*['\"]([a-z]+)['\"]")


def keys() -> set[str]:
    return {plan.tier for plan in billing.read_plans().by_key.values()}


def value_of(node: ast.AST) -> object:
    """Return a constant's value; None for what is none."""
    return node.value if isinstance(node, ast.Constant) else None


def named(source: str) -> Iterator[int]:
    """Yield the lines on which a source names a plan."""
    every = keys()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and node.value in every - AMBIGUOUS:
            yield node.lineno
        elif isinstance(node, ast.Compare):
            texts = [each.value for each in ast.walk(node) if isinstance(each, ast.Constant)]
            if set(texts) & every and ASKS_FOR_PLAN.search(ast.unparse(node)):
                yield node.lineno
        elif isinstance(node, ast.keyword) and ASKS_FOR_PLAN.search(node.arg or ""):
            yield from [node.value.lineno] * (value_of(node.value) in every)


def test_no_code_names_a_plan():
    found = {}
    for folder in ("app", "workers"):
        for path in (ROOT / folder).rglob("*.py"):
            lines = sorted(set(named(path.read_text())))
            if lines:
                found[str(path.relative_to(ROOT))] = lines
    assert set(found) == set(ALLOWED), found


def test_no_template_asks_for_a_plan_by_name():
    for path in (ROOT / "templates").rglob("*.html"):
        for match in IN_TEMPLATE.finditer(path.read_text()):
            assert match[3] not in keys(), f"{path.relative_to(ROOT)}: {match[0]}"


@pytest.mark.parametrize(
    "source",
    [
        "x = user.tier == 'low'",
        "if plan in ('low', 'basic'): pass",
        "subscribe(1, tier='pro')",
        "LIMITS = {'free': 1, 'mid': 2}",
        "x = 'premium'",
    ],
)
def test_each_way_to_name_one_is_seen(source):
    assert list(named(source))


@pytest.mark.parametrize(
    "source", ["x = bar['low'] < 3", "level = 'basic'", "role = 'creator'", "x = {'low': 1}"]
)
def test_other_meanings_are_let_alone(source):
    assert not list(named(source))
