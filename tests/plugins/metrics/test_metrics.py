"""Each metric against another implementation, on the counted steps alone."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from seqbench import Split
from seqbench_plugins.metrics import accuracy, cross_entropy, error

METRICS = {m.name: m for home in (accuracy, cross_entropy, error) for m in home.metrics()}


@pytest.fixture
def tokens():
    rng = np.random.default_rng(0)
    mask = rng.random((5, 7)) < 0.4  # rows count different numbers of steps
    split = Split(rng.integers(0, 4, (5, 7)), rng.integers(0, 4, (5, 7)), mask)
    return split, rng.normal(0, 3, (5, 7, 4)).astype(np.float32)


@pytest.fixture
def reals():
    rng = np.random.default_rng(1)
    mask = rng.random((5, 7)) < 0.4
    targets = rng.normal(size=(5, 7, 3))
    return Split(targets, targets, mask, scale=40.0), rng.normal(size=(5, 7, 3))


def test_accuracy_weighs_by_counted_steps(tokens):
    split, scores = tokens
    right = [
        int(max(range(4), key=lambda c: scores[i, t, c]) == split.targets[i, t])
        for i, t in np.argwhere(split.mask)
    ]
    assert METRICS["accuracy"].of(split, scores) == pytest.approx(sum(right) / len(right))


@pytest.mark.parametrize(("dtype", "off"), [(np.float32, 1e-7), (np.float64, 1e-12)])
def test_cross_entropy_is_torchs(tokens, dtype, off):
    split, scores = tokens
    scores = scores.astype(dtype)
    there = F.cross_entropy(
        torch.tensor(scores[split.mask], dtype=torch.float64),
        torch.tensor(split.targets[split.mask]),
    ).item()
    assert METRICS["cross_entropy"].of(split, scores) == pytest.approx(there, abs=off)
    bits = METRICS["bits_per_character"].of(split, scores)
    assert bits == pytest.approx(there / np.log(2), abs=off)


def test_even_odds_of_eight_cost_three_bits():
    split = Split(np.zeros((2, 3), int), np.ones((2, 3), int), np.ones((2, 3), bool))
    assert METRICS["bits_per_character"].of(split, np.full((2, 3, 8), 7.5)) == pytest.approx(3)


@pytest.mark.parametrize("shift", [1e4, -1e4])
def test_cross_entropy_minds_no_shift_and_never_overflows(tokens, shift):
    split, scores = tokens
    wide = scores.astype(np.float64)
    value = METRICS["cross_entropy"].of(split, wide + shift)
    assert value == pytest.approx(METRICS["cross_entropy"].of(split, wide), abs=1e-6)
    assert METRICS["cross_entropy"].of(split, wide * 1e4) > 0


def test_what_does_not_count_does_not_matter(tokens, reals):
    for split, outputs in (tokens, reals):
        elsewhere = outputs.copy()
        elsewhere[~split.mask] += 100
        kind = "accuracy cross_entropy" if split.targets.ndim == 2 else "mase mae mse"
        for name in kind.split():
            metric = METRICS[name]
            assert metric.of(split, elsewhere) == metric.of(split, outputs)


def test_errors_are_torchs_and_told_in_the_datas_unit(reals):
    split, outputs = reals
    given, wanted = (torch.tensor(a[split.mask]) for a in (outputs, split.targets))
    absolute, squared = F.l1_loss(given, wanted).item(), F.mse_loss(given, wanted).item()
    assert METRICS["mase"].of(split, outputs) == pytest.approx(absolute)
    assert METRICS["mae"].of(split, outputs) == pytest.approx(absolute * 40)
    assert METRICS["mse"].of(split, outputs) == pytest.approx(squared * 40**2)


def test_halves_weighed_by_their_counted_steps_make_the_whole(tokens, reals):
    for (split, outputs), names in ((tokens, ("accuracy", "cross_entropy")), (reals, ("mase",))):
        halves = [slice(0, 2), slice(2, 5)]
        counts = [split.mask[half].sum() for half in halves]
        for name in names:
            parts = [METRICS[name].of(split[half], outputs[half]) for half in halves]
            assert METRICS[name].of(split, outputs) == pytest.approx(
                np.average(parts, weights=counts)
            )


def test_directions():
    assert {name: metric.better for name, metric in METRICS.items()} == {
        "accuracy": "higher",
        "cross_entropy": "lower",
        "bits_per_character": "lower",
        "mase": "lower",
        "mae": "lower",
        "mse": "lower",
    }
