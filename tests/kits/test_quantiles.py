"""Quantiles as answers: what training makes small, what it comes to, and the baseline."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from seqbench import Lesson, Reals, Recipe, Signature, Split
from seqbench.bench.splits import together
from seqbench.contract.task import mean_answer
from seqbench.kits.ahead import told_at_the_end
from seqbench.kits.torch import TorchArchitecture
from seqbench.kits.torch.loss import loss, tensors
from seqbench_plugins.metrics.crps import crps

LEVELS = (0.1, 0.5, 0.9)
IO = Signature(Reals(1), Reals(6, "absolute", LEVELS), 4)


def drawn(n, seed=0):
    """Two values, each asked for at every level: 3 x and noise of mean 1, and noise alone."""
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n, 4, 1)).astype(np.float32)
    values = np.concatenate([3 * inputs, 0 * inputs], axis=2) + rng.exponential(size=(n, 4, 2))
    mask = rng.random((n, 4)) < 0.7
    targets = values.repeat(3, axis=2).astype(np.float32)
    return Split(inputs, targets, mask, levels=LEVELS)


@dataclass(frozen=True, kw_only=True)
class Line(TorchArchitecture):
    name = "line"
    width: int = 8

    def mixer(self, width, io):
        return nn.Identity()


def test_the_loss_is_the_score():
    split = drawn(20)
    answers = np.random.default_rng(1).normal(size=split.targets.shape)
    told = loss(
        IO,
        torch.tensor(answers),
        torch.tensor(split.targets.astype(float)),
        torch.tensor(split.mask),
    )
    assert told.item() == pytest.approx(crps(split, answers), rel=1e-9)


def test_a_network_learns_quantiles_and_not_the_mean():
    train, valid, test = drawn(2000), drawn(200, 1), drawn(4000, 2)
    recipe = Recipe(examples=20_000, batch=64, lr=0.02, evaluations=4, patience=0)
    model = Line().fit(Lesson(IO, train, valid, recipe, np.random.default_rng(0)))
    given = model.predict(test.inputs)[test.mask].reshape(-1, 2, 3)
    wanted = test.targets[test.mask].reshape(-1, 2, 3)
    np.testing.assert_allclose((wanted < given).mean(axis=0), [LEVELS] * 2, atol=0.05)


def test_the_trivial_answer_has_the_quantiles_of_train():
    train = drawn(500)
    model = mean_answer(Lesson(IO, train, train, Recipe(), np.random.default_rng(0)))
    found = model.predict(train.inputs)[0, 0]
    seen = train.targets[train.mask]
    wanted = [np.quantile(seen[:, 3 * value], level) for value in (0, 1) for level in LEVELS]
    np.testing.assert_allclose(found, wanted)
    errors = [crps(train, np.full(train.targets.shape, found + shift)) for shift in (0, 0.2, -0.2)]
    assert errors[0] < min(errors[1:])


def test_splits_of_different_lengths_keep_levels_and_base():
    one, other = drawn(3), drawn(2, 1)
    base = np.arange(12.0).reshape(2, 1, 6)
    with_base = [
        Split(one.inputs[:, :2], one.targets[:, :2], one.mask[:, :2], base=one.targets[:, :2]),
        Split(other.inputs, other.targets, other.mask, base=base),
    ]
    whole = together(with_base)
    np.testing.assert_array_equal(whole.base[:3, :2], one.targets[:, :2])
    np.testing.assert_array_equal(whole.base[3:], np.repeat(base, 4, axis=1))
    assert together([one, other]).levels == LEVELS and together([one, other]).base is None


def test_one_answer_for_many_steps_is_kept_once_and_shared_with_no_tensor():
    answers = np.arange(6.0).reshape(3, 2)
    split = told_at_the_end(np.zeros((3, 1000, 1)), answers, levels=LEVELS)
    assert split.targets.shape == (3, 1000, 6) and split.targets.base.nbytes < 1000
    (tensor,) = tensors(split.targets[:2])
    tensor[:] = 7
    np.testing.assert_array_equal(split.targets[:, 0], answers.repeat(3, axis=1))
