from itertools import product

import numpy as np
import pytest

from seqbench import SeqbenchError
from seqbench_plugins.tasks.cycle_navigation import CycleNavigation


def sample(n=100, **settings):
    return CycleNavigation(**settings).sample(n, np.random.default_rng(0))


def walked(moves, cycle):
    """The places reached, by walking."""
    place, places = 0, []
    for move in moves:
        if move == 1:
            place = 0 if place == cycle - 1 else place + 1
        if move == 2:
            place = cycle - 1 if place == 0 else place - 1
        places.append(place)
    return places


@pytest.mark.parametrize(("length", "cycle"), [(1, 2), (16, 5), (40, 3)])
@pytest.mark.parametrize("every", [True, False])
def test_the_answer_is_where_a_walk_leads(length, cycle, every):
    split = sample(length=length, cycle=cycle, every=every)
    for inputs, targets, mask in zip(split.inputs, split.targets, split.mask, strict=True):
        places = walked(inputs, cycle)
        assert mask.tolist() == [every or t == length - 1 for t in range(length)]
        assert targets[mask].tolist() == [p for p, counts in zip(places, mask) if counts]  # noqa: B905


@pytest.mark.parametrize(("length", "cycle"), [(1, 5), (4, 5), (5, 2), (6, 4)])
@pytest.mark.parametrize("every", [True, False])
def test_chance_is_that_of_all_walks(length, cycle, every):
    """By walking all of them: at each step asked, the best guess and the entropy."""
    ends = np.array([walked(moves, cycle) for moves in product(range(3), repeat=length)])
    accuracies, entropies = [], []
    for step in range(0 if every else length - 1, length):
        share = np.bincount(ends[:, step], minlength=cycle) / len(ends)
        accuracies.append(share.max())
        entropies.append(-sum(p * np.log(p) for p in share if p))
    chance = CycleNavigation(length=length, cycle=cycle, every=every).chance()
    assert chance["accuracy"] == pytest.approx(np.mean(accuracies))
    assert chance["cross_entropy"] == pytest.approx(np.mean(entropies))


def test_moves_are_drawn_evenly():
    shares = np.bincount(sample(n=3000, length=10).inputs.ravel(), minlength=3) / 30_000
    assert np.abs(shares - 1 / 3).max() < 0.014  # 5 standard deviations


def test_what_cannot_be_is_refused():
    for settings, hint in (
        ({"length": 0}, "cycle_navigation.length is 0; it takes 1 or more"),
        ({"cycle": 1}, "cycle_navigation.cycle is 1; it takes 2 or more"),
    ):
        with pytest.raises(SeqbenchError, match=hint):
            CycleNavigation(**settings)
