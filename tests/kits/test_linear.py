import numpy as np
import pytest
import torch

from seqbench import Lesson, Reals, Recipe, Signature, Split, Tokens
from seqbench.kits import linear


def test_ridge_is_least_squares_on_rows_that_pull_to_zero():
    rng = np.random.default_rng(0)
    x, y = rng.normal(3, 2, (50, 4)), rng.normal(size=(50, 2))
    (model,) = linear.ridge(x, y, [0.1])
    z = (x - x.mean(0)) / x.std(0)
    pull = np.sqrt(0.1 * 50) * np.eye(4)
    rows = np.vstack([z, pull])
    weights = np.linalg.lstsq(rows, np.vstack([y - y.mean(0), np.zeros((4, 2))]))[0]
    np.testing.assert_allclose(model(x), z @ weights + y.mean(0), atol=1e-10)
    assert model.parameters == 4 * 2 + 2


@pytest.mark.parametrize("penalty", [0.01, 1.0])
def test_softmax_regression_is_where_another_optimiser_ends(penalty):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 3)) * [1, 10, 0.1]
    y = (x @ [1, 0.1, 0] + rng.normal(size=120) > 0).astype(int) + (x[:, 2] > 0.1)
    model = linear.softmax_regression(x, y, 3, penalty)

    z = torch.tensor((x - x.mean(0)) / x.std(0))
    weights = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, bias], max_iter=500, tolerance_grad=1e-10, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(z @ weights + bias, torch.tensor(y))
        loss = loss + penalty / 2 * weights.square().sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    there = torch.softmax(z @ weights + bias, 1).detach().numpy()
    np.testing.assert_allclose(linear.softmax(model(x)), there, atol=1e-3)


def test_a_column_that_never_changes_does_no_harm():
    x = np.column_stack([np.arange(10.0), np.ones(10)])
    (model,) = linear.ridge(x, x[:, :1] * 2, [1e-9])
    np.testing.assert_allclose(model(x), x[:, :1] * 2, atol=1e-6)


def test_mean_frame_leaves_the_padding_out():
    inputs = np.arange(24.0).reshape(2, 4, 3)
    means = linear.mean_frame(inputs, np.array([2, 4]))
    np.testing.assert_allclose(means[0], inputs[0, :2].mean(0))
    np.testing.assert_allclose(means[1], inputs[1].mean(0))
    np.testing.assert_allclose(linear.mean_frame(inputs, None), inputs.mean(1))


def lesson(train: Split, valid: Split, io: Signature) -> Lesson:
    return Lesson(io, train, valid, Recipe(), np.random.default_rng(0))


def labelled(n: int, seed: int, noise: float) -> Split:
    """Sequences whose mean tells the label, and nothing else does."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, n)
    lengths = rng.integers(2, 6, n)
    steps = np.arange(6)
    inputs = label[:, None, None] + noise * rng.normal(size=(n, 6, 2))
    inputs[steps >= lengths[:, None]] = 99.0
    targets = np.repeat(label[:, None], 6, axis=1)
    return Split(inputs, targets, steps == lengths[:, None] - 1, lengths)


def test_a_bag_finds_labels_that_the_mean_tells_and_answers_at_every_step():
    io = Signature(Reals(2), Tokens(3), 6, causal=False, varied=True)
    train, valid = labelled(90, 0, 0.1), labelled(30, 1, 0.1)
    model = linear.bag(linear.mean_frame)(lesson(train, valid, io))
    scores = model.predict(valid.inputs, valid.lengths)
    assert scores.shape == (30, 6, 3)
    assert (scores.argmax(-1) == valid.targets).all()


def test_the_penalty_is_the_best_on_valid():
    io = Signature(Reals(2), Tokens(3), 6, causal=False, varied=True)
    train, valid = labelled(20, 0, 5.0), labelled(400, 1, 5.0)
    model = linear.bag(linear.mean_frame)(lesson(train, valid, io))
    x, y = linear.mean_frame(train.inputs, train.lengths), linear.labels(train)
    other, truth = linear.mean_frame(valid.inputs, valid.lengths), linear.labels(valid)
    losses = [
        torch.nn.functional.cross_entropy(
            torch.tensor(linear.softmax_regression(x, y, 3, penalty)(other)), torch.tensor(truth)
        ).item()
        for penalty in linear.PENALTIES
    ]
    assert min(losses) < max(losses) - 0.01
    chosen = model.predict(valid.inputs, valid.lengths)[:, 0]
    got = torch.nn.functional.cross_entropy(torch.tensor(chosen), torch.tensor(truth)).item()
    assert got == pytest.approx(min(losses), abs=1e-9)


def test_window_ridge_finds_a_linear_rule_of_the_whole_window():
    rng = np.random.default_rng(2)

    def split(n: int) -> Split:
        inputs = rng.normal(size=(n, 4, 3)).astype(np.float32)
        answer = np.stack([inputs[:, 0, 1] - 2 * inputs[:, 3, 2], inputs[:, 2, 0]], axis=-1)
        targets = np.zeros((n, 4, 2))
        targets[:, -1] = answer
        return Split(inputs, targets, np.tile(np.arange(4) == 3, (n, 1)))

    train, valid = split(300), split(50)
    io = Signature(Reals(3), Reals(2), 4, causal=False)
    model = linear.window_ridge(lesson(train, valid, io))
    error = model.predict(valid.inputs, None)[valid.mask] - valid.targets[valid.mask]
    assert np.abs(error).max() < 0.01
    assert model.parameters == 12 * 2 + 2


def test_quantiles_of_window_ridge_lie_about_its_answer_as_its_errors_on_valid_do():
    rng, levels = np.random.default_rng(3), (0.1, 0.5, 0.9)

    def split(n: int) -> Split:
        inputs = rng.normal(size=(n, 4, 1)).astype(np.float32)
        told = inputs[:, :1] * 2 + rng.exponential(size=(n, 1, 1))  # -log u, of mean 1
        targets = np.repeat(np.repeat(told, 4, axis=1), 3, axis=2)
        return Split(inputs, targets, np.tile(np.arange(4) == 3, (n, 1)), levels=levels)

    train, valid, test = split(3000), split(3000), split(3000)
    io = Signature(Reals(1), Reals(3, "absolute", levels), 4, causal=False)
    given = linear.window_ridge(lesson(train, valid, io)).predict(test.inputs, None)[:, -1]
    noise = given - 2 * test.inputs[:, 0]
    np.testing.assert_allclose(noise.mean(axis=0), -np.log(1 - np.array(levels)), atol=0.1)
    below = (test.targets[:, -1] < given).mean(axis=0)
    np.testing.assert_allclose(below, levels, atol=0.03)


def test_a_task_that_counts_more_than_one_step_is_refused():
    split = Split(np.zeros((2, 3, 1)), np.zeros((2, 3), int), np.ones((2, 3), bool))
    with pytest.raises(ValueError, match="each sequence counts one step"):
        linear.labels(split)
