"""The trials that run at this moment, and what they tell of themselves."""

import json
import os
import selectors
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from seqbench import Point, Progress, Result, SeqbenchError, Watch
from seqbench_plugins.executors.process.order import Order
from seqbench_plugins.executors.process.server import Server
from seqbench_plugins.executors.process.verdict import verdict

ATTEMPTS = 3  # to start one trial, if somebody keeps killing the server
PATIENCE = 0.5  # seconds between the end of a process's pipes and its own


@dataclass
class Running:
    """One of them."""

    order: Order
    attempt: int
    told: dict[str, dict[str, Any]] = field(default_factory=dict)  # the last event of each kind
    rest: bytes = b""  # of an event that has not arrived whole


class Crew:
    """Starts trials and hears them out."""

    def __init__(self, server: Server, watch: Watch) -> None:
        self.server, self.watch = server, watch
        self._running: dict[int, Running] = {}  # by the pipe of their events
        self._ready = selectors.DefaultSelector()
        self._proven = False  # whether the server has ever started a trial

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ready.close()

    def __len__(self) -> int:
        return len(self._running)

    def start(self, order: Order, attempt: int = 1) -> None:
        """Start a trial. Raises SeqbenchError where none can be started."""
        events = self.server.start(order)
        self._running[events] = Running(order, attempt)
        self._ready.register(events, selectors.EVENT_READ)

    def ended(self) -> Iterator[Result]:
        """Wait until something happens; the results of the trials that are over then."""
        for key, _ in self._ready.select():
            one = self._running[key.fd]
            if data := os.read(key.fd, 1 << 16):
                self._hear(one, data)
                if "ended" not in one.told:
                    continue
            self._ready.unregister(key.fd)
            self.server.forget(key.fd)
            del self._running[key.fd]
            if one.told or not self.server.gone(PATIENCE):
                yield verdict(one.order, one.told)
            elif self._proven and one.attempt < ATTEMPTS:  # it was killed before it could start
                self.start(one.order, one.attempt + 1)
            else:
                raise SeqbenchError(self.server.epitaph())

    def _hear(self, one: Running, data: bytes) -> None:
        """Take events in, and pass on what somebody may want to see."""
        *lines, one.rest = (one.rest + data).split(b"\n")
        for line in lines:
            try:
                event = json.loads(line)
                kind = event.pop("kind")
            except (ValueError, AttributeError, KeyError):
                continue  # of a trial that writes to every handle it finds
            one.told[kind] = event
            if kind == "started":
                self._proven = True
                self.watch(Progress("started", one.order.trial, event["where"]))
            elif kind == "point":
                self.watch(Progress("point", one.order.trial, point=Point(**event)))
