"""Truncated backpropagation through time, against a loop by hand and on a planted task."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seqbench import Diverged, Lesson, Reals, Recipe, Signature, Split, Tokens, Unsuited
from seqbench.kits.torch import Network, TorchArchitecture, seeded, train
from seqbench_plugins.architectures.lstm import LongShortTermMemory
from seqbench_plugins.architectures.rnn import RNN
from seqbench_plugins.architectures.transformer import Transformer

IO = Signature(Reals(3), Tokens(4), 10)


def lesson(io=IO, **changes):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 10, 3)).astype(np.float32)
    split = Split(x, np.roll(x.argmax(-1), 2, 1).astype(np.int64), rng.random((40, 10)) < 0.6)
    split.mask[:, -1] = True
    split.mask[:, 5] = False
    recipe = Recipe(examples=160, batch=8, evaluations=2, patience=0, lr=0.01)
    rng = np.random.default_rng(1)
    return Lesson(io, split[:32], split[32:], replace(recipe, **changes), rng)


@pytest.mark.parametrize(("steps", "chunks"), [(1, 9), (4, 3), (5, 2), (9, 2)])
def test_it_is_the_loop_by_hand(steps, chunks):
    with seeded(np.random.default_rng(5)):
        network = RNN(width=6, layers=2).module(IO)
    twin = RNN(width=6, layers=2).module(IO)
    twin.load_state_dict(network.state_dict())
    model = train(network, lesson(tbptt=steps, weight_decay=0.0, clip=0.5))

    optimizer = torch.optim.AdamW(twin.parameters(), lr=0.01, weight_decay=0.0)
    given, taken, means = lesson(), 0, []
    for part in given.batches(8):
        x, y, mask = map(torch.tensor, (part.inputs, part.targets, part.mask))
        h, total = torch.zeros(2, 8, 6), 0.0
        for start in range(0, 10, steps):
            at = slice(start, min(start + steps, 10))
            out, h = twin.mixer.rnn(twin.encoder(x[:, at]), h)
            h = h.detach()
            if not mask[:, at].any():
                continue
            scores = twin.readout(out)
            value = F.cross_entropy(scores[mask[:, at]], y[:, at][mask[:, at]])
            optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(twin.parameters(), 0.5)
            optimizer.step()
            taken, total = taken + 1, total + value.item() * int(mask[:, at].sum())
        means.append(total / int(mask.sum()))
    assert model.notes["steps"] == taken == 20 * chunks
    for mine, wanted in zip(network.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(mine, wanted, atol=1e-6)
    assert model.curve[0].train_loss == pytest.approx(np.mean(means[:10]), rel=1e-5)


@pytest.mark.parametrize("architecture", [RNN(width=6), LongShortTermMemory(width=6, layers=2)])
def test_a_chunk_as_long_as_the_sequence_is_all_of_it(architecture):
    for varied in (False, True):
        io, lengths = replace(IO, causal=not varied, varied=varied), None
        given = lesson(io)
        if varied:
            lengths = np.random.default_rng(4).integers(3, 11, 32)
            mask = np.arange(10) < lengths[:, None]
            given = replace(given, train=replace(given.train, lengths=lengths, mask=mask))
        found = []
        for steps in (0, 10, 99):
            recipe = replace(given.recipe, tbptt=steps)
            again = replace(given, recipe=recipe, rng=np.random.default_rng(1))
            found.append(architecture.fit(again).predict(given.valid.inputs, None))
        assert np.allclose(found[0], found[1], atol=1e-5)
        assert np.array_equal(found[1], found[2])


class Kept(NamedTuple):
    first: torch.Tensor
    more: dict


class Keeps(nn.Module):
    """Answers with its first input, times a gain that only the first step's gradient reaches."""

    def __init__(self, width):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return self.chunk(x, None)[0]

    def chunk(self, x, state):
        if state is None:
            first = x[:, 0] * self.gain
            state = Kept(first, {"again": [first, (first,)], "none": None})
        assert isinstance(state, Kept)
        return state.more["again"][1][0][:, None].expand_as(x), state


@pytest.mark.parametrize(("steps", "reaches"), [(0, True), (8, True), (4, False), (1, False)])
def test_the_state_is_carried_and_its_gradient_is_not(steps, reaches):
    io = Signature(Tokens(2), Tokens(2), 8)
    x = np.random.default_rng(0).integers(0, 2, (200, 8))
    last = np.zeros((200, 8), bool)
    last[:, -1] = True
    split = Split(x, np.repeat(x[:, :1], 8, 1), last)  # at the end, say what came first
    recipe = Recipe(examples=800, batch=8, lr=0.05, evaluations=2, patience=0, tbptt=steps)
    with seeded(np.random.default_rng(2)):
        network = Network(io, 4, Keeps(4))
    encoder = network.encoder.weight.detach().clone()
    given = Lesson(io, split, split, replace(recipe, weight_decay=0.0), np.random.default_rng(1))
    model = train(network, given)
    assert (model.predict(x, None)[:, -1].argmax(-1) == x[:, 0]).all()  # what was carried is used
    assert bool((network.mixer.gain != 1).any()) == reaches
    assert bool((network.encoder.weight != encoder).any()) == reaches
    assert model.notes["steps"] == 100  # one where something counts


def test_divergence_is_told_with_the_step_of_its_chunk():
    given = lesson(tbptt=5)
    given.train.mask[:] = True
    given.train.inputs[:, 7] = np.inf  # in the second chunk of every sequence
    with pytest.raises(Diverged, match=r" at step 2$"):
        RNN(width=6).fit(given)


@dataclass(frozen=True, kw_only=True)
class Whole(TorchArchitecture):
    """Owns its network."""

    name = "whole"

    def module(self, io):
        return nn.Linear(3, 4)


@pytest.mark.parametrize(
    ("architecture", "reason"),
    [
        (Transformer(), r"^train\.tbptt needs a mixer with chunk\(x, state\); Causal has none$"),
        (Whole(), r"^train\.tbptt needs a network with chunk\(inputs, state\); Linear has none$"),
    ],
)
def test_what_cannot_run_in_chunks_says_so(architecture, reason):
    with pytest.raises(Unsuited, match=reason):
        architecture.fit(lesson(tbptt=5))
    architecture.fit(lesson())
