"""Restrict processes that run client queries: network, core dumps, memory, orphans.

Every function affects the calling process and those that it forks later. Only Linux supports all of
them; elsewhere they do nothing. The constants are those of the Linux headers named in comments;
system calls that Python lacks are made with ctypes.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from contextlib import suppress
from errno import EPERM

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x1000_0000  # linux/sched.h
_CLONE_NEWNET = 0x4000_0000

_NICEST = 19  # linux/prio.h

_MODE_FILTER = 2  # linux/seccomp.h
_ALLOW = 0x7FFF_0000
_DENY = 0x0005_0000 | EPERM

_LOAD = 0x20  # linux/bpf_common.h: BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_NUMBER, _ARCHITECTURE = 0, 4  # offsets in struct seccomp_data
_FOREIGN = 0x4000_0000  # asm/unistd.h: calls of the x32 ABI carry this bit

_MACHINES = {
    # The architecture as linux/audit.h names it, and its numbers of socket, connect and
    # io_uring_setup (asm/unistd_64.h, asm-generic/unistd.h): the ways to a new connection.
    "x86_64": (0xC000_003E, (41, 42, 425)),
    "aarch64": (0xC000_00B7, (198, 203, 425)),
}


def deny_network() -> str:
    """Block the network permanently; returns how: ``seccomp``, ``namespace`` or ``nothing``.

    Open connections remain usable. See https://docs.kernel.org/userspace-api/seccomp_filter.html
    """
    if sys.platform != "linux":
        return "nothing"
    if _install_filter():
        return "seccomp"
    if ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        return "namespace"
    return "nothing"


def deny_core_dumps() -> None:
    """Disable core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_memory(more: int) -> None:
    """Limit the growth of the address space to `more` bytes; further allocations fail.

    A lower existing limit is kept. Without a known process size (which only Linux provides) no
    limit is set.
    """
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a file of digits
            pages = int(file.read().split()[0])
    except OSError:
        return
    limits = resource.getrlimit(resource.RLIMIT_AS)
    lower = [limit for limit in limits if limit != resource.RLIM_INFINITY]
    most = min(pages * resource.getpagesize() + more, sys.maxsize, *lower)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def raise_niceness(pid: int, more: int) -> None:
    """Raise the niceness of a process, up to the maximum.

    Errors are ignored: the process then keeps its niceness.
    """
    with suppress(OSError):
        niceness = os.getpriority(os.PRIO_PROCESS, pid) + more
        os.setpriority(os.PRIO_PROCESS, pid, min(niceness, _NICEST))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent, with this process id, ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # the parent has already ended
        os._exit(0)


def _install_filter() -> bool:
    machine = _MACHINES.get(platform.machine())
    if machine is None or sys.maxsize < 2**32:
        return False
    program = _program(*machine)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, and their address
    pointer = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    )
    kernel = ctypes.CDLL(None)
    if kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(kernel.prctl(_PR_SET_SECCOMP, _MODE_FILTER, pointer, 0, 0) == 0)


def _program(architecture: int, denied: tuple[int, ...]) -> bytes:
    """The filter: foreign architectures and denied calls fail, all others are allowed."""
    refuse = 1 + len(denied) + 1  # instructions from the first comparison of numbers to the refusal
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 0, refuse + 1, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, refuse - 1, 0, _FOREIGN),
        *((_EQUAL, refuse - 2 - index, 0, number) for index, number in enumerate(denied)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
