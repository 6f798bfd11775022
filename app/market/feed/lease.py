"""Only one process feeds: it holds a lease in Redis that runs out with it."""

from __future__ import annotations

import secrets
import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

KEY = "trp:feed:lease"
RENEWALS = 5
"""So often it is prolonged within its time."""
# Only who holds it prolongs or gives it back.
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 0
"""
_GIVE_BACK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class Lease:
    """The right to feed."""

    def __init__(self, redis: Redis, seconds: float) -> None:
        self._redis, self._seconds = redis, seconds
        self.renew_seconds = seconds / RENEWALS
        self._token = secrets.token_hex(16)
        self._until = 0.0

    @property
    def is_held(self) -> bool:
        """Whether nobody else can hold it now, by our own clock: also after a pause of the process."""
        return time.monotonic() < self._until

    async def take(self) -> bool:
        """Take or prolong the lease; return whether it is ours.

        Raises:
            RedisError: nobody answers; what we hold runs on until its end.
        """
        asked, span = time.monotonic(), int(self._seconds * 1000)
        is_ours = await self._redis.eval(_RENEW, 1, KEY, self._token, span)
        if not is_ours:
            is_ours = await self._redis.set(KEY, self._token, nx=True, px=span)
        # A little earlier than Redis counts, so that two never believe to hold it.
        self._until = asked + 0.9 * self._seconds if is_ours else 0.0
        return bool(is_ours)

    async def give_back(self) -> None:
        """Let the next one begin at once."""
        self._until = 0.0
        try:
            await self._redis.eval(_GIVE_BACK, 1, KEY, self._token)
        except (RedisError, OSError):
            return
