"""A filter of system calls: what is not listed answers "not permitted".

A classic BPF program for the kernel (Linux 3.5 and later), put together by hand because the
standard library has no way to it. After it no file, socket, process, thread or signal to another
process can be made, from Python or past it.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
X32_BIT = 0x40000000

# In this order: read write close fstat poll lseek mmap mprotect munmap brk rt_sigaction
# rt_sigprocmask rt_sigreturn mremap sched_yield madvise setitimer getpid sendto recvfrom
# exit gettid futex sigaltstack clock_gettime exit_group restart_syscall
CALLS = {
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 25, 24, 28, 38, 39, 44, 45, 60, 186, 202,
         131, 228, 231, 219),
    ),
    "aarch64": (
        0xC00000B7,
        (63, 64, 57, 80, 73, 62, 222, 226, 215, 214, 134, 135, 139, 216, 124, 233, 103, 172, 206,
         207, 93, 178, 98, 132, 113, 94, 128),
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def program(machine: str) -> bytes:
    """Return the filter for a kind of processor; KeyError where we know none."""
    architecture, calls = CALLS[machine]
    steps = [
        _step(LOAD, 4),
        _step(EQUAL, architecture, 1, 0),
        _step(RETURN, KILL),
        _step(LOAD, 0),
        _step(AT_LEAST, X32_BIT, 0, 1),
        _step(RETURN, KILL),
    ]
    for call in calls:
        steps += [_step(EQUAL, call, 0, 1), _step(RETURN, ALLOW)]
    return b"".join([*steps, _step(RETURN, REFUSE)])


def install() -> None:
    """Put the filter up for the rest of this process' life; OSError where the kernel refuses."""
    libc = ctypes.CDLL(None, use_errno=True)
    text = program(platform.machine())
    buffer = ctypes.create_string_buffer(text, len(text))
    filled = _Program(len(text) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
        PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(filled), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "the filter of system calls cannot be put up")
