"""The compiled RNN and GRU, against torch's."""

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.checkpoint import checkpoint
from torch.utils.flop_counter import FlopCounterMode

from seqbench_plugins.architectures import birnn, gru
from seqbench_plugins.architectures.fused import GRU, RNN
from seqbench_plugins.architectures.rnn.elman import Recurrent

CELLS = {
    "tanh": (RNN, nn.RNN, {}),
    "relu": (RNN, nn.RNN, {"nonlinearity": "relu"}),
    "gru": (GRU, nn.GRU, {}),
}
SHAPES = [  # sequences, steps, inputs, units, layers
    (1, 1, 1, 1, 1),
    (3, 7, 5, 13, 2),
    (25, 9, 16, 16, 1),
    (32, 12, 32, 64, 1),
    (7, 33, 3, 70, 3),
    (2, 40, 4, 129, 1),
    (130, 3, 2, 33, 1),
]
cells = pytest.mark.parametrize("cell", CELLS)


def twins(cell, *sizes, dtype=torch.float64, **options):
    """Ours and torch's, with the same weights."""
    ours, torchs, more = CELLS[cell]
    one = ours(*sizes, **options, **more).to(dtype)
    other = torchs(*sizes, **options, **more).to(dtype)
    other.load_state_dict(one.state_dict())
    one.load_state_dict(other.state_dict())
    return one, other


def worked(layer, x, state, dtype=torch.float64):
    """Outputs, the last state, and all gradients, from the layer in a dtype."""
    x, state = (it.detach().to(dtype).clone().requires_grad_() for it in (x, state))
    y, last = layer(x, state)
    by = torch.linspace(-1, 1, y.numel(), dtype=dtype).view(y.shape)
    ((y * by).sum() + last.square().sum()).backward()
    return [y.detach(), last.detach(), x.grad, state.grad, *(it.grad for it in layer.parameters())]


def apart(found, wanted):
    """The largest difference, over the largest number of each."""
    pairs = zip(found, wanted, strict=True)
    return max(float((a - b).abs().max() / b.abs().max().clamp(min=1e-30)) for a, b in pairs)


@torch.no_grad()
def drawn(shape, batch_first):
    batch, steps, inputs, units, layers = shape
    x = torch.randn(batch, steps, inputs, dtype=torch.float64)
    x = x if batch_first else x.transpose(0, 1)  # which lies in memory otherwise
    return x, torch.randn(layers, batch, units, dtype=torch.float64)


@cells
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_outputs_and_gradients_are_torchs(cell, shape, threads):
    torch.set_num_threads(threads)
    batch_first = threads != 2
    ours, torchs = twins(cell, *shape[2:], batch_first=batch_first)
    x, state = drawn(shape, batch_first)
    wanted = worked(torchs, x, state)
    assert apart(worked(ours, x, state), wanted) < 1e-10
    assert ours.ran == "compiled kernels"
    for layer in (ours, torchs):
        layer.zero_grad()
        layer.float()
    exact, _ = twins(cell, *shape[2:], batch_first=batch_first)
    exact.load_state_dict(ours.state_dict())
    wanted = worked(exact, x.float(), state.float())
    off = apart(worked(torchs, x, state, torch.float32), wanted)  # one number may be nearly nought
    assert apart(worked(ours, x, state, torch.float32), wanted) < max(1e-5, 3 * off)


@cells
def test_gradcheck(cell):
    ours, _ = twins(cell, 3, 5, num_layers=2)
    x, state = drawn((4, 3, 3, 5, 2), False)
    names = [name for name, _ in ours.named_parameters()]

    def called(x, state, *weights):
        return torch.func.functional_call(ours, dict(zip(names, weights, strict=True)), (x, state))

    given = [it.detach().requires_grad_() for it in (x, state, *ours.parameters())]
    assert torch.autograd.gradcheck(called, given)


@cells
def test_two_uses_in_one_graph_and_two_graphs_at_once(cell):
    ours, torchs = twins(cell, 4, 6)
    x = torch.randn(5, 3, 4, dtype=torch.float64)
    for layer in (ours, torchs):
        first, _ = layer(x)
        second, _ = layer(2 * x)
        again, _ = layer(first[..., :4])
        (first.sum() + 2 * again.sum()).backward(retain_graph=True)
        second.square().sum().backward()
    pairs = zip(ours.parameters(), torchs.parameters(), strict=True)
    assert apart(*zip(*((a.grad, b.grad) for a, b in pairs), strict=True)) < 1e-10


@cells
def test_parts_without_a_gradient(cell):
    ours, torchs = twins(cell, 4, 6)
    x, state = torch.randn(5, 3, 4, dtype=torch.float64), torch.randn(1, 3, 6, dtype=torch.float64)
    for layer in (ours, torchs):
        layer.weight_hh_l0.requires_grad_(False)
        layer(x, state)[0].square().sum().backward()
    assert ours.weight_hh_l0.grad is None
    assert torch.allclose(ours.weight_ih_l0.grad, torchs.weight_ih_l0.grad, atol=1e-12)
    ours.requires_grad_(False)
    y, last = ours(x, state)
    assert not y.requires_grad
    assert not last.requires_grad
    with torch.inference_mode():
        assert torch.equal(ours(x, state)[0], y)


@cells
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("units", [5, 16])
def test_what_is_no_number_goes_through_as_torchs(cell, bad, units):
    ours, torchs = twins(cell, 3, units, batch_first=True)
    x = torch.randn(6, 8, 3, dtype=torch.float64)
    x[2, 4, 1] = bad
    found, wanted = [], []
    for layer, told in ((ours, found), (torchs, wanted)):
        given = x.clone().requires_grad_()
        y, _ = layer(given)
        y[[0, 1, 3, 4, 5]].sum().backward()
        told += [y, given.grad, *(it.grad for it in layer.parameters())]
    for one, other in zip(found[:2], wanted[:2], strict=True):
        assert torch.allclose(one, other, equal_nan=True, atol=1e-12)
    for one, other in zip(found[2:], wanted[2:], strict=True):
        assert torch.equal(one.isfinite(), other.isfinite())


@cells
def test_checkpointing_gives_the_same(cell):
    ours, torchs = twins(cell, 4, 6)
    x = torch.randn(5, 3, 4, dtype=torch.float64, requires_grad=True)
    checkpoint(ours, x, use_reentrant=False)[0].square().sum().backward()
    there = x.grad.clone()
    x.grad = None
    torchs(x)[0].square().sum().backward()
    assert torch.allclose(there, x.grad, atol=1e-12)


@cells
def test_what_the_kernels_do_not_do_torch_does(cell):
    ours, torchs = twins(cell, 4, 6, batch_first=True)
    x = torch.randn(3, 5, 4, dtype=torch.float64)
    packed = pack_padded_sequence(x, torch.tensor([5, 3, 1]), batch_first=True)
    assert torch.equal(ours(packed)[0].data, torchs(packed)[0].data)
    assert ours.ran == "torch (cpu)"
    assert torch.equal(ours(x[0])[0], torchs(x[0])[0])  # no batch
    both, other = twins(cell, 4, 6, bidirectional=True)
    assert torch.equal(both(x)[0], other(x)[0])
    bare, other = twins(cell, 4, 6, bias=False)
    assert torch.equal(bare(x)[0], other(x)[0])
    for wrong in (x[..., :3], x.float()):
        with pytest.raises((RuntimeError, ValueError)):
            ours(wrong)
    with pytest.raises(RuntimeError, match="hidden"):
        ours(x, torch.zeros(1, 2, 6, dtype=torch.float64))


@cells
def test_what_looks_on_sees_torchs_layer(cell):
    ours, torchs = twins(cell, 4, 6)
    x = torch.randn(5, 3, 4, dtype=torch.float64)
    grads = [torch.func.grad(lambda x, it=it: it(x)[0].square().sum())(x) for it in (ours, torchs)]
    assert torch.allclose(*grads, atol=1e-12)
    with FlopCounterMode(display=False) as counter:
        ours(x)
    of_input = 3 if cell == "gru" else 1
    assert counter.get_total_flops() == 2 * 5 * 3 * of_input * 6 * (4 + 6)
    assert torch.allclose(torch.compile(ours, backend="eager")(x)[0], torchs(x)[0], atol=1e-12)


@cells
def test_gradients_of_gradients_are_refused(cell):
    ours, _ = twins(cell, 4, 6)
    x = torch.randn(5, 3, 4, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(ours(x)[0].square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


@pytest.mark.parametrize(
    ("mixer", "layers"),
    [
        (Recurrent(12, 2, "tanh"), 2),
        (gru.Gated(12, 2), 2),
        (birnn.BothWays(12, "rnn", 1), 2),
        (birnn.BothWays(12, "gru", 1), 2),
        (birnn.BothWays(12, "lstm", 1), 2),
    ],
    ids=["rnn", "gru", "birnn of rnn", "birnn of gru", "birnn of lstm"],
)
def test_the_architectures_are_made_of_them_and_say_their_work(mixer, layers):
    x = torch.randn(4, 9, 12)
    inside = [it for it in mixer.modules() if getattr(it, "ran", None) is not None]
    mixer(x)
    assert {it.ran.removesuffix(" (AMX)") for it in inside} == {"compiled kernels"}
    counted = sum(it.num_layers for it in inside)
    assert counted == layers
    with FlopCounterMode(display=False) as counter:  # torch's own layers, where they are counted
        mixer(x)
    if not any(isinstance(it, nn.RNNBase) and it.mode == "LSTM" for it in inside):
        assert mixer.flops(4, 9) == counter.get_total_flops()


SMALL = """
import torch
from seqbench_plugins.architectures.fused import GRU, RNN, kernels
for ours, torchs in ((RNN, torch.nn.RNN), (GRU, torch.nn.GRU)):
    layer, twin = ours(5, 20), torchs(5, 20)
    twin.load_state_dict(layer.state_dict())
    x = torch.ones(7, 3, 5)
    for it in (layer, twin):
        it(x)[0].square().sum().backward()
    assert layer.ran == "compiled kernels"
    for a, b in zip(layer.parameters(), twin.parameters()):
        assert torch.allclose(a.grad, b.grad, atol=1e-5)
codes = [*kernels.forward.inspect_asm().values(), *kernels.backward.inspect_asm().values()]
print(any("%ymm" in code for code in codes), any("%zmm" in code for code in codes))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("processor", "features", "wide"),
    [("haswell", "+avx,+avx2,+fma", "True False"), ("generic", "", "False False")],
)
def test_smaller_processors_get_the_same(monkeypatch, tmp_path, processor, features, wide):
    monkeypatch.setenv("NUMBA_CPU_NAME", processor)
    monkeypatch.setenv("NUMBA_CPU_FEATURES", features)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", SMALL], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == wide
