"""Which processes are there: told by a mark in the environment they were started with."""

import os
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

MARK = "SEQBENCH_TEST_MARK"


@contextmanager
def marked():
    """Whatever is started inside, by this process or its children, bears a mark of its own."""
    mark = os.environ[MARK] = uuid.uuid4().hex
    try:
        yield mark
    finally:
        del os.environ[MARK]


def left(mark, patience=0.0):
    """The command lines of processes with the mark that are still there after some seconds."""
    deadline = time.monotonic() + patience
    while (found := numbers(mark)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return [line for pid in found if (line := _command(pid))]


def numbers(mark):
    """The numbers of the living processes with the mark."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _bears(folder, mark)]


def parent(pid):
    """Of a process: the number of the one that started it."""
    return int(_stat(Path("/proc", str(pid)))[1])


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()[:200]
    except OSError:
        return b""  # it has ended meanwhile


def _bears(folder, mark):
    try:
        environment = (folder / "environ").read_bytes().split(b"\0")
        return f"{MARK}={mark}".encode() in environment and _stat(folder)[0] != "Z"
    except OSError:
        return False  # it has ended meanwhile


def _stat(folder):
    return (folder / "stat").read_text().rsplit(")", 1)[1].split()
