"""The run's side of the warm process."""

import json
import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

from seqbench import SeqbenchError
from seqbench_plugins.executors.process.order import Order
from seqbench_plugins.executors.process.warm import HEADER

POOLS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "NUMBA")  # libraries with threads of their own
LARGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # where they can be had: less to fork
START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from seqbench_plugins.executors.process.warm import main;"
    "main(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])"
)
PATIENCE = 1.5  # seconds it may take to end its trials


class Server:
    """Starts trials. It is made when the first one comes; closed, it takes all of them along."""

    def __init__(self, threads: int, preload: Sequence[str], log: Path) -> None:
        self.threads, self.preload, self.log = threads, preload, log
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._events: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for events in list(self._events):
            self.forget(events)
        self._close(PATIENCE)
        with suppress(OSError):
            if not self.log.stat().st_size:
                self.log.unlink()

    def start(self, order: Order) -> int:
        """Start a trial; the pipe on which it tells its events, and which it closes at its end."""
        told, tells = os.pipe()
        self._events.add(told)
        try:
            if not self._send(order, tells):  # somebody has killed it: once more, with a new one
                self._close(0)
                if not self._send(order, tells):
                    raise SeqbenchError(self.epitaph())
        finally:
            os.close(tells)
        return told

    def forget(self, events: int) -> None:
        """Close the pipe of a trial, which ends it where it still runs."""
        self._events.remove(events)
        os.close(events)

    def gone(self, patience: float = 0.0) -> bool:
        """Whether it has ended, or does so within some seconds."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
        return self._process is None or self._process.returncode is not None

    def epitaph(self) -> str:
        """Why no trial can be started."""
        last = self.log.read_text("utf-8", "replace").strip().splitlines()[-1:]
        why = last[0] if last else "it left no word"
        return f"the process that trials are started from has ended: {why}; see {self.log}"

    def _send(self, order: Order, tells: int) -> bool:
        if self.gone():
            self._close(0)
            self._orders = self._launch()
        assert self._orders is not None
        data = pickle.dumps(order)
        try:
            socket.send_fds(self._orders, [len(data).to_bytes(HEADER, "big")], [tells])
            self._orders.sendall(data)
        except ConnectionError:
            return False
        return True

    def _launch(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        numbers = (str(theirs.fileno()), str(os.getpid()))
        pools = {f"{pool}_NUM_THREADS": str(self.threads) for pool in POOLS}
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with theirs, self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", START, json.dumps(sys.path), *numbers, *self.preload],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**LARGE_PAGES, **os.environ, **pools, "PYTHONHASHSEED": "0"},
                start_new_session=True,  # Ctrl-C is for the run alone
            )
        return ours

    def _close(self, patience: float) -> None:
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._process is not None:
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
