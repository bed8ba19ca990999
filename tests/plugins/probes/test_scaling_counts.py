"""Operations are those of formulas by hand and of twins that torch counts."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from seqbench import Field, Reals, Signature, Tokens
from seqbench.kits.torch import TorchArchitecture

IO = Signature(Tokens(5), Tokens(3), 10, causal=False)
LENGTHS, BATCH, WIDTH = (8, 12, 40, 100), 3, 6


@pytest.fixture
def race(catalogue):
    return catalogue.make(
        "probes",
        "scaling",
        {"lengths": list(LENGTHS), "batches": [BATCH], "least": 6, "most": 6},
    )


def counted(race, architecture, io=IO):
    """FLOPs by pass and length: of the measurements, without the timing after them."""
    found = {}
    for number in race.measure(Field(io, {"it": architecture}, np.random.default_rng(0))):
        if number.name == "flops":
            found[number.at["pass"], number.at["length"]] = number.value
            assert number.exact
        elif number.name == "peak_bytes":
            break
    return found


def by_hand(name, made, steps):
    """Multiplications and additions of a forward pass over one sequence."""
    if name == "rnn":
        return made.layers * steps * 2 * 2 * WIDTH**2
    if name == "lstm":
        return made.layers * steps * 2 * 4 * 2 * WIDTH**2
    if name == "birnn":  # a GRU's three gates each way, then both are brought together
        return steps * (2 * 2 * 3 * 2 * WIDTH**2 + 2 * 2 * WIDTH**2)
    inner = 2 * 4  # two heads of an even depth that hold a width of 6
    matrices = 3 * WIDTH * inner + inner * WIDTH + 2 * WIDTH * round(made.ratio * WIDTH)
    return made.layers * (steps * 2 * matrices + 2 * 2 * steps**2 * inner)


@pytest.mark.parametrize(
    ("name", "own"),
    [("rnn", {"layers": 2}), ("lstm", {"layers": 2}), ("birnn", {}), ("transformer", {"heads": 2})],
)
def test_the_bundled_cost_what_their_formulas_say(catalogue, race, name, own):
    made = catalogue.make("architectures", name, {"width": WIDTH, **own})
    wanted = {steps: BATCH * by_hand(name, made, steps) for steps in LENGTHS}
    assert counted(race, made) == {
        (way, steps): times * wanted[steps]
        for way, times in (("forward", 1), ("training", 3))
        for steps in LENGTHS
    }


@dataclass(frozen=True, kw_only=True)
class Given(TorchArchitecture):
    """Whatever module the test is about, as its mixer."""

    name = "given"
    build: object = None
    width: int = WIDTH

    def mixer(self, width, io):
        return self.build(width)


class FusedLSTM(nn.Module):
    """Of which torch counts nothing on a CPU."""

    def __init__(self, width):
        super().__init__()
        self.lstm = nn.LSTM(width, width, batch_first=True)

    def forward(self, x):
        return self.lstm(x)[0]


class BareAttention(nn.Module):
    """Of which torch counts nothing where it is fused."""

    def forward(self, x):
        heads = x[:, None]  # (N, 1, T, width)
        return F.scaled_dot_product_attention(heads, heads, heads)[:, 0]


def test_torch_alone_would_call_them_free():
    x = torch.zeros(1, 8, WIDTH)
    for module in (FusedLSTM(WIDTH), BareAttention()):
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            module.eval()(x)
        assert counter.get_total_flops() == 0


def test_a_fused_lstm_is_counted(race):
    found = counted(race, Given(build=FusedLSTM))
    for steps in LENGTHS:
        forward = BATCH * steps * 2 * 4 * 2 * WIDTH**2
        assert found["forward", steps] == forward
        # All products give rise to two, but that no gradient goes to the state before the first.
        first = BATCH * 2 * 4 * WIDTH**2
        assert found["training", steps] in (3 * forward, 3 * forward - first)


def test_fused_attention_is_counted_with_its_square(race):
    found = counted(race, Given(build=lambda width: BareAttention()))
    for steps in LENGTHS:
        assert found["forward", steps] == BATCH * 2 * 2 * steps**2 * WIDTH
        assert found["training", steps] == 3 * found["forward", steps]


class Unseen(nn.Linear):
    """Leaves torch, and declares nothing."""

    def __init__(self, width):
        super().__init__(width, width)

    def forward(self, x):
        return torch.from_numpy(x.detach().numpy() @ self.weight.detach().numpy())


def test_what_cannot_be_counted_is_left_out(race):
    assert counted(race, Given(build=Unseen)) == {}


def test_a_network_of_ones_own_is_taken_whole(catalogue, race):
    class Own(TorchArchitecture):
        name = "own"

        def module(self, io):
            return nn.Sequential(nn.Linear(7, 4), nn.Linear(4, 3))

    io = Signature(Reals(7), Tokens(3), 10)
    numbers = race.measure(Field(io, {"own": Own()}, np.random.default_rng(0)))
    size = next(numbers)
    assert (size.name, size.value, size.at["part"]) == ("parameters", 32 + 15, "network")
    assert counted(race, Own(), io)["forward", 8] == BATCH * 8 * 2 * (7 * 4 + 4 * 3)


def test_the_law_and_the_growth_of_attention(catalogue, race, taken):
    made = catalogue.make("architectures", "transformer", {"width": WIDTH, "heads": 2})
    numbers = [
        number
        for number in race.measure(Field(IO, {"it": made}, np.random.default_rng(0)))
        if number.at.get("pass") == "forward" and number.exact
    ]
    law = [taken(numbers, f"flops_{part}") for part in ("constant", "linear", "quadratic")]
    c0, c1, c2 = (next(iter(one.values())) for one in law)
    assert (c0, c2) == (0, BATCH * 2 * 4 * 8)
    assert c1 * 10 + c2 * 100 == BATCH * by_hand("transformer", made, 10)
    (growth,) = (n for n in numbers if n.name == "exponent")
    ratio = by_hand("transformer", made, 100) / by_hand("transformer", made, 40)
    assert growth.value == pytest.approx(np.log(ratio) / np.log(100 / 40))
    assert (growth.at["of"], growth.at["from"], growth.at["to"]) == ("flops", 40, 100)


def test_counts_cross_where_their_polynomials_do(catalogue, race):
    runners = {
        "lstm": catalogue.make("architectures", "lstm", {"width": 16}),
        "transformer": catalogue.make("architectures", "transformer", {"width": 6, "heads": 2}),
    }
    lstm = 2 * 4 * 2 * 16**2
    inner = 8
    matrices = 2 * (2 * (3 * 6 * inner + inner * 6 + 2 * 6 * 18))
    where = (lstm - matrices) / (2 * 2 * 2 * inner)
    assert 8 < where < 100
    for number in race.measure(Field(IO, runners, np.random.default_rng(0))):
        if number.name == "crossing":
            assert number.value == pytest.approx(where)
            assert (number.at["architecture"], number.at["over"]) == ("transformer", "lstm")
            return
    raise AssertionError("they do not cross")
