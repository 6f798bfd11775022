"""The list of requirement ids and the report on them."""

import re

from scripts.requirements import IDS, SYSTEMS, _report


def test_every_id_belongs_to_a_system_and_stands_once():
    ids = IDS.read_text().split()

    assert len(ids) == len(set(ids)) == 713
    assert {re.fullmatch(r"(S\d)-\d+", name)[1] for name in ids} == set(SYSTEMS)


def test_the_report_counts_and_lists_in_the_order_of_numbers():
    report = _report([("S4", "Trading robot service", 3, ["S4-12", "S4-5"])])

    assert "| S4 | Trading robot service | 2 | 3 |" in report
    assert "S4-5, S4-12" in report
