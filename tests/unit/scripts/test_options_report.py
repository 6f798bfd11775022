"""Deltas beside the published ones of real chains: alike, or the difference has a known cause."""

import numpy as np
import pytest

from scripts import options_report as report


@pytest.mark.req("S2-93")
@pytest.mark.parametrize("chain", report.CHAINS, ids=lambda chain: chain.symbol)
def test_deltas_are_near_the_published_ones_or_their_inputs_explain_it(chain):
    if not report.FOLDER.is_dir():
        pytest.skip(f"the real chains are not on this machine: {report.FOLDER}")
    found = report.compare(chain)
    live = found.is_live
    assert live.sum() > 150
    # The formula: with the publication's volatility and inputs it gives the publication's delta.
    own = np.abs(found.again - found.published)[live]
    assert own.max() < report.GOAL
    assert np.median(own) < 0.001
    text, unexplained = report._section(chain, found)
    assert unexplained == 0
    far = np.abs(found.values.greeks.delta - found.published)[live] > report.GOAL
    assert text.count("| the publication") + text.count("dividends of 31.3 %") >= far.sum()
    assert (np.abs(found.values.greeks.delta[live]) <= 1.001).all()


@pytest.mark.req("S2-93")
def test_deltas_of_the_index_agree_where_dividends_do_not_matter():
    if not report.FOLDER.is_dir():
        pytest.skip(f"the real chains are not on this machine: {report.FOLDER}")
    found = report.compare(report.CHAINS[0])
    near = found.is_live & (found.columns.years < 0.1)
    gap = np.abs(found.values.greeks.delta - found.published)[near]
    assert (gap < report.GOAL).mean() > 0.9
