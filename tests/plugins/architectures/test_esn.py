"""The echo state network against its recurrence, and its readout against least squares."""

from dataclasses import replace

import numpy as np
import pytest

from seqbench import Lesson, Reals, Recipe, SeqbenchError, Signature, Split, Tokens
from seqbench.testing import check_architecture
from seqbench_plugins.architectures import esn
from seqbench_plugins.architectures.esn import EchoState, Reservoir, solved

REAL = Signature(Reals(3), Reals(2), 12)
TOKENS = Signature(Tokens(5), Tokens(4), 12, varied=True)


def rng(seed=0):
    return np.random.default_rng(seed)


def lesson(io, inputs, targets, mask=None, lengths=None, valid=None, examples=1000):
    mask = np.ones(inputs.shape[:2], bool) if mask is None else mask
    train = Split(inputs, targets, mask, lengths)
    return Lesson(io, train, valid or train, Recipe(examples=examples), rng(5))


@pytest.mark.parametrize(
    "architecture", [EchoState(width=20), EchoState(width=1), EchoState(width=7, leak=0.3)]
)
def test_every_promise_is_kept(architecture):
    outcomes = check_architecture(architecture)
    assert outcomes.of("failed", "warned") == []
    assert len(outcomes.of("passed")) > 15


@pytest.mark.parametrize("leak", [1.0, 0.3])
def test_the_reservoir_is_the_formula(leak):
    settings = EchoState(width=6, leak=leak)
    reservoir = Reservoir(settings, REAL, rng())
    u = rng(1).normal(size=(2, 12, 3))
    seen = reservoir.states(u)
    for n in range(2):
        x = np.zeros(6)
        for t in range(12):
            total = np.zeros(6)
            for unit in range(6):
                total[unit] = reservoir.offset[unit]
                total[unit] += sum(u[n, t, i] * reservoir.enter[i, unit] for i in range(3))
                total[unit] += sum(x[other] * reservoir.recur[other, unit] for other in range(6))
            x = (1 - leak) * x + leak * np.tanh(total)
            assert np.allclose(seen[n, t], [*x, *u[n, t], 1.0], atol=1e-12)


def test_tokens_enter_by_vectors_of_their_own():
    reservoir = Reservoir(EchoState(width=50, gain=2.0), TOKENS, rng())
    one_hot = Reservoir(EchoState(width=50, gain=2.0), Signature(Reals(5), Tokens(4), 12), rng())
    x = rng(1).integers(0, 5, (3, 12))
    wanted = np.delete(one_hot.states(np.eye(5)[x]), range(50, 55), axis=-1)
    assert np.allclose(reservoir.states(x), wanted)
    assert abs(reservoir.enter.std() - 2) < 0.2


@pytest.mark.parametrize("radius", [0.0, 0.5, 1.3])
def test_the_spectrum_has_the_radius_asked_for(radius, monkeypatch):
    for width, within in ((1, 1e-9), (40, 1e-9), (800, 0.05)):
        if width == 800:
            monkeypatch.setattr(esn, "LARGE", 799)  # the law in place of the eigenvalues
        reservoir = Reservoir(EchoState(width=width, radius=radius), REAL, rng())
        found = np.abs(np.linalg.eigvals(reservoir.recur)).max()
        assert found == pytest.approx(radius, rel=within)


def test_below_a_radius_of_one_it_forgets_its_start():
    """The echo state property: two pasts, then the same inputs, end in the same state."""
    reservoir = Reservoir(EchoState(width=100), REAL, rng())
    u = rng(1).normal(size=(2, 200, 3))
    u[1, 50:] = u[0, 50:]
    seen = reservoir.states(u)
    assert np.abs(seen[0, 49] - seen[1, 49]).max() > 0.1
    assert np.abs(seen[0, -1] - seen[1, -1]).max() < 1e-6


def test_readouts_are_least_squares_with_a_penalty_on_all_but_the_bias():
    x = np.column_stack([rng().normal(size=(50, 6)), np.ones(50)])
    y = rng(1).normal(size=(50, 2)) + 3
    for penalty, readout in zip(esn.PENALTIES, solved(x.T @ x, x.T @ y, len(x)), strict=True):
        rows = (50 * penalty) ** 0.5 * np.eye(6, 7)  # ridge as further examples
        wanted, *_ = np.linalg.lstsq(
            np.vstack([x, rows]), np.vstack([y, np.zeros((6, 2))]), rcond=None
        )
        assert np.allclose(readout, wanted, atol=1e-6)


def test_only_counted_steps_teach():
    u, y = rng().normal(size=(20, 12, 3)), rng(1).normal(size=(20, 12, 2))
    mask = rng(2).random((20, 12)) < 0.3
    spoiled = np.where(mask[..., None], y, 1e9)
    one, other = (EchoState(width=9).fit(lesson(REAL, u, it, mask)) for it in (y, spoiled))
    assert np.array_equal(one.predict(u, None), other.predict(u, None))


def test_the_penalty_that_is_best_on_valid_is_kept():
    u, y = rng().normal(size=(4, 12, 3)), rng(1).normal(size=(4, 12, 2))  # noise: nothing to learn
    more = Split(
        rng(2).normal(size=(50, 12, 3)), rng(3).normal(size=(50, 12, 2)), np.ones((50, 12), bool)
    )
    by_heart = EchoState(width=40).fit(lesson(REAL, u, y))
    modest = EchoState(width=40).fit(lesson(REAL, u, y, valid=more))
    assert by_heart.notes["ridge"] == min(esn.PENALTIES)
    assert modest.notes["ridge"] == max(esn.PENALTIES)
    tried = []
    for penalty in esn.PENALTIES:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(esn, "PENALTIES", (penalty,))
            model = EchoState(width=40).fit(lesson(REAL, u, y, valid=more))
            tried.append(((model.predict(more.inputs, None) - more.targets) ** 2).mean())
    assert np.argmin(tried) == esn.PENALTIES.index(modest.notes["ridge"])


def test_an_absolute_error_is_chosen_by():
    io = replace(REAL, outputs=Reals(2, "absolute"))
    answers, wanted = rng().normal(size=(9, 2)), rng(1).normal(size=(9, 2))
    assert esn.lost(answers, wanted, io) == pytest.approx(np.abs(answers - wanted).sum())
    assert esn.lost(answers, wanted, REAL) == pytest.approx(((answers - wanted) ** 2).sum())


def test_scores_are_fit_for_a_cross_entropy():
    """The echo of a token two steps ago: nearly sure, and said so."""
    x = rng().integers(0, 5, (200, 12))
    y = np.roll(x, 2, axis=1) % 4
    mask = np.broadcast_to(np.arange(12) >= 2, x.shape)
    model = EchoState(width=100).fit(lesson(TOKENS, x, y, mask))
    scores = model.predict(x, np.full(200, 12))[mask]
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    assert (scores.argmax(1) == y[mask]).mean() > 0.99
    assert -np.log(shares[np.arange(len(shares)), y[mask]]).mean() < 0.1


def test_no_more_examples_are_read_than_the_recipe_has():
    u, y = rng().normal(size=(30, 12, 3)), np.zeros((30, 12, 2))
    y[:] = np.arange(30)[:, None, None]  # the mean tells which were read
    given = lesson(REAL, u, y, examples=1)
    told = EchoState(width=5).fit(given).predict(u[:1], None)
    assert np.allclose(told, told.flat[0], atol=1e-3)
    assert round(told.flat[0]) == pytest.approx(told.flat[0], abs=1e-3)


def test_it_weighs_what_it_learns():
    for io in (REAL, TOKENS):
        weight = EchoState(width=10).weigh(io)
        given = 3 if io is REAL else 0
        assert weight.parameters == weight.readout == (10 + given + 1) * io.outputs.channels
        products = 10 * 10 + given * 10 + (10 + given) * io.outputs.channels
        assert weight.flops_per_step == 2 * products
        assert EchoState().weigh(io, flops=False).flops_per_step is None


@pytest.mark.parametrize(
    "given",
    [
        {"width": 0},
        {"width": 5001},
        {"leak": 0.0},
        {"leak": float("nan")},
        {"radius": -1.0},
        {"gain": float("inf")},
        {"offset": -0.1},
    ],
)
def test_a_slip_is_told_with_its_place_and_what_it_takes(given):
    (setting,) = given
    with pytest.raises(SeqbenchError, match=rf"^esn\.{setting} is .*; it takes [^\n]+$"):
        EchoState(**given)
