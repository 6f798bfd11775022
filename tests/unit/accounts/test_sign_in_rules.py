"""The rules of signing in: passwords, delays, sessions, codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import bcrypt
import pyotp
import pytest

from app.accounts.rules import codes, limits, passwords, sessions

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.req("S4-113")
@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("123456789", False),
        ("a quiet harbour at dusk", True),
        ("nocapitals", True),
        ("Password123", False),
        ("1q2w3e4r5t", False),
        ("xxxxxxxxxxxx", False),
        ("ann@example.test", False),
        ("é" * 128, False),  # one character, again and again
        ("ab" * 128, True),
        ("ab" * 128 + "c", False),
        ("日本語のパスワードです", True),
    ],
)
def test_length_and_rarity_count_and_nothing_else(password, is_good):
    assert (passwords.password_fault(password, "ann@example.test") is None) == is_good


def test_the_list_of_common_passwords_holds_only_what_would_be_taken_otherwise():
    assert len(passwords.common_passwords()) > 1000
    assert all(len(one) >= passwords.MIN_PASSWORD for one in passwords.common_passwords())


@pytest.mark.req("S4-113")
@pytest.mark.parametrize("password", ["short", "x" * 100, "grüße an alle"])
def test_bcrypt_reads_what_php_wrote(password):
    hashed = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    for stored in (hashed, hashed.replace("$2b$", "$2y$")):
        assert passwords.is_bcrypt(stored)
        assert bcrypt.checkpw(*passwords.bcrypt_question(password, stored))


def test_what_two_keyboards_compose_differently_is_one_password():
    assert passwords.prepared("cafe\u0301 au lait") == passwords.prepared("caf\u00e9 au lait")


def take(count: int, policy: limits.Policy, *, patient: bool) -> list[int]:
    """Return the seconds to wait after each attempt; a patient one waits them out."""
    attempts, now, waits = limits.Attempts(), NOW, []
    for _ in range(count):
        attempts = limits.counted(attempts, policy, now)
        waits.append(int((attempts.blocked_until - now).total_seconds()))
        now += timedelta(seconds=waits[-1] if patient else 0)
    return waits


@pytest.mark.req("S0-114")
def test_the_delay_doubles_after_the_free_attempts_and_has_an_end():
    policy = limits.Policy(3, 2 * SECOND, 60 * SECOND)
    assert take(9, policy, patient=True) == [0, 0, 2, 4, 8, 16, 32, 60, 60]


def test_each_quiet_hour_halves_what_was_counted():
    policy = limits.Policy(3, 2 * SECOND, 60 * SECOND)
    before = limits.Attempts(16, NOW - timedelta(hours=2, minutes=1), NOW - timedelta(hours=2))
    assert limits.counted(before, policy, NOW).count == 5
    before = limits.Attempts(16, NOW - timedelta(days=400), None)
    assert limits.counted(before, policy, NOW).count == 1


def test_the_wait_is_told_in_whole_seconds_that_are_enough():
    attempts = limits.Attempts(5, NOW, NOW + timedelta(milliseconds=200))
    assert limits.seconds_to_wait(attempts, NOW) == 1
    assert limits.seconds_to_wait(attempts, NOW + SECOND) == 0
    ahead = limits.Attempts(1, NOW + SECOND, NOW + SECOND)
    assert limits.seconds_to_wait(ahead, NOW) == 0


@pytest.mark.req("S4-37")
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"revoked_at": NOW}, "revoked"),
        ({"expires_at": NOW}, "expired"),
        ({"seen_at": NOW - timedelta(hours=12)}, "idle"),
        ({"seen_at": NOW - timedelta(hours=11, minutes=59)}, None),
        ({"seen_at": NOW - timedelta(hours=13), "is_kept": True}, None),
        ({"created_at": NOW - timedelta(hours=2)}, "password_changed"),
    ],
)
def test_a_session_ends_by_time_by_hand_and_by_a_new_password(changes, fault):
    times = {
        "created_at": NOW - timedelta(minutes=30),
        "seen_at": NOW,
        "expires_at": NOW + timedelta(days=1),
        "is_kept": False,
        "revoked_at": None,
        **changes,
    }
    changed_at = NOW - timedelta(hours=1)
    found = sessions.session_fault(sessions.SessionTimes(**times), changed_at, NOW)
    assert found == fault


@pytest.mark.req("S3-97")
def test_a_creator_s_role_counts_only_with_a_second_factor():
    assert sessions.granted_roles("creator", has_second_factor=False) == {"member"}
    assert sessions.granted_roles("creator", has_second_factor=True) == {"member", "creator"}
    assert sessions.granted_roles("member", has_second_factor=False) == {"member"}


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Safari/537.36 Edg/130", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604", "Safari, iPhone"),
        ("<script>alert(1)</script>", ""),
    ],
)  # fmt: skip
def test_a_browser_is_named_by_words_of_ours_alone(agent, name):
    assert sessions.browser_name(agent) == name


@pytest.mark.parametrize(
    ("address", "network", "kept"),
    [
        ("203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("nonsense", "", ""),
        (None, "", ""),
    ],
)
def test_of_an_address_only_its_network_is_kept(address, network, kept):
    assert sessions.network_of(address) == network
    assert sessions.shortened_address(address) == kept


@pytest.mark.req("S3-97")
def test_a_code_fits_one_step_around_now_and_never_one_that_was_used():
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    step = int(NOW.timestamp()) // 30
    for shift, taken in ((-2, None), (-1, step - 1), (0, step), (1, step + 1), (2, None)):
        code = pyotp.TOTP(secret).generate_otp(step + shift)
        assert codes.matching_step(secret, code, NOW, 0) == taken
    present = pyotp.TOTP(secret).generate_otp(step)
    assert codes.matching_step(secret, f"{present[:3]} {present[3:]}", NOW, step - 1) == step
    assert codes.matching_step(secret, present, NOW, step) is None
    for nonsense in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦"):
        assert codes.matching_step(secret, nonsense, NOW, 0) is None


def test_codes_agree_with_the_rfc_s_own_example():
    """RFC 6238, appendix B: SHA-1, T = 59 s, of which the app shows the last six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert codes.matching_step(secret, "287082", datetime.fromtimestamp(59, UTC), 0) == 1


def test_recovery_codes_are_long_and_read_however_they_are_typed():
    made = codes.make_recovery_codes()
    assert len(set(made)) == 10
    bare = codes.bare_recovery_code(made[0])
    assert len(bare) == 16
    assert codes.bare_recovery_code(f"  {made[0].upper()} ") == bare
    assert codes.bare_recovery_code("123456") is None
