"""The compiled LSTM against torch's."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from seqbench_plugins.architectures.lstm import LSTM
from seqbench_plugins.architectures.lstm.functions import Plain

# batch, steps, inputs, units, layers: vectors filled and not, tiles of every size, one of each
SHAPES = [
    (1, 1, 1, 1, 1),
    (1, 40, 3, 64, 1),
    (2, 1, 5, 7, 2),
    (5, 9, 16, 16, 3),
    (13, 6, 33, 17, 1),
    (32, 7, 70, 40, 2),
    (50, 3, 4, 130, 1),
]
CLOSE = {torch.float64: 1e-12, torch.float32: 2e-6}  # of the largest number of a tensor


def pair(inputs, units, layers=1, dtype=torch.float64, **options):
    """Ours and torch's, with the same weights."""
    ours = LSTM(inputs, units, layers, **options).to(dtype)
    torchs = nn.LSTM(inputs, units, layers, **options).to(dtype)
    torchs.load_state_dict(ours.state_dict())
    return ours, torchs


def states(layers, batch, units, dtype=torch.float64):
    return tuple(
        torch.randn(layers, batch, units, dtype=dtype, requires_grad=True) for _ in range(2)
    )


def everything(run, leaves, dtype=torch.float64):
    """Outputs and final states, and the gradients by the leaves of a random sum of them."""
    y, (h, c) = run()
    rng, value = np.random.default_rng(5), 0.0
    for out in (y, h, c):
        value = value + (out * torch.from_numpy(rng.normal(size=out.shape)).to(dtype)).sum()
    return [y, h, c, *torch.autograd.grad(value, leaves, allow_unused=True)]


def assert_same(ours, torchs, close):
    assert len(ours) == len(torchs) >= 6
    for mine, wanted in zip(ours, torchs, strict=True):
        assert mine.shape == wanted.shape
        assert mine.dtype == wanted.dtype
        assert (mine - wanted).abs().max() <= close * wanted.abs().max()


def is_compiled(y):
    """Whether the kernels made this, as its history tells."""
    seen, new = set(), [y.grad_fn]
    while new:
        node = new.pop()
        if node is not None and node not in seen:
            seen.add(node)
            new.extend(before for before, _ in node.next_functions)
    return any(isinstance(node, Plain._backward_cls) for node in seen)


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("shape", SHAPES)
def test_outputs_states_and_all_gradients_are_torchs(shape, dtype):
    batch, steps, inputs, units, layers = shape
    ours, torchs = pair(inputs, units, layers, dtype)
    x = torch.randn(steps, batch, inputs, dtype=dtype, requires_grad=True)
    hx = states(layers, batch, units, dtype)
    got = everything(lambda: ours(x, hx), [x, *hx, *ours.parameters()], dtype)
    wanted = everything(lambda: torchs(x, hx), [x, *hx, *torchs.parameters()], dtype)
    assert is_compiled(got[0])
    assert_same(got, wanted, CLOSE[dtype])


@pytest.mark.parametrize("dtype", CLOSE)
@pytest.mark.parametrize("lengths", [[9, 9, 9, 9], [1, 9, 4, 4], [2, 3, 1, 2]])
def test_lengths_are_as_torchs_packed_sequences(lengths, dtype):
    ours, torchs = pair(6, 10, 2, dtype, batch_first=True)
    x = torch.randn(4, 9, 6, dtype=dtype, requires_grad=True)
    hx, lengths = states(2, 4, 10, dtype), torch.tensor(lengths)

    def packed():
        y, state = torchs(pack_padded_sequence(x, lengths, True, enforce_sorted=False), hx)
        return pad_packed_sequence(y, True, total_length=9)[0], state

    got = everything(lambda: ours(x, hx, lengths), [x, *hx, *ours.parameters()], dtype)
    wanted = everything(packed, [x, *hx, *torchs.parameters()], dtype)
    assert is_compiled(got[0])
    assert_same(got, wanted, CLOSE[dtype])
    beyond = torch.arange(9) >= lengths[:, None]
    assert (got[0][beyond] == 0).all()
    for row, length in enumerate(lengths):
        assert torch.equal(got[1][-1, row], got[0][row, length - 1])


def test_a_packed_sequence_is_taken_as_torch_takes_it():
    ours, torchs = pair(6, 10)
    packed = pack_padded_sequence(
        torch.randn(9, 4, 6).double(), torch.tensor([3, 9, 1, 9]), enforce_sorted=False
    )
    (y, state), (wanted, wanted_state) = ours(packed), torchs(packed)
    assert torch.allclose(y.data, wanted.data, atol=1e-12)
    assert all(torch.equal(one, two) for one, two in zip(y[1:], wanted[1:], strict=True))
    for one, two in zip(state, wanted_state, strict=True):
        assert torch.allclose(one, two, atol=1e-12)


def test_gradients_agree_with_differences():
    layer = LSTM(3, 5, 2).double()
    x, hx = torch.randn(4, 2, 3).double().requires_grad_(), states(2, 2, 5)
    weights = [weight.detach().requires_grad_() for weight in layer.parameters()]
    names = [name for name, _ in layer.named_parameters()]

    def run(x, h, c, *weights):
        given = dict(zip(names, weights, strict=True))
        y, state = torch.func.functional_call(layer, given, (x, (h, c)))
        assert is_compiled(y)
        return y, *state

    assert torch.autograd.gradcheck(run, (x, *hx, *weights))


@pytest.mark.parametrize("used", ["y", "h", "c", "yh", "yc", "hc"])
def test_any_of_the_outputs_may_go_unused(used):
    layers = pair(3, 5)
    x, hx = torch.randn(6, 2, 3).double().requires_grad_(), states(1, 2, 5)
    grads = []
    for layer in layers:
        y, (h, c) = layer(x, hx)
        value = sum({"y": y, "h": h, "c": c}[name].square().sum() for name in used)
        grads.append(torch.autograd.grad(value, [x, *hx, *layer.parameters()]))
    assert_same(*grads, 1e-12)


def test_inputs_and_states_that_are_not_contiguous():
    layers = pair(6, 20)
    whole = torch.randn(8, 5, 13).double().requires_grad_()  # (inputs and more, sequences, ...)
    wide = torch.randn(2, 20, 5, 1).double().requires_grad_()
    found = []
    for layer in layers:
        x, (h, c) = whole[1:7, :, ::2].permute(2, 1, 0), wide.permute(0, 3, 2, 1)
        assert not any(it.is_contiguous() for it in (x, h, c))
        leaves = [whole, wide, *layer.parameters()]
        found.append(everything(lambda x=x, h=h, c=c, layer=layer: layer(x, (h, c)), leaves))
    assert is_compiled(found[0][0])
    assert_same(*found, 1e-12)


def test_an_expanded_gradient():
    ours, torchs = pair(3, 16)
    x = torch.randn(6, 2, 3).double()
    for layer in (ours, torchs):
        layer(x)[0].sum().backward()  # its gradient is one number, seen many times
    for mine, wanted in zip(ours.parameters(), torchs.parameters(), strict=True):
        assert torch.allclose(mine.grad, wanted.grad, atol=1e-12)


def test_live_graphs_share_no_memory():
    ours, torchs = pair(4, 16)
    inputs = [torch.randn(5, 3, 4).double().requires_grad_() for _ in range(3)]
    with_ours, with_torchs = ([layer(x)[0] for x in inputs] for layer in (ours, torchs))
    for turn in (2, 0, 1, 1):  # in another order, and one of them twice
        for x, mine, wanted in zip(inputs, with_ours, with_torchs, strict=True):
            if x is inputs[turn]:
                (got,) = torch.autograd.grad(mine.square().sum(), x, retain_graph=True)
                (told,) = torch.autograd.grad(wanted.square().sum(), x, retain_graph=True)
                assert torch.allclose(got, told, atol=1e-12)


@pytest.mark.parametrize("what", ["output", "input", "weight"])
def test_what_was_changed_meanwhile_is_not_used(what):
    layer, x = LSTM(4, 16), torch.randn(5, 3, 4)
    y, _ = layer(x)
    with torch.no_grad():
        {"output": y, "input": x, "weight": layer.weight_hh_l0}[what].add_(1.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
def test_inference_keeps_nothing_and_gives_the_same(off):
    layer, x = LSTM(7, 20, 2), torch.randn(9, 3, 7)
    y, state = layer(x)
    with off():
        again, again_state = layer(x)
    assert torch.equal(again, y)
    assert torch.equal(torch.stack(again_state), torch.stack(state))
    assert again.grad_fn is None


def test_what_is_kept_for_the_way_back_goes_through_torchs_hooks():
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda it: kept.append(it.shape) or it, lambda it: it
    ):
        LSTM(7, 16)(torch.randn(9, 3, 7))
    assert (27, 64) in [tuple(shape) for shape in kept]  # the gates
    kept.clear()
    with (
        torch.no_grad(),
        torch.autograd.graph.saved_tensors_hooks(lambda it: kept.append(it) or it, lambda it: it),
    ):
        LSTM(7, 16)(torch.randn(9, 3, 7))
    assert kept == []


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", CLOSE)
def test_what_is_not_finite_goes_through_as_torchs(bad, dtype):
    ours, torchs = pair(4, 20, dtype=dtype)
    x = torch.randn(6, 3, 4, dtype=dtype)
    x[2, 1, 0] = bad
    y, wanted = (layer(x)[0] for layer in (ours, torchs))
    assert torch.equal(y.isnan(), wanted.isnan())
    assert torch.allclose(y, wanted, atol=1e-5, equal_nan=True)
    assert y[:, 0].isfinite().all()


def test_huge_sums_do_not_overflow():
    for dtype in CLOSE:
        ours, torchs = pair(2, 16, dtype=dtype)
        x = torch.tensor([1e4, -1e4, 1e30, -1e30, 88.0, 89.0], dtype=dtype)
        x = x[:, None, None].expand(6, 1, 2)
        assert torch.allclose(ours(x)[0], torchs(x)[0], atol=1e-6)


@pytest.mark.parametrize("lengths", [None, list(range(50, 0, -1))])
def test_threads_change_no_output_and_no_run(lengths):
    layer, x = LSTM(6, 20, 2), torch.randn(12, 50, 6).requires_grad_()
    lengths = None if lengths is None else torch.tensor(lengths).clamp(max=12)
    found = {}
    for threads in (1, 2, 4):
        torch.set_num_threads(threads)
        one, two = (
            everything(
                lambda: layer(x, None, lengths), [x, *layer.parameters()], dtype=torch.float32
            )
            for _ in range(2)
        )
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
        found[threads] = one
    for threads in (2, 4):
        assert torch.equal(found[threads][0], found[1][0])
        assert torch.equal(found[threads][3], found[1][3])  # the gradient by the inputs
        assert_same(found[threads], found[1], 1e-5)


def test_weights_go_both_ways(tmp_path):
    ours, torchs = LSTM(5, 12, 2), nn.LSTM(5, 12, 2)
    assert list(ours.state_dict()) == list(torchs.state_dict())
    x = torch.randn(4, 2, 5)
    for giver, taker in ((ours, torchs), (nn.LSTM(5, 12, 2), ours)):
        torch.save(giver.state_dict(), tmp_path / "weights")
        taker.load_state_dict(torch.load(tmp_path / "weights"))
        assert torch.allclose(giver(x)[0], taker(x)[0], atol=1e-6)
    assert torch.equal(copy.deepcopy(ours)(x)[0], ours(x)[0])


@pytest.mark.parametrize("start", [None, 0, 1.0, -2.0])
def test_it_starts_as_torchs_with_its_forget_gates_open(start):
    with torch.random.fork_rng():
        wanted = nn.LSTM(5, 12, 2).state_dict()
    ours = LSTM(5, 12, 2, forget_bias=start).state_dict()
    for name, weight in ours.items():
        rest = torch.ones(len(weight), dtype=torch.bool)
        if start and name.startswith("bias"):
            rest[12:24] = False
        assert torch.equal(weight[rest], wanted[name][rest])
    if start:
        for layer in (0, 1):
            both = ours[f"bias_ih_l{layer}"] + ours[f"bias_hh_l{layer}"]
            assert (both[12:24] == start).all()


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize(
    ("options", "dtype"),
    [
        ({"bidirectional": True}, torch.float32),
        ({"proj_size": 3}, torch.float32),
        ({"bias": False}, torch.float32),
        ({"dropout": 0.5, "num_layers": 2}, torch.float32),
        ({}, torch.bfloat16),
    ],
)
def test_what_the_kernels_do_not_do_torch_does(options, dtype):
    ours = LSTM(4, 6, **options).to(dtype)
    torchs = nn.LSTM(4, 6, **options).to(dtype)
    torchs.load_state_dict(ours.state_dict())
    x = torch.randn(5, 2, 4, dtype=dtype)
    with torch.random.fork_rng():
        wanted, _ = torchs(x)
    y, _ = ours(x)
    assert torch.equal(y, wanted)
    assert not is_compiled(y)
    assert is_compiled(LSTM(4, 6, 2, dropout=0.5).eval()(x.float())[0])  # no dropout in evaluation


def test_tensors_without_numbers():
    layer = LSTM(4, 6, device="meta")
    y, (h, c) = layer(torch.empty(5, 2, 4, device="meta"))
    assert y.device.type == "meta"
    assert (y.shape, h.shape, c.shape) == ((5, 2, 6), (1, 2, 6), (1, 2, 6))


@pytest.mark.parametrize(
    ("x", "hx"),
    [
        (torch.zeros(5, 2, 3), None),
        (torch.zeros(5, 2, 4), (torch.zeros(1, 3, 6), torch.zeros(1, 3, 6))),
        (torch.zeros(5, 2, 4).double(), None),
        (torch.zeros(0, 2, 4), None),
        (torch.zeros(5, 2, 2, 4), None),
    ],
)
def test_what_torch_refuses_is_refused_in_torchs_words(x, hx):
    ours, torchs = LSTM(4, 6), nn.LSTM(4, 6)
    with pytest.raises((RuntimeError, ValueError)) as torchs_words:
        torchs(x, hx)
    with pytest.raises(type(torchs_words.value)) as words:
        ours(x, hx)
    assert str(words.value) == str(torchs_words.value)


def test_a_sequence_without_a_batch():
    ours, torchs = pair(4, 6)
    x = torch.randn(5, 4).double()
    assert torch.allclose(ours(x)[0], torchs(x)[0])


def test_gradients_of_gradients_are_refused():
    layer, x = LSTM(4, 6), torch.randn(5, 2, 4, requires_grad=True)
    (by_x,) = torch.autograd.grad(layer(x)[0].sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match="gradients of gradients"):
        by_x.square().sum().backward()
