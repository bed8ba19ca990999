"""Intervals over test examples."""

import os
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import seqbench
from front_door import seqbench as shell
from seqbench import Reals, Signature, Tokens
from seqbench.bench.measure import number
from seqbench.bench.spread import over_blocks
from seqbench.catalogue import Catalogue
from seqbench.testing.tiny import tiny

RNG = np.random.default_rng(5)


def of_steps(numbers, counts):
    """The interval of the mean over all steps of examples with so many steps each."""
    sums = numbers * counts
    value = sums.sum() / counts.sum()

    def part(rows):
        return sums[rows].sum() / max(counts[rows].sum(), 1), (
            len(numbers[rows]),
            counts[rows].sum(),
        )

    return over_blocks(len(numbers), value, part)


def test_of_a_share_it_is_as_wide_as_the_binomial_distribution_says():
    right = (RNG.random(4000) < 0.7).astype(float)
    low, high = of_steps(right, np.ones(4000, int))
    exact = stats.binomtest(int(right.sum()), 4000).proportion_ci(method="wilson")
    assert low == pytest.approx(exact.low, abs=0.004)
    assert high == pytest.approx(exact.high, abs=0.004)


def test_examples_weigh_by_their_steps():
    counts = RNG.integers(1, 30, 500)
    numbers = np.where(counts > 15, 1.0, 0.0) + RNG.normal(0, 0.1, 500)
    low, high = of_steps(numbers, counts)
    assert low < (numbers * counts).sum() / counts.sum() < high
    assert low > numbers.mean()  # where each example weighs alike


def test_neighbours_that_are_alike_count_as_fewer():
    alike = np.repeat(RNG.normal(0, 1, 40), 25)
    low, high = of_steps(alike, np.ones(1000, int))
    shuffled = of_steps(RNG.permutation(alike), np.ones(1000, int))
    assert high - low > 2 * (shuffled[1] - shuffled[0])


def test_a_block_without_a_counted_step_is_left_out():
    counts = np.ones(200, int)
    counts[:20] = 0
    numbers = RNG.normal(3, 1, 200)
    low, high = of_steps(numbers, counts)
    assert low < numbers[20:].mean() < high
    assert high - low < 0.5  # a nought for what is empty would make it wider


@pytest.mark.parametrize(
    "why", ["no mean", "all alike", "one example", "nothing counted", "refuses"]
)
def test_there_is_none(why):
    errors = (
        np.ones(50) if why == "all alike" else RNG.normal(0, 1, 1 if why == "one example" else 50)
    )

    def part(rows):
        if why == "refuses":
            raise ValueError("too few examples")
        rooted = np.sqrt((errors[rows] ** 2).mean())
        return rooted, (0 if why == "nothing counted" else len(errors[rows]),)

    whole = np.sqrt((errors**2).mean())
    assert over_blocks(len(errors), float(whole), part) is None


KNOWN = Catalogue.installed()
METRICS = {
    name: metric
    for name in KNOWN.names("metrics")
    if (metric := KNOWN.get("metrics", name)).steps is not None
}


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("counted", ["every", "some", "last"])
def test_from_single_steps_it_is_what_it_is_block_by_block(name, counted):
    kind = Reals(2) if name in ("mase", "mae", "mse", "smape", "crps", "within") else Tokens(5)
    split = tiny(Signature(kind, kind, 7), np.random.default_rng(3), n=250)
    places = np.broadcast_to(np.arange(7), split.mask.shape)
    mask = {"every": places >= 0, "some": RNG.random(split.mask.shape) < 0.4, "last": places == 6}
    split = replace(split, mask=mask[counted], scale=2.5)
    answers = RNG.normal(0, 0.05, (250, 7, kind.channels)).astype(np.float32)
    if kind.channels == 2:
        answers += split.targets
    metric = METRICS[name]
    value, found = number(metric, split, answers, True)
    same, wanted = number(replace(metric, steps=None), split, answers, True)
    assert value == pytest.approx(same, rel=1e-12)
    assert found == pytest.approx(wanted, rel=1e-12)
    assert found[0] < value < found[1]


SUITE = """
suite: alone
seeds: {seeds}
sizes: {{train: 300, valid: 100, test: 300}}
train: {{examples: 600}}
tasks: [associative_recall: {{pairs: 2, vocab: 8}}]
architectures: [rnn]
"""


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_table_tells_them_of_one_seed_alone(tmp_path, seeds):
    (tmp_path / "alone.yaml").write_text(SUITE.format(seeds=seeds))
    done = shell(
        "run", "alone.yaml", cwd=tmp_path, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}
    )
    numbers = seqbench.load(tmp_path / "results" / "alone").measurements
    tested = numbers[(numbers.split == "test") & ~numbers.baseline]
    assert (tested.low < tested.value).all()
    assert (tested.value < tested.high).all()
    assert numbers[numbers.split == "valid"].low.isna().all()
    row = tested[tested.name == "accuracy"].iloc[0]
    told = f"[{row.low:.3f}, {row.high:.3f}]"
    assert (told in done.stdout) == (seeds == 1)
    assert ("bootstrap intervals over test examples" in done.stdout) == (seeds == 1)
