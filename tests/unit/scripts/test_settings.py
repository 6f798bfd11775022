"""The variables of `make run`."""

import pytest

from scripts.console import Refusal
from scripts.settings import NEWEST_WORDPRESS, OLDEST_WORDPRESS, ROOT, read_settings


def test_the_defaults_are_those_of_the_readme():
    settings = read_settings({})

    assert (settings.port, settings.wp_port) == (5000, 8080)
    assert settings.data_dir == ROOT / "var"
    assert settings.wordpress
    assert settings.demo
    assert settings.redis_url is None
    assert (settings.edge_port, settings.edge_url) == (5001, "http://127.0.0.1:5001")


def test_children_get_the_folder_as_an_absolute_path():
    environment = read_settings({"DATA_DIR": "lab/one"}).environment()

    assert environment["DATA_DIR"] == str(ROOT / "lab/one")
    assert environment["REDIS_URL"] == f"unix://{ROOT}/lab/one/redis.sock"


def test_a_redis_of_the_operator_is_kept():
    settings = read_settings({"REDIS_URL": "redis://10.0.0.5:6379/2"})

    assert settings.environment()["REDIS_URL"] == "redis://10.0.0.5:6379/2"


def test_zero_switches_parts_off():
    settings = read_settings({"WORDPRESS": "0", "DEMO": "0"})

    assert not settings.wordpress
    assert not settings.demo


def test_browsers_may_reach_the_edge_elsewhere_or_not_at_all():
    named = read_settings({"EDGE_PORT": "6001", "EDGE_URL": "https://live.example"}).environment()
    assert (named["EDGE_PORT"], named["EDGE_URL"]) == ("6001", "https://live.example")
    assert read_settings({"EDGE_URL": "", "PORT": "5001"}).edge_url == ""


def test_both_versions_of_wordpress_can_be_asked_for_and_no_other():
    assert read_settings({}).wp_version == NEWEST_WORDPRESS
    assert read_settings({"WP_VERSION": OLDEST_WORDPRESS}).wp_version == OLDEST_WORDPRESS

    with pytest.raises(Refusal, match=r"WP_VERSION=6.1 is not one of 6.8 and 6.5"):
        read_settings({"WP_VERSION": "6.1"})


def test_the_test_till_stands_in_for_stripe_until_a_key_is_set():
    own = read_settings({"TILL_PORT": "6002"})
    environment = own.environment()
    assert own.till
    assert environment["STRIPE_API_BASE"] == "http://127.0.0.1:6002"
    assert environment["STRIPE_WEBHOOK_SECRET"] == own.till_secret
    assert environment["STRIPE_IS_TEST_TILL"] == "1"

    assert not read_settings({"STRIPE_API_KEY": "sk_live_x"}).till
    assert not read_settings({"STRIPE_API_KEY_FILE": "/run/key"}).till
    off = read_settings({"TILL": "0"})
    assert not off.till
    assert "STRIPE_API_BASE" not in off.environment()
