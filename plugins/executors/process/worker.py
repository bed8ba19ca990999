"""What happens inside a trial's process."""

import faulthandler
import json
import os
import pickle
import random
import resource
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import numpy as np

from seqbench import Progress, Result, to_record
from seqbench_plugins.executors.outcome import failure, outcome
from seqbench_plugins.executors.process.family import die_with
from seqbench_plugins.executors.process.order import Order, tell


def perform(order: Order, events: int, log: int, keeper: int) -> NoReturn:
    """Run the trial, leave its result, and go: no exit handlers, no waiting for threads."""
    code = 1
    try:
        die_with(keeper)
        settle(log)
        prepare(order)
        me = os.getpid()
        result = result_of(order, events)
        if os.getpid() == me:  # and no fork of a plugin's that found its way back here
            leave(order.result, result)
        code = 0
    except OSError as error:
        with suppress(OSError):
            tell(events, kind="unwritten", why=f"{error.strerror or error}: {order.spool}")
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def settle(log: int) -> None:
    """A session of its own, output to the log, signals as any process has them."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for handle, place in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(handle, place)
    os.close(nothing)
    os.close(log)
    sys.stdin = open(0, closefd=False)
    sys.stdout, sys.stderr = (
        open(place, "w", 1, "utf-8", "backslashreplace", closefd=False) for place in (1, 2)
    )
    faulthandler.enable(2)


def prepare(order: Order) -> None:
    """Threads, global generators, and what the system should know of a trial."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # when memory ends, the system shall take the trial and not the run
        Path("/proc/self/oom_score_adj").write_text("1000")
    seed = int(order.trial.id, 16) % 2**32
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002, TID251  plugins may not use it; what they call might
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(order.threads)
        from seqbench.kits.torch.training import seed as seed_torch  # only here: it needs torch

        seed_torch(seed)


def result_of(order: Order, events: int) -> Result:
    """What comes of the trial, an exit or an interrupt in a plugin included."""

    def watch(event: Progress) -> None:
        """Pass a point on; where the run does not keep up, it can do without."""
        with suppress(OSError, ValueError):
            if event.point is not None and select.select([], [events], [], 0)[1]:
                tell(events, kind="point", **vars(event.point))

    try:
        work = pickle.loads(order.work)
        return outcome(work, order.trial, watch)
    except BaseException as error:
        return failure(order.trial, error)


def leave(path: Path, result: Result) -> None:
    """Write a result so that it is there whole or not at all, whatever happens next."""
    half = path.with_suffix(".half")
    try:
        with half.open("wb") as file:
            file.write(json.dumps(to_record(result), allow_nan=False).encode())
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
