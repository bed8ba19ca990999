"""The process that watches over one trial: its time, its memory, its output, its children."""

import math
import os
import select
import signal
import time
from contextlib import suppress
from typing import Any, NoReturn

from seqbench_plugins.executors.process.family import end_descendants, receive_orphans, resident
from seqbench_plugins.executors.process.log import Log
from seqbench_plugins.executors.process.order import Order, tell
from seqbench_plugins.executors.process.worker import perform

INTERVAL = 0.1  # seconds between two looks at the memory
GRACE = 0.3  # seconds to print where it hangs, before it is killed


def keep(order: Order, events: int) -> NoReturn:
    """Start the trial, watch it, clear up after it, tell how it ended, and leave.

    `events` is the pipe to the run; when the run is gone, however it went, so is the trial.
    """
    receive_orphans()
    woken, wake = os.pipe()
    output, log = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        for inherited in (woken, wake, output):
            os.close(inherited)
        perform(order, events, log, keeper)
    os.close(log)
    watch = Watch(order, pid, events, output, woken)
    with suppress(OSError):  # the run may be gone
        tell(events, kind="started", where=f"process {pid}")
    report = watch.until_it_ends()
    with suppress(OSError):
        tell(events, kind="ended", **report)
    os._exit(0)


class Watch:
    """The look that is kept on one running trial."""

    def __init__(self, order: Order, pid: int, events: int, output: int, woken: int) -> None:
        self.order, self.pid = order, pid
        self.events, self.output, self.woken = events, output, woken
        self.log = Log(order.log)
        self.code: int | None = None  # of the trial's exit; negative for a signal
        self.held = 0  # bytes of memory at the last look
        self._poll = select.poll()
        self._poll.register(output, select.POLLIN)
        self._poll.register(woken, select.POLLIN)
        self._poll.register(events, 0)  # an error comes unasked, when nobody reads any more

    def until_it_ends(self) -> dict[str, Any]:
        """Wait, and leave nothing running; how it ended."""
        why = self._why()
        if why == "timeout":  # faulthandler prints where it is, even inside native code
            os.kill(self.pid, signal.SIGABRT)
            deadline = time.monotonic() + GRACE
            while self.code is None and time.monotonic() < deadline:
                self._look(GRACE / 4)
        end_descendants()
        self._drain()
        self.log.close()
        return {"why": why, "code": self.code, "held": self.held}

    def _why(self) -> str:
        """What ended it: nothing but itself, a limit, or the end of the run."""
        order = self.order
        deadline = time.monotonic() + (order.timeout or math.inf)
        look = time.monotonic() if order.memory else math.inf
        while self.code is None:
            now = time.monotonic()
            if now >= deadline:
                return "timeout"
            if now >= look:
                look = now + INTERVAL
                self.held = resident(self.pid)
                if self.held > order.memory:
                    return "out_of_memory"
            if not self._look(min(deadline, look) - now):
                return "abandoned"
        return ""

    def _look(self, seconds: float) -> bool:
        """Take in what happens within some seconds; False where the run is gone."""
        patience = None if seconds == math.inf else max(0, math.ceil(seconds * 1000))
        for handle, _ in self._poll.poll(patience):
            if handle == self.events:
                return False
            if handle == self.woken:
                os.read(self.woken, 4096)
                self._reap()
            elif data := os.read(self.output, 1 << 16):
                self.log.write(data)
            else:
                self._poll.unregister(self.output)
        return True

    def _reap(self) -> None:
        """Note the trial's end, and bury orphans that came to us."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.pid:
                    self.code = os.waitstatus_to_exitcode(ended[1])

    def _drain(self) -> None:
        """Take in what is left of the output."""
        os.set_blocking(self.output, False)
        with suppress(BlockingIOError):
            while data := os.read(self.output, 1 << 16):
                self.log.write(data)
