"""Tasks that read a string and then say another: reverse, duplicate, odds first and the sorts."""

from collections import Counter
from itertools import permutations, product

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.metrics.cross_entropy import cross_entropy

HERE = Catalogue.installed()


def counting(string):
    """Each symbol as often as it came, from the least on."""
    said = []
    for symbol in range(max(string) + 1):
        said += [symbol] * string.count(symbol)
    return said


def by_places(string):
    """First what stood at 1, 3, 5 ..., counted from 1; then what stood at 2, 4, 6 ..."""
    odd = [symbol for place, symbol in enumerate(string, start=1) if place % 2 == 1]
    return odd + [symbol for place, symbol in enumerate(string, start=1) if place % 2 == 0]


DUE = {
    "reverse": lambda string: list(reversed(string)),
    "reverse_string": lambda string: [string[-1 - place] for place in range(len(string))],
    "duplicate_string": lambda string: [*string, *string],
    "odds_first": by_places,
    "sorting": counting,
    "bucket_sort": counting,
}
SIGNED = ("reverse", "sorting")
EDGES = [(1, 2), (2, 2), (7, 7), (16, 16), (5, 33)]


def make(name, length=None, vocab=None):
    given = {"length": length, "vocab": vocab}
    return HERE.make("tasks", name, {key: v for key, v in given.items() if v is not None})


@pytest.mark.parametrize("name", DUE)
@pytest.mark.parametrize(("length", "vocab"), EDGES)
def test_what_is_due_follows_the_string(name, length, vocab):
    task = make(name, length, vocab)
    split = task.sample(60, np.random.default_rng(3))
    sign = [vocab + 1] if name in SIGNED else []
    for inputs, targets, mask in zip(split.inputs.tolist(), split.targets, split.mask, strict=True):
        string = inputs[:length]
        due = DUE[name](string)
        assert max(string) < vocab
        assert inputs[length:] == sign + [vocab] * len(due)
        assert np.flatnonzero(mask).tolist() == list(range(length + len(sign), len(inputs)))
        assert targets[mask].tolist() == due
    assert accuracy(split, task.oracle(split)) == 1.0
    io = task.signature()
    assert (io.inputs.vocab, io.outputs.vocab) == (vocab + 1 + len(sign), vocab)
    assert io.causal and not io.varied and io.length == split.inputs.shape[1]


def test_the_published_alphabets():
    """Bits, and five symbols of the bucket sort (Delétang et al., 2023, appendix A)."""
    names = ("reverse_string", "duplicate_string", "odds_first", "bucket_sort")
    assert [make(name).vocab for name in names] == [2, 2, 2, 5]


def test_the_examples_of_the_paper():
    for name, string, due in (
        ("reverse_string", [0, 1, 1, 0, 1, 0], [0, 1, 0, 1, 1, 0]),
        ("duplicate_string", [1, 0, 1], [1, 0, 1, 1, 0, 1]),
        ("bucket_sort", [1, 0, 2, 0, 4, 1, 1, 2], [0, 0, 1, 1, 1, 2, 2, 4]),
        ("odds_first", [1, 1, 0], [1, 0, 1]),
    ):
        assert make(name).answers(np.array([string])).tolist() == [due]


@pytest.mark.parametrize("name", DUE)
def test_symbols_are_drawn_alike_at_every_place(name):
    task = make(name, 4, 5)
    strings = task.sample(20_000, np.random.default_rng(0)).inputs[:, :4]
    for column in strings.T:
        shares = np.bincount(column, minlength=5) / 20_000
        assert np.abs(shares - 1 / 5).max() < 0.0142  # 5 standard deviations
    alike = (strings[:, 0] == strings[:, 1]).mean()
    assert alike == (0 if name == "sorting" else pytest.approx(1 / 5, abs=0.0142))


def test_all_choices_and_orders_of_numbers_are_alike():
    strings = make("sorting", 3, 4).sample(24_000, np.random.default_rng(0)).inputs[:, :3]
    found = Counter(map(tuple, strings.tolist()))
    assert set(found) == set(permutations(range(4), 3))
    assert max(abs(count - 1000) for count in found.values()) < 160  # 5 standard deviations


def guesses(answers, vocab):
    """By place, the share of the likeliest answer and the entropy, over all there are."""
    accuracies, entropies = [], []
    for column in np.array(answers).T:
        shares = np.bincount(column, minlength=vocab) / len(column)
        accuracies.append(shares.max())
        entropies.append(-sum(p * np.log(p) for p in shares if p))
    return {"accuracy": np.mean(accuracies), "cross_entropy": np.mean(entropies)}


@pytest.mark.parametrize("name", DUE)
@pytest.mark.parametrize(("length", "vocab"), [(1, 2), (3, 4), (4, 4), (5, 5), (2, 7)])
def test_chance_is_that_of_all_strings(name, length, vocab):
    if name == "sorting":
        strings = list(permutations(range(vocab), length))
    else:
        strings = list(product(range(vocab), repeat=length))
    wanted = guesses([DUE[name](list(string)) for string in strings], vocab)
    assert make(name, length, vocab).chance() == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("name", "length", "vocab"), [("bucket_sort", 500, 5), ("sorting", 90, 150)]
)
def test_chance_is_told_of_long_strings_too(name, length, vocab):
    task = make(name, length, vocab)
    assert np.allclose(task.places().sum(axis=1), 1)
    split = task.sample(300, np.random.default_rng(0))
    scores = np.zeros((*split.inputs.shape, vocab))
    scores[:, -length:] = np.log(task.places().clip(1e-300))
    chance = task.chance()
    assert accuracy(split, scores) == pytest.approx(chance["accuracy"], abs=0.01)
    assert cross_entropy(split, scores) == pytest.approx(chance["cross_entropy"], abs=0.03)


@pytest.mark.parametrize("name", DUE)
def test_the_majority_says_the_same_everywhere(name):
    task = make(name, 6, 8)
    train, test = (task.sample(4000, np.random.default_rng(seed)) for seed in (0, 1))
    lesson = Lesson(task.signature(), train, train, Recipe(), np.random.default_rng(0))
    model = task.baselines()["majority"](lesson)
    assert accuracy(test, model.predict(test.inputs, None)) == pytest.approx(1 / 8, abs=0.012)


@pytest.mark.parametrize("name", DUE)
def test_what_cannot_be_is_refused(name):
    for setting, value, least in (("length", 0, 1), ("vocab", 1, 2), ("length", -3, 1)):
        with pytest.raises(SeqbenchError) as refusal:
            make(name, **{setting: value})
        assert str(refusal.value) == f"{name}.{setting} is {value}; it takes {least} or more"


def test_more_numbers_than_there_are_cannot_be_sorted():
    with pytest.raises(SeqbenchError, match=r"sorting\.length is 9; with 8 numbers .* 1 to 8$"):
        make("sorting", 9, 8)
