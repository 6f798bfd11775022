"""The real servers that other tests stand on."""

import psycopg
import redis


def test_redis_keeps_every_write_and_never_evicts(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("port") == {"port": "0"}


def test_postgres_answers_on_its_own_socket(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
