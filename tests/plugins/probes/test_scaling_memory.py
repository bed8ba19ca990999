"""Peaks are what was planted, and too little memory, time or luck is a fact and no crash."""

import os
import signal
import sys
import time
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from seqbench import Field, Signature, Tokens
from seqbench.kits.torch import TorchArchitecture

IO = Signature(Tokens(5), Tokens(3), 10)
MIB = 2**20
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is told on Linux alone")


@dataclass(frozen=True, kw_only=True)
class Given(TorchArchitecture):
    """Whatever forward the test is about, as its mixer's."""

    name = "given"
    does: object = None
    width: int = 4

    def mixer(self, width, io):
        return Mixer(self.does)


class Mixer(nn.Module):
    """Does it, and gives back what it was given."""

    def __init__(self, does):
        super().__init__()
        self.does = does

    def flops(self, batch, steps):
        return batch * steps

    def forward(self, x):
        self.does(x)
        return 1.0 * x


def hoards(mebibytes_a_step):
    """Fills memory for a moment, a quarter of it twice in turn."""

    def does(x):
        whole = int(mebibytes_a_step * x.shape[1] * MIB) // 4
        kept = torch.ones(3 * whole // 4)
        for _ in range(2):
            torch.ones(whole // 4)
        del kept

    return does


@pytest.fixture
def raced(catalogue):
    """The numbers of a race of these forwards."""

    def ran(*, more=None, **does):
        settings = {"lengths": [4, 8, 16], "batches": [1], "least": 6, "most": 6}
        race = catalogue.make("probes", "scaling", {**settings, **(more or {})})
        runners = {name: Given(does=one) for name, one in does.items()}
        return list(race.measure(Field(IO, runners, np.random.default_rng(0))))

    return ran


def taken(numbers, name, way="forward"):
    """Values by architecture and length."""
    return {
        (one.at["architecture"], one.at["length"]): one.value
        for one in numbers
        if one.name == name and one.at["pass"] == way
    }


@linux
def test_the_peak_is_what_was_held_at_once(raced):
    found = raced(hoarder=hoards(8), idle=lambda x: None)
    for way in ("forward", "training"):
        peaks = taken(found, "peak_bytes", way)
        for steps in (4, 8, 16):
            assert peaks["hoarder", steps] == pytest.approx(8 * steps * MIB, rel=0.02, abs=MIB)
            assert peaks["idle", steps] < MIB


@linux
def test_a_larger_measurement_before_hides_nothing(raced):
    """Longest first within one process would leave a peak, and room in the heap."""
    torch.ones(64 * MIB)  # in this process, as much as anything later
    blocks = [torch.ones(1000) for _ in range(20_000)]  # 80 MB in the heap's small pieces
    del blocks[::2]
    found = raced(hoarder=hoards(8), modest=hoards(1))
    peaks = taken(found, "peak_bytes")
    # Nothing is hidden; a large process may have a few pages of its own added.
    assert 3.6 * MIB < peaks["modest", 4] < 6 * MIB
    assert len(blocks) == 10_000


@linux
def test_many_small_pieces_count_as_one_large_one(raced):
    """The heap keeps what they leave, and would give it again unseen."""
    found = raced(crumbs=lambda x: [torch.ones(1000) for _ in range(250 * x.shape[1])])
    for (_, steps), peak in taken(found, "peak_bytes").items():
        assert 0.9 < peak / (250 * steps * 4000) < 2


@linux
def test_what_is_asked_for_and_never_touched_needs_memory_too(raced):
    found = raced(more={"memory": 0.3}, greedy=lambda x: torch.empty(x.shape[1] * 2**25))
    assert taken(found, "out_of_memory").keys() == {("greedy", 4)}


@linux
def test_out_of_memory_is_a_fact_and_the_rest_goes_on(raced):
    found = raced(more={"memory": 0.1}, hoarder=hoards(8), modest=hoards(1))
    for way in ("forward", "training"):
        limit = 0.1 * 2**30
        assert taken(found, "out_of_memory", way) == {("hoarder", 16): int(limit)}
        assert set(taken(found, "seconds", way)) == {
            *(("modest", steps) for steps in (4, 8, 16)),
            *(("hoarder", steps) for steps in (4, 8)),
        }


def test_what_lacks_memory_is_told_by_what_it_raises(raced):
    def lacks(x):
        if x.shape[1] > 4:
            torch.empty(2**60)

    found = raced(lacks=lacks)
    assert taken(found, "out_of_memory").keys() >= {("lacks", 8)}
    assert set(taken(found, "seconds")) == {("lacks", 4)}


@linux
def test_what_takes_too_long_is_ended_and_so_is_what_is_longer(raced):
    def naps(x):
        time.sleep(60 if x.shape[1] > 4 else 0)

    start = time.monotonic()
    found = raced(more={"patience": 1.0, "passes": ["forward"]}, naps=naps, idle=lambda x: None)
    assert time.monotonic() - start < 50
    assert taken(found, "too_slow") == {("naps", 8): 1.0}
    seconds = taken(found, "seconds")
    assert ("naps", 4) in seconds and ("naps", 16) not in seconds and ("idle", 16) in seconds


@pytest.mark.parametrize("message", ["eight is\nunlucky", "lone \ud800 half", "x" * 5000])
def test_what_fails_at_one_length_runs_at_the_others(raced, message):
    def superstitious(x):
        if x.shape[1] == 8:
            raise ValueError(message)

    found = raced(more={"passes": ["forward"]}, superstitious=superstitious)
    (failed,) = (one for one in found if one.name == "failed")
    assert failed.at["length"] == 8 and failed.at["why"].startswith("ValueError: ")
    assert len(failed.at["why"]) <= 200 and failed.at["why"].encode()
    assert {steps for _, steps in taken(found, "seconds")} == {4, 16}


@linux
def test_a_process_that_dies_takes_no_other_with_it(raced):
    def dies(x):
        if x.shape[1] == 8:
            os.kill(os.getpid(), signal.SIGTERM)

    found = raced(more={"passes": ["forward"]}, dies=dies)
    (failed,) = (one for one in found if one.name == "failed")
    assert failed.at["why"] == "its process ended by signal 15"
    assert {steps for _, steps in taken(found, "seconds")} == {4, 16}


@linux
def test_one_that_the_system_ends_ran_out_of_memory(raced):
    def doomed(x):
        if x.shape[1] == 8:
            os.kill(os.getpid(), signal.SIGKILL)

    found = raced(more={"passes": ["forward"]}, doomed=doomed)
    assert taken(found, "out_of_memory").keys() == {("doomed", 8)}
    assert {steps for _, steps in taken(found, "seconds")} == {4}


def test_no_process_and_no_limit_is_left_behind(raced):
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    raced(idle=lambda x: None)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
