"""A function in a fork of this process."""

import json
import os
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn


class Ended(NamedTuple):
    """What it gave back, as JSON can tell it, and the signal that ended it; None and 0 for none."""

    value: Any = None
    signal: int = 0
    late: bool = False  # its time was over


def forked(function: Callable[[], Any], seconds: float | None = None) -> Ended:
    """Call it in a fork, which is killed where it takes longer.

    An exception there is no value here: the function has to tell of its own.
    """
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads there may be, all idle
        pid = os.fork()
    if pid == 0:
        os.close(reading)
        tell(function, writing)
    os.close(writing)
    text = None
    try:
        text = heard(reading, seconds)
    finally:  # an interrupt too leaves nothing running
        os.close(reading)
        if text is None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    killed = -min(0, os.waitstatus_to_exitcode(status))
    try:
        return Ended(json.loads(text or ""), killed, text is None)
    except ValueError:
        return Ended(None, killed, text is None)


def tell(function: Callable[[], Any], writing: int) -> NoReturn:
    """What the fork does."""
    try:
        text = json.dumps(function()).encode()
        while text:
            text = text[os.write(writing, text) :]
    except Exception:
        traceback.print_exc()  # where an executor keeps its log
    finally:
        os._exit(0)  # no exit handler of the process it was forked from


def heard(reading: int, seconds: float | None) -> bytes | None:
    """All that comes out of a pipe until its other end is closed; None where it takes longer."""
    deadline = None if seconds is None else time.monotonic() + seconds
    parts: list[bytes] = []
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([reading], [], [], left)[0]:
            return None
        if not (part := os.read(reading, 1 << 16)):
            return b"".join(parts)
        parts.append(part)
