"""Equal budgets are solved for, checked and told of where they cannot be met."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench.suite import plan, read_suite
from seqbench.suite.sizing import around

WEIGHED = '''
from dataclasses import dataclass

from seqbench import Architecture, Missing, Model, Signature, Task, Tokens, Weight, hookimpl

@dataclass(frozen=True)
class Words(Task):
    name = "words"
    metrics = ("exact",)
    vocab: int = 5
    length: int = 10

    def signature(self):
        return Signature(Tokens(self.vocab), Tokens(self.vocab), self.length)


@dataclass(frozen=True)
class Brick(Architecture):
    """w * w + 2 * vocab * w numbers, and each is used once a step; width goes by fours."""

    name = "brick"
    width: int = 64
    heads: int = 4

    def weigh(self, io, flops=True):
        if self.width % self.heads:
            raise ValueError("no multiple of heads")
        n = self.width * self.width + 2 * io.inputs.vocab * self.width
        return Weight(n, n, flops_per_step=2.0 * n + self.width * io.length if flops else None)

    def fit(self, lesson):
        return Model(lambda x, lengths: x, 0)


@dataclass(frozen=True)
class Tower(Brick):
    """Sized by its floors, and refuses some when it is made."""

    name = "tower"
    size = "floors"
    floors: int = 3

    def __post_init__(self):
        if self.floors in (4, 5, 6, 7, 8):
            raise ValueError("these floors are haunted")

    def weigh(self, io, flops=True):
        return Weight(100 * self.floors, 0)


@dataclass(frozen=True)
class Cloud(Brick):
    """Known only once it is fitted."""

    name = "cloud"

    def weigh(self, io, flops=True):
        return None


@dataclass(frozen=True)
class Ragged(Brick):
    """Needs as much again for sequences of different lengths."""

    name = "ragged"

    def weigh(self, io, flops=True):
        return Weight(self.width * (2 if io.varied else 1), 0)


@dataclass(frozen=True)
class Both(Brick):
    name = "both"
    causal = False


@dataclass(frozen=True)
class Sizeless(Brick):
    name = "sizeless"
    size = "girth"


@dataclass(frozen=True)
class Never(Brick):
    name = "never"

    def weigh(self, io, flops=True):
        raise ValueError("it is too late")


@dataclass(frozen=True)
class Broken(Brick):
    name = "broken"

    def weigh(self, io, flops=True):
        return 1 / 0


@dataclass(frozen=True)
class Awaits(Brick):
    name = "awaits"

    def weigh(self, io, flops=True):
        raise Missing("no compiler")


@hookimpl
def tasks():
    return [Words]


@hookimpl
def architectures():
    return [Brick, Tower, Cloud, Ragged, Both, Sizeless, Never, Broken, Awaits]
'''


@pytest.fixture(scope="module")
def weighed_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("weighed") / "weighed.py"
    file.write_text(WEIGHED)
    return file


@pytest.fixture
def planned(write, world_file, weighed_file):
    catalogue = Catalogue.installed(world_file, weighed_file)

    def planned(text, **options):
        trials = plan(read_suite(write(text), catalogue), catalogue, **options)
        return [trial for trial in trials if not trial.baseline]

    return planned


def refused(planned, text):
    with pytest.raises(SeqbenchError) as caught:
        planned(text)
    return str(caught.value).split("s.yaml:")[1]


def test_each_task_has_the_nearest_size_that_can_be_built(planned):
    trials = planned("""
parameters: 10000
seeds: 2
tasks: [words: {vocab: [5, 50]}]
architectures: [brick, brick: {heads: [1, 32]}]
""")
    sizes = {
        (t.task.settings["vocab"], t.architecture.settings["heads"]): t.architecture.settings[
            "width"
        ]
        for t in trials
    }
    for (vocab, heads), width in sizes.items():  # every size tried, one by one
        built = [w for w in range(heads, 500, heads)]
        assert width == min(built, key=lambda w: abs(w * w + 2 * vocab * w - 10_000))
    assert len(trials) == 12 and len({trial.id for trial in trials}) == 12


def test_the_size_is_the_setting_that_the_class_names(planned):
    [trial] = planned("parameters: 1000\nseeds: 1\ntasks: [words]\narchitectures: [tower]")
    assert trial.architecture.settings["floors"] == 10
    assert trial.architecture.settings["width"] == 64


def test_flops_are_those_of_a_step_at_the_tasks_length(planned):
    text = "flops: {}\nseeds: 1\ntasks: [words: {{length: 100}}]\narchitectures: [brick]"
    [trial] = planned(text.format(2 * (40 * 40 + 2 * 5 * 40) + 40 * 100))
    assert trial.architecture.settings["width"] == 40


def test_over_a_range_it_is_the_longest(planned):
    [trial] = planned(f"""
flops: {2 * (40 * 40 + 2 * 5 * 40) + 40 * 100}
seeds: 1
tasks: [words: {{length: {{from: 3, to: 100}}}}]
architectures: [brick]
""")
    assert trial.architecture.settings["width"] == 40


@pytest.mark.parametrize(("length", "width"), [("100", 60), ("{from: 3, to: 100}", 30)])
def test_over_a_range_sequences_differ_in_length(planned, length, width):
    tasks = f"tasks: [words: {{length: {length}}}]"
    [trial] = planned(f"parameters: 60\nseeds: 1\n{tasks}\narchitectures: [ragged]")
    assert trial.architecture.settings["width"] == width


def test_what_cannot_be_weighed_stays_as_it_is(planned):
    trials = planned("""
parameters: 100
seeds: 1
tasks: [words]
architectures: [cloud, both, awaits, mean, net: {width: 12}]
""")
    assert [t.architecture.settings.get("width") for t in trials] == [64, 64, 64, None, 12]
    [trial] = planned("flops: 100\nseeds: 1\ntasks: [words]\narchitectures: [tower]")
    assert trial.architecture.settings["floors"] == 3


@pytest.mark.parametrize(
    ("asked", "architecture", "told"),
    [
        (
            "parameters: 650",
            "tower",
            "2:1: tower on words cannot have 650 parameters within 5%:"
            " floors 3 has 300 and floors 9 has 900",
        ),
        (
            "parameters: 10",
            "brick",
            "2:1: brick on words cannot have 10 parameters within 5%: width 4 has 56",
        ),
        (
            "flops: 35",
            "brick: {heads: 1}",
            "2:1: brick on words cannot have 35 FLOPs a step within 5%:"
            " width 1 has 32 and width 2 has 68",
        ),
        (
            "parameters: 100",
            "never",
            "2:1: never on words cannot have 100 parameters within 5%:"
            " it cannot be built: it is too late",
        ),
        (
            "parameters: 100",
            "sizeless",
            "2:1: sizeless cannot be sized: it has no setting 'girth',"
            " which its class declares as `size`",
        ),
        (
            "parameters: 100",
            "brick: {width: [8, 16]}",
            "5:25: brick.width is solved for, as the suite sets parameters; leave one out",
        ),
        ("parameters: 0", "brick", "2:13: parameters takes a whole number from 1, not 0"),
        (
            "parameters: 5e4",
            "brick",
            "2:13: parameters takes a whole number from 1, not 50000.0: write 50000",
        ),
        ("flops: true", "brick", "2:8: flops takes a whole number from 1, not True"),
    ],
)
def test_slips(planned, asked, architecture, told):
    text = f"{asked}\nseeds: 1\ntasks: [words]\narchitectures: [{architecture}]"
    assert refused(planned, text) == told


def test_only_one_of_the_two_can_be_equal(planned):
    text = "parameters: 100\nflops: 100\ntasks: [words]\narchitectures: [brick]"
    assert refused(planned, text).startswith("3:1: parameters and flops cannot both be equal")


def test_a_slip_within_an_architecture_is_told(planned):
    with pytest.raises(SeqbenchError, match=r"broken fails in weigh\(\): ZeroDivisionError"):
        planned("parameters: 9\ntasks: [words]\narchitectures: [broken]")


def test_ten_thousand_trials_are_sized_in_five_seconds(planned):
    began = time.process_time()
    trials = planned(f"""
parameters: 4736
seeds: 50
tasks: [words: {{length: {list(range(1, 101))}}}]
architectures: [brick, brick: {{heads: 2}}]
""")
    assert time.process_time() - began < 5
    assert len(trials) == 10_000
    assert {trial.architecture.settings["width"] for trial in trials} == {64}


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=200),
    st.data(),
)
@settings(max_examples=200, deadline=None)
def test_bisection_finds_what_a_search_through_all_finds(rises, data):
    """Whatever sizes are missing, and wherever it begins."""
    weights, total = {}, 0
    for size, rise in enumerate(rises, start=1):
        total += rise
        weights[size] = total
    for size in data.draw(st.sets(st.sampled_from(sorted(weights)))):
        del weights[size]
    amount = data.draw(st.integers(0, total + 5))
    start = data.draw(st.integers(1, 400))
    low, high = around(weights.get, amount, start)
    below = [size for size, weight in weights.items() if weight <= amount]
    above = [size for size, weight in weights.items() if weight > amount]
    assert (low and low.size) == max(below, default=None)
    assert (high and high.size) == min(above, default=None)


def test_it_asks_for_few_sizes():
    asked = []

    def weigh(size):
        asked.append(size)
        return size * size

    low, high = around(weigh, 300 * 300, 64)
    assert (low.size, high.size) == (300, 301)
    assert len(asked) == len(set(asked)) <= 20
    asked.clear()
    around(weigh, 300 * 300, 300)  # as for the next task of a suite
    assert asked == [300, 301]
