"""Even pairs, modular arithmetic, a stack, binary addition and words of S5."""

from itertools import permutations, product

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.metrics.cross_entropy import cross_entropy

HERE = Catalogue.installed()


def make(name, **settings):
    return HERE.make("tasks", name, settings)


def examples(name, n=80, seed=0, **settings):
    """Each as a list of inputs, a list of the steps asked, and a list of the answers."""
    split = make(name, **settings).sample(n, np.random.default_rng(seed))
    for inputs, targets, mask in zip(split.inputs.tolist(), split.targets, split.mask, strict=True):
        yield inputs, np.flatnonzero(mask).tolist(), targets[mask].tolist()


def pairs(bits):
    """Parity of the pairs 01 and 10."""
    text = "".join(map(str, bits))
    return sum(text[at : at + 2] in ("01", "10") for at in range(len(text) - 1)) % 2


@pytest.mark.parametrize("length", [2, 3, 17])
@pytest.mark.parametrize("every", [True, False])
def test_even_pairs_counts_the_pairs(length, every):
    for inputs, asked, answers in examples("even_pairs", length=length, every=every):
        assert asked == (list(range(1, length)) if every else [length - 1])
        assert answers == [pairs(inputs[: at + 1]) for at in asked]


def value(tokens, modulus):
    """As Python counts."""
    signs = {modulus: "+", modulus + 1: "-", modulus + 2: "*"}
    return eval(" ".join(signs.get(token) or str(token) for token in tokens)) % modulus


@pytest.mark.parametrize(("length", "modulus"), [(1, 2), (2, 5), (3, 5), (15, 5), (40, 7), (41, 2)])
@pytest.mark.parametrize("every", [True, False])
def test_an_expression_has_the_value_that_python_gives(length, modulus, every):
    tokens = length if length % 2 else length - 1
    task = {"length": length, "modulus": modulus, "every": every}
    for inputs, asked, answers in examples("modular_arithmetic", **task):
        assert len(inputs) == tokens
        assert all(token < modulus for token in inputs[::2])
        assert all(modulus <= token < modulus + 3 for token in inputs[1::2])
        assert asked == (list(range(0, tokens, 2)) if every else [tokens - 1])
        assert answers == [value(inputs[: at + 1], modulus) for at in asked]


def test_the_expressions_of_the_paper():
    plus, minus, times = 5, 6, 7
    task = make("modular_arithmetic", length=7, modulus=5)
    for tokens, last in (
        ([1, plus, 2, times, 3], 2),
        ([1, minus, 1, minus, 1], 4),
        ([0, times, 1, plus, 4, times, 3, minus, 2], 0),
    ):
        assert task.values(np.array([tokens]))[0, -1] == last


@pytest.mark.parametrize(("length", "modulus"), [(1, 3), (3, 2), (5, 3), (5, 4)])
@pytest.mark.parametrize("every", [True, False])
def test_chance_of_modular_arithmetic_is_that_of_all_expressions(length, modulus, every):
    kinds = [range(modulus) if at % 2 == 0 else range(modulus, modulus + 3) for at in range(length)]
    asked = range(0, length, 2) if every else [length - 1]
    accuracies, entropies = [], []
    for at in asked:
        values = [value(tokens[: at + 1], modulus) for tokens in product(*kinds)]
        shares = np.bincount(values, minlength=modulus) / len(values)
        accuracies.append(shares.max())
        entropies.append(-sum(p * np.log(p) for p in shares if p))
    chance = make("modular_arithmetic", length=length, modulus=modulus, every=every).chance()
    assert chance["accuracy"] == pytest.approx(np.mean(accuracies))
    assert chance["cross_entropy"] == pytest.approx(np.mean(entropies))


def left(tokens):
    """What a stack holds in the end, from the top."""
    stack = []
    for token in tokens:
        if token in (0, 1):
            stack.append(token)
        elif token in (3, 4):
            stack.append(token - 3)
        elif stack:
            stack.pop()
    return stack[::-1]


@pytest.mark.parametrize("length", [1, 2, 3, 16, 41])
def test_a_stack_is_left_as_a_list_of_python_is(length):
    for inputs, asked, answers in examples("stack_manipulation", length=length):
        tokens = inputs[:length]
        bits = next((at for at, token in enumerate(tokens) if token > 1), length)
        assert 1 <= bits <= max(length - 1, 1)
        assert all(2 <= token <= 4 for token in tokens[bits:])
        assert inputs[length:] == [5] * (length + 1)
        assert answers == [*left(tokens), 2]
        assert asked == list(range(length, length + len(answers)))


def test_the_stacks_of_the_paper():
    from seqbench_plugins.tasks.stack_manipulation import final

    for tokens, wanted in (
        ([0, 1, 1, 0, 4, 2, 2], [1, 1, 0, 2, 0, 0, 0, 0]),
        ([1, 1, 0, 2, 2, 2], [2] + [0] * 6),
    ):
        answers, counted = final(np.array([tokens]))
        assert answers[0].tolist() == wanted
        assert counted[0].sum() == wanted.index(2) + 1


def test_bits_and_actions_are_drawn_alike():
    tokens = (
        make("stack_manipulation", length=8).sample(20_000, np.random.default_rng(0)).inputs[:, :8]
    )
    filled = np.bincount((tokens < 2).sum(axis=1), minlength=8)[1:] / 20_000
    assert np.abs(filled - 1 / 7).max() < 0.0124  # 5 standard deviations
    actions = tokens[tokens >= 2]
    assert np.abs(np.bincount(actions)[2:] / len(actions) - 1 / 3).max() < 0.009
    assert tokens[tokens < 2].mean() == pytest.approx(1 / 2, abs=0.009)


def number(bits):
    return sum(bit << place for place, bit in enumerate(bits))


@pytest.mark.parametrize("length", [3, 4, 17, 90])
def test_a_sum_is_the_one_that_python_gives(length):
    for inputs, asked, answers in examples("binary_addition", length=length):
        tokens = inputs[:length]
        plus = tokens.index(2)
        first, second = tokens[:plus], tokens[plus + 1 :]
        assert first and second and number(first) > 0 and number(second) > 0
        assert {*first, *second} <= {0, 1}
        assert inputs[length:] == [3] * (length + 1)
        wanted = [int(bit) for bit in f"{number(first) + number(second):b}"[::-1]]
        assert answers == [*wanted, 2]
        assert asked == list(range(length, length + len(answers)))


def test_the_sums_of_the_paper():
    from seqbench_plugins.tasks.binary_addition import sums

    for first, second, total in (("001", "01101", "010112000"), ("1001", "000001", "10010120000")):
        tokens = [*map(int, first), 2, *map(int, second)]
        answers, _ = sums(np.array([tokens]))
        assert "".join(map(str, answers[0])).rstrip("0") == total.rstrip("0")


def test_all_places_of_the_plus_and_all_numbers_are_alike():
    tokens = (
        make("binary_addition", length=6).sample(40_000, np.random.default_rng(0)).inputs[:, :6]
    )
    plus = (tokens == 2).argmax(axis=1)
    assert np.abs(np.bincount(plus, minlength=5)[1:] / 40_000 - 1 / 4).max() < 0.011
    second = tokens[plus == 2][:, 3:] @ [1, 2, 4]  # three bits, 1 to 7
    assert np.abs(np.bincount(second, minlength=8)[1:] / len(second) - 1 / 7).max() < 0.018


@pytest.mark.parametrize("name", ["stack_manipulation", "binary_addition"])
@pytest.mark.parametrize("length", [3, 4, 6])
def test_chance_is_what_the_best_guess_at_each_place_gives(name, length):
    """Simulated: shares by place, counted on very many draws."""
    task = make(name, length=length)
    split = task.sample(200_000, np.random.default_rng(5))
    shares = np.zeros((length + 1, 3))
    for place in range(length + 1):
        asked = split.mask[:, length + place]
        shares[place] = np.bincount(split.targets[asked, length + place], minlength=3)
    total = shares.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.nan_to_num(np.log(shares / shares.sum(axis=1, keepdims=True)), neginf=0)
    chance = task.chance()
    assert chance["accuracy"] == pytest.approx(shares.max(axis=1).sum() / total, abs=0.004)
    assert chance["cross_entropy"] == pytest.approx(-(shares * logs).sum() / total, abs=0.004)


def test_chance_of_the_shortest_stack_is_exact():
    """A lone bit, then the end: half of the first, all of the second."""
    assert make("stack_manipulation", length=1).chance()["accuracy"] == pytest.approx(3 / 4)


def test_chance_of_the_shortest_sum_is_exact():
    """1 + 1 is 01 and the end: nothing to guess."""
    assert make("binary_addition", length=3).chance()["accuracy"] == pytest.approx(1)


ELEMENTS = list(permutations(range(5)))
LETTERS = {"all": ELEMENTS, "generators": [(0, 1, 2, 3, 4), (1, 2, 3, 4, 0), (1, 0, 2, 3, 4)]}


def reached(word, letters):
    """The elements that the prefixes of a word come to, by moving things about."""
    things, found = list(range(5)), []
    for letter in word:
        things = [things[at] for at in LETTERS[letters][letter]]
        found.append(ELEMENTS.index(tuple(things)))
    return found


@pytest.mark.parametrize("length", [1, 2, 12])
@pytest.mark.parametrize("letters", LETTERS)
@pytest.mark.parametrize("every", [True, False])
def test_a_product_is_what_moving_things_about_gives(length, letters, every):
    task = {"length": length, "letters": letters, "every": every}
    for inputs, asked, answers in examples("s5_words", **task):
        assert max(inputs) < len(LETTERS[letters])
        assert asked == (list(range(length)) if every else [length - 1])
        assert answers == [reached(inputs, letters)[at] for at in asked]


def test_the_table_is_that_of_a_group():
    from seqbench_plugins.tasks.s5_words import TABLE

    whole = list(range(120))
    assert TABLE[0].tolist() == TABLE[:, 0].tolist() == whole
    assert (np.sort(TABLE, axis=0) == np.arange(120)[:, None]).all()  # each element once
    a, b, c = np.random.default_rng(0).integers(0, 120, (3, 1000))
    assert (TABLE[TABLE[a, b], c] == TABLE[a, TABLE[b, c]]).all()


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("every", [True, False])
def test_chance_of_generators_is_that_of_all_words(length, every):
    ends = np.array([reached(word, "generators") for word in product(range(3), repeat=length)])
    asked = range(length) if every else [length - 1]
    shares = [np.bincount(ends[:, at], minlength=120) / len(ends) for at in asked]
    entropies = [-sum(p * np.log(p) for p in share if p) for share in shares]
    task = make("s5_words", length=length, letters="generators", every=every)
    np.testing.assert_allclose(task.places()[list(asked)], shares)
    chance = task.chance()
    assert chance["accuracy"] == pytest.approx(np.mean([share.max() for share in shares]))
    assert chance["cross_entropy"] == pytest.approx(np.mean(entropies))


def test_letters_of_all_elements_leave_nothing_to_guess_by():
    chance = make("s5_words", letters="all").chance()
    assert chance == pytest.approx({"accuracy": 1 / 120, "cross_entropy": np.log(120)})


NAMES = ("even_pairs", "modular_arithmetic", "stack_manipulation", "binary_addition", "s5_words")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [3, 7, 18])
def test_the_oracle_makes_no_error(name, length):
    task = make(name, length=length)
    split = task.sample(500, np.random.default_rng(0))
    assert accuracy(split, task.oracle(split)) == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_the_majority_is_no_better_than_the_best_guess_at_each_place(name):
    task = make(name)
    train, test = (task.sample(4000, np.random.default_rng(seed)) for seed in (0, 1))
    lesson = Lesson(task.signature(), train, train, Recipe(), np.random.default_rng(0))
    scores = task.baselines()["majority"](lesson).predict(test.inputs, None)
    assert accuracy(test, scores) <= task.chance()["accuracy"] + 0.012
    assert cross_entropy(test, scores) >= task.chance()["cross_entropy"] - 0.012


@pytest.mark.parametrize(
    ("name", "settings", "hint"),
    [
        ("even_pairs", {"length": 1}, "even_pairs.length is 1; it takes 2 or more"),
        ("modular_arithmetic", {"length": 0}, "modular_arithmetic.length is 0; it takes 1 or more"),
        ("modular_arithmetic", {"modulus": 1}, "modular_arithmetic.modulus is 1; it takes 2 or"),
        ("stack_manipulation", {"length": 0}, "stack_manipulation.length is 0; it takes 1 or more"),
        ("binary_addition", {"length": 2}, "binary_addition.length is 2; it takes 3 or more"),
        ("s5_words", {"length": 0}, "s5_words.length is 0; it takes 1 or more"),
    ],
)
def test_what_cannot_be_is_refused(name, settings, hint):
    with pytest.raises(SeqbenchError) as refusal:
        make(name, **settings)
    assert str(refusal.value).startswith(hint)
    assert "\n" not in str(refusal.value)
