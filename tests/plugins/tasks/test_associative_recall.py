from dataclasses import replace

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks.associative_recall import AssociativeRecall


def sample(n=200, **settings):
    return AssociativeRecall(**settings).sample(n, np.random.default_rng(0))


@pytest.mark.parametrize(("pairs", "vocab"), [(1, 4), (4, 32), (16, 32)])
def test_every_answer_is_what_the_key_was_paired_with(pairs, vocab):
    split = sample(pairs=pairs, vocab=vocab)
    for inputs, targets, mask in zip(split.inputs, split.targets, split.mask, strict=True):
        told = dict(zip(inputs[0 : 2 * pairs : 2], inputs[1 : 2 * pairs : 2], strict=True))
        asked = inputs[2 * pairs :]
        assert sorted(told) == sorted(asked)  # no key twice, each asked for once
        assert [told[key] for key in asked] == list(targets[2 * pairs :])
        assert max(told) < vocab // 2 <= min(told.values())
        assert not mask[: 2 * pairs].any()
        assert mask[2 * pairs :].all()


def test_the_oracle_looks_up_each_key_and_knows_no_targets():
    task = AssociativeRecall(pairs=16, vocab=32)
    split = sample(pairs=16, vocab=32)
    blank = replace(split, targets=np.zeros_like(split.targets))
    found = task.oracle(blank).argmax(-1)
    assert (found == split.targets)[split.mask].all()


def test_keys_values_and_order_are_drawn_evenly():
    split = sample(n=20_000, pairs=2, vocab=8)
    for column, choices in ((0, 4), (2, 4), (1, 4), (3, 4)):
        shares = np.bincount(split.inputs[:, column] % 4, minlength=4) / 20_000
        assert np.abs(shares - 1 / choices).max() < 0.015  # 5 standard deviations
    same_order = (split.inputs[:, 0] == split.inputs[:, 4]).mean()
    assert abs(same_order - 0.5) < 0.02


def test_the_majority_is_at_chance():
    task = AssociativeRecall()
    train, test = sample(4000), task.sample(4000, np.random.default_rng(1))
    lesson = Lesson(task.signature(), train, train, Recipe(), np.random.default_rng(0))
    model = task.baselines()["majority"](lesson)
    score = accuracy(test, model.predict(test.inputs, None))
    assert score == pytest.approx(task.chance()["accuracy"], abs=0.01)


def test_more_pairs_change_nothing_but_the_length():
    short, long = AssociativeRecall(pairs=4).signature(), AssociativeRecall(pairs=16).signature()
    assert (short.inputs, short.outputs, short.causal) == (long.inputs, long.outputs, long.causal)
    assert (short.length, long.length) == (12, 48)


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"pairs": 17, "vocab": 32}, "pairs is 17; with 16 keys"),
        ({"pairs": 0}, "it takes 1 to 16"),
        ({"vocab": 7}, "vocab is 7; it takes an even number"),
        ({"vocab": -2}, "vocab is -2"),
    ],
)
def test_what_cannot_be_is_refused(settings, hint):
    with pytest.raises(SeqbenchError, match=hint):
        AssociativeRecall(**settings)
