"""What torch knows of the compiled LSTM: shapes, work, compilation, batches of problems."""

from contextlib import nullcontext

import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensor, FakeTensorMode
from torch.func import functional_call, grad, vmap
from torch.utils.flop_counter import FlopCounterMode

from seqbench_plugins.architectures.lstm import LSTM
from seqbench_plugins.architectures.lstm.operator import recur, recur_back

BATCH, STEPS, INPUTS, UNITS = 3, 7, 5, 20
COUNTS = torch.tensor([3, 3, 2, 1])


def arguments(dtype=torch.float32, rows=BATCH * STEPS, keep=True, counts=None):
    """Of `recur`, all of them leaves."""
    shapes = [(rows, INPUTS), (BATCH, UNITS), (BATCH, UNITS), (4 * UNITS, INPUTS)]
    shapes += [(4 * UNITS, UNITS), (4 * UNITS,), (4 * UNITS,)]
    made = [torch.randn(shape, dtype=dtype).requires_grad_(keep) for shape in shapes]
    return made[0], counts, *made[1:], keep


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("given", [{}, {"rows": 9, "counts": COUNTS}, {"keep": False}])
def test_torchs_own_checks_of_an_operator(dtype, given):
    args = arguments(dtype, **given)
    torch.library.opcheck(recur, args)
    x, counts, h0, c0, w_ih, w_hh, *_ = (
        it.detach() if isinstance(it, torch.Tensor) else it for it in args
    )
    y, h, c, cells, gates = (it.detach() for it in recur(*args[:-1], True))
    by = [torch.randn_like(it) for it in (y, h, c)]
    for some in (by, [by[0], None, None]):
        for wants_dx in (True, False):
            saved = (x, counts, h0, c0, w_ih, w_hh, y, cells, gates, wants_dx)
            torch.library.opcheck(recur_back, (*some, *saved))


class Tagger(nn.Module):
    """An LSTM between other layers."""

    def __init__(self, kind):
        super().__init__()
        self.before, self.after = nn.Linear(INPUTS, 8), nn.Linear(UNITS, 2)
        self.lstm = kind(8, UNITS, 2, batch_first=True)

    def forward(self, x):
        y, (h, c) = self.lstm(torch.tanh(self.before(x)))
        return self.after(y) + (h * c).sum()


def taggers():
    ours, torchs = Tagger(LSTM), Tagger(nn.LSTM)
    torchs.load_state_dict(ours.state_dict())
    return ours, torchs


def operators(graph):
    return [str(node.target) for node in graph.graph.nodes if "seqbench" in str(node.target)]


@pytest.mark.parametrize(
    "backend",
    [
        "aot_eager",
        pytest.param("inductor", marks=pytest.mark.slow),  # which has C++ compiled
    ],
)
@pytest.mark.filterwarnings("ignore:.torch.jit.script_method. is deprecated")  # in the compiler
def test_a_compiled_module_is_one_graph(backend):
    ours, torchs = taggers()
    compiled = torch.compile(ours, fullgraph=True, backend=backend)
    for steps in (STEPS, STEPS + 4):  # the latter with a size that may vary
        x = torch.randn(BATCH, steps, INPUTS)
        found = []
        for module, weights in ((compiled, ours), (torchs, torchs)):
            weights.zero_grad()
            leaf = x.clone().requires_grad_()
            y = module(leaf)
            y.square().sum().backward()
            found.append([y, leaf.grad, *(it.grad for it in weights.parameters())])
        for mine, wanted in zip(*found, strict=True):
            assert torch.allclose(mine, wanted, rtol=1e-4, atol=1e-4)
    assert ours.lstm.ran.startswith("compiled kernels")
    with torch.no_grad():
        assert torch.allclose(compiled(x), torchs(x), atol=1e-5)
    torch.compiler.reset()


def test_a_compiled_graph_holds_the_operator_and_its_gradient():
    from torch._dynamo.backends.common import aot_autograd  # slow to import, and no one else's
    from torch._functorch.aot_autograd import make_boxed_func

    seen = []

    def look(graph, _):
        seen.extend(operators(graph))
        return make_boxed_func(graph)

    torch.compile(LSTM(INPUTS, UNITS), fullgraph=True, backend=aot_autograd(fw_compiler=look))(
        torch.randn(STEPS, BATCH, INPUTS)
    )[0].sum().backward()
    assert sorted(seen) == ["seqbench.lstm.default", "seqbench.lstm_backward.default"]
    torch.compiler.reset()


def test_an_exported_program_keeps_the_operator():
    ours, _ = taggers()
    x = torch.randn(BATCH, STEPS, INPUTS)
    with torch.no_grad():
        program = torch.export.export(ours, (x,))
        assert "seqbench.lstm.default" in operators(program)
        assert torch.equal(program.module()(x), ours(x))


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("wants_dx", [True, False])
def test_work_is_counted_as_torchs_is(layers, wants_dx):
    ours = LSTM(INPUTS, UNITS, layers).double()  # in float64 torch's is products that it counts
    torchs = nn.LSTM(INPUTS, UNITS, layers).double()
    x = torch.randn(STEPS, BATCH, INPUTS, requires_grad=wants_dx, dtype=torch.float64)
    hx = [torch.randn(layers, BATCH, UNITS).double().requires_grad_() for _ in range(2)]
    counted = []
    for layer in (ours, torchs):
        with FlopCounterMode(display=False) as forward:
            y, _ = layer(x, hx)
        with FlopCounterMode(display=False) as backward:
            y.sum().backward()
        counted.append((forward.get_total_flops(), backward.get_total_flops()))
    assert counted[0] == counted[1]
    widths = [INPUTS, UNITS][:layers]
    rows = 2 * BATCH * STEPS * 4 * UNITS
    assert counted[0][0] == sum(rows * (width + UNITS) for width in widths)
    assert counted[0][1] == sum(
        rows * (2 * UNITS + width + (width if wants_dx or i else 0))
        for i, width in enumerate(widths)
    )


def test_tensors_that_stand_for_others_give_shapes_and_take_no_time():
    layer = LSTM(INPUTS, UNITS, 2)
    with FakeTensorMode(allow_non_fake_inputs=True):
        y, (h, c) = layer(torch.empty(10**9, 1000, INPUTS))
        y.sum().backward()
    assert layer.ran.startswith("compiled kernels")
    assert tuple(y.shape) == (10**9, 1000, UNITS)
    assert tuple(h.shape) == tuple(c.shape) == (2, 1000, UNITS)


def test_a_module_without_numbers():
    layer = LSTM(INPUTS, UNITS, device="meta")
    with FlopCounterMode(display=False) as counter:
        y, (h, c) = layer(torch.empty(STEPS, BATCH, INPUTS, device="meta"))
        (y.sum() + (h * c).sum()).backward()
    assert y.device.type == layer.weight_hh_l0.grad.device.type == "meta"
    assert counter.get_total_flops() > 0


def test_gradients_example_by_example():
    layer = LSTM(INPUTS, UNITS)
    x = torch.randn(4, STEPS, BATCH, INPUTS)

    def loss(weights, x):
        y, (h, c) = functional_call(layer, weights, (x,))
        return y.square().sum() + (h * c).sum()

    weights = {name: it.detach() for name, it in layer.named_parameters()}
    found = vmap(grad(loss), in_dims=(None, 0))(weights, x)
    assert layer.ran.startswith("compiled kernels")
    for i in range(4):
        layer.zero_grad()
        loss(dict(layer.named_parameters()), x[i]).backward()
        for name, weight in layer.named_parameters():
            assert torch.equal(found[name][i], weight.grad)


def test_many_models_at_once():
    models = [LSTM(INPUTS, UNITS, 2) for _ in range(3)]
    weights, _ = torch.func.stack_module_state(models)
    x = torch.randn(STEPS, BATCH, INPUTS)

    def loss(weights, x):
        return functional_call(models[0], weights, (x,))[0].square().sum()

    values = vmap(loss, in_dims=(0, None))(weights, x)
    values.sum().backward()
    for i, model in enumerate(models):
        value = model(x)[0].square().sum()
        value.backward()
        assert torch.equal(values[i], value)
        for name, weight in model.named_parameters():
            assert torch.equal(weights[name].grad[i], weight.grad)


def test_each_its_own_state_along_another_axis():
    layer, x = LSTM(INPUTS, UNITS), torch.randn(STEPS, BATCH, INPUTS)
    h, c = torch.randn(1, BATCH, 4, UNITS), torch.randn(1, BATCH, 4, UNITS)
    with torch.no_grad():
        y = vmap(lambda h, c: layer(x, (h, c))[0], in_dims=2, out_dims=1)(h, c)
        for i in range(4):
            assert torch.equal(y[:, i], layer(x, (h[:, :, i], c[:, :, i]))[0])


def test_derivatives_of_each_output():
    layer, x = LSTM(2, 3).double(), torch.randn(4, 2, 2).double()
    found = torch.func.jacrev(lambda x: layer(x)[0])(x)
    wanted = torch.autograd.functional.jacobian(lambda x: layer(x)[0], x)
    assert torch.allclose(found, wanted, atol=1e-14)
    assert wanted.abs().max() > 0.01


def test_no_gradients_of_gradients_there_either():
    layer, x = LSTM(2, 3), torch.randn(4, 2, 2)

    def steep(x):
        return grad(lambda x: layer(x)[0].square().sum())(x).sum()

    with pytest.raises(NotImplementedError, match="gradients of gradients"):
        grad(steep)(x)


def on_gpu(mode, it):
    """A tensor that says it is on a GPU, of which there need be none."""
    return FakeTensor(mode, torch.empty_like(it, device="meta"), torch.device("cuda:0"))


@pytest.mark.filterwarnings("ignore:PyTorch was compiled without cuDNN")
def test_what_is_on_a_gpu_is_left_to_torch():
    layer, mode = LSTM(INPUTS, UNITS, 2), FakeTensorMode()
    weights = {name: on_gpu(mode, it) for name, it in layer.named_parameters()}
    x = on_gpu(mode, torch.empty(STEPS, BATCH, INPUTS))
    with mode:
        y, (h, c) = functional_call(layer, weights, (x,))
    assert layer.ran == "torch (cuda)"
    assert tuple(y.shape) == (STEPS, BATCH, UNITS)
    assert y.device.type == h.device.type == c.device.type == "cuda"


def test_work_done_the_quick_way_is_the_operators():
    # Alone, autograd is given a Function; a counter of work, which looks on, the operator.
    layer, x = LSTM(INPUTS, UNITS, 2), torch.randn(STEPS, BATCH, INPUTS, requires_grad=True)
    found, counted = [], []
    for there, back in ((False, False), (False, True), (True, True)):
        layer.zero_grad()
        x.grad = None
        with FlopCounterMode(display=False) if there else nullcontext():
            y, (h, c) = layer(x)
        before = y.grad_fn.next_functions[0][0].name()
        assert (before == "PlainBackward") == (not there)
        with FlopCounterMode(display=False) if back else nullcontext() as counter:
            (y.square().sum() + (h * c).sum()).backward()
        counted.append(counter.get_total_flops() if back else 0)
        found.append([y, h, c, x.grad, *(weight.grad for weight in layer.parameters())])
    assert counted[1] == counted[2] > 0
    for other in found[1:]:
        assert all(torch.equal(mine, wanted) for mine, wanted in zip(other, found[0], strict=True))
