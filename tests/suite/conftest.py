"""A small world to plan in: a plugin file of its own, and none of the bundled plugins."""

import gc

import pytest

from seqbench.catalogue import Catalogue

WORLD = '''
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from seqbench import (
    Architecture, Executor, Metric, Missing, Model, Probe, Report, Signature, Sizes, Split, Task,
    Tokens, hookimpl,
)


@dataclass(frozen=True)
class Copy(Task):
    """Say it again.

    More on it.
    """

    name = "copy"
    metrics = ("exact",)
    sizes = Sizes(400, 50, 60)
    recipe: ClassVar = {"lr": 0.01, "patience": 2}
    length: int = 8  # tokens in all
    noise: float = 0.0
    sep: Literal["dot", "dash"] = "dot"

    def __post_init__(self):
        if self.length < 2:
            raise ValueError("length is 2 or more")

    def signature(self):
        return Signature(Tokens(4), Tokens(4), self.length)

    def sample(self, n, rng):
        x = rng.integers(0, 4, (n, self.length))
        return Split(x, x, np.ones(x.shape, bool))


@dataclass(frozen=True)
class Book(Copy):
    """From a file."""

    name = "book"
    version = 3

    def checksum(self):
        return f"sum of {self.length}"


@dataclass(frozen=True)
class Lost(Copy):
    """From a file that is not here."""

    name = "lost"

    def checksum(self):
        raise Missing("no file")

    def baselines(self):
        raise Missing("no file")


@dataclass(frozen=True)
class Alone(Copy):
    """Has nothing to be compared with."""

    name = "alone"

    def baselines(self):
        return {}


@dataclass(frozen=True)
class Wrong(Copy):
    """Has a slip."""

    name = "wrong"

    def checksum(self):
        return 1 / 0


@dataclass(frozen=True)
class Mean(Architecture):
    """Learns nothing."""

    name = "mean"

    def fit(self, lesson):
        return Model(lambda x, lengths=None: np.zeros((*x.shape, 4)), 0)


@dataclass(frozen=True)
class Net(Mean):
    """Has settings."""

    name = "net"
    version = 2
    width: int = 16
    layers: int = 1
    drop: float = 0
    bias: bool = True
    kernels: tuple[int, ...] = (3, 5)

    def __post_init__(self):
        if self.width % self.layers:
            raise ValueError("width is no multiple of layers")


@dataclass(frozen=True)
class Inline(Executor):
    name = "inline"
    workers: int = 1
    hosts: tuple[str, ...] = ()

    def run(self, work, trials, site):
        return (work(trial, site.watch) for trial in trials)


@dataclass(frozen=True)
class Table(Report):
    name = "table"
    columns: str = "task"

    def render(self, frames):
        return ""


@hookimpl
def tasks():
    return [Copy, Book, Lost, Alone, Wrong]


@hookimpl
def architectures():
    return [Mean, Net]


@hookimpl
def metrics():
    return [Metric("exact", "higher", lambda s, o: 0.0), Metric("loss", "lower", lambda s, o: 0.0)]


@dataclass(frozen=True)
class Depth(Probe):
    """Goes down to some places."""

    name = "depth"
    version = 3
    at: tuple[int, ...] = ()
    step: float = 0.5

    def __post_init__(self):
        if self.step <= 0:
            raise ValueError("step is above 0")

    def measure(self, subject):
        return []


@hookimpl
def probes():
    return [Depth]


@hookimpl
def executors():
    return [Inline]


@hookimpl
def reports():
    return [Table]
'''


@pytest.fixture(autouse=True)
def nothing_bundled(monkeypatch):
    """The bundled plugins have tests of their own."""
    monkeypatch.setenv("SEQBENCH_PLUGINS_BLOCK", "bundled")


@pytest.fixture(scope="session")
def world_file(tmp_path_factory):
    """The plugin file."""
    file = tmp_path_factory.mktemp("world") / "world.py"
    file.write_text(WORLD)
    return file


@pytest.fixture
def world(world_file):
    """Its catalogue."""
    return Catalogue.installed(world_file)


@pytest.fixture
def write(tmp_path):
    """Writes a suite, after its first lines where it has none of its own."""

    def write(text, name="s.yaml", whole=False):
        file = tmp_path / name
        file.write_text(text if whole else f"suite: s\n{text}")
        return file

    return write


@pytest.fixture(autouse=True)
def unburdened():
    """Collecting garbage does not walk through what other tests left, which costs them time."""
    gc.freeze()
    yield
    gc.unfreeze()
