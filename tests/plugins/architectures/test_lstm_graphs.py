"""The compiled LSTM where graphs are used in other ways than once, from end to end."""

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from seqbench_plugins.architectures.lstm import LSTM


def pair(inputs, units, layers=1):
    ours = LSTM(inputs, units, layers).double()
    torchs = nn.LSTM(inputs, units, layers).double()
    torchs.load_state_dict(ours.state_dict())
    return ours, torchs


def assert_same(ours, torchs):
    for mine, wanted in zip(ours, torchs, strict=True):
        assert (mine is None) == (wanted is None)
        if mine is not None:
            assert mine.shape == wanted.shape
            assert (mine - wanted).abs().max() <= 1e-12 * wanted.abs().max()


def gradients(layer):
    return [weight.grad for weight in layer.parameters()]


def test_one_layer_twice_in_a_graph():
    both, x = pair(6, 6), torch.randn(7, 3, 6).double()
    for layer in both:
        y, state = layer(x)
        y, _ = layer(torch.tanh(y), state)
        y.square().sum().backward()
    assert_same(*map(gradients, both))


@pytest.mark.parametrize("reentrant", [False, True])
def test_what_is_run_again_on_the_way_back(reentrant):
    both = pair(5, 20, 2)
    x = torch.randn(7, 3, 5).double().requires_grad_()
    found = []
    for layer in both:
        y, (h, c) = checkpoint(layer, x, use_reentrant=reentrant)
        (y.sum() + (h * c).sum()).backward()
        found.append([x.grad, *gradients(layer)])
        x.grad = None
    assert_same(*found)


def test_going_back_twice_gives_the_same_twice():
    layer, x = LSTM(5, 20), torch.randn(7, 3, 5)
    y, _ = layer(x)
    y.square().sum().backward(retain_graph=True)
    once = [it.clone() for it in gradients(layer)]
    torch.randn(100_000)  # lets memory that was given back be taken by another
    torch.autograd.grad(layer(torch.randn(7, 3, 5))[0].sum(), list(layer.parameters()))
    y.square().sum().backward()
    assert all(torch.equal(2 * it, twice) for it, twice in zip(once, gradients(layer), strict=True))
    with pytest.raises(RuntimeError, match="a second time"):
        y.square().sum().backward()


def test_no_output_is_written_to_again():
    layer, inputs = LSTM(5, 20), [torch.randn(7, 3, 5) for _ in range(6)]
    kept, copies = [], []
    for x in inputs:
        y, (h, c) = layer(x)
        y.sum().backward()
        tensors = [y.detach(), h.detach(), c.detach(), *gradients(layer)]
        kept.append(tensors)
        copies.append([it.clone() for it in tensors])
        layer.zero_grad()  # leaves the gradients to `kept`
    for tensors, wanted in zip(kept, copies, strict=True):
        assert all(torch.equal(it, one) for it, one in zip(tensors, wanted, strict=True))
    places = [it.untyped_storage().data_ptr() for tensors in kept for it in tensors]
    assert len(set(places)) == len(places)


WANTED = ["x", "h", "c", "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]


@pytest.mark.parametrize("wanted", [*([one] for one in WANTED), WANTED[:3], WANTED[3:], []])
def test_gradients_by_some_alone(wanted):
    both, found = pair(3, 9), []
    given = {"x": torch.randn(6, 2, 3), "h": torch.randn(1, 2, 9), "c": torch.randn(1, 2, 9)}
    for layer in both:
        leaves = {name: it.clone().double() for name, it in given.items()}
        leaves |= dict(layer.named_parameters())
        for name, leaf in leaves.items():
            leaf.requires_grad_(name in wanted)
        y, (h, c) = layer(leaves["x"], (leaves["h"], leaves["c"]))
        assert y.requires_grad == bool(wanted)
        if wanted:
            (y.square().sum() + (h * c).sum()).backward()
        found.append([y, h, c, *(leaf.grad for leaf in leaves.values())])
    assert_same(*found)


@pytest.mark.parametrize("lengths", [[9, 9, 9], [2, 9, 5]])
def test_a_loss_of_the_last_states_alone(lengths):
    both = pair(5, 20, 2)
    x = torch.randn(9, 3, 5).double()
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False)
    for layer in both:
        _, (h, c) = layer(packed)
        (h.square() + c).sum().backward()
    assert_same(*map(gradients, both))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("units", [16, 20])  # vectors of units that are full, and not
def test_gradients_are_finite_where_torchs_are(bad, dtype, units):
    both = [layer.to(dtype) for layer in pair(4, units)]
    x = torch.randn(6, 3, 4, dtype=dtype)
    x[2, 1, 0] = bad
    found = []
    for layer in both:
        leaf = x.clone().requires_grad_()
        layer(leaf)[0].square().sum().backward()
        found.append([leaf.grad, *gradients(layer)])
    for mine, wanted in zip(*found, strict=True):
        finite = wanted.isfinite()
        # A gate that is shut by infinity is 0, or 1e-35: times infinity it is one or the other.
        assert torch.equal(mine.isfinite(), finite)
        assert torch.allclose(mine[finite], wanted[finite], atol=1e-5)
    assert found[0][0][:, 0].isfinite().all()  # of another sequence
