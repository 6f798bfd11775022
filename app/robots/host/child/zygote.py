"""The process from which the children of robots are forked: it has loaded everything once.

Started as a script by `app.robots.host.parent` with an empty environment. It never runs the code
of a robot itself. Requests come over a socket: "fork" with the channel of a batch, "end" with the
number of a child; both are answered.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType

PR_SET_PDEATHSIG = 1
ROOT = Path(__file__).resolve().parents[4]


def _shell(name: str, folder: Path) -> None:
    """Stand in for a package without running its __init__, which would load Flask."""
    module = sys.modules[name] = ModuleType(name)
    module.__path__ = [str(folder)]


def _load(*, simulates: bool) -> None:
    sys.path.insert(0, str(ROOT))
    _shell("app.robots", ROOT / "app" / "robots")
    from app.robots.host.child import warming

    warming.load(simulates=simulates)


def _fork(channel: socket.socket, control: socket.socket) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        control.close()
        from app.robots.host.child import work

        work.serve(channel)
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Answer requests until the parent closes its side."""
    control = socket.socket(fileno=int(sys.argv[1]))
    _load(simulates=sys.argv[2] == "simulate")
    # It ends with the channel and not by PR_SET_PDEATHSIG, which would follow the thread that
    # started it.
    control.send(b"ready")
    while True:
        text, descriptors, _, _ = socket.recv_fds(control, 64, 1)
        if not text:
            return
        if text == b"fork":
            channel = socket.socket(fileno=descriptors[0])
            control.send(str(_fork(channel, control)).encode())
            channel.close()
        else:
            child = int(text)
            os.kill(child, signal.SIGKILL)
            _, status, usage = os.wait4(child, 0)
            control.send(f"{status} {usage.ru_maxrss}".encode())


if __name__ == "__main__":
    main()
