"""Whatever a suite holds, it is read, or it is refused with a SeqbenchError, and soon."""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench.suite import open_suite, plan, read_suite

SUITES = [
    """
suite: full
about: >-
  Does it
  hold?
seeds: [0, 1]
train: {examples: 1000, batch: 64, lr: [1e-3, 3e-3], clip: 1.0}
sizes: {train: 100, test: 7}
x-wide: &wide {layers: 2, bias: false}
tasks:
  - copy: {length: [4, 16], noise: 0, test: {length: [4, 8]}, sizes: {valid: 3}}
  - book
architectures:
  - mean
  - net: {<<: *wide, width: 32, kernels: [[1], [1, 2]], train: {batch: [1, 2]}}
measure: [loss]
executor: {inline: {workers: 2, hosts: [a, b]}}
report: [table: {columns: no}]
""",
    "suite: s\ntasks: [copy]\narchitectures: [net]\n",
    "{suite: s, tasks: [copy: {length: 3}], architectures: [{net: {width: [1, 2]}}], seeds: 1}",
]
WORDS = [
    *("[", "]", "{", "}", ": ", "- ", ", ", "\n", "  ", "\t", "#", "'", '"', "|\n", ">-\n", "? "),
    *("&a ", "*a", "<<: *wide", "<<: ", "*wide", "!!int ", "!x ", "%TAG ! x\n", "---\n", "...\n"),
    *(".nan", "-.inf", "1e999", "-1", "0", "1.0", "9" * 30, "0x1F", "1_000", "true", "no", "~"),
    *("\0", "\x1b[1m", "é", "\U0001f600", "\ufeff", "\u2028", "\\ud800", '"\\0"', "x" * 3000),
    *("suite", "tasks", "train", "sizes", "test", "plugins: [../x.py]\n", "seeds", "copy", "net"),
    *("[" * 50, "{a: " * 50, "[" * 9 + "]" * 9, "*a," * 250, "range", "con", "../../etc"),
    "tasks: [copy, copy, copy]\n",
    "x-a: &a [&b [x, x], *b, *b, *b]\n",
    f"x-v: {list(range(300))}\n",
]


def mutant(dice):
    """A suite with one to eight edits."""
    text = dice.choice(SUITES)
    for _ in range(dice.choice([1, 1, 2, 3, 8])):
        at, to = sorted(dice.randint(0, len(text)) for _ in range(2))
        to = min(to, at + dice.choice([0, 1, 3, 40]))
        other = dice.choice(SUITES)
        start = dice.randint(0, len(other))
        filling = dice.choice([dice.choice(WORDS), "", text[at:to] * 2, other[start : start + 30]])
        text = text[:at] + filling + text[to:]
    return text


def survive(file, world, overrides=()):
    """True where a file makes a suite; anything but a SeqbenchError goes through."""
    began = time.process_time()
    try:
        plan(read_suite(file, world, overrides), world)
        fine = True
    except SeqbenchError as error:
        fine = False
        assert str(error)
        assert all(len(line) < 1000 for line in str(error).splitlines())
    assert time.process_time() - began < 1
    return fine


@given(st.randoms(use_true_random=True))
@settings(max_examples=300, deadline=None)
def test_a_mutated_suite_is_read_or_refused(tmp_path_factory, world_file, dice):
    world = Catalogue.installed(world_file)
    file = tmp_path_factory.getbasetemp() / "mutant.yaml"
    file.write_bytes(mutant(dice).encode())
    survive(file, world)


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.sampled_from(["train", "lr", "tasks", "copy", "length", "executor", "report"])
                | st.text(max_size=5),
                max_size=4,
            ).map(".".join),
            st.sampled_from(["=", ""]),
            st.sampled_from(WORDS) | st.text(max_size=10),
        ).map("".join),
        max_size=4,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_override_is_taken_or_refused(tmp_path_factory, world_file, overrides):
    world = Catalogue.installed(world_file)
    file = tmp_path_factory.getbasetemp() / "fine.yaml"
    file.write_text(SUITES[0])
    survive(file, world, overrides)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_any_bytes_are_refused(tmp_path_factory, raw):
    file = tmp_path_factory.getbasetemp() / "bytes.yaml"
    file.write_bytes(raw)
    with pytest.raises(SeqbenchError):
        open_suite(file)


def fuzz(number):
    """So many mutants; prints how many were suites, the worst time and the memory in MiB."""
    sys.path.insert(0, str(Path(__file__).parent))
    from conftest import WORLD

    folder = Path(tempfile.mkdtemp())
    (folder / "world.py").write_text(WORLD)
    world, dice, worst, fine = Catalogue.installed(folder / "world.py"), random.Random(0), 0.0, 0
    for _ in range(number):
        (folder / "s.yaml").write_bytes(mutant(dice).encode())
        began = time.process_time()
        fine += survive(folder / "s.yaml", world)
        worst = max(worst, time.process_time() - began)
    print(fine, worst, peak())


@pytest.mark.slow
def test_twenty_thousand_mutants_take_no_second_and_no_memory():
    env = os.environ | {"SEQBENCH_PLUGINS_BLOCK": "bundled"}
    command = [sys.executable, __file__, "20000"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    fine, worst, memory = map(float, done.stdout.split())
    assert fine > 1000  # or the mutants are too wild to reach anything
    assert worst < 1
    assert memory < 200


def peak():
    """MiB this process held at most; getrusage would tell of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    fuzz(int(sys.argv[1]))
