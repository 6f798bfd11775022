"""What the scripts say, and the one error that ends them with a clear line."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable


class Refusal(Exception):  # noqa: N818 - it is an answer to the operator, not a fault in the code
    """Something the operator must change; `code` becomes the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def say(line: str) -> None:
    """Print one line at once."""
    # Whoever read our output may be gone (`make run | head`): that must not end the service.
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def run_main(main: Callable[[], None]) -> None:
    """Run a script's `main` and turn a `Refusal` into one line and an exit code."""
    try:
        main()
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        raise SystemExit(refusal.code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
