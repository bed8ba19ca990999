"""Optimisers, schedules, clipping and what is noted of a training, against loops by hand."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.optim import lr_scheduler

from seqbench import Diverged, Lesson, Reals, Recipe, SeqbenchError, Signature, Split, Tokens
from seqbench.kits.torch import Network, TorchArchitecture, seeded, train
from seqbench.kits.torch.gradients import Gradients

IO = Signature(Reals(3), Tokens(4), 5)
STEPS, BATCH = 15, 8


@dataclass(frozen=True, kw_only=True)
class Plain(TorchArchitecture):
    name = "plain"
    width: int = 8

    def mixer(self, width, io):
        return nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width))


def lesson(**changes):
    """15 batches of 8: 32 examples over and over."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(42, 5, 3)).astype(np.float32)
    split = Split(x, x.argmax(-1).astype(np.int64), rng.random((42, 5)) < 0.7)
    split.mask[:, 0] = True
    recipe = Recipe(examples=STEPS * BATCH, batch=BATCH, evaluations=1, patience=0)
    rng = np.random.default_rng(1)
    return Lesson(IO, split[:32], split[32:], replace(recipe, **changes), rng)


def twins():
    with seeded(np.random.default_rng(5)):
        network = Plain().module(IO)
    twin = Plain().module(IO)
    twin.load_state_dict(network.state_dict())
    return network, twin


def groups(network, weight_decay):
    weights = [w for w in network.parameters() if w.ndim == 2]
    rest = [w for w in network.parameters() if w.ndim == 1]
    return [
        {"params": weights, "weight_decay": weight_decay},
        {"params": rest, "weight_decay": 0.0},
    ]


def by_hand(network, optimizer, clip=lambda weights: None, scheduler=None):
    """The same batches; the norms of the gradients before clipping."""
    norms, given = [], lesson()
    for part in given.batches(BATCH):
        answers = network(torch.tensor(part.inputs))[torch.tensor(part.mask)]
        optimizer.zero_grad()
        F.cross_entropy(answers, torch.tensor(part.targets[part.mask])).backward()
        norms.append(torch.cat([w.grad.flatten() for w in network.parameters()]).norm().item())
        clip(list(network.parameters()))
        optimizer.step()
        if scheduler:
            scheduler.step()
    return norms


def assert_same(network, twin):
    for mine, wanted in zip(network.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(mine, wanted, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize(
    ("name", "momentum", "make"),
    [
        ("adamw", 0.9, lambda g: torch.optim.AdamW(g, lr=0.01)),
        ("adamw", 0.5, lambda g: torch.optim.AdamW(g, lr=0.01, betas=(0.5, 0.999))),
        ("adam", 0.9, lambda g: torch.optim.Adam(g, lr=0.01)),
        ("sgd", 0.0, lambda g: torch.optim.SGD(g, lr=0.01)),
        ("sgd", 0.8, lambda g: torch.optim.SGD(g, lr=0.01, momentum=0.8)),
        ("rmsprop", 0.9, lambda g: torch.optim.RMSprop(g, lr=0.01)),
    ],
)
def test_each_optimiser_is_torchs(name, momentum, make, decay):
    network, twin = twins()
    recipe = {"optimizer": name, "momentum": momentum, "lr": 0.01, "weight_decay": decay}
    train(network, lesson(**recipe, clip=0.0))
    by_hand(twin, make(groups(twin, decay)))
    assert_same(network, twin)


def test_sgd_with_momentum_by_its_formula():
    network, twin = twins()
    train(network, lesson(optimizer="sgd", momentum=0.8, lr=0.05, weight_decay=0.2, clip=0.0))
    pace = [torch.zeros_like(w) for w in twin.parameters()]

    class ByHand:
        def zero_grad(self):
            twin.zero_grad()

        @torch.no_grad()
        def step(self):
            for w, v in zip(twin.parameters(), pace, strict=True):
                v.mul_(0.8).add_(w.grad + (0.2 * w if w.ndim == 2 else 0))
                w.sub_(0.05 * v)

    by_hand(twin, ByHand())
    assert_same(network, twin)


def warmed(optimizer, rest):
    """Three steps of warm-up: a third, two thirds, all."""
    rise = lr_scheduler.LinearLR(optimizer, 1 / 3, total_iters=2)
    return lr_scheduler.SequentialLR(optimizer, [rise, rest], milestones=[3])


SCHEDULES = {
    ("constant", 0.0): lambda o: lr_scheduler.ConstantLR(o, 1.0),
    ("constant", 0.2): lambda o: warmed(o, lr_scheduler.ConstantLR(o, 1.0)),
    ("cosine", 0.0): lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS),
    ("cosine", 0.2): lambda o: warmed(o, lr_scheduler.CosineAnnealingLR(o, STEPS - 3)),
    ("linear", 0.0): lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, STEPS),
    ("linear", 0.2): lambda o: warmed(o, lr_scheduler.LinearLR(o, 1.0, 0.0, STEPS - 3)),
}


@pytest.mark.parametrize(("schedule", "warmup"), SCHEDULES)
@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_each_schedule_is_torchs(schedule, warmup, name):
    network, twin = twins()
    recipe = {"optimizer": name, "lr": 0.05, "weight_decay": 0.0, "clip": 0.0}
    train(network, lesson(**recipe, schedule=schedule, warmup=warmup))
    make = {"sgd": torch.optim.SGD, "adamw": torch.optim.AdamW}[name]
    options = {"momentum": 0.9} if name == "sgd" else {}
    optimizer = make(groups(twin, 0.0), lr=0.05, **options)
    by_hand(twin, optimizer, scheduler=SCHEDULES[schedule, warmup](optimizer))
    assert_same(network, twin)


def test_a_training_that_is_all_warm_up_ends_at_the_full_rate():
    network, twin = twins()
    train(network, lesson(optimizer="sgd", lr=0.05, weight_decay=0.0, clip=0.0, warmup=1.0))
    optimizer = torch.optim.SGD(groups(twin, 0.0), lr=0.05, momentum=0.9)
    rise = lr_scheduler.LambdaLR(optimizer, lambda step: (step + 1) / STEPS)
    by_hand(twin, optimizer, scheduler=rise)
    assert_same(network, twin)


def by_value(weights):
    for w in weights:
        w.grad.clamp_(-0.25, 0.25)


def by_norm(weights):
    whole = torch.cat([w.grad.flatten() for w in weights]).norm()
    for w in weights:
        w.grad.mul_(min(1.0, (0.9 / whole).item()))


@pytest.mark.parametrize(
    ("by", "most", "clip"), [("value", 0.25, by_value), ("norm", 0.9, by_norm)]
)
def test_clipping_and_what_is_noted_of_it(by, most, clip):
    network, twin = twins()
    model = train(network, lesson(optimizer="sgd", lr=0.2, weight_decay=0.0, clip=most, clip_by=by))
    cut = []

    def seen(weights):
        largest = torch.cat([w.grad.flatten() for w in weights]).norm(2 if by == "norm" else np.inf)
        cut.append(largest.item() > most)
        clip(weights)

    norms = by_hand(twin, torch.optim.SGD(twin.parameters(), lr=0.2, momentum=0.9), seen)
    assert_same(network, twin)
    assert 0 < sum(cut) < STEPS  # or the test tells little
    assert model.notes["clipped_share"] == sum(cut) / STEPS
    assert model.notes["gradient_norm_mean"] == pytest.approx(np.mean(norms), rel=1e-4)
    assert model.notes["gradient_norm_max"] == pytest.approx(max(norms), rel=1e-4)
    assert model.notes["nonfinite_steps"] == 0


@pytest.mark.parametrize("by", ["norm", "value"])
def test_no_clipping_clips_nothing(by):
    network, twin = twins()
    model = train(network, lesson(optimizer="sgd", weight_decay=0.0, clip=0.0, clip_by=by))
    norms = by_hand(twin, torch.optim.SGD(twin.parameters(), lr=0.003, momentum=0.9))
    assert_same(network, twin)
    assert model.notes["clipped_share"] == 0
    assert model.notes["gradient_norm_max"] == pytest.approx(max(norms), rel=1e-4)


def test_a_planted_nan_is_told_with_its_step():
    given = lesson()
    order = [part.inputs for part in lesson().batches(BATCH)]
    bad = order[2][0]  # an example of the third batch, and of none before it in this epoch
    given.train.inputs[(given.train.inputs == bad).all((1, 2))] = np.nan
    with pytest.raises(Diverged, match=r"^the training loss is nan at step 3$"):
        train(twins()[0], given)


class Explodes(nn.Module):
    """An answer that is fine, whose gradient is not, at one call in training."""

    def __init__(self, call, factor):
        super().__init__()
        self.left, self.factor = call, factor

    def forward(self, x):
        self.left -= self.training
        if self.training and self.left == 0:
            x = x * 1.0
            x.register_hook(lambda slope: slope * self.factor)
        return x


@pytest.mark.parametrize("clip", [0.0, 1.0])
@pytest.mark.parametrize("factor", [float("inf"), float("nan")])
def test_a_gradient_that_is_not_finite_is_divergence_and_touches_no_weight(clip, factor):
    network = Network(IO, 4, Explodes(4, factor))
    seen = Gradients(network.parameters(), Recipe(clip=clip))
    for weight in network.parameters():
        weight.grad = torch.full_like(weight, factor)
    seen.clip()
    assert seen.notes()["nonfinite_steps"] == 1
    network.zero_grad(set_to_none=True)
    with pytest.raises(Diverged, match=r"^the gradient's norm is (inf|nan) at step 4$"):
        train(network, lesson(clip=clip))
    assert all(w.isfinite().all() for w in network.parameters())


@pytest.mark.parametrize(
    "changes",
    [{}, {"optimizer": "sgd", "schedule": "cosine", "warmup": 0.5}, {"clip_by": "value"}],
)
def test_the_curve_stands_at_fixed_counts(changes):
    told = []
    given = replace(lesson(examples=100, batch=7, evaluations=4, **changes), report=told.append)
    model = train(twins()[0], given)
    ends = np.cumsum([len(part) for part in lesson(examples=100).batches(7)])
    wanted = [int(ends[ends >= count][0]) for count in (25, 50, 75, 100)]
    assert [point.examples for point in model.curve] == wanted
    assert tuple(told) == model.curve


def test_where_and_why_it_stopped():
    whole = train(twins()[0], lesson(evaluations=15)).notes
    assert (whole["stopped"], whole["steps"], whole["examples_seen"]) == ("examples", 15, 120)
    given = lesson(lr=0.1, evaluations=15, patience=2)
    wrong = replace(given.valid, targets=(given.valid.targets + 1) % 4)
    model = train(twins()[0], replace(given, valid=wrong))
    assert model.notes["stopped"] == "patience"
    at = [point.examples for point in model.curve].index(model.notes["best_at"])
    assert len(model.curve) == at + 1 + 2
    assert model.notes["examples_seen"] == model.curve[-1].examples < 120
    assert model.notes["best_epoch"] == model.notes["best_at"] / 32


def test_the_parts_are_counted():
    model = Plain().fit(lesson())
    assert model.notes["parameters_encoder"] == 3 * 8 + 8
    assert model.notes["parameters_mixer"] == 8 * 8 + 8 + 8 + 8
    assert model.notes["parameters_readout"] == 8 * 4 + 4
    parts = [n for key, n in model.notes.items() if key.startswith("parameters_")]
    assert sum(parts) == model.parameters
    owned = train(nn.Linear(3, 4), lesson())
    assert not [key for key in owned.notes if key.startswith("parameters_")]


def test_dropout_is_before_the_mixer_and_after_it():
    network, x = Plain(dropout=0.4).module(IO).train(), torch.randn(6, 5, 3)
    with seeded(np.random.default_rng(3)):
        got = network(x)
    with seeded(np.random.default_rng(3)):
        inside = F.dropout(network.encoder(x), 0.4)
        wanted = network.readout(F.dropout(network.mixer(inside), 0.4))
    assert torch.equal(got, wanted)
    assert (inside == 0).float().mean() > 0.2
    plain = network.readout(network.mixer(network.encoder(x)))
    assert torch.equal(network.eval()(x), plain)
    model = Plain(dropout=0.4).fit(lesson())
    assert np.array_equal(model.predict(x.numpy(), None), model.network.eval()(x).detach().numpy())


def test_no_dropout_draws_nothing():
    network, before = Plain().module(IO).train(), torch.get_rng_state()
    network(torch.randn(6, 5, 3, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("value", [-0.1, 1.0, float("nan")])
def test_a_dropout_that_is_none_is_refused(value):
    with pytest.raises(SeqbenchError, match=r"^plain\.dropout is .*; it takes a number from 0 to"):
        Plain(dropout=value)
