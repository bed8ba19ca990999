"""What the tests of the command line share: a plugin file that needs no training, and a shell."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = '''
"""A task and three architectures that take no time."""
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import numpy as np
from seqbench import Architecture, Model, Signature, Split, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Echo(Task):
    """Say what you hear."""
    name = "echo"
    metrics = ("accuracy",)
    recipe = {"examples": 64, "batch": 16}
    length: int = 4
    vocab: int = 3

    def signature(self):
        return Signature(Tokens(self.vocab), Tokens(self.vocab), self.length)

    def sample(self, n, rng):
        x = rng.integers(0, self.vocab, (n, self.length))
        return Split(x, x, np.ones(x.shape, bool))

    def chance(self):
        return {"accuracy": 1 / self.vocab}


@dataclass(frozen=True)
class Parrot(Architecture):
    """Repeats its input; wrong at a rate drawn from the lesson's stream."""
    name = "parrot"
    slip: float = 0.2
    nap: float = 0.0

    def fit(self, lesson):
        time.sleep(self.nap)
        table = np.eye(lesson.io.outputs.vocab)
        if lesson.rng.random() < self.slip:
            table = np.roll(table, 1, axis=0)
        return Model(lambda x, lengths: table[x], table.size)


@dataclass(frozen=True)
class Breaks(Architecture):
    """Cannot."""
    name = "breaks"

    def fit(self, lesson):
        raise RuntimeError("the spring is gone")


@dataclass(frozen=True)
class Peeks(Architecture):
    """Answers with the next input, and says it does not."""
    name = "peeks"

    def fit(self, lesson):
        table = np.eye(lesson.io.inputs.vocab)[:, : lesson.io.outputs.vocab]
        return Model(lambda x, lengths: table[np.roll(x, -1, axis=1)], table.size)


@dataclass(frozen=True)
class Both(Peeks):
    """Answers with the next input, and says so."""
    name = "both"
    causal = False


@hookimpl
def tasks():
    return [Echo]


@hookimpl
def architectures():
    return [Parrot, Breaks, Peeks, Both]
'''

SUITE = """
suite: birds
plugins: [birds.py]
seeds: 2
sizes: {train: 20, valid: 10, test: 30}
tasks: [echo: {length: [4, 5]}]
architectures: [parrot]
executor: inline
"""


def lay(folder: Path, text: str = SUITE) -> Path:
    """The plugin file and a suite beside it."""
    (folder / "birds.py").write_text(PLUGIN)
    (folder / "birds.yaml").write_text(text)
    return folder / "birds.yaml"


def seqbench(*words: object, cwd: Path, **options) -> subprocess.CompletedProcess:
    """Type a command."""
    return subprocess.run(command(*words), cwd=cwd, capture_output=True, text=True, **options)


def command(*words: object) -> list[str]:
    """The command as it is typed, by the interpreter that runs the tests."""
    start = "import sys; from seqbench.cli import main; sys.argv[0] = 'seqbench'; main()"
    return [sys.executable, "-W", "ignore", "-c", start, *map(str, words)]


def quiet() -> dict[str, str]:
    """An environment without colours or a terminal's width."""
    return {**os.environ, "NO_COLOR": "1", "TERM": "dumb"}


def typed(*words: object, capsys, monkeypatch, cwd: Path) -> subprocess.CompletedProcess:
    """Type a command in this process: quicker, where nothing is to be killed."""
    from seqbench.cli import main

    monkeypatch.chdir(cwd)
    monkeypatch.setattr(sys, "argv", ["seqbench", *map(str, words)])
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as end:
        main()
    signal.signal(signal.SIGTERM, before)
    out, err = capsys.readouterr()
    return subprocess.CompletedProcess(words, end.value.code, out, err)
