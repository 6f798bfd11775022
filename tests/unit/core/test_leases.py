"""Counting exactly over several processes with pieces of a quota. `Shelf` stands for Redis."""

from __future__ import annotations

import random
import threading
from collections import Counter as Tally

import pytest

from app.core import leases
from app.core.leases import Counter, Piece, Policy

NOW = 1_800_000_000.0


class Shelf:
    """What Redis does with the names, and how often it was asked."""

    def __init__(self):
        self.totals = Tally()
        self.asked = 0
        self.hungry = set()
        self.is_away = False
        self.lock = threading.Lock()

    def take(self, name, quota, size, owed, ttl):
        if self.is_away:
            return None
        with self.lock:
            self.asked += 1
            self.totals[name] += owed
            granted = max(0, min(size, quota - self.totals[name]))
            self.totals[name] += granted
            if not granted:
                self.hungry.add(name)
            return Piece(granted, self.totals[name])

    def give_back(self, unspent):
        with self.lock:
            for name, count in unspent.items():
                self.totals[name] -= count

    def wanted(self):
        return set(self.hungry)


@pytest.fixture
def moment(monkeypatch):
    """Move the clock that says when a refused process may ask again."""
    at = [0.0]
    monkeypatch.setattr(leases.time, "monotonic", lambda: at[0])
    # The tests give back by themselves.
    monkeypatch.setattr(Counter, "_start_returner", lambda self: None)
    return at


@pytest.mark.parametrize("quota", [1, 2, 7, 10, 60, 599, 600, 601, 10_000])
def test_one_process_lets_exactly_the_quota_through(moment, quota):
    shelf = Shelf()
    counter, policy = Counter(shelf, 1), Policy("key", quota, 60)
    answers = [counter.charge(policy, "7", NOW) for _ in range(quota + 5)]
    assert [one.is_allowed for one in answers] == [True] * quota + [False] * 5
    assert [one.remaining for one in answers] == [*range(quota - 1, -1, -1), *[0] * 5]
    assert {one.reset_at for one in answers} == {int(NOW) - int(NOW) % 60 + 60}


def test_redis_is_asked_far_less_than_once_a_request(moment):
    shelf = Shelf()
    counter = Counter(shelf, 1)
    for _ in range(600):
        assert counter.charge(Policy("key", 600, 60), "7", NOW).is_allowed
    assert shelf.asked < 40
    for _ in range(1000):
        counter.charge(Policy("key", 600, 60), "7", NOW)
    assert shelf.asked < 41


@pytest.mark.req("S4-108", "S3-99")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("processes", [2, 3, 8])
def test_several_processes_let_exactly_the_quota_through_however_they_are_asked(
    moment, seed, processes
):
    shelf, chance = Shelf(), random.Random(seed)
    counters = [Counter(shelf, processes) for _ in range(processes)]
    weights = [chance.random() ** 3 for _ in counters]
    policy, passed = Policy("key", chance.choice([30, 100, 600]), 60), 0
    for _ in range(policy.quota * 3):
        moment[0] += 0.01
        if chance.random() < 0.1:
            for counter in counters:
                counter.give_back()
        passed += chance.choices(counters, weights)[0].charge(policy, "7", NOW).is_allowed
        assert passed <= policy.quota
    assert passed == policy.quota


def test_what_one_process_holds_comes_to_the_one_that_wants_it(moment):
    shelf, policy = Shelf(), Policy("key", 100, 60)
    busy, idle = Counter(shelf, 2), Counter(shelf, 2)
    assert idle.charge(policy, "7", NOW).is_allowed
    passed = sum(busy.charge(policy, "7", NOW).is_allowed for _ in range(200))
    assert passed == 90
    idle.give_back()
    moment[0] += 1
    assert sum(busy.charge(policy, "7", NOW).is_allowed for _ in range(50)) == 9


def test_each_window_and_each_subject_has_its_own(moment):
    counter, policy = Counter(Shelf(), 1), Policy("key", 2, 60)

    def passed(subject, now):
        return [counter.charge(policy, subject, now).is_allowed for _ in range(3)]

    assert passed("7", NOW) == [True, True, False]
    assert passed("8", NOW) == [True, True, False]
    assert passed("7", NOW + 60) == [True, True, False]
    other = Policy("tokens", 1, 60)
    assert counter.charge(other, "7", NOW).is_allowed


@pytest.mark.req("S4-108")
def test_without_redis_a_process_has_its_share_and_no_more(moment):
    shelf = Shelf()
    shelf.is_away = True
    counter, policy = Counter(shelf, 4), Policy("key", 100, 60)
    answers = [counter.charge(policy, "7", NOW) for _ in range(40)]
    assert [one.is_allowed for one in answers] == [True] * 25 + [False] * 15
    tiny = Policy("tokens", 2, 60)
    assert [counter.charge(tiny, "7", NOW).is_allowed for _ in range(2)] == [True, False]


def test_what_was_spent_without_redis_is_told_when_it_is_back(moment):
    shelf, policy = Shelf(), Policy("key", 100, 60)
    first, second = Counter(shelf, 2), Counter(shelf, 2)
    shelf.is_away = True
    passed = sum(first.charge(policy, "7", NOW).is_allowed for _ in range(30))
    shelf.is_away = False
    moment[0] += 1
    for _ in range(200):
        moment[0] += 0.01
        passed += first.charge(policy, "7", NOW).is_allowed
        passed += second.charge(policy, "7", NOW).is_allowed
        first.give_back()
        second.give_back()
    assert passed == 100


def test_what_was_spent_with_redis_counts_against_the_share(moment):
    shelf, policy = Shelf(), Policy("key", 100, 60)
    counter = Counter(shelf, 2)
    for _ in range(70):
        assert counter.charge(policy, "7", NOW).is_allowed
    shelf.is_away = True
    passed = sum(counter.charge(policy, "7", NOW).is_allowed for _ in range(100))
    # The piece in hand may still be spent; the share of 50 is gone.
    assert passed <= 10


def test_threads_of_a_process_share_a_window(moment):
    shelf, policy = Shelf(), Policy("key", 500, 60)
    counter, passed = Counter(shelf, 1), []

    def run():
        passed.append(sum(counter.charge(policy, "7", NOW).is_allowed for _ in range(300)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 500


def test_it_remembers_no_more_windows_than_it_may(moment, monkeypatch):
    monkeypatch.setattr(leases, "MAX_WINDOWS", 10)
    counter = Counter(Shelf(), 1)
    for number in range(100):
        counter.charge(Policy("anonymous", 5, 60), str(number), NOW)
    assert len(counter._windows) == 10


def test_the_returner_ends_when_there_is_nothing_to_give(monkeypatch):
    monkeypatch.setattr(leases, "RETRY_SECONDS", 0.01)
    shelf, policy = Shelf(), Policy("key", 100, 60)
    busy, idle = Counter(shelf, 2), Counter(shelf, 2)
    idle.charge(policy, "7", NOW)
    deadline = leases.time.monotonic() + 5
    passed = 0
    while passed < 99 and leases.time.monotonic() < deadline:
        passed += busy.charge(policy, "7", NOW).is_allowed
    assert passed == 99
    assert not busy.charge(policy, "7", NOW).is_allowed
    for counter in (busy, idle):
        counter._returner.join(5)
        assert not counter._returner.is_alive()
