"""The variables of `make run`."""

from scripts.settings import ROOT, read_settings


def test_the_defaults_are_those_of_the_readme():
    settings = read_settings({})

    assert (settings.port, settings.wp_port) == (5000, 8080)
    assert settings.data_dir == ROOT / "var"
    assert settings.wordpress
    assert settings.demo
    assert settings.redis_url is None


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
