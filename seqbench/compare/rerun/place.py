"""Where a side's code is: here, a Python with another version, a revision of git, a plugin file."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seqbench.contract.errors import SeqbenchError
from seqbench.suite import open_suite

KINDS = "here, git:REVISION, a python executable, or a plugin FILE of the suite"


@dataclass(frozen=True)
class Place:
    """How to start a process of a side: which Python, on which suite, with which environment."""

    name: str
    python: Path
    suite: Path
    env: Mapping[str, str] = field(default_factory=dict)


def place(name: str, suite: Path, room: Path) -> Place:
    """A side as it was named; `room` is a folder for what has to be laid out.

    Raises SeqbenchError where it is none of them.
    """
    here = Path(sys.executable)
    if name == "here":
        return Place(name, here, suite)
    if name.startswith("git:"):
        return Place(name, here, suite, {"PYTHONPATH": str(installed(name[4:], room))})
    file = Path(name)
    if file.suffix == ".py" and file.is_file():
        return Place(name, here, swapped(suite, file, room))
    if file.is_file() and os.access(file, os.X_OK):
        return Place(name, file.absolute(), suite)
    raise SeqbenchError(f"{name}: with --rerun a side is {KINDS}")


def installed(revision: str, room: Path) -> Path:
    """A folder with the repository's package as a revision has it, to stand before all others."""
    tree, target = room / "tree", room / "packages"
    if revision.startswith("-"):
        raise SeqbenchError(f"{revision}: no revision begins with a dash")
    add = ["git", "worktree", "add", "--detach", str(tree), revision]
    done = subprocess.run(add, capture_output=True, text=True)
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:]
        raise SeqbenchError(f"git:{revision}: {' '.join(why)}")
    try:
        top = tree / repository_part()
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        told = subprocess.run([*pip, str(target), str(top)], capture_output=True, text=True)
        if told.returncode:
            last = told.stderr.strip().splitlines()[-1:]
            raise SeqbenchError(f"git:{revision}: it cannot be installed: {' '.join(last)}")
    finally:
        drop = ["git", "worktree", "remove", "--force", str(tree)]
        subprocess.run(drop, capture_output=True)
    return target


def repository_part() -> Path:
    """Where the project stands in its repository: this folder, seen from the top."""
    told = subprocess.run(["git", "rev-parse", "--show-prefix"], capture_output=True, text=True)
    return Path(told.stdout.strip())


def swapped(suite: Path, file: Path, room: Path) -> Path:
    """The suite and its plugin files in a room of their own, one of them replaced by its namesake.

    Raises SeqbenchError where the suite names no file of that name.
    """
    asked, _ = open_suite(suite, (), allow_plugins=True)
    names = [plugin.name for plugin in asked.plugins]
    if file.name not in names:
        known = ", ".join(names) or "none"
        raise SeqbenchError(f"{file}: {suite} names no plugin file of that name; it names {known}")
    room.mkdir(parents=True, exist_ok=True)
    for plugin in asked.plugins:
        inside = Path(os.path.relpath(plugin, suite.absolute().parent))
        target = room / (inside if ".." not in inside.parts else Path(plugin.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file if plugin.name == file.name else plugin, target)
    return Path(shutil.copy(suite, room / suite.name))
