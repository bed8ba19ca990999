"""What a trial learns from where a setting varies: every value of it, and the easy ones first."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import Choice, Lesson, Recipe, Signature, Sizes, Split, Tokens, Trial
from seqbench.bench.splits import drawn, signature
from seqbench.bench.trial import run_trial
from seqbench.catalogue import Catalogue

LATIN = """
from dataclasses import dataclass

import numpy as np

from seqbench import Architecture, Model, Signature, Split, Task, Tokens, hookimpl

SEEN = []


@dataclass(frozen=True)
class Runs(Task):
    '''Every input is `length`, every target `gap`, so that both can be read off.'''

    name = "runs"
    metrics = ("accuracy",)
    length: int = 6
    gap: int = 2
    most: int = 10**9

    def signature(self):
        return Signature(Tokens(100), Tokens(100), self.length + self.gap)

    def split(self, role, n, rng):
        n = min(n, self.most)
        inputs = np.full((n, self.length + self.gap), self.length)
        mask = np.zeros(inputs.shape, bool)
        mask[:, -1] = True
        noise = rng.integers(50, 100, (n, self.gap))
        inputs[:, : self.gap] = noise
        return Split(inputs, np.full_like(inputs, self.gap), mask)


@dataclass(frozen=True)
class Keeps(Architecture):
    name = "keeps"
    draws: int = 0

    def fit(self, lesson):
        lesson.rng.random(self.draws)
        SEEN.append(lesson)
        return Model(lambda x, lengths=None: np.zeros((*x.shape, 100)), 0)


@hookimpl
def tasks():
    return [Runs]


@hookimpl
def architectures():
    return [Keeps]
"""


@pytest.fixture(scope="module")
def latin(tmp_path_factory):
    file = tmp_path_factory.mktemp("latin") / "latin.py"
    file.write_text(LATIN)
    return Catalogue.installed(file)


def trial(**changes):
    usual = Trial(
        task=Choice("runs", {"length": 30, "gap": 2}),
        architecture=Choice("keeps", {"draws": 0}),
        seed=0,
        train={"examples": 8, "batch": 4},
        sizes=Sizes(100, 50, 60),
        ranges={"length": (5, 30)},
        metrics=("accuracy",),
    )
    return replace(usual, **changes)


def splits(latin, asked):
    task = latin.make("tasks", asked.task.name, asked.task.settings)
    data, levels = drawn(asked, task, latin)
    return data, signature(asked, task), levels


def length_of(split):
    """Per example, the `length` it was drawn with, read from its own last step."""
    return split.inputs[np.arange(len(split)), split.lengths - 1]


def test_every_value_comes_equally_often_in_every_split(latin):
    data, io, levels = splits(latin, trial())
    assert io == Signature(Tokens(100), Tokens(100), 32, varied=True) and levels is None
    for split, n in ((data.train, 100), (data.valid, 50), (data.test, 60)):
        values, counts = np.unique(length_of(split), return_counts=True)
        assert values.tolist() == list(range(5, 31)) and counts.sum() == n
        assert set(counts) <= {n // 26, n // 26 + 1}


def test_few_examples_are_spread_over_the_whole_range(latin):
    data, *_ = splits(latin, trial(sizes=Sizes(5, 5, 5)))
    values = np.sort(length_of(data.train))
    assert set(np.diff(values)) <= {5, 6} and values[0] < 11 and values[-1] > 24


def test_sequences_are_padded_at_the_end_and_padding_never_counts(latin):
    data, *_ = splits(latin, trial())
    split = data.train
    assert split.inputs.shape == split.targets.shape == split.mask.shape == (100, 32)
    real = np.arange(32) < split.lengths[:, None]
    assert np.array_equal(split.lengths, length_of(split) + 2)
    assert (split.inputs[real] >= 5).all() and (split.inputs[~real] == 0).all()
    assert (split.targets[real] == 2).all() and (split.targets[~real] == 0).all()
    assert np.array_equal(split.mask.argmax(axis=1), split.lengths - 1)
    assert split.mask.sum() == 100


def test_settings_vary_by_themselves(latin):
    asked = trial(ranges={"length": (5, 8), "gap": (1, 3)}, sizes=Sizes(1200, 12, 12))
    data, *_ = splits(latin, asked)
    lengths, gaps = length_of(data.train), data.train.targets[:, 0]
    pairs, counts = np.unique(np.stack([lengths, gaps]), axis=1, return_counts=True)
    assert pairs.shape == (2, 12)
    assert np.abs(counts - 100).max() < 40  # four standard deviations of a fair pairing
    assert set(np.unique(gaps, return_counts=True)[1]) == {400}


def test_the_splits_differ_and_a_seed_decides_them(latin):
    one, two, other = (splits(latin, trial(seed=seed))[0] for seed in (0, 0, 1))
    for role in ("train", "valid", "test"):
        a, b, c = (getattr(data, role) for data in (one, two, other))
        assert np.array_equal(a.inputs, b.inputs) and np.array_equal(a.lengths, b.lengths)
        assert not np.array_equal(a.inputs, c.inputs)
    few = trial(sizes=Sizes(60, 60, 60))
    data, *_ = splits(latin, few)
    assert not np.array_equal(data.train.inputs, data.test.inputs)


def test_two_architectures_learn_from_the_same(latin):
    import sys

    seen = sys.modules[type(latin.make("architectures", "keeps", {})).__module__].SEEN
    for draws in (0, 7):
        asked = trial(architecture=Choice("keeps", {"draws": draws}), curriculum=True)
        assert run_trial(asked, latin, lambda progress: None).status == "ok"
    one, two = seen[1], seen[-1]  # each fit is rehearsed once
    assert len(one.train) == len(two.train) == 100
    for part in ("inputs", "targets", "mask", "lengths"):
        assert np.array_equal(getattr(one.train, part), getattr(two.train, part))
        assert np.array_equal(getattr(one.valid, part), getattr(two.valid, part))
    assert np.array_equal(one.levels, two.levels)
    assert one.io.varied


def test_a_level_is_how_far_up_the_range_an_example_is(latin):
    data, _, levels = splits(latin, trial(curriculum=True))
    assert np.allclose(levels, (length_of(data.train) - 5) / 25)
    asked = trial(curriculum=True, ranges={"length": (5, 8), "gap": (1, 3)})
    data, _, levels = splits(latin, asked)
    up = (length_of(data.train) - 5) / 3, (data.train.targets[:, 0] - 1) / 2
    assert np.allclose(levels, np.maximum(*up))


def test_a_task_whose_data_end_gives_fewer(latin):
    task = Choice("runs", {"length": 30, "gap": 2, "most": 1})
    data, _, levels = splits(latin, trial(task=task, curriculum=True))
    assert length_of(data.train).tolist() == list(range(5, 31))
    assert np.allclose(levels, np.arange(26) / 25)


def lesson(levels, examples, seed=0):
    n = len(levels)
    rows = np.arange(n)[:, None]  # an example's input is its row
    split = Split(rows, rows, np.ones((n, 1), bool))
    recipe = Recipe(examples=examples, batch=8)
    io = Signature(Tokens(n), Tokens(n), 1)
    return Lesson(io, split, split, recipe, np.random.default_rng(seed), levels=levels)


@pytest.mark.parametrize(("n", "examples"), [(360, 4000), (4000, 4000), (20_000, 1000)])
def test_a_curriculum_grows_over_the_first_half(n, examples):
    """However large the training set is beside what is learned from it."""
    levels = np.random.default_rng(1).permutation(np.arange(n) % 36 / 35)
    seen, highest = 0, []
    for batch in lesson(levels, examples).batches(8):
        reached = levels[batch.inputs[:, 0]]
        assert (reached <= max(2 * seen / examples, 0)).all()
        assert len(set(batch.inputs[:, 0])) == len(batch) == 8
        highest.append((seen / examples, reached.max(), reached.mean()))
        seen += len(batch)
    assert seen == examples
    for share in (0.1, 0.2, 0.3, 0.4):  # of all that is reached alike, not of the newest alone
        near = [it for it in highest if abs(it[0] - share) < 0.05]
        assert max(it[1] for it in near) == pytest.approx(2 * share + 0.1, abs=0.06)
        assert np.mean([it[2] for it in near]) == pytest.approx(share, abs=0.05)
    late = [it for it in highest if it[0] >= 0.5]
    assert np.mean([it[2] for it in late]) == pytest.approx(0.5, abs=0.03)
    assert max(it[1] for it in late) == 1


def test_after_the_first_half_every_example_comes_once_an_epoch():
    levels = np.arange(40) / 39
    batches = [batch.inputs[:, 0] for batch in lesson(levels, 160).batches(8)]
    late = np.concatenate(batches[-10:])
    assert np.array_equal(np.bincount(late), np.full(40, 2))


@given(st.integers(1, 30), st.integers(1, 200), st.integers(1, 16), st.booleans())
@settings(max_examples=60, deadline=None)
def test_batches_end_when_the_examples_are_spent(n, examples, size, climbing):
    levels = np.linspace(0, 1, n) if climbing else None
    given = lesson(np.zeros(n), examples)
    batches = list(replace(given, levels=levels).batches(size))
    counts = [len(batch) for batch in batches]
    assert sum(counts[:-1]) < examples <= sum(counts)
    assert max(counts) <= size


def test_a_higher_least_level_begins_at_once():
    levels = np.array([0.5, 0.75, 1.0])
    first = next(lesson(levels, 100).batches(4))
    assert first.inputs[:, 0].tolist() == [0]


def test_the_longer_sequences_train_as_if_they_stood_alone():
    """A network that takes lengths gives a padded sequence the answers it gives it unpadded."""
    catalogue = Catalogue.installed()
    settings = {"length": 12, "every": True}
    asked = Trial(
        Choice("parity", settings),
        Choice("lstm", {"width": 8}),
        0,
        train=vars(Recipe(examples=64, batch=16)),
        sizes=Sizes(64, 20, 20),
        ranges={"length": (3, 12)},
        metrics=("accuracy",),
    )
    task = catalogue.make("tasks", "parity", settings)
    (data, _), io = drawn(asked, task, catalogue), signature(asked, task)
    recipe = Recipe(examples=64, batch=16)
    model = catalogue.make("architectures", "lstm", {"width": 8}).fit(
        Lesson(io, data.train, data.valid, recipe, np.random.default_rng(0))
    )
    whole = model.predict(data.test.inputs, data.test.lengths)
    for row, length in enumerate(data.test.lengths):
        alone = model.predict(data.test.inputs[row : row + 1, :length], None)
        assert np.allclose(whole[row, :length], alone[0], atol=1e-5)
    assert run_trial(asked, catalogue, lambda progress: None).status == "ok"
