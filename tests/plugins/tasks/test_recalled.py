"""Multi-query recall, selective copying, induction and the flip-flop language."""

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks.distinct import distinct

HERE = Catalogue.installed()


def make(name, **settings):
    return HERE.make("tasks", name, settings)


def sample(name, n=100, seed=0, **settings):
    return make(name, **settings).sample(n, np.random.default_rng(seed))


def examples(name, **settings):
    """Each as a list of inputs and a mapping from the steps asked to the answers."""
    split = sample(name, **settings)
    for inputs, targets, mask in zip(split.inputs.tolist(), split.targets, split.mask, strict=True):
        asked = np.flatnonzero(mask).tolist()
        yield inputs, dict(zip(asked, targets[mask].tolist(), strict=True))


@pytest.mark.parametrize(
    ("pairs", "length", "vocab"), [(1, 4, 4), (4, 32, 64), (4, 16, 10), (16, 256, 8192), (3, 14, 8)]
)
@pytest.mark.parametrize("filled", [True, False])
def test_each_key_comes_again_once_and_asks_for_its_value(pairs, length, vocab, filled):
    task = {"pairs": pairs, "length": length, "vocab": vocab, "filled": filled}
    for inputs, answers in examples("mqar", **task):
        keys, values = inputs[0 : 2 * pairs : 2], inputs[1 : 2 * pairs : 2]
        assert len({*keys}) == len({*values}) == pairs
        assert min(keys) >= 1
        assert max(keys) < vocab // 2 <= min(values)
        told = dict(zip(keys, values, strict=True))
        assert all(step >= 2 * pairs and step % 2 == 0 for step in answers)
        assert {inputs[step]: answer for step, answer in answers.items()} == told
        if not filled:
            others = [inputs[s] for s in range(2 * pairs, length) if s not in answers]
            assert not any(others)


@pytest.mark.parametrize("power", [0.01, 0.5, 1.0])
def test_gaps_follow_the_power_law(power):
    """The first key takes the k-th place with a share of k ** (power - 1), normalised."""
    n, places = 40_000, 12
    split = sample("mqar", n=n, pairs=2, length=4 + 2 * places, power=power)
    first = (split.inputs[:, 4:] == split.inputs[:, :1]).argmax(axis=1) // 2
    weight = np.array([k ** (power - 1) for k in range(1, places + 1)])
    share = np.bincount(first, minlength=places) / n
    assert np.abs(share - weight / weight.sum()).max() < 0.0125  # 5 standard deviations


def test_later_keys_take_the_places_that_are_left():
    """One after the other without replacement, as the authors draw them: all orders, by hand."""
    weight = {place: (place + 1) ** -0.99 for place in range(3)}
    total = sum(weight.values())
    split = sample("mqar", n=40_000, pairs=2, length=10)
    steps = [
        (split.inputs[:, 4:] == split.inputs[:, at : at + 1]).argmax(axis=1) // 2 for at in (0, 2)
    ]
    for one in range(3):
        for other in {0, 1, 2} - {one}:
            wanted = weight[one] / total * weight[other] / (total - weight[one])
            assert abs(((steps[0] == one) & (steps[1] == other)).mean() - wanted) < 0.0125


def test_what_fills_the_gaps_is_any_token():
    split = sample("mqar", n=3000, vocab=8, pairs=1, length=16, filled=True)
    free = split.inputs[:, 2:][~split.mask[:, 2:]]
    assert np.abs(np.bincount(free, minlength=8) / len(free) - 1 / 8).max() < 0.0085


@pytest.mark.parametrize(
    ("delay", "length", "vocab"), [(0, 1, 2), (0, 5, 3), (1, 1, 2), (8, 4, 8), (100, 16, 14)]
)
def test_symbols_are_said_without_the_blanks(delay, length, vocab):
    task = {"delay": delay, "length": length, "vocab": vocab}
    for inputs, answers in examples("selective_copy", **task):
        heard, asked = inputs[:-length], inputs[-length:]
        assert asked == [vocab + 1] * length
        assert heard.count(vocab) == delay
        assert list(answers.values()) == [token for token in heard if token != vocab]
        assert list(answers) == list(range(length + delay, 2 * length + delay))
        assert max(answers.values()) < vocab


def test_the_published_selective_copy():
    io = make("selective_copy", length=16, delay=4080, vocab=14).signature()
    assert (io.length, io.inputs.vocab, io.outputs.vocab) == (4096 + 16, 16, 14)


def test_symbols_stand_anywhere():
    heard = sample("selective_copy", n=20_000, delay=3, length=2).inputs[:, :5]
    places = (heard < 8).astype(int) @ [1, 2, 4, 8, 16]
    shares = np.unique(places, return_counts=True)[1] / 20_000
    assert len(shares) == 10  # two of five
    assert np.abs(shares - 1 / 10).max() < 0.011  # 5 standard deviations


@pytest.mark.parametrize(("length", "vocab"), [(3, 2), (4, 15), (32, 15), (257, 3)])
def test_what_followed_the_mark_is_the_answer(length, vocab):
    for inputs, answers in examples("induction", length=length, vocab=vocab):
        first = inputs.index(vocab)
        assert inputs.count(vocab) == 2
        assert inputs[-1] == vocab
        assert answers == {length - 1: inputs[first + 1]}
        assert inputs[first + 1] < vocab


def test_the_mark_stands_anywhere():
    first = (sample("induction", n=20_000, length=7).inputs == 15).argmax(axis=1)
    shares = np.bincount(first, minlength=5) / 20_000
    assert len(shares) == 5
    assert np.abs(shares - 1 / 5).max() < 0.0142


@pytest.mark.parametrize(("gap", "length"), [(0, 2), (4, 32), (49, 256), (1, 3)])
def test_a_read_gives_the_bit_that_was_written_last(gap, length):
    for inputs, answers in examples("flip_flop", gap=gap, length=length):
        orders, bits = inputs[::2], inputs[1::2]
        assert len(orders) == length
        assert (orders[0], orders[-1]) == (2, 3)
        assert {*orders} <= {2, 3, 4}
        assert {*bits} <= {0, 1}
        kept, wanted = None, {}
        for at, order in enumerate(orders):
            if order == 2:
                kept = bits[at]
            if order == 3:
                wanted[2 * at] = kept
                assert at == length - 1 or bits[at] == kept
        assert answers == wanted


@pytest.mark.parametrize(("gap", "share"), [(0, 0.0), (4, 0.8), (49, 0.98)])
def test_so_many_instructions_are_ignored(gap, share):
    """FFL(0.8) and FFL(0.98): the rest is written or read alike."""
    orders = sample("flip_flop", n=2000, gap=gap, length=52).inputs[:, 2:-1:2]
    found = np.bincount(orders.ravel(), minlength=5)[2:] / orders.size
    wanted = [(1 - share) / 2, (1 - share) / 2, share]
    assert np.abs(found - wanted).max() < 0.008  # 5 standard deviations


NAMES = ("mqar", "selective_copy", "induction", "flip_flop")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", range(3))
def test_the_oracle_makes_no_error(name, seed):
    split = sample(name, n=500, seed=seed)
    assert accuracy(split, make(name).oracle(split)) == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_the_majority_is_at_chance(name):
    task = make(name)
    train, test = sample(name, n=6000), sample(name, n=6000, seed=1)
    lesson = Lesson(task.signature(), train, train, Recipe(), np.random.default_rng(0))
    model = task.baselines()["majority"](lesson)
    score = accuracy(test, model.predict(test.inputs, None))
    assert score == pytest.approx(task.chance()["accuracy"], abs=0.02)


def test_the_latest_bit_is_a_better_guess_than_none():
    """By hand: the bit shown last is the one kept where no ignored one came since, else a coin."""
    task = make("flip_flop", gap=1, length=200)
    test = task.sample(3000, np.random.default_rng(1))
    lesson = Lesson(task.signature(), test, test, Recipe(), np.random.default_rng(0))
    scores = task.baselines()["latest"](lesson).predict(test.inputs, None)
    assert accuracy(test, scores) == pytest.approx(1 / 2 + 1 / 2 * 1 / 2, abs=0.006)


@pytest.mark.parametrize(("count", "below"), [(1, 1), (3, 3), (2, 5), (40, 4096)])
def test_different_numbers_are_different(count, below):
    rows = distinct(500, count, below, np.random.default_rng(0))
    assert rows.shape == (500, count)
    assert all(len({*row}) == count and 0 <= min(row) <= max(row) < below for row in rows.tolist())


@pytest.mark.parametrize(
    ("name", "settings", "hint"),
    [
        ("mqar", {"vocab": 7}, "mqar.vocab is 7; it takes an even number from 4 on"),
        ("mqar", {"vocab": 2}, "mqar.vocab is 2; it takes an even number from 4 on"),
        ("mqar", {"length": 33}, "mqar.length is 33; it takes an even number from 4 on"),
        ("mqar", {"length": 2}, "mqar.length is 2; it takes an even number from 4 on"),
        (
            "mqar",
            {"pairs": 9},
            "mqar.pairs is 9; at length 32 and with 31 keys (vocab) it takes 1 to 8",
        ),
        (
            "mqar",
            {"vocab": 8},
            "mqar.pairs is 4; at length 32 and with 3 keys (vocab) it takes 1 to 3",
        ),
        ("mqar", {"pairs": 0}, "mqar.pairs is 0; at length 32"),
        ("mqar", {"power": 0.0}, "mqar.power is 0.0; it takes a number above 0, to 1"),
        ("mqar", {"power": 1.5}, "mqar.power is 1.5; it takes a number above 0, to 1"),
        ("selective_copy", {"delay": -1}, "selective_copy.delay is -1; it takes 0 or more"),
        ("selective_copy", {"length": 0}, "selective_copy.length is 0; it takes 1 or more"),
        ("selective_copy", {"vocab": 1}, "selective_copy.vocab is 1; it takes 2 or more"),
        ("induction", {"length": 2}, "induction.length is 2; it takes 3 or more"),
        ("induction", {"vocab": 1}, "induction.vocab is 1; it takes 2 or more"),
        ("flip_flop", {"gap": -1}, "flip_flop.gap is -1; it takes 0 or more"),
        ("flip_flop", {"length": 1}, "flip_flop.length is 1; it takes 2 or more"),
    ],
)
def test_what_cannot_be_is_refused(name, settings, hint):
    with pytest.raises(SeqbenchError) as refusal:
        make(name, **settings)
    assert str(refusal.value).startswith(hint)
