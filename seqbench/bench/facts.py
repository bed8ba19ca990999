"""What a record says of where and with what it was measured."""

import hashlib
import inspect
import os
import platform
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from seqbench.catalogue import Catalogue

PACKAGES = ("seqbench", "numpy", "torch", "numba", "pandas", "scikit-learn")


def facts(catalogue: Catalogue) -> dict[str, Any]:
    """Machine, threads, versions, time; plugins may add to it."""
    known: dict[str, Any] = {
        "started_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "machine": platform.machine(),
        "system": platform.system(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "threads": threads(),
        "repeats": repeats(),
        "versions": versions(),
    }
    for more in catalogue.hook.machine_facts():
        known |= more
    return known


def threads() -> int:
    """How many threads torch uses, or 1 where nothing has loaded it."""
    torch = sys.modules.get("torch")
    return torch.get_num_threads() if torch else 1


def repeats() -> str:
    """How far a rerun gives the same numbers, times aside."""
    number = threads()
    many = f"{number} threads; another number of them changes the last digits"
    return f"to the digit, on this machine with {'one thread' if number == 1 else many}"


@cache
def versions() -> dict[str, str | None]:
    """Of Python and the packages that decide a number; None where one is not installed."""
    known: dict[str, str | None] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            known[package] = None
    return known


@cache
def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def fingerprint(thing: type) -> str:
    """Of the plugin file's text: records whose fingerprints differ came from different code."""
    text = Path(inspect.getfile(thing)).read_bytes()
    return hashlib.sha256(text).hexdigest()[:12]
