"""The process that has loaded what trials need, and forks for each of them.

It runs no operation, so that it stays at one thread and a fork of it is as good as new. Of plugins
it loads the bundled ones alone, which are known to do nothing but to define; a trial loads the
others by itself. It ends with its run.
"""

import gc
import os
import pickle
import select
import signal
import socket
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from seqbench_plugins.executors.process.family import (
    die_with,
    end_descendants,
    outlive_parent,
    receive_orphans,
)
from seqbench_plugins.executors.process.keeper import keep
from seqbench_plugins.executors.process.loading import Loaded
from seqbench_plugins.executors.process.order import Order

HEADER = 8  # bytes that say how long an order is
PATIENCE = 1.0  # seconds for keepers to clear up when the run is over


def main(handle: int, run: int, preload: Sequence[str]) -> None:
    """Serve the run, a process of this number, whose orders come through this socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    receive_orphans()
    die_with(run)  # while it imports, it hears nothing
    loaded = Loaded(preload)
    gc.collect()
    gc.freeze()  # shared pages stay shared
    outlive_parent()  # from now on it hears of it, and has to clear up
    Warm(socket.socket(fileno=handle), loaded).serve()


class Warm:
    """Forks on demand, and buries."""

    def __init__(self, orders: socket.socket, loaded: Loaded) -> None:
        self.orders, self.loaded = orders, loaded
        self.keepers: set[int] = set()
        self.woken, self.wake = os.pipe()
        os.set_blocking(self.wake, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Start a keeper for each order, until there will be no more."""
        poll = select.poll()
        poll.register(self.orders, select.POLLIN)
        poll.register(self.woken, select.POLLIN)
        while True:
            ready = {handle for handle, _ in poll.poll()}
            if self.woken in ready:
                os.read(self.woken, 4096)
                self.bury()
            if self.orders.fileno() in ready and not self.start():
                break
        deadline = time.monotonic() + PATIENCE
        while self.keepers and time.monotonic() < deadline:
            time.sleep(0.005)
            self.bury()
        end_descendants()

    def start(self) -> bool:
        """Fork for the next order; False where there is none."""
        header, handles, _, _ = socket.recv_fds(self.orders, HEADER, 1)
        if not header:
            return False
        os.set_inheritable(handles[0], False)
        order: Order = pickle.loads(self._read(int.from_bytes(header, "big")))
        pid = os.fork()
        if pid == 0:
            self.become_keeper(order, handles[0])
        os.close(handles[0])
        self.keepers.add(pid)
        return True

    def become_keeper(self, order: Order, events: int) -> NoReturn:
        """What the fork does; it never comes back to being a server."""
        try:
            for mine in (self.orders.detach(), self.woken, self.wake):
                os.close(mine)
            self.loaded.forget_changed()
            keep(order, events)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    def bury(self) -> None:
        """Reap keepers, and end what one that was itself killed has left."""
        with suppress(ChildProcessError):
            while pid := os.waitpid(-1, os.WNOHANG)[0]:
                self.keepers.discard(pid)
        end_descendants(keep=frozenset(self.keepers))

    def _read(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size and (more := self.orders.recv(size - len(data))):
            data += more
        return bytes(data)
