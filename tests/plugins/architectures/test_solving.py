"""Each solves a small task of the kind its paper leads with; and each in its own way cannot."""

import numpy as np
import pytest

from seqbench import Lesson, Reals, Recipe, Signature, Split
from seqbench_plugins.architectures import (
    deltanet,
    esn,
    ffn,
    gla,
    gru,
    linear_attention,
    lru,
    lstm_torch,
    mamba,
    minrnn,
    tcn,
    window_ffn,
    xlstm,
)
from seqbench_plugins.tasks.associative_recall import AssociativeRecall
from seqbench_plugins.tasks.copy import Copy
from seqbench_plugins.tasks.delayed_echo import DelayedEcho
from seqbench_plugins.tasks.parity import Parity

pytestmark = pytest.mark.slow

RECALL = AssociativeRecall(pairs=4, vocab=16)
ECHO, COPY = DelayedEcho(delay=4), Copy(delay=4, length=4)


def taught(architecture, task, examples):
    """Its answers to 500 new examples, and these."""
    train, valid, test = (
        task.split(role, n, np.random.default_rng(seed))
        for role, n, seed in (("train", 8000, 1), ("valid", 250, 2), ("test", 500, 3))
    )
    recipe = Recipe(examples=examples, batch=64, lr=0.003, patience=0, evaluations=5)
    model = architecture.fit(
        Lesson(task.signature(), train, valid, recipe, np.random.default_rng(0))
    )
    return model.predict(test.inputs, test.lengths), test


def accuracy(architecture, task, examples):
    answers, test = taught(architecture, task, examples)
    return (answers.argmax(-1) == test.targets)[test.mask].mean()


SOLVED = [  # how many examples they see; a tenth to a half of the answers is right by chance
    (gru.GRU(width=48), ECHO, 16_000),
    (lstm_torch.TorchLSTM(width=48), ECHO, 16_000),
    (ffn.FeedForward(width=16), DelayedEcho(delay=0), 4000),
    (window_ffn.WindowFeedForward(width=32, window=5), ECHO, 16_000),
    (tcn.TCN(width=32, layers=3), COPY, 16_000),
    (linear_attention.LinearAttention(width=32), COPY, 32_000),
    (minrnn.MinGRU(width=32), COPY, 32_000),
    (minrnn.MinLSTM(width=32), COPY, 32_000),
    (lru.LRU(width=32, state=32), ECHO, 16_000),
    (mamba.Mamba(width=32), RECALL, 32_000),
    (gla.GLA(width=32, heads=1), RECALL, 32_000),
    (deltanet.DeltaNet(width=32), RECALL, 32_000),
    (xlstm.XLSTM(width=32, slstm=0), RECALL, 32_000),
    (xlstm.XLSTM(width=32, mlstm=0, layers=1), Parity(length=8), 32_000),
    (esn.EchoState(width=200, gain=0.3), ECHO, 4000),
]


@pytest.mark.parametrize(
    ("architecture", "task", "examples"), SOLVED, ids=[f"{a.name} {t.name}" for a, t, _ in SOLVED]
)
def test_it_solves(architecture, task, examples):
    assert accuracy(architecture, task, examples) > 0.9


@pytest.mark.parametrize(
    ("architecture", "task"),
    [
        (ffn.FeedForward(width=16), DelayedEcho(delay=1)),
        (window_ffn.WindowFeedForward(width=32, window=4), ECHO),
    ],
    ids=["ffn", "window_ffn"],
)
def test_it_cannot_what_lies_before_its_window(architecture, task):
    assert accuracy(architecture, task, 8000) < 0.2  # 1 in 8 is right by chance


def narma(n, rng, steps=100):
    """Atiya and Parlos, 2000, order 10: (inputs, targets), (n, steps, 1) each."""
    u, y = rng.uniform(0, 0.5, (n, steps)), np.zeros((n, steps + 1))
    for t in range(9, steps):
        past = y[:, t - 9 : t + 1].sum(axis=1)
        y[:, t + 1] = 0.3 * y[:, t] + 0.05 * y[:, t] * past + 1.5 * u[:, t - 9] * u[:, t] + 0.1
    return u[..., None], y[:, 1:, None]


def test_an_echo_state_network_follows_a_moving_average_that_feeds_back():
    splits = []
    for seed, n in ((1, 100), (2, 20), (3, 50)):
        inputs, targets = narma(n, np.random.default_rng(seed))
        mask = np.broadcast_to(np.arange(100) >= 30, inputs.shape[:2])
        splits.append(Split(inputs, targets, mask))
    train, valid, test = splits
    lesson = Lesson(
        Signature(Reals(1), Reals(1), 100), train, valid, Recipe(), np.random.default_rng(0)
    )
    model = esn.EchoState(width=200, gain=0.3, radius=0.95).fit(lesson)
    off = (model.predict(test.inputs, None) - test.targets)[test.mask]
    assert off.std() < 0.45 * test.targets[test.mask].std()  # the mean would give 1
