"""A model's client draws by MCP while the member watches in a browser."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.journeys.test_desk import DOCUMENT, desk, drag, drawings, until

__all__ = ["desk"]


def call(stack, key, name, **arguments):
    """Call a tool with the official client."""

    async def main():
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http:
            transport = streamable_http_client(f"{stack.edge}/mcp", http_client=http)
            async with Client(transport) as client:
                started = time.monotonic()
                answer = await client.call_tool(name, arguments)
                assert not answer.is_error, answer.content
                return answer.structured_content, started

    # The browser's driver has a loop in this thread.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(main())).result()


@pytest.mark.req("S0-15", "S0-144")
def test_what_a_client_draws_is_on_the_open_chart_within_two_seconds(desk, stack):
    stack.give_plan(stack.member, "mid")
    email = f"{stack.member[0]}@harborstreet.example"
    scopes = "market:read,charts:read,charts:write"
    key = stack.flask("accounts", "create-key", email, "--scopes", scopes).split()[-1]

    page = desk()
    kept = len(drawings(page))  # by tests that shared the member's chart
    page.click("[data-tool=trendline]")
    drag(page, (0.2, 0.5), (0.6, 0.3))
    line = until(page, kept + 1)[-1]
    page.wait_for_function("document.querySelector('[data-trp-rest]').trpLive")

    state, _ = call(stack, key, "get_chart_state")
    assert str(state["id"]) == page.get_attribute("#desk-chart", "data-chart")
    assert [one["id"] for one in state["document"]["drawings"]][kept:] == [line["id"]]
    price = round(float(page.inner_text("[data-desk-last]").replace(",", "")) * 1.001, 2)
    drawn, started = call(
        stack, key, "draw_support_resistance", role="resistance", price=price, model="claude"
    )
    page.wait_for_selector("#desk-chart >> text=drawn by claude", timeout=5_000)
    seconds = time.monotonic() - started
    print(f"a client's drawing after {seconds:.2f} s")
    assert seconds < 2
    assert page.evaluate(f"{DOCUMENT}.drawings[{kept + 1}].id") == drawn["id"]
    page.get_by_role("button", name="Undo the machine").click()
    assert until(page, kept + 1)[-1]["id"] == line["id"]
