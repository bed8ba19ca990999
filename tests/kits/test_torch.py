"""The one training loop does what it says, compared with a loop written by hand."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seqbench import Diverged, Lesson, Reals, Recipe, Signature, Split, Tokens
from seqbench.kits.torch import TorchArchitecture, loss, seeded, train

IO = Signature(Reals(3), Tokens(4), 5)


class Pair(nn.Module):
    """A mixer with lengths, to see that they arrive."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, x, lengths=None):
        self.seen.append(lengths)
        return x


@dataclass(frozen=True, kw_only=True)
class Plain(TorchArchitecture):
    name = "plain"
    width: int = 8

    def mixer(self, width, io):
        return nn.Identity()


def lesson(io=IO, n=40, **changes):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 5, 3)).astype(np.float32)
    y = (x.argmax(-1)).astype(np.int64)
    split = Split(x, y, np.ones((n, 5), bool))
    recipe = replace(Recipe(examples=120, batch=8, evaluations=3, patience=0), **changes)
    return Lesson(io, split[:30], split[30:], recipe, np.random.default_rng(1))


def test_the_loop_equals_one_written_by_hand():
    with seeded(np.random.default_rng(5)):
        network = Plain().module(IO)
    twin = Plain().module(IO)
    twin.load_state_dict(network.state_dict())
    given = lesson(weight_decay=0.1, clip=0.5, lr=0.01)
    model = train(network, given)

    weights = [w for w in twin.parameters() if w.ndim > 1]
    biases = [w for w in twin.parameters() if w.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": weights, "weight_decay": 0.1}, {"params": biases, "weight_decay": 0.0}], lr=0.01
    )
    again = lesson()
    losses, rng = [], again.rng
    for _ in range(4):  # 120 examples are 4 epochs of 30
        order = rng.permutation(30)
        for start in range(0, 30, 8):
            part = again.train[order[start : start + 8]]
            value = F.cross_entropy(
                twin(torch.tensor(part.inputs)).flatten(0, 1), torch.tensor(part.targets).flatten()
            )
            optimizer.zero_grad()
            value.backward()
            torch.nn.utils.clip_grad_norm_(twin.parameters(), 0.5)
            optimizer.step()
            losses.append(value.item())
    with torch.no_grad():
        wanted = twin(torch.tensor(again.valid.inputs)).numpy()
    assert np.allclose(model.predict(again.valid.inputs, None), wanted, atol=1e-5)
    assert [p.examples for p in model.curve] == [46, 84, 120]
    assert model.curve[0].train_loss == pytest.approx(np.mean(losses[:6]), rel=1e-5)
    assert model.parameters == 3 * 8 + 8 + 8 * 4 + 4


def misleading(given):
    """The answers on valid are wrong, so that learning makes its loss grow."""
    return replace(given, valid=replace(given.valid, targets=(given.valid.targets + 1) % 4))


def test_the_weights_that_were_best_on_valid_come_back():
    given = misleading(lesson(lr=0.1, evaluations=15))
    model = Plain().fit(given)
    best = min(model.curve, key=lambda p: p.valid_loss)
    assert best.valid_loss < model.curve[-1].valid_loss
    scores = torch.tensor(model.predict(given.valid.inputs, None)).flatten(0, 1)
    value = F.cross_entropy(scores, torch.tensor(given.valid.targets).flatten())
    assert value.item() == pytest.approx(best.valid_loss, rel=1e-5)
    assert model.notes["best_at"] == best.examples


@pytest.mark.parametrize("keep", ["best", "last"])
def test_the_answers_on_valid_are_kept_with_the_weights(keep):
    given = misleading(lesson(n=600, lr=0.1, evaluations=15, keep=keep))
    model = Plain().fit(given)
    told = model.predict(given.valid.inputs, None)
    assert len(told) == 570 and np.array_equal(model.valid, told)  # three batches of it


def test_no_answers_are_kept_that_may_be_written_over(monkeypatch):
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.given = nn.Linear(3, 4), torch.empty(10, 5, 4)

        def forward(self, x):
            y = self.last(x)
            return y if self.training else self.given.copy_(y)

    assert train(Own(), lesson()).valid is None
    monkeypatch.setattr("seqbench.kits.torch.answers.KEPT", 10 * 5 * 4 - 1)
    assert Plain().fit(lesson()).valid is None
    monkeypatch.setattr("seqbench.kits.torch.answers.KEPT", 10 * 5 * 4)
    assert Plain().fit(lesson()).valid is not None


def test_patience_ends_the_training_early():
    short = Plain().fit(misleading(lesson(lr=0.1, evaluations=15, patience=2)))
    whole = Plain().fit(misleading(lesson(lr=0.1, evaluations=15, patience=0)))
    assert short.notes["examples_seen"] < whole.notes["examples_seen"] == 120


def test_a_loss_that_is_no_number_is_divergence():
    given = lesson()
    given.train.inputs[3] = np.nan
    with pytest.raises(Diverged, match=r"nan at step [1-4]$"):
        Plain().fit(given)


def test_only_counted_steps_are_learned_from():
    outputs, targets = torch.randn(2, 3, 4), torch.tensor([[0, 1, 2], [3, 0, 1]])
    mask = torch.tensor([[True, False, True], [False, False, True]])
    wanted = F.cross_entropy(outputs[mask], targets[mask])
    other = torch.where(mask, targets, 3)
    assert loss(IO, outputs, other, mask) == wanted
    reals, goal = torch.randn(2, 3, 2), torch.randn(2, 3, 2)
    io = Signature(Reals(2), Reals(2, "absolute"), 3)
    assert loss(io, reals, goal, mask) == (reals - goal)[mask].abs().mean()
    io = Signature(Reals(2), Reals(2), 3)
    assert torch.isclose(loss(io, reals, goal, mask), (reals - goal)[mask].square().mean())


def test_a_mixer_that_takes_lengths_gets_them():
    @dataclass(frozen=True, kw_only=True)
    class Long(Plain):
        def mixer(self, width, io):
            return Pair()

    given = lesson()
    long = np.full(len(given.valid), 4)
    network = Long().fit(replace(given, valid=replace(given.valid, lengths=long))).network
    assert any(seen is not None and (seen == 4).all() for seen in network.mixer.seen)


def test_predictions_do_not_depend_on_how_many_are_asked_for():
    model = Plain().fit(lesson())
    many = np.random.default_rng(2).normal(size=(600, 5, 3)).astype(np.float32)
    whole = model.predict(many, None)
    assert np.allclose(whole[250:270], model.predict(many[250:270], None), atol=1e-6)


def test_the_global_stream_is_put_back():
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    Plain().fit(lesson())
    assert torch.equal(torch.rand(1), wanted)
