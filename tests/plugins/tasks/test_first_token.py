import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks.first_token import FirstToken


def sample(n=50, seed=0, **settings):
    return FirstToken(**settings).sample(n, np.random.default_rng(seed))


@pytest.mark.parametrize("length", [1, 2, 30])
def test_the_last_step_asks_for_the_first(length):
    split = sample(length=length)
    for inputs, targets, mask in zip(split.inputs, split.targets, split.mask, strict=True):
        assert list(np.flatnonzero(mask)) == [length - 1]
        assert targets[length - 1] == inputs[0]


def test_only_the_first_token_tells():
    split = sample(n=40_000, vocab=4, length=5)
    answers = split.targets[:, -1]
    for step, wanted in ((0, 1), (1, 1 / 4), (4, 1 / 4)):
        agreeing = (split.inputs[:, step] == answers).mean()
        assert agreeing == pytest.approx(wanted, abs=0.011)  # 5 standard deviations


def test_the_majority_is_at_chance():
    task, train, test = FirstToken(), sample(4000), sample(4000, seed=1)
    lesson = Lesson(task.signature(), train, train, Recipe(), np.random.default_rng(0))
    model = task.baselines()["majority"](lesson)
    score = accuracy(test, model.predict(test.inputs, None))
    assert score == pytest.approx(task.chance()["accuracy"], abs=0.026)


def test_what_cannot_be_is_refused():
    for settings, hint in (
        ({"length": 0}, "first_token.length is 0; it takes 1 or more"),
        ({"vocab": 1}, "first_token.vocab is 1; it takes 2 or more"),
    ):
        with pytest.raises(SeqbenchError, match=hint):
            FirstToken(**settings)
