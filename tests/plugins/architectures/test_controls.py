"""Controls that enter by the wide door, against closed forms and brute force."""

from itertools import product

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge

from seqbench import Lesson, Reals, Recipe, SeqbenchError, Signature, Split, Tokens, Unsuited
from seqbench.catalogue import Catalogue

HERE = Catalogue.installed()


def made(name, **settings):
    return HERE.make("architectures", name, settings)


def lesson(io, train, valid=None):
    return Lesson(io, train, valid or train, Recipe(), np.random.default_rng(0))


def text(rows, vocab):
    """Rows of tokens: each is asked for the next."""
    x = np.array(rows)
    return Signature(Tokens(vocab), Tokens(vocab), x.shape[1] - 1), Split(
        x[:, :-1], x[:, 1:], np.ones(x[:, 1:].shape, bool)
    )


def shares(scores):
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def test_a_bigram_is_kneser_and_neys_by_hand():
    """Of `0 1 0 1 0 2 0`: after 0 comes 1 twice and 2 once; 0 came after 1 and after 2."""
    io, train = text([[0, 1, 0, 1, 0, 2, 0]], 3)
    found = shares(made("ngram", order=2).fit(lesson(io, train)).predict(train.inputs, None))
    # Pairs: 01 x2, 10 x2, 02 x1, 20 x1: two seen once, two twice, so d = 2 / (2 + 4) = 1/3.
    # Contexts of 0: {1, 2}, of 1: {0}, of 2: {0}: four pair types; continuation of 0 is 2/4.
    # The unigrams' own d: counts of counts are n1 = 2 (1 and 2), n2 = 1 (0): 2 / 4 = 1/2.
    one = {0: (2 - 0.5) / 4, 1: (1 - 0.5) / 4, 2: (1 - 0.5) / 4}
    unigram = {token: share + 0.5 * 3 / 4 / 3 for token, share in one.items()}
    after = {1: (2 - 1 / 3) / 3, 2: (1 - 1 / 3) / 3, 0: 0.0}
    wanted = [after[t] + (1 / 3) * 2 / 3 * unigram[t] for t in range(3)]
    np.testing.assert_allclose(found[0, 0], wanted)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one_after_any_context(order):
    rng = np.random.default_rng(0)
    io, train = text(rng.integers(0, 3, (4, 30)), 4)  # token 3 never comes
    model = made("ngram", order=order).fit(lesson(io, train))
    every = np.array(list(product(range(4), repeat=4)))
    scores = model.predict(every, None)
    np.testing.assert_allclose(np.exp(scores).sum(-1), 1)
    assert np.isfinite(scores).all()


def test_a_longer_gram_learns_a_rule_that_a_shorter_one_cannot():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (50, 40))
    for t in range(2, 40):
        x[:, t] = x[:, t - 1] ^ x[:, t - 2]
    io, train = text(x, 2)
    for order, low, high in ((3, 0.0, 0.1), (2, 0.5, 0.8)):
        scores = made("ngram", order=order).fit(lesson(io, train)).predict(train.inputs, None)
        told = np.take_along_axis(scores, train.targets[..., None], -1)[:, 2:]
        assert low <= -told.mean() <= high


def test_what_comes_later_moves_no_answer():
    io, train = text(np.random.default_rng(0).integers(0, 3, (5, 20)), 3)
    model = made("ngram").fit(lesson(io, train))
    other = train.inputs.copy()
    other[:, 10:] = 2 - other[:, 10:]
    same = model.predict(train.inputs, None)[:, :10] == model.predict(other, None)[:, :10]
    assert same.all()


def series(n=80, steps=6, width=2, seed=0, classes=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, steps, width))
    mask = np.zeros((n, steps), bool)
    mask[:, -1] = True
    rule = rng.normal(size=(steps * width, classes or 1))
    answer = x.reshape(n, -1) @ rule + 0.1 * rng.normal(size=(n, classes or 1))
    if classes:
        targets = np.repeat(answer.argmax(1)[:, None], steps, 1)
        return Signature(Reals(width), Tokens(classes), steps), Split(x, targets, mask)
    targets = np.repeat(answer[:, None], steps, 1)
    return Signature(Reals(width), Reals(1), steps), Split(x, targets, mask)


def test_ridge_is_scikit_learns_at_the_penalty_it_chose():
    io, train = series()
    _, valid = series(seed=0, n=40)
    found = made("ridge").fit(lesson(io, train, valid)).predict(train.inputs, None)[:, -1]
    flat = train.inputs.reshape(80, -1)
    z = (flat - flat.mean(0)) / flat.std(0)
    y = train.targets[:, -1]
    near = [
        np.abs(Ridge(alpha=penalty * 80).fit(z, y).predict(z).reshape(-1, 1) - found).max()
        for penalty in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
    ]
    assert min(near) < 1e-6


def test_logistic_separates_as_scikit_learns_does():
    io, train = series(n=200, classes=3)
    _, valid = series(n=80, classes=3)
    found = made("logistic").fit(lesson(io, train, valid)).predict(valid.inputs, None)[:, -1]
    known = LogisticRegression(C=1e3, max_iter=2000)
    known.fit(train.inputs.reshape(200, -1), train.targets[:, -1])
    truth = valid.targets[:, -1]
    theirs = known.score(valid.inputs.reshape(80, -1), truth)
    assert (found.argmax(-1) == truth).mean() >= theirs - 0.05


def test_logistic_takes_tokens_as_ones_of_a_vocabulary():
    x = np.random.default_rng(0).integers(0, 3, (200, 5))
    mask = np.zeros(x.shape, bool)
    mask[:, -1] = True
    split = Split(x, np.repeat((x[:, :1] == 2).astype(int), 5, 1), mask)
    model = made("logistic").fit(lesson(Signature(Tokens(3), Tokens(2), 5), split))
    assert (model.predict(x, None)[:, -1].argmax(-1) == split.targets[:, -1]).all()


def test_seasonal_naive_repeats_the_last_season():
    x = np.arange(24.0).reshape(2, 12, 1)
    io = Signature(Reals(1), Reals(5), 12)
    split = Split(x, np.zeros((2, 12, 5)), np.ones((2, 12), bool))
    found = made("seasonal_naive", season=3).fit(lesson(io, split)).predict(x, None)
    np.testing.assert_array_equal(found[0, -1], [9, 10, 11, 9, 10])
    np.testing.assert_array_equal(found[1, 6], [16, 17, 18, 16, 17])
    last = made("seasonal_naive").fit(lesson(io, split)).predict(x, None)
    np.testing.assert_array_equal(last[:, :, 0], x[:, :, 0])


def test_majority_answers_what_came_most():
    io, train = text([[0, 1, 1, 2, 1, 1]], 3)
    model = made("majority").fit(lesson(io, train))
    assert (model.predict(train.inputs, None).argmax(-1) == 1).all()


@pytest.mark.parametrize(
    ("name", "settings"),
    [("ngram", {"order": 0}), ("ngram", {"order": 99}), ("seasonal_naive", {"season": 0})],
)
def test_settings_out_of_bounds_are_refused(name, settings):
    with pytest.raises(SeqbenchError, match="it takes"):
        made(name, **settings)


def test_what_does_not_fit_is_a_reasoned_skip():
    tokens = Signature(Tokens(3), Tokens(3), 8)
    reals = Signature(Reals(2), Reals(1), 8)
    assert "tokens after tokens" in made("ngram").unsuited(reals)
    for name in ("ridge", "seasonal_naive"):
        assert "numbers" in made(name).unsuited(tokens)
    assert "classes" in made("logistic").unsuited(reals)
    assert "4096" in made("logistic").unsuited(Signature(Tokens(100), Tokens(2), 1000))
    io, train = text(np.zeros((3000, 41), int), 100)  # 40 windows of 4,000 numbers in each
    with pytest.raises(Unsuited, match="at most 100,000,000 numbers"):
        made("logistic").fit(lesson(io, train))


@pytest.mark.parametrize("name", ["ridge", "logistic"])
def test_a_step_is_answered_from_the_steps_up_to_it(name):
    """What is asked at every step and decided two steps before, at steps 2 and 3 of 4."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (300, 4))
    due, mask = np.roll(x, 2, axis=1), np.repeat([[False, False, True, True]], 300, 0)
    if name == "ridge":
        io = Signature(Reals(1), Reals(1), 4)
        split = Split(x[..., None].astype(float), due[..., None].astype(float), mask)
    else:
        io, split = Signature(Tokens(2), Tokens(2), 4), Split(x, due, mask)
    model = made(name).fit(lesson(io, split))
    told = model.predict(split.inputs, None)
    told = told[..., 0] > 0.5 if name == "ridge" else told.argmax(-1)
    assert (told == due)[mask].all()
    later = split.inputs.copy()
    later[:, 3] = 1 - later[:, 3]
    now, then = model.predict(split.inputs, None), model.predict(later, None)
    np.testing.assert_array_equal(now[:, :3], then[:, :3])
    assert model.predict(split.inputs[:1, :1], None).shape == (1, 1, io.outputs.channels)
