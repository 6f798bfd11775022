"""The service down or slow: WordPress still answers within a second, with the last copy."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
import requests

from tests.wordpress import age_copies


def web_processes(stack) -> list[int]:
    marker = f"DATA_DIR={stack.data_dir}\0".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes() + b"\0"
        except OSError:
            continue
        if b"granian" in words and b"wsgi:app" in words and marker in environment:
            found.append(int(folder.name))
    return found


@pytest.mark.req("S4-104")
def test_a_frozen_service_costs_a_page_less_than_a_second(stack):
    """SIGSTOP: connections are accepted and never answered, the worst case of slow."""
    page = f"{stack.wordpress}/performance/"
    fresh = requests.get(page, timeout=10)
    assert "Track records" in fresh.text
    age_copies(stack, 31)  # so that the page asks the service again
    frozen = web_processes(stack)
    assert frozen
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(5):
            start = time.monotonic()
            answer = requests.get(page, timeout=10)
            took = time.monotonic() - start
            assert answer.status_code == 200
            assert "Track records" in answer.text
            assert took < 1, took
        assert "data-trp-stale" in answer.text
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
