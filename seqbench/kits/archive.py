"""Data files that arrive inside pinned wheels: downloaded once, read, never installed or imported.

A wheel is a zip with a checksum, kept for good by the package index: a data archive with
no server of our own, and with none of the package's dependencies.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.contract.task import Task
from seqbench.kits import cache

TIMEOUT = 600  # seconds that pip may take


@dataclass(frozen=True)
class Pin:
    """One wheel that cannot change: what pip is asked for, the file it gives, its checksum."""

    requirement: str  # "name==version"
    wheel: str
    sha256: str


@dataclass(frozen=True)
class Member:
    """One file inside a pinned wheel. A task lists those it reads in its `files`."""

    name: str  # what `seqbench data fetch` takes; a task's files share the task's name
    pin: Pin
    path: str
    about: str
    licence: str


@dataclass(frozen=True)
class State:
    """What is known of a member's wheel: where it is or would be, and its size in bytes."""

    status: Literal["here", "missing", "corrupt"]
    path: Path
    size: int = 0


def known(tasks: Iterable[type[Task]]) -> dict[str, tuple[Member, ...]]:
    """By name, every member that these tasks read."""
    found: dict[str, tuple[Member, ...]] = {}
    for member in dict.fromkeys(member for task in tasks for member in task.files):
        found[member.name] = (*found.get(member.name, ()), member)
    return dict(sorted(found.items()))


def read(member: Member) -> bytes:
    """The file's bytes; its wheel is brought first where it is not here.

    Raises Missing where it cannot be brought or is not what was pinned.
    """
    now = state(member)
    if now.status == "corrupt":
        raise Missing(_lack(member, f"{now.path} is {_another(member.pin, now.path)}"))
    path = now.path if now.status == "here" else fetch(member)
    try:
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(member.path)
    except KeyError:
        raise SeqbenchError(f"{member.pin.wheel} holds no {member.path}") from None


def state(member: Member) -> State:
    """Whether the wheel is here and right; one that has not changed is not hashed again."""
    return _state(member.pin, remembered=True)


def verify(member: Member) -> State:
    """Whether the wheel is here and right, hashed now."""
    return _state(member.pin, remembered=False)


def fetch(member: Member) -> Path:
    """Bring the wheel where it is missing or corrupt, once, whoever else asks at the same time."""
    pin = member.pin
    path = cache.folder("wheels") / pin.wheel
    with cache.locked(path):
        if _state(pin, remembered=True).status != "here":
            if os.environ.get("SEQBENCH_OFFLINE", "0") not in ("", "0"):
                raise Missing(_lack(member, "SEQBENCH_OFFLINE is set"))
            _download(member, path)
            _remember(pin, path)
    return path


def _state(pin: Pin, remembered: bool) -> State:
    path = cache.root() / "wheels" / pin.wheel
    if not path.is_file():
        return State("missing", path)
    size = path.stat().st_size
    if remembered and _note(path).is_file() and _note(path).read_text() == _mark(pin, path):
        return State("here", path, size)
    if sha256(path) != pin.sha256:
        return State("corrupt", path, size)
    _remember(pin, path)
    return State("here", path, size)


def _download(member: Member, path: Path) -> None:
    """Into a folder beside the place, checked there, then renamed: a place is right or empty."""
    temporary = path.with_name(f".{path.name}.arriving")
    shutil.rmtree(temporary, ignore_errors=True)  # left by a process killed here; ours is the lock
    try:
        reason = _pip(member.pin, temporary)
        arrived = temporary / path.name
        if not arrived.is_file():
            raise Missing(_lack(member, f"pip could not bring it ({reason})"))
        if sha256(arrived) != member.pin.sha256:
            raise Missing(_lack(member, f"pip brought {_another(member.pin, arrived)}"))
        arrived.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _pip(pin: Pin, into: Path) -> str:
    """Download one wheel; the last thing pip said, where it failed.

    The Python that a package wants is ignored: its code is never run.
    """
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
    command += ["--ignore-requires-python", "--disable-pip-version-check", "--no-input"]
    command += _platform(pin.wheel)
    try:
        done = subprocess.run(
            [*command, "-d", str(into), pin.requirement],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
    except subprocess.TimeoutExpired:
        return f"it took more than {TIMEOUT} s"
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return said[-1] if said else f"it ended with {done.returncode} and brought no {pin.wheel}"


def _platform(wheel: str) -> list[str]:
    """What makes pip bring a wheel that is for one platform, whatever this one is."""
    python, abi, platforms = wheel.removesuffix(".whl").split("-")[-3:]
    if platforms == "any":
        return []
    asked = ["--implementation", python[:2], "--python-version", python[2:], "--abi", abi]
    return asked + [word for one in platforms.split(".") for word in ("--platform", one)]


def _lack(member: Member, why: str) -> str:
    """One line: what is missing, why, and how to bring it."""
    return (
        f"{member.name} needs {member.pin.wheel}, and {why}; run `seqbench data fetch "
        f"{member.name}`, or put the wheel into {cache.root() / 'wheels'}"
    )


def _another(pin: Pin, path: Path) -> str:
    return f"another file (sha256 {sha256(path)[:12]}…, not {pin.sha256[:12]}…)"


def sha256(path: Path) -> str:
    """Of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".checked")


def _mark(pin: Pin, path: Path) -> str:
    """Changes when the file, or the pin, does."""
    seen = path.stat()
    return f"{pin.sha256} {seen.st_size} {seen.st_mtime_ns}"


def _remember(pin: Pin, path: Path) -> None:
    with suppress(OSError):  # a cache that may only be read is hashed each time
        _note(path).write_text(_mark(pin, path))
