"""What a process that answers queries cannot do any more."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.waiting import PATIENCE, wait_until

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux offers this")


def run_program(program: str) -> str:
    """What a program says in a process of its own, which it may lock in."""
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@LINUX
def test_no_connection_leaves_by_any_way() -> None:
    output = run_program(
        """
        import ctypes, socket
        import pyoxigraph as ox
        from meagraph_api.engine import sandbox
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setblocking(False)
        port = listening.getsockname()[1]
        spare = socket.socket()
        print(sandbox.deny_network())
        for query in (f"ASK {{ SERVICE <http://127.0.0.1:{port}/> {{}} }}",
                      f"ASK {{ SERVICESILENT<http://127.0.0.1:{port}/>{{}} }}"):
            try:
                print(bool(ox.Store().query(query)))
            except OSError as error:
                print(type(error).__name__)
        for attempt in (socket.socket, lambda: socket.socket(socket.AF_UNIX),
                        lambda: spare.connect(("127.0.0.1", port)),
                        lambda: ox.Store().update(f"LOAD <http://127.0.0.1:{port}/>")):
            try:
                attempt()
                print("open")
            except OSError as error:
                print(type(error).__name__)
        kernel = ctypes.CDLL(None, use_errno=True)
        print(kernel.syscall(425, 1, ctypes.create_string_buffer(120)), ctypes.get_errno())
        print(kernel.syscall(41 + 0x40000000, 2, 1, 0), ctypes.get_errno())
        try:
            listening.accept()
        except BlockingIOError:
            print("nobody came")
        """
    )
    refused = ["PermissionError"] * 4
    assert output.split("\n")[:-1] == [
        "seccomp",
        "PermissionError",
        "True",
        *refused,
        "-1 1",
        "-1 1",
        "nobody came",
    ]


@LINUX
def test_the_store_on_disk_is_read_behind_the_lock(small_releases: Path) -> None:
    output = run_program(
        f"""
        import pyoxigraph as ox
        from meagraph_api.engine import sandbox
        sandbox.deny_network()
        store = ox.Store.read_only({str(small_releases / "r1" / "store")!r})
        print(len(list(store.query("SELECT * {{ ?s a ?type }}"))))
        """
    )
    assert output == "10\n"


@LINUX
def test_memory_grows_so_far_and_no_further() -> None:
    output = run_program(
        """
        from meagraph_api.engine import sandbox
        before = bytes(50_000_000)
        sandbox.limit_memory(100_000_000)
        held = bytes(60_000_000)
        try:
            more = bytes(60_000_000)
        except MemoryError:
            print("no more")
        """
    )
    assert output == "no more\n"


def test_a_crash_leaves_no_image() -> None:
    output = run_program(
        """
        import resource
        from meagraph_api.engine import sandbox
        sandbox.deny_core_dumps()
        print(resource.getrlimit(resource.RLIMIT_CORE))
        """
    )
    assert output == "(0, 0)\n"


@LINUX
def test_a_child_ends_with_its_parent_however_that_ends(tmp_path: Path) -> None:
    output = run_program(
        """
        import os, subprocess, sys, time
        child = '''
        import os, sys, time
        from meagraph_api.engine import sandbox
        sandbox.die_with_parent(int(sys.argv[1]))
        print(os.getpid(), flush=True)
        time.sleep(3600)
        '''
        import textwrap
        parent = (
            "import os, subprocess, sys\\n"
            "child = subprocess.Popen([sys.executable, '-c', sys.argv[1], str(os.getpid())],"
            " stdout=subprocess.PIPE)\\n"
            "print(child.stdout.readline().decode(), end='', flush=True)\\n"
            "os.kill(os.getpid(), 9)\\n"
        )
        ended = subprocess.run([sys.executable, "-c", parent, textwrap.dedent(child)],
                               capture_output=True, text=True)
        print(ended.stdout.strip(), ended.returncode)
        """
    )
    pid, returncode = output.split()
    assert returncode == "-9"
    stat = Path(f"/proc/{pid}/stat")

    def ended() -> bool:
        try:
            return stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    wait_until(ended)


def test_a_child_that_is_too_late_ends_at_once() -> None:
    program = "from meagraph_api.engine import sandbox; sandbox.die_with_parent(1); print('lives')"
    assert run_program(program) == ""


@LINUX
def test_a_limit_of_memory_that_is_lower_already_stays() -> None:
    output = run_program(
        """
        import resource
        from meagraph_api.engine import sandbox
        low = 3 * 1024**3
        resource.setrlimit(resource.RLIMIT_AS, (low, low))
        for more in (2**32, 2**70):
            sandbox.limit_memory(more)
            print(resource.getrlimit(resource.RLIMIT_AS) == (low, low))
        sandbox.limit_memory(2**30)
        print(resource.getrlimit(resource.RLIMIT_AS) < (low, low))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sandbox.deny_core_dumps()
        """
    )
    assert output.split() == ["True"] * 3


@pytest.mark.parametrize(("before", "after"), [(0, 15), (10, 19), (19, 19)])
def test_niceness_is_added_to_what_is_there_by_a_user_without_rights(
    before: int, after: int
) -> None:
    output = run_program(
        f"""
        import os
        from meagraph_api.engine import sandbox
        os.nice({before} - os.nice(0))
        if os.getuid() == 0:
            os.setuid(65534)
        sandbox.raise_niceness(os.getpid(), 15)
        print(os.nice(0))
        sandbox.raise_niceness(1, 15)  # not ours: nothing happens
        """
    )
    assert output.split() == [str(after)]
