"""A process and all that descend from it.

On Linux orphans are handed to the nearest ancestor that asked for them, so that even a process
which left its session stays in the family. Elsewhere an orphan escapes.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # from <linux/prctl.h>


def receive_orphans() -> None:
    """Become the parent of all descendants whose own parent ends."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """End this process as soon as its parent, of this number, has ended."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def outlive_parent() -> None:
    """Undo `die_with`."""
    _prctl(PR_SET_PDEATHSIG, 0)


def descendants(pid: int) -> list[int]:
    """The children of a process and theirs, as far as they can be seen at one moment."""
    found = []
    unseen = [pid]
    while unseen:
        children = _children(unseen.pop())
        found += children
        unseen += children
    return found


def resident(pid: int) -> int:
    """Bytes of memory that a process and its descendants hold; shared pages count in each."""
    total = 0
    for member in (pid, *descendants(pid)):
        with suppress(psutil.Error):
            total += psutil.Process(member).memory_info().rss
    return total


def end_descendants(keep: frozenset[int] = frozenset(), seconds: float = 2.0) -> None:
    """Kill and reap all descendants of this process but the children to keep, and theirs."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        doomed = [child for child in _children(os.getpid()) if child not in keep]
        if not doomed:
            return
        for pid in (*doomed, *(one for child in doomed for one in descendants(child))):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        for child in doomed:
            with suppress(ChildProcessError):
                os.waitpid(child, os.WNOHANG)
        time.sleep(0.001)


def _children(pid: int) -> list[int]:
    try:
        lists = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []  # it has just ended
    if lists:
        return [int(child) for text in lists for child in text.split()]
    try:  # not Linux, or a kernel that keeps no such lists
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
