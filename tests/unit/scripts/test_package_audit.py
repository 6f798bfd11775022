"""The audit: bandit over our code, and no pass where nobody was asked."""

from __future__ import annotations

import json

import pytest

from scripts import audit

WEAK = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
SOUND = {"name": "b", "version": "1", "vulns": []}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.req("S4-115")
def test_no_unsafe_code_stands_without_a_reason():
    assert [
        f"{one['filename']}:{one['line_number']} {one['issue_text']}"
        for one in audit.unjustified(audit.findings())
    ] == []


def test_what_is_unsafe_is_found_unless_a_reason_stands_beside(tmp_path):
    (tmp_path / "bad.py").write_text(
        "import pickle\nx = pickle.loads(b'')\n"
        "from random import random\ny = random()  # noqa: S311 - spreads load\n"
    )
    found = audit.findings(tmp_path, ("bad.py",))
    assert {one["test_id"] for one in found} >= {"B301", "B311"}
    left = {one["test_id"] for one in audit.unjustified(found, tmp_path)}
    assert "B301" in left
    assert "B311" not in left


@pytest.mark.parametrize(
    ("packages", "code", "word"),
    [
        ([SOUND], audit.PASSED, "no known weakness in 1"),
        ([SOUND, WEAK], audit.FOUND, "PYSEC-1"),
        ([SKIPPED, WEAK], audit.FOUND, "PYSEC-1"),
        ([SOUND, SKIPPED], audit.COULD_NOT, "1 of 2"),
        ([], audit.COULD_NOT, "Not audited"),
    ],
)
def test_an_audit_passes_only_when_every_package_was_known(packages, code, word):
    found, lines = audit.judge(json.dumps({"dependencies": packages}), "")
    assert found == code
    assert word in "\n".join(lines)


def test_no_answer_is_no_pass():
    code, lines = audit.judge("", "warning\nno route to host")
    assert code == audit.COULD_NOT
    assert "no route to host" in lines[0]
