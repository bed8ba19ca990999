"""Rounds, medians, laws and crossings of times that a planted clock tells."""

from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pytest
import torch
from torch import nn

from seqbench import Field, Missing, SeqbenchError, Signature, Tokens
from seqbench.kits.torch import TorchArchitecture
from seqbench_plugins.probes.scaling import clock as clocks
from seqbench_plugins.probes.scaling.clock import Clock, Rounds, timed
from seqbench_plugins.probes.scaling.place import Entrant, Fate, places
from seqbench_plugins.probes.scaling.told import told_times

IO = Signature(Tokens(5), Tokens(3), 10)
LENGTHS = (64, 128, 256, 512, 1024)


class World:
    """A time of its own, which passes by what is done in it."""

    def __init__(self):
        self.now, self.calls = 0.0, []


@dataclass(frozen=True, kw_only=True)
class Planted(TorchArchitecture):
    """Takes a, plus b for each step to the power of k, off by noise."""

    name = "planted"
    world: object = None
    who: str = ""
    law: tuple = (0.0, 1e-3, 1.0)
    noise: float = 0.0
    width: int = 4

    def mixer(self, width, io):
        return Passing(self, np.random.default_rng(0))


class Passing(nn.Module):
    def __init__(self, plan, rng):
        super().__init__()
        self.plan, self.rng = plan, rng

    def forward(self, x):
        a, b, k = self.plan.law
        took = (a + b * x.shape[1] ** k) * np.exp(self.rng.normal(0, self.plan.noise))
        self.plan.world.now += took
        self.plan.world.calls.append((x.shape[1], self.plan.who))
        return 1.0 * x


def entrants(**plans):
    return {(who, 4): Entrant(plan, IO) for who, plan in plans.items()}


def ran(runners, rounds, lengths=LENGTHS, seed=0):
    """Samples by architecture and length, and the world after."""
    world = next(iter(runners.values())).architecture.world
    spots = places(runners, lengths, [1], ["forward"])
    clock = Clock("planted", lambda: world.now)
    return dict(timed(runners, spots, rounds, clock, np.random.default_rng(seed)))


def test_all_have_their_turn_in_each_round_in_orders_that_differ():
    world = World()
    names = ("a", "b", "c")
    found = ran(
        entrants(**{who: Planted(world=world, who=who) for who in names}), Rounds(6, 6, 0.01)
    )
    turns = world.calls[-6 * 15 :]  # behind what was done to get warm
    rounds = [turns[at : at + 15] for at in range(0, 90, 15)]
    everything = sorted((length, who) for length in LENGTHS for who in names)
    assert all(sorted(one) == everything for one in rounds)
    for one in rounds:  # all at one length, before the next length
        assert len([key for key, _ in groupby(length for length, _ in one)]) == len(LENGTHS)
    assert len({tuple(one) for one in rounds}) == 6
    first = {next(who for length, who in one if length == 64) for one in rounds}
    assert len(first) > 1
    assert {len(sample) for sample in found.values()} == {6}


def test_a_length_is_over_when_all_are_known_well_enough():
    world = World()
    steady = Planted(world=world, who="steady")
    wild = Planted(world=world, who="wild", noise=0.5)
    both = ran(entrants(steady=steady, wild=wild), Rounds(6, 15, 0.03))
    assert {len(sample) for sample in both.values()} == {15}
    alone = ran(entrants(steady=steady), Rounds(6, 15, 0.03))
    assert {len(sample) for sample in alone.values()} == {6}


def test_the_error_that_was_reached_is_told():
    world = World()
    wild = entrants(wild=Planted(world=world, who="wild", noise=0.5))
    samples = ran(wild, Rounds(6, 15, 0.03))
    numbers = list(told_times(samples, "planted", np.random.default_rng(0)))
    assert not any(number.exact for number in numbers)
    for place, sample in samples.items():
        at = {**place.at, "clock": "planted"}
        here = {number.name: number.value for number in numbers if number.at == at}
        low, high = sorted(sample)[3], sorted(sample)[11]  # of 15 the 4th and the 12th
        assert here["relative_error"] == pytest.approx((high - low) / 2 / np.median(sample))
        assert here["relative_error"] > 0.03 and here["rounds"] == 15
        quartiles = [here[name] for name in ("seconds_q1", "seconds", "seconds_q3")]
        assert quartiles == pytest.approx(list(np.percentile(sample, (25, 50, 75))))


def test_short_calls_are_timed_many_at_once_and_told_by_one():
    world = World()
    short = Planted(world=world, who="short", law=(0.0, 1e-6, 1.0))
    samples = ran(entrants(short=short), Rounds(6, 6, 0.03), lengths=(100,))
    assert next(iter(samples.values())) == pytest.approx([1e-4] * 6)
    assert 6 * 200 <= len(world.calls) - 2 <= 6 * 201
    assert clocks.LEAST == 200 * 1e-4


def test_planted_laws_and_their_crossing_are_told():
    world = World()
    plans = {
        "linear": Planted(world=world, who="linear", law=(0.5, 1e-2, 1.0), noise=0.02),
        "square": Planted(world=world, who="square", law=(0.5, 2e-5, 2.0), noise=0.02),
    }
    samples = ran(entrants(**plans), Rounds(8, 15, 0.01))
    numbers = list(told_times(samples, "planted", np.random.default_rng(0)))

    def value(name, **at):
        (one,) = (n for n in numbers if n.name == name and at.items() <= n.at.items())
        return one.value

    for who, power in (("linear", 1), ("square", 2)):
        at = {"architecture": who, "from": 64, "to": 1024}
        assert value("exponent_low", **at) < power < value("exponent_high", **at)
        assert value("overhead", **at) == pytest.approx(0.5, abs=0.15)
    at = {"architecture": "square", "over": "linear"}
    assert value("crossing", **at) == pytest.approx(500, rel=0.05)
    assert value("crossing_low", **at) < 500 < value("crossing_high", **at)
    assert len([n for n in numbers if n.name == "crossing"]) == 1


def test_fewer_than_four_lengths_have_no_law():
    world = World()
    samples = ran(
        entrants(a=Planted(world=world, who="a")), Rounds(6, 6, 1), lengths=(64, 128, 256)
    )
    numbers = list(told_times(samples, "planted", np.random.default_rng(0)))
    assert "exponent" not in {n.name for n in numbers} and len(numbers) == 15


def test_what_breaks_in_a_later_round_leaves_and_the_rest_stays():
    world = World()

    class Wears(Planted):
        def mixer(self, width, io):
            made = super().mixer(width, io)
            made.register_forward_pre_hook(wear)
            return made

    def wear(module, given):
        if given[0].shape[1] == 128 and world.calls.count((128, "worn")) == 4:
            raise RuntimeError("worn out")

    plans = {"worn": Wears(world=world, who="worn"), "new": Planted(world=world, who="new")}
    samples = ran(entrants(**plans), Rounds(6, 6, 1))
    broken = {place.length: one for place, one in samples.items() if isinstance(one, Fate)}
    assert broken.keys() == {128} and broken[128].why == "RuntimeError: worn out"
    assert sum(isinstance(one, list) and len(one) == 6 for one in samples.values()) == 9


def test_cpu_time_is_taken_of_one_thread_and_a_wall_clocks_of_more():
    assert Clock.fit("cpu").name == "cpu"  # the fixture: one thread
    torch.set_num_threads(2)
    assert Clock.fit("cpu").name == "wall" and Clock.fit("cuda").name == "wall"


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        ({"lengths": []}, "scaling.lengths is empty; it takes one or more"),
        ({"lengths": [64, 0]}, "scaling.lengths has 0; it takes whole numbers from 1 on"),
        ({"widths": [-1]}, "scaling.widths has -1"),
        ({"batches": []}, "scaling.batches is empty"),
        ({"passes": []}, "scaling.passes is empty"),
        ({"passes": ["backward"]}, "scaling.passes takes"),
        ({"error": 0}, "scaling.error is 0.0; it is above 0"),
        ({"memory": -1}, "scaling.memory is -1.0"),
        ({"patience": 0}, "scaling.patience is 0.0"),
        ({"least": 5}, "scaling.least is 5 and most 15; rounds are 6 or more"),
        ({"least": 9, "most": 8}, "scaling.least is 9 and most 8"),
    ],
)
def test_settings_that_mean_nothing_are_refused(catalogue, slip, told):
    with pytest.raises(SeqbenchError, match=told):
        catalogue.make("probes", "scaling", slip)


def test_a_device_that_is_not_there_is_missing(catalogue, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    race = catalogue.make("probes", "scaling", {"device": "cuda"})
    with pytest.raises(Missing, match=r"scaling\.device is cuda"):
        list(race.measure(Field(IO, {}, np.random.default_rng(0))))


def test_on_a_gpu_its_allocator_is_asked(monkeypatch):
    from seqbench_plugins.probes.scaling.memory import held_on_gpu

    bytes_now, log = {"now": 100, "most": 900}, []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: log.append("synchronize"))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(
        torch.cuda, "reset_peak_memory_stats", lambda: bytes_now.update(most=bytes_now["now"])
    )
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: bytes_now["now"])
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: bytes_now["most"])
    assert held_on_gpu(lambda: bytes_now.update(most=350)) == 250
    assert log[-1] == "synchronize"


def test_a_width_that_cannot_be_is_a_reason(catalogue):
    race = catalogue.make("probes", "scaling", {"widths": [8]})
    assert race.unsuited(catalogue.make("architectures", "rnn", {}), IO) is None

    class Odd(TorchArchitecture):
        name = "odd"

        def __post_init__(self):
            if self.width % 2 == 0:
                raise SeqbenchError(f"odd.width is {self.width}; it takes odd numbers")

    assert race.unsuited(Odd(width=9), IO) == (
        "odd at a width of 8: odd.width is 8; it takes odd numbers"
    )


def test_what_cannot_be_built_is_a_reason_and_no_failure_of_the_race(catalogue):
    class Stubborn(TorchArchitecture):
        name = "stubborn"

        def mixer(self, width, io):
            raise ValueError("not today")

    race = catalogue.make("probes", "scaling", {})
    state = torch.random.get_rng_state()
    assert race.unsuited(Stubborn(width=9), IO) == (
        "stubborn at a width of 9 cannot be built: not today"
    )
    assert torch.equal(torch.random.get_rng_state(), state)
