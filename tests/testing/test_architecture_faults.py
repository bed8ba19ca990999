"""Each planted fault of an architecture is caught by the check that names it, and no other."""

import os
import time
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seqbench import Architecture, Model, SeqbenchError, Weight
from seqbench.kits.torch import TorchArchitecture
from seqbench.testing import ARCHITECTURE_CHECKS, check_architecture
from seqbench.testing.checking import examination


def first(inputs):
    """One number a step, whatever the kind of input."""
    return inputs if inputs.ndim == 2 else inputs[..., 0]


def spread(numbers, channels):
    """The number of a step, for every channel."""
    return np.repeat(numbers[..., None].astype(float), channels, axis=-1)


@dataclass(frozen=True)
class Good(Architecture):
    """Gives back what it is given."""

    name = "good"
    source = "nobody, 2026"
    slope: float = 1.0

    def answers(self, x, lengths, lesson):
        return spread(first(x) * self.slope, lesson.io.outputs.channels)

    def fit(self, lesson):
        return Model(lambda x, lengths: self.answers(x, lengths, lesson), 1)

    def weigh(self, io, flops=True):
        return Weight(1, 1, flops_per_step=1.0)


@dataclass
class Thawed(Architecture):
    """Settings that can be changed."""

    name = "thawed"
    source = Good.source
    fit, answers, weigh = Good.fit, Good.answers, Good.weigh
    slope: float = 1.0


@dataclass(frozen=True)
class Bare(Good):
    """A setting without default."""

    slope: float = field(kw_only=True)


@dataclass(frozen=True)
class Opaque(Good):
    """A setting that is no JSON."""

    thing: object = field(default_factory=object)


@dataclass(frozen=True)
class WrongShape(Good):
    """A step is lost."""

    def answers(self, x, lengths, lesson):
        return super().answers(x, lengths, lesson)[:, :-1]


@dataclass(frozen=True)
class NeedsTwoSteps(Good):
    """No single step."""

    def answers(self, x, lengths, lesson):
        if x.shape[1] < 2:
            raise ValueError("too short")
        return super().answers(x, lengths, lesson)


@dataclass(frozen=True)
class NoNumber(Good):
    """NaN."""

    def answers(self, x, lengths, lesson):
        return super().answers(x, lengths, lesson) * np.nan


@dataclass(frozen=True)
class GlobalStream(Good):
    """Draws from a stream that is everybody's."""

    def fit(self, lesson):
        shift = np.random.random()
        return Model(lambda x, lengths: self.answers(x, lengths, lesson) + shift, 1)


@dataclass(frozen=True)
class Clock(Good):
    """Depends on when it is fitted."""

    def fit(self, lesson):
        shift = time.perf_counter()
        return Model(lambda x, lengths: self.answers(x, lengths, lesson) + shift, 1)


@dataclass(frozen=True)
class Moody(Good):
    """Answers otherwise each time."""

    def fit(self, lesson):
        rng = np.random.default_rng(0)
        return Model(lambda x, lengths: self.answers(x, lengths, lesson) + rng.random(), 1)


@dataclass(frozen=True)
class Crowd(Good):
    """Looks at the batch."""

    def answers(self, x, lengths, lesson):
        return super().answers(x - x.mean(axis=0, keepdims=True), lengths, lesson)


@dataclass(frozen=True)
class CountsNeighbours(Good):
    """Looks at how many there are."""

    def answers(self, x, lengths, lesson):
        return super().answers(x, lengths, lesson) / len(x)


@dataclass(frozen=True)
class Scribbler(Good):
    """Writes into the lesson."""

    def fit(self, lesson):
        lesson.train.inputs[0] = 0
        return super().fit(lesson)


@dataclass(frozen=True)
class WritesWhenAsked(Good):
    """Writes into what it is asked."""

    def answers(self, x, lengths, lesson):
        told = super().answers(x.copy(), lengths, lesson)
        if lengths is not None:
            lengths[:] = np.maximum(lengths, 2)
        return told


@dataclass(frozen=True)
class KeepsOthers(Good):
    """Tells answers on valid that its predict does not give."""

    def fit(self, lesson):
        model = super().fit(lesson)
        own = model.predict(lesson.valid.inputs, lesson.valid.lengths)
        return replace(model, valid=own + 0.01)


@dataclass(frozen=True)
class KeepsTooFew(Good):
    """Tells answers on a part of valid."""

    def fit(self, lesson):
        some = lesson.valid[1:]
        model = super().fit(lesson)
        return replace(model, valid=model.predict(some.inputs, some.lengths))


@dataclass(frozen=True)
class CannotCount(Good):
    """No number of parameters."""

    def fit(self, lesson):
        return replace(super().fit(lesson), parameters=None)


@dataclass(frozen=True)
class Overweight(Good):
    """Weighs more than it is."""

    def weigh(self, io, flops=True):
        return Weight(1000, 1000, flops_per_step=1.0)


@dataclass(frozen=True)
class EvenOnly(Good):
    """Breaks where its width is odd, without having said so."""

    width: int = 8

    def answers(self, x, lengths, lesson):
        halves = np.ones(self.width).reshape(2, self.width // 2)
        return super().answers(x, lengths, lesson) * halves[0, 0]


@dataclass(frozen=True)
class EvenAsItSays(EvenOnly):
    """Refuses an odd width: no fault."""

    def __post_init__(self):
        if self.width % 2:
            raise SeqbenchError(f"width is {self.width}; it takes an even number")


@dataclass(frozen=True)
class KnowsItsProcess(Good):
    """Answers by the number of its process."""

    def fit(self, lesson):
        shift = os.getpid()
        return Model(lambda x, lengths: self.answers(x, lengths, lesson) + shift, 1)


def local():
    @dataclass(frozen=True)
    class Local(Good):
        """No other process can find it."""

    return Local()


@dataclass(frozen=True)
class TakesNothing(Good):
    """Declines everything."""

    def unsuited(self, io):
        return "I would rather not"


@dataclass(frozen=True)
class Ahead(Good):
    """Sums what is to come, up to the sequence's end."""

    def answers(self, x, lengths, lesson):
        told = super().answers(x, lengths, lesson)
        if lengths is not None:
            told = told * (np.arange(x.shape[1]) < lengths[:, None])[..., None]
        return told[:, ::-1].cumsum(axis=1)[:, ::-1]


@dataclass(frozen=True)
class AheadInBlocks(Good):
    """Sees the mean of its block of 64 steps: nothing a short sequence could tell from itself."""

    def answers(self, x, lengths, lesson):
        told = super().answers(x, lengths, lesson)
        if x.shape[1] <= 64:
            return told
        return np.concatenate([p + p.mean(1, keepdims=True) for p in np.split(told, [64], 1)], 1)


@dataclass(frozen=True)
class ReadsPadding(Good):
    """Sees what stands behind the end."""

    causal = False

    def answers(self, x, lengths, lesson):
        plain = super().answers(x, lengths, lesson)
        return plain + plain.mean(axis=1, keepdims=True)


@dataclass(frozen=True)
class CountsPadding(Good):
    """Sees how much stands behind the end."""

    causal = False

    def answers(self, x, lengths, lesson):
        steps = x.shape[1]
        long = np.full(len(x), steps) if lengths is None else lengths
        there = np.arange(steps) < long[:, None]
        plain = super().answers(x, lengths, lesson) * there[..., None]
        return plain + plain.sum(axis=1, keepdims=True) / steps


@dataclass(frozen=True)
class NeedlesslyCareful(Good):
    """Says that it looks ahead, and does not."""

    causal = False


@dataclass(frozen=True)
class Silent(Good):
    __doc__ = None


@dataclass(frozen=True)
class Sourceless(Good):
    """Nobody's."""

    source = ""


@dataclass(frozen=True)
class Unweighed(Good):
    """Does not say what a step costs."""

    def weigh(self, io, flops=True):
        return Weight(1, 1)


class Plain(nn.Module):
    """A mixer that hears a running mean; what else it does, a fault says."""

    def __init__(self, width):
        super().__init__()
        self.inward, self.outward = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x):
        y = self.inward(x).cumsum(1) / torch.arange(1, x.shape[1] + 1, device=x.device)[:, None]
        return x + self.outward(self.more(y))

    def more(self, y):
        return y


@dataclass(frozen=True, kw_only=True)
class Net(TorchArchitecture):
    """A network around a mixer."""

    name = "net"
    source = "nobody, 2026"
    width: int = 8
    kind: str = "Plain"

    def mixer(self, width, io):
        return globals()[self.kind](width)


@dataclass(frozen=True, kw_only=True)
class Double(Net):
    """Claims more number types."""

    dtypes = ("float32", "float64")


class Dead(Plain):
    def __init__(self, width):
        super().__init__(width)
        self.unused = nn.Parameter(torch.zeros(3))


class Secret(Plain):
    """A number of its own that no state_dict has."""

    def __init__(self, width):
        super().__init__(width)
        self.shift = torch.rand(1).item()

    def more(self, y):
        return y + self.shift


class MindsGradients(Plain):
    def more(self, y):
        return y if torch.is_grad_enabled() else 2 * y


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y):
        return y.clone()

    @staticmethod
    def backward(ctx, slope):
        return 2 * slope


class WrongSlope(Plain):
    def more(self, y):
        return Twice.apply(y)


class MeanOfBatch(Plain):
    """Normalises over the batch, in training alone."""

    def more(self, y):
        return y - y.mean(0, keepdim=True) if self.training else y


class AlwaysDrops(Plain):
    def more(self, y):
        return F.dropout(y, 0.5, training=True)


class AheadInTraining(Plain):
    def more(self, y):
        return y + y.mean(1, keepdim=True) if self.training else y


class OnlyFloat(Plain):
    def more(self, y):
        return y.float()


class Formula(Plain):
    """Knows what it costs: two products of x (width, width)."""

    times = 1

    def flops(self, batch, steps):
        return self.times * 2 * 2 * batch * steps * self.inward.in_features**2


class Boasts(Formula):
    times = 3


class Unseen(nn.Module):
    """A product that torch does not count."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.eye(width) + 0.1)

    def forward(self, x):
        return (x[..., None] * self.weight).sum(-2)


class Streams(Plain):
    """Goes on from a sum and a count."""

    def initial_state(self, batch):
        return torch.zeros(batch, self.inward.in_features), 0

    def step(self, x, state):
        total, count = state[0] + self.inward(x), state[1] + 1
        return x + self.outward(total / count), (total, count)

    def chunk(self, x, state):
        state, found = state or self.initial_state(len(x)), []
        for at in range(x.shape[1]):
            y, state = self.step(x[:, at], state)
            found.append(y)
        return torch.stack(found, 1), state


class Forgets(Streams):
    def step(self, x, state):
        return super().step(x, (state[0] * 0.99, state[1]))

    chunk = None

    def __getattribute__(self, name):
        if name == "chunk":
            raise AttributeError(name)
        return super().__getattribute__(name)


class StartsAnew(Streams):
    def chunk(self, x, state):
        return super().chunk(x, None)


@dataclass(frozen=True, kw_only=True)
class DropsWhenAsked(Net):
    """Its dropout is there in evaluation too, once it is set."""

    def module(self, io):
        network = super().module(io)
        network.dropout = Dropping(self.dropout)
        return network


class Dropping(nn.Module):
    def __init__(self, share):
        super().__init__()
        self.share = share

    def forward(self, x):
        return F.dropout(x, self.share, training=True)


SPAWNED = "a_spawned_process_agrees"
FAULTS = [
    (Thawed(), "settings_are_frozen"),
    (Bare(slope=1.0), "settings_are_frozen"),
    (Opaque(), "settings_are_plain"),
    (WrongShape(), "outputs_follow_the_signature"),
    (NeedsTwoSteps(), "outputs_follow_the_signature"),
    (NoNumber(), "outputs_follow_the_signature"),
    (TakesNothing(), "outputs_follow_the_signature"),
    (GlobalStream(), "fitting_is_repeatable"),
    (Clock(), "fitting_is_repeatable"),
    (Moody(), "predicting_is_repeatable"),
    (Crowd(), "examples_do_not_mix"),
    (CountsNeighbours(), "examples_do_not_mix"),
    (Scribbler(), "the_lesson_is_unchanged"),
    (WritesWhenAsked(), "the_lesson_is_unchanged"),
    (KeepsOthers(), "kept_answers_are_its_own"),
    (KeepsTooFew(), "kept_answers_are_its_own"),
    (CannotCount(), "parameters_are_counted"),
    (Overweight(), "weighing_is_true"),
    (EvenOnly(), "odd_sizes_work"),
    (KnowsItsProcess(), SPAWNED),
    (local(), SPAWNED),
    (Ahead(), "the_future_does_not_leak"),
    (AheadInBlocks(), "the_future_does_not_leak"),
    (ReadsPadding(), "padding_does_not_matter"),
    (CountsPadding(), "padding_does_not_matter"),
    (Silent(), "it_says_what_it_does"),
    (Sourceless(), "a_source_is_named"),
    (Unweighed(), "flops_are_told"),
    (NeedlesslyCareful(), "looking_ahead_is_used"),
    (Net(kind="Dead"), "parameters_get_gradients"),
    (Net(kind="Secret"), "the_state_dict_is_all"),
    (Net(kind="MindsGradients"), "gradients_may_be_off"),
    (Net(kind="WrongSlope"), "gradients_are_right"),
    (Net(kind="MeanOfBatch"), "examples_do_not_mix"),
    (Net(kind="AlwaysDrops"), "predicting_is_repeatable"),
    (DropsWhenAsked(), "predicting_is_repeatable"),
    (Net(kind="AheadInTraining"), "the_future_does_not_leak"),
    (Double(kind="OnlyFloat"), "number_types_agree"),
    (Net(kind="Boasts"), "declared_flops_are_true"),
    (Net(kind="Unseen"), "flops_are_told"),
    (Net(kind="Forgets"), "steps_equal_the_whole"),
    (Net(kind="StartsAnew"), "chunks_equal_the_whole"),
]


def broken(thing, spawned):
    """The checks that fail or warn; a process is started only where that is what is looked at."""
    asked = examination(thing)
    names = [name for name in asked.checks if spawned or name != SPAWNED]
    return {n for n in names if asked.outcome(n).status in ("failed", "warned")}


@pytest.mark.parametrize(
    ("fault", "check"), FAULTS, ids=[f"{getattr(f, 'kind', type(f).__name__)}" for f, _ in FAULTS]
)
def test_a_fault_is_caught_by_the_check_that_names_it_and_by_no_other(fault, check):
    assert broken(fault, check == SPAWNED) == {check}


def test_every_check_has_a_fault_that_it_catches():
    here = {"a_gpu_agrees"}  # which takes a GPU
    assert {check for _, check in FAULTS} == {check.name for check in ARCHITECTURE_CHECKS} - here


@pytest.mark.parametrize(
    "thing",
    [Good(), EvenAsItSays(), Double(kind="Plain"), Net(kind="Formula"), Net(kind="Streams")],
    ids=["none", "even", "float64", "formula", "streams"],
)
def test_what_is_sound_passes(thing):
    assert broken(thing, spawned=False) == set()


def test_what_streams_is_asked_whether_it_does():
    found = check_architecture(Net(kind="Streams"))
    assert found.failed == []
    asked = {"steps_equal_the_whole", "chunks_equal_the_whole", SPAWNED}
    assert asked <= {one.check for one in found.of("passed")}
