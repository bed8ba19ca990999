"""The most memory that a call holds at once."""

import ctypes
import re
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil
import torch

from seqbench_plugins.probes.scaling.fork import Ended, forked
from seqbench_plugins.probes.scaling.place import Entrant, Entrants, Fate, Place, Work, entrant_of

GIB = 2**30
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
LACKING = re.compile("not enough memory|can't allocate memory|out of memory|bad_?alloc", re.I)
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # from <malloc.h>
ASIDE = ("VmRSS", "RssFile", "VmSwap")
GLANCE = 8  # steps of a call before all others, at most

Told = dict[str, Any]  # as it comes out of a fork: {"peak": bytes}, or the fields of a Fate


def spared(asked: float) -> int:
    """Bytes that a call may take: so many GiB, or what the machine can spare."""
    return int(min(asked * GIB, 0.8 * psutil.virtual_memory().available))


def peaks(
    entrants: Entrants, places: Iterable[Place], limit: int, patience: float
) -> dict[Place, float | Fate]:
    """At each place, the bytes that a call held beyond its network and inputs; or why none.

    Each call has a fork of its own, made by one that is warm and has measured nothing: what an
    earlier call left behind can neither hide a later one's memory nor add to it. Where a call
    found too little memory or took too long, longer ones are not tried. None are off Linux.
    """
    found: dict[Place, float | Fate] = {}
    if sys.platform != "linux" or not CLEAR.exists():
        return found
    for line, group in groupby(sorted(places), lambda place: place.line):
        mine, entrant = list(group), entrant_of(line, entrants)
        ended = forked(lambda e=entrant, m=mine: list(of_line(e, m, limit, patience)))  # type: ignore[misc]
        told = ended.value or [asdict(fate(ended, limit, patience))] * len(mine)
        for place, one in zip(mine, told, strict=False):
            found[place] = one["peak"] if "peak" in one else Fate(**one)
    return found


def of_line(entrant: Entrant, mine: list[Place], limit: int, patience: float) -> Iterator[Told]:
    """From the shortest to the longest that can be had. Leaves the process other than it was."""
    torch.set_num_threads(1)
    libc = ctypes.CDLL(None)
    with suppress(AttributeError):  # another C library than GNU's
        libc.mallopt(M_MMAP_THRESHOLD, 2**16)  # what is larger goes back at once when it is freed
        libc.mallopt(M_TRIM_THRESHOLD, 2**16)
    with suppress(Exception):  # its own place will say why; here kernels are compiled, once
        entrant.work(Place(mine[0].line, min(GLANCE, mine[0].length)))()
    for place in mine:
        ended = forked(lambda p=place: held(entrant, p, limit), patience)  # type: ignore[misc]
        told: Told = ended.value or asdict(fate(ended, limit, patience))
        yield told
        if "peak" not in told and Fate(**told).final:
            return


def held(entrant: Entrant, place: Place, limit: int) -> Told:
    """The rise of the resident set in a later call, with only so much memory left to have."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (status("VmData") + limit, hard))
    try:
        work = entrant.work(place)
        work()  # code is read from its files page by page, in each fork anew
        # The smaller of two: pages of code and of the parent that it happens to touch only add.
        peak = min(rise(work) for _ in range(2))
    except Exception as error:
        return asdict(failure(error, limit))
    if peak > limit:  # some of it was the process's already, lying idle
        return asdict(Fate("out_of_memory", float(limit), "B"))
    return {"peak": float(peak)}


def rise(work: Work) -> int:
    """Of the resident set, at its highest in a call, over what it was before."""
    work.forget()
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # room left in the heap would be used unseen
    CLEAR.write_text("5")  # the peak so far is forgotten
    before, files, away = (status(field) for field in ASIDE)
    work()
    rose = status("VmHWM") - before
    # What the system had put away of code and data and now brings back is no need of the call's.
    return rose - max(0, status("RssFile") - files) - max(0, away - status("VmSwap"))


def held_on_gpu(work: Work) -> float:
    """The same as the allocator of the GPU counts it."""
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    work()
    torch.cuda.synchronize()
    return float(torch.cuda.max_memory_allocated() - before)


def status(field: str) -> int:
    """Bytes, of a line of /proc/self/status such as `VmRSS:  1024 kB`."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{field}:"):
            return 1024 * int(line.split()[1])
    raise ValueError(f"{STATUS} has no {field}")


def failure(error: Exception, limit: int = 0) -> Fate:
    """What an exception means: memory was lacking, at most so many bytes, or something else."""
    text = " ".join(str(error).split())
    lacking = isinstance(error, RuntimeError) and LACKING.search(text)
    if lacking or isinstance(error, MemoryError):
        return Fate("out_of_memory", float(limit), "B")
    told = f"{type(error).__name__}: {text}"[:200]
    return Fate("failed", why=told.encode("utf-8", "replace").decode())


def fate(ended: Ended, limit: int, patience: float) -> Fate:
    """What became of a fork that did not tell."""
    if ended.late:
        return Fate("too_slow", patience, "s")
    if ended.signal == signal.SIGKILL:
        return Fate("out_of_memory", float(limit), "B", "ended by the system")
    return Fate("failed", why=f"its process ended by signal {ended.signal}")
