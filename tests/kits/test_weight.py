"""What a network weighs without numbers is what it weighs with them."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from seqbench import Lesson, Reals, Recipe, Signature, Split, Tokens
from seqbench.catalogue import Catalogue
from seqbench.kits.torch import Network, TorchArchitecture

WORDS = Signature(Tokens(11), Tokens(7), 12, causal=False)
FRAMES = Signature(Reals(5), Reals(3), 20, causal=False, varied=True)
BUNDLED = [
    ("rnn", {"layers": 2}),
    ("lstm", {"layers": 2}),
    ("birnn", {"layers": 2, "cell": "lstm"}),
    ("birnn", {"cell": "rnn"}),
    ("birnn", {}),
    ("transformer", {"width": 30, "heads": 4}),
]


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.installed()


@pytest.mark.parametrize("io", [WORDS, FRAMES], ids=["words", "frames"])
@pytest.mark.parametrize(("name", "settings"), BUNDLED)
def test_the_parts_are_those_of_the_network_that_is_trained(catalogue, name, settings, io):
    architecture = catalogue.make("architectures", name, settings)
    weight = architecture.weigh(io, flops=False)
    network = architecture.module(io)
    assert isinstance(network, Network)
    ways_in = {"encoder": network.encoder, "mixer": network.mixer, "readout": network.readout}
    for part, module in ways_in.items():
        wanted = sum(int(np.prod(w.shape)) for w in module.state_dict().values())
        assert getattr(weight, part) == wanted, part
    assert weight.parameters == weight.encoder + weight.mixer + weight.readout
    assert weight.flops_per_step is None


@pytest.mark.parametrize("io", [WORDS, FRAMES], ids=["words", "frames"])
@pytest.mark.parametrize(("name", "settings"), BUNDLED)
def test_flops_of_the_bundled_are_those_of_their_twins_in_torch(catalogue, name, settings, io):
    """Twins built of what torch counts: products of matrices, one a step."""
    architecture = catalogue.make("architectures", name, settings)
    width, channels = architecture.width, io.outputs.channels
    given = 0 if isinstance(io.inputs, Tokens) else io.inputs.width  # a look-up costs nothing
    around = 2 * given * width + 2 * width * channels
    if name == "transformer":
        mixer = attention_by_hand(architecture, width, io.length)
    else:
        mixer = recurrent_twin(architecture, width, io.length)
    assert architecture.weigh(io).flops_per_step == around + mixer


def recurrent_twin(architecture, width, steps):
    """torch's own recurrent layers, counted on the meta device, where none is fused."""
    kind = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
    both = architecture.name == "birnn"
    cell = kind[architecture.cell if both else architecture.name]
    with torch.device("meta"), FlopCounterMode(display=False) as counter, torch.no_grad():
        x = torch.zeros(1, steps, width)
        y, _ = cell(width, width, architecture.layers, batch_first=True, bidirectional=both)(x)
        if both:
            nn.Linear(2 * width, width)(y)
    return counter.get_total_flops() / steps


def attention_by_hand(architecture, width, steps):
    inner = 4 * 8  # heads of an even depth that hold a width of 30
    hidden = round(architecture.ratio * width)
    matrices = 3 * width * inner + inner * width + 2 * width * hidden
    return architecture.layers * (2 * matrices + 4 * steps * inner)


def test_attention_costs_more_the_longer_and_a_recurrence_does_not(catalogue):
    def slope(name):
        made = catalogue.make("architectures", name, {})
        short, long = (made.weigh(Signature(Tokens(4), Tokens(4), t)) for t in (64, 256))
        return long.flops_per_step - short.flops_per_step

    assert slope("lstm") == slope("rnn") == 0
    made = catalogue.make("architectures", "transformer", {})
    assert slope("transformer") == made.layers * 4 * (256 - 64) * made.width


@dataclass(frozen=True, kw_only=True)
class Given(TorchArchitecture):
    """Whatever module the test is about, as its mixer."""

    name = "given"
    build: object = None

    def mixer(self, width, io):
        return self.build(width)


class Linear(nn.Linear):
    def __init__(self, width):
        super().__init__(width, width)


class ReadsANumber(Linear):
    """Cannot be built without numbers."""

    def __init__(self, width):
        super().__init__(width)
        self.bound = float(self.weight.abs().max())
        self.register_buffer("table", torch.from_numpy(np.ones(width, np.float32)))

    def forward(self, x):
        return super().forward(x) * self.table + torch.zeros(x.shape[-1])


class OwnKernel(Linear):
    """Leaves torch, as a compiled kernel does."""

    def forward(self, x):
        return torch.from_numpy(x.numpy() @ self.weight.detach().numpy())


class Declares(OwnKernel):
    def flops(self, batch, steps):
        return 1000 * batch * steps


class Unseen(Linear):
    """Its work is of no kind that torch has a formula for."""

    def forward(self, x):
        return (x[..., None] * self.weight).sum(-1)


IO = Signature(Tokens(3), Tokens(5), 9)
READOUT = 2 * 16 * 5


@pytest.mark.parametrize(
    ("build", "flops"),
    [
        (Linear, 2 * 16 * 16 + READOUT),
        (ReadsANumber, 2 * 16 * 16 + READOUT),
        (OwnKernel, None),
        (Declares, 1000 + READOUT),
        (Unseen, None),
        (lambda width: nn.TransformerEncoderLayer(width, 2, 8, batch_first=True), 3136 + READOUT),
    ],
)
def test_every_kind_of_mixer(build, flops):
    """The last: 2 (4 · 16² + 2 · 16 · 8) for its matrices and 4 · 9 · 16 for its attention."""
    state = torch.random.get_rng_state()
    weight = Given(build=build, width=16).weigh(IO)
    assert weight.flops_per_step == flops
    assert weight.parameters == weight.mixer + 3 * 16 + 16 * 5 + 5
    assert torch.equal(torch.random.get_rng_state(), state)
    lesson = Lesson(IO, lone(), lone(), Recipe(examples=1, batch=1), np.random.default_rng(0))
    if build not in (OwnKernel, Declares):
        assert Given(build=build, width=16).fit(lesson).parameters == weight.parameters


class Attends(nn.Module):
    """Torch's own attention, called in one of the ways in which it can be, between norms."""

    def __init__(self, width, how):
        super().__init__()
        self.how, self.norm = how, nn.LayerNorm(width)
        self.inward, self.outward = nn.Linear(width, 2 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = (
            self.inward(self.norm(x))
            .unflatten(-1, (8, -1))
            .transpose(1, 2)
            .split([4, 2, 2] if self.how == "grouped" else [4, 4, 0], dim=1)
        )
        match self.how:
            case "grouped":
                y = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            case "by name":
                y = F.scaled_dot_product_attention(query=q, key=k, value=k, dropout_p=0.1)
            case "masked":
                late = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
                y = F.scaled_dot_product_attention(q, k, k, late)
        y = F.gelu(y).transpose(1, 2).flatten(2)
        return x + F.dropout(F.relu(self.outward(F.rms_norm(y, y.shape[-1:]))), 0.5)


@pytest.mark.parametrize("how", ["grouped", "by name", "masked"])
def test_what_is_left_out_changes_no_count(how):
    network = Attends(16, how)
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        network(torch.randn(1, 9, 16))
    weight = Given(build=lambda width: Attends(width, how), width=16).weigh(IO)
    assert weight.flops_per_step == counter.get_total_flops() / 9 + READOUT
    assert counter.get_total_flops() > 9 * 2 * (16 * 32 + 16 * 16)  # of attention too


def lone():
    x = np.zeros((1, 9), np.int64)
    return Split(x, x, np.ones((1, 9), bool))


def test_a_network_of_ones_own_is_all_mixer():
    class Own(TorchArchitecture):
        name = "own"

        def module(self, io):
            return nn.Sequential(nn.Embedding(3, 6), nn.Linear(6, 5))

    weight = Own().weigh(IO)
    assert (weight.parameters, weight.mixer) == (18 + 35, 18 + 35)
    assert (weight.encoder, weight.readout, weight.flops_per_step) == (0, 0, 60)


def test_what_a_builder_objects_to_is_passed_on():
    def build(width):
        raise ValueError("no such width")

    with pytest.raises(ValueError, match="no such width"):
        Given(build=build).weigh(IO)
