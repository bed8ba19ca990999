"""What a running suite says of itself, on stderr: a live bar, or plain lines where none can be."""

import sys
import time
from collections import Counter
from types import TracebackType
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from seqbench.contract.executor import Progress as Event
from seqbench.contract.trial import Result, Trial
from seqbench.kits.table import plain


class Display(Protocol):
    """Follows a run. Used as a context manager around it."""

    def __enter__(self) -> "Display": ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def watch(self, event: Event) -> None:
        """A trial has started, or reached a point of its learning curve."""

    def finished(self, result: Result) -> None:
        """A trial's record has been stored."""


def display(total: int) -> Display:
    """The live one on a terminal, plain lines elsewhere."""
    console = Console(file=sys.stderr)
    return LiveDisplay(console, total) if console.is_terminal else PlainDisplay(total)


def named(trial: Trial) -> str:
    """A trial in a few words."""
    return plain(f"{trial.task.name} × {trial.architecture.name}, seed {trial.seed}")


def outcome(result: Result) -> str:
    """What came of a trial, in a few words."""
    seconds = result.costs.get("fit_seconds")
    took = f", {seconds:.1f} s" if seconds is not None else ""
    why = f": {plain(result.reason)}" if result.reason else ""
    return f"{result.status}{took}{why}"


class PlainDisplay:
    """One line a finished trial."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def watch(self, event: Event) -> None:
        """Points of curves are too many for lines."""

    def finished(self, result: Result) -> None:
        """Say what came of it."""
        self.done += 1
        where = f"[{self.done}/{self.total}]"
        print(f"{where} {named(result.trial)}: {outcome(result)}", file=sys.stderr, flush=True)


class LiveDisplay:
    """A bar with counts and time left; below it the running trials with their last loss."""

    def __init__(self, console: Console, total: int) -> None:
        self.console, self.total, self.started = console, total, time.monotonic()
        self.counts: Counter[str] = Counter()
        self.running: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
        )
        self.bar = self.progress.add_task("", total=total)
        self.live = Live(console=console, refresh_per_second=4, get_renderable=self.picture)

    def __enter__(self) -> "LiveDisplay":
        self.live.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.live.stop()

    def picture(self) -> Group:
        """The bar, and a line for each running trial."""
        return Group(self.progress, *(Text("  " + line) for line in self.running.values()))

    def watch(self, event: Event) -> None:
        """Show where a running trial stands."""
        self.places[event.trial.id] = event.where or self.places.get(event.trial.id, "")
        place = self.places[event.trial.id]
        line = named(event.trial) + (f" ({plain(place)})" if place else "")
        if event.point:
            share = event.point.examples / max(int(event.trial.train.get("examples", 1)), 1)
            line += f" — valid loss {event.point.valid_loss:.4g} at {min(share, 1):.0%}"
        self.running[event.trial.id] = line

    def finished(self, result: Result) -> None:
        """Move the bar, and let a failure stay on the screen."""
        self.running.pop(result.trial.id, None)
        self.counts["ok" if result.status in ("ok", "skipped") else "failed"] += 1
        if result.status not in ("ok", "skipped"):
            self.console.print(Text(f"{named(result.trial)}: {outcome(result)}"))
        done = sum(self.counts.values())
        left = (time.monotonic() - self.started) / done * (self.total - done)
        words = (
            f"{self.counts['failed']} failed, {self.total - done} left, about {span(left)} to go"
        )
        self.progress.update(self.bar, completed=done, description=words)


def span(seconds: float) -> str:
    """A time in the unit one would say it in."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
