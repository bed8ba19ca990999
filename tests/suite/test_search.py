"""What a search is written as, what it tries, and what it is refused for."""

import json
import math
import time
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from seqbench import SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench.contract.trial import AND
from seqbench.suite import open_suite, plan, read_suite
from seqbench.suite.search import Method, Search, Space
from seqbench.suite.studies import drawn, grid

LEAST = "tasks: [copy]\narchitectures: [net]\nseeds: 1\n"


@pytest.fixture
def read(write, world):
    def read(search, architectures="net", rest="seeds: 1", overrides=()):
        text = f"search: {search}\ntasks: [copy]\narchitectures: [{architectures}]\n{rest}"
        return read_suite(write(text.removeprefix("search: None\n")), world, overrides)

    return read


@pytest.fixture
def planned(read, world):
    def planned(*words, known=lambda trial: None, **options):
        trials = plan(read(*words, **options), world, known=known)
        return [trial for trial in trials if not trial.baseline]

    return planned


def setting(trial, *keys):
    """What a trial has of these, wherever it has it."""
    whole = {**trial.train, **trial.architecture.settings}
    return tuple(whole[key] for key in keys)


def told(read, *words, **options):
    with pytest.raises(SeqbenchError) as caught:
        read(*words, **options)
    return [line.split("s.yaml:")[-1] for line in str(caught.value).splitlines()]


# ------------------------------------------------------------------------------ reading


def test_what_is_read(read):
    suite = read(
        "{method: grid, trials: 7, prune: true, seed: 3, at_once: 2,"
        " over: {lr: {log: [1e-4, 1e-2], points: 5}, layers: [1, 2], drop: {from: 0, to: 0.5}}}",
        overrides=["search.method=random"],
    )
    (entry,) = suite.architectures
    assert entry.search.how == Method("random", 7, True, 3, 2)
    assert entry.search.over == {
        "drop": Space((), 0.0, 0.5),
        "layers": Space((1, 2)),
        "lr": Space((), 1e-4, 1e-2, log=True, points=5),
    }
    assert entry.search.settings == 7 and entry.search.in_steps


def test_defaults(read):
    (entry,) = read("{over: {lr: {log: [1e-4, 1e-2]}}}").architectures
    assert entry.search.how == Method("random", 20, False, 0, 4)
    assert not entry.search.in_steps


def test_without_search_there_is_none(read):
    for nothing in ("None", "{}", ""):
        assert [entry.search for entry in read(nothing).architectures] == [None]


def test_whole_numbers_are_whole_where_the_setting_is(read):
    (entry,) = read("{over: {width: {log: [8, 64]}, drop: {from: 0, to: 1}}}").architectures
    assert entry.search.over["width"].whole and not entry.search.over["drop"].whole
    wide = read("{over: {examples: {from: 1, to: 1000000000000}}}").architectures[0].search
    assert wide.over["examples"].size == 10**12 and wide.settings == 20


def test_an_entry_adds_to_the_suites_search_and_stands_above_it(read):
    plain, own = read(
        "{trials: 9, over: {lr: {log: [1e-4, 1e-2]}, layers: [1, 2]}}",
        "net, net: {search: {method: grid, over: {lr: [0.1, 0.2], width: [4, 8]}}}",
    ).architectures
    assert plain.search.how == Method("random", 9)
    assert own.search.how == Method("grid", 9)
    assert own.search.over == {
        "lr": Space((0.1, 0.2)),
        "layers": Space((1, 2)),
        "width": Space((4, 8)),
    }


def test_a_search_in_one_entry_alone(read, planned):
    architectures = "mean, net: {search: {method: grid, over: {width: [4, 8]}}}"
    first, second = read("None", architectures).architectures
    assert first.search is None and second.search.settings == 2
    names = [
        (trial.architecture.name, dict(trial.study)) for trial in planned("None", architectures)
    ]
    study = {"name": "net", "method": "grid", "over": "width"}
    assert names == [("mean", {}), ("net", study), ("net", study)]


def test_what_another_architecture_has_is_left_to_it(planned):
    trials = planned("{method: grid, over: {width: [4, 8], lr: [0.1, 0.2]}}", "mean, net")
    tried = [trial.architecture.name for trial in trials]
    assert (tried.count("mean"), tried.count("net")) == (2, 4)


SLIPS = [  # of search; § stands before the place that is named
    ("{§trails: 3, over: {lr: [1, 2]}}", "search has no 'trails'; did you mean 'trials'?"),
    ("{trials: §0, over: {lr: [1, 2]}}", "search.trials takes a number from 1"),
    ("{trials: §x, over: {lr: [1, 2]}}", "search.trials takes int, not 'x'"),
    ("{seed: §-1, over: {lr: [1, 2]}}", "search.seed takes a number from 0"),
    ("{at_once: §0, over: {lr: [1, 2]}}", "search.at_once takes a number from 1"),
    ("{prune: §1, over: {lr: [1, 2]}}", "search.prune takes bool, not 1"),
    ("{method: §gird, over: {lr: [1, 2]}}", "search.method takes 'grid' | 'random' | 'tpe'"),
    ("§[1]", "search takes `key: value` pairs, not [1]"),
    ("§text", "search takes `key: value` pairs, not 'text'"),
    ("{over: §[lr]}", "over takes `key: value` pairs, not ['lr']"),
    ("{over: §5}", "over takes `key: value` pairs, not 5"),
    ("{over: {§lrr: [1, 2]}}", "neither train nor an architecture of the suite has 'lrr'; did you"),
    ("{over: {lr: §[]}}", "train.lr: write [1, 2], {log: [1e-4, 1e-2]} or {from: 0.0, to: 0.5}"),
    ("{over: {lr: §0.1}}", "train.lr: write [1, 2], {log"),
    ("{over: {lr: §}}", "train.lr: write [1, 2], {log"),
    ("{over: {lr: §{}}}", "train.lr: write [1, 2], {log"),
    ("{over: {lr: §{points: 3}}}", "train.lr: write [1, 2], {log"),
    ("{over: {lr: §{from: 1}}}", "train.lr: write [1, 2], {log"),
    ("{over: {lr: §{from: 1, to: 2, by: 1}}}", "train.lr: write [1, 2], {log"),
    ("{over: {lr: §{from: 1, to: 2, log: [1, 2]}}}", "train.lr: write [1, 2], {log"),
    ("{over: {lr: {§lag: [1, 2]}}}", None),
    ("{over: {lr: {log: §[1]}}}", "train.lr: log takes [least, most]"),
    ("{over: {lr: {log: §[1, 2, 3]}}}", "train.lr: log takes [least, most]"),
    ("{over: {lr: {log: §0.1}}}", "train.lr: log takes [least, most]"),
    ("{over: {lr: {log: [§x, 1]}}}", "train.lr takes float, not 'x'"),
    ("{over: {lr: {log: [0.1, §[1]]}}}", "train.lr takes float, not [1]"),
    ("{over: {lr: [0.1, §0]}}", "train.lr takes a number from 1e-12"),
    ("{over: {lr: [0.1, §[0.2]]}}", "train.lr takes float, not [0.2]"),
    ("{over: {lr: §[0.1, 0.2, 1e-1]}}", "train.lr: one value stands there twice"),
    ("{over: {lr: §{from: 0.2, to: 0.1}}}", "train.lr: from 0.2 to 0.1 is no range"),
    ("{over: {lr: §{from: 0.2, to: 0.2}}}", "train.lr: from 0.2 to 0.2 is no range"),
    ("{over: {drop: §{log: [0, 1]}}}", "net.drop: from 0.0 to 1.0 is no range; log needs more"),
    ("{over: {drop: §{log: [-1, 1]}}}", "net.drop: from -1.0 to 1.0 is no range; log needs more"),
    ("{over: {drop: §{from: 1, to: 1.0000000000000002}}}", "net.drop: from 1.0 to 1.0"),
    ("{over: {drop: §{from: 0, to: 5e-324}}}", "net.drop: from 0.0 to 5e-324 is too narrow"),
    ("{over: {drop: §{from: -1e308, to: 1e308}}}", "net.drop: from -1e+308 to 1e+308 is too wide"),
    ("{over: {drop: {from: 0, to: §.inf}}}", ".inf is no finite number"),
    ("{over: {drop: {from: 0, to: §.nan}}}", ".nan is no finite number"),
    ("{over: {width: {from: 1, to: §1" + "0" * 400 + "}}}", "a number of 401 digits"),
    ("{over: {width: {from: 1, to: §1" + "0" * 60 + "}}}", "1" + "0" * 60 + " is too large"),
    ("{over: {width: §{from: 9007199254740991, to: 9007199254740999}}}", "net.width: from 900719"),
    ("{over: {width: {from: 1, to: §2.5}}}", "net.width takes int, not 2.5"),
    ("{over: {bias: §{from: false, to: true}}}", "net.bias has no numbers to look between"),
    ("{over: {optimizer: §{from: adam, to: sgd}}}", "train.optimizer has no numbers to look"),
    ("{over: {lr: {from: 0.1, to: 0.2, points: §1}}}", "points takes a whole number from 2 to"),
    ("{over: {lr: {from: 0.1, to: 0.2, points: §2.0}}}", "points takes a whole number from 2 to"),
    ("{over: {lr: {from: 0.1, to: 0.2, points: §true}}}", "points takes a whole number from 2 to"),
    ("{over: {lr: {from: 0.1, to: 0.2, points: §1000000000}}}", "points takes a whole number"),
]


@pytest.mark.parametrize(("text", "expected"), SLIPS)
def test_slips(read, text, expected):
    column = len("search: ") + text.index("§") + 1
    lines = told(read, text.replace("§", ""))
    if expected is None:
        assert any("train.lr: write" in line for line in lines)
    else:
        assert any(line.startswith(f"2:{column}: {expected}") for line in lines), lines


ENTRY_SLIPS = [
    ("net: {search: {over: {§widht: [4, 8]}}}", "neither net nor train has 'widht'; did you mean"),
    ("mean: {search: {over: {§width: [4, 8]}}}", "neither mean nor train has 'width'"),
    ("net: {width: 4, search: {over: {§width: [4, 8]}}}", "net: width is searched over; leave it"),
    (
        "net: {train: {lr: 0.1}, search: {over: {§lr: [1, 2]}}}",
        "net: lr is searched over; leave it",
    ),
    ("net: {search: {§trails: 4, over: {lr: [1, 2]}}}", "search has no 'trails'; did you mean"),
    ("net: {search: §[1]}", "search takes `key: value` pairs, not [1]"),
    ("net: {search: {over: §[1]}}", "over takes `key: value` pairs, not [1]"),
    ("net: {search: {over: §5}}", "over takes `key: value` pairs, not 5"),
    ("net: {§search: {trials: 3}}", "net: nothing to search over; write over: {lr:"),
    ("net: {§search: {over: {}}}", "net: nothing to search over; write over: {lr:"),
    ("net: {§search: {over: }}", "net: nothing to search over; write over: {lr:"),
    ("net: {§search: {method: grid, over: {lr: {log: [1, 2]}}}}", "lr: a grid needs to know how"),
    (
        "net: {§search: {method: grid, over: {width: {from: 1, to: 1000000000000}}}}",
        "width: a grid needs to know how many",
    ),
]


@pytest.mark.parametrize(("text", "expected"), ENTRY_SLIPS)
def test_slips_in_an_entry(read, text, expected):
    column = len("architectures: [") + text.index("§") + 1
    lines = told(read, "None", text.replace("§", ""))
    assert any(line.startswith(f"3:{column}: {expected}") for line in lines), lines


@pytest.mark.parametrize("over", ["", "5", "[1]", "text"])
def test_an_over_that_is_none_beside_one_of_the_suite(read, over):
    words = "{over: {lr: [0.1, 0.2]}}", f"net: {{search: {{method: grid, over: {over}}}}}"
    if over:
        assert any("over takes `key: value` pairs" in line for line in told(read, *words))
    else:
        assert read(*words).architectures[0].search.settings == 2


@pytest.mark.parametrize(
    "rest",
    ["train: {lr: 0.1}\nseeds: 1", "train: {lr: [0.1, 0.2]}\nseeds: 1"],
)
def test_what_the_suite_fixes_is_not_searched_over(read, rest):
    assert told(read, "{over: {lr: [0.1, 0.2]}}", rest=rest) == [
        "2:17: net: lr is searched over; leave it out of one of the two places"
    ]


def test_what_a_task_fixes_is_not_searched_over(write, world):
    path = write(
        "search: {over: {lr: [1, 2]}}\ntasks: [copy: {train: {lr: 1}}]\narchitectures: [net]"
    )
    with pytest.raises(SeqbenchError, match=r"s\.yaml:2:17: net: lr is searched over; leave"):
        read_suite(path, world)
    own = "\n".join(["tasks: [copy: {train: {lr: 1}}]", "architectures: [mean: {search: {over:"])
    with pytest.raises(SeqbenchError, match=r"s\.yaml:4:3: mean: lr is searched over; leave"):
        read_suite(write(own + "\n {lr: [1, 2]}}}]"), world)


def test_a_tasks_recipe_is_no_obstacle(planned):
    trials = planned("{method: grid, over: {lr: [0.1, 0.2]}}")
    assert [trial.train["lr"] for trial in trials] == [0.1, 0.2]  # copy's own says 0.01
    assert {trial.train["patience"] for trial in trials} == {2}


def test_all_slips_are_told_at_once(read):
    lines = told(
        read,
        "{trials: 0, over: {lrr: [1], lr: [], layers: [1, 1]}}",
        "net: {search: {trials: 0, over: {widht: [1], drop: {from: 1, to: 0}}}}, nat",
        rest="seeds: 0",
    )
    places = [line.split(": ")[0] for line in lines]
    assert places == ["2:18", "2:42", "2:54", "4:40", "4:50", "4:68", "4:89", "5:8"]
    lines = told(read, "{over: {lrr: [1], lr: []}}")  # with every architecture known
    assert [line.split(": ")[0] for line in lines] == ["2:17", "2:31"]


def test_tpe_without_optuna_says_what_to_install(read, monkeypatch):
    assert read("{method: tpe, over: {lr: [1, 2]}}").architectures[0].search.in_steps
    monkeypatch.setattr("seqbench.suite.searching.find_spec", lambda name: None)
    lines = told(read, "{method: tpe, over: {lr: [1, 2]}}")
    assert lines == ["2:1: search.method: tpe needs Optuna: pip install 'seqbench[search]'"]
    read("{method: random, over: {lr: [1, 2]}}")


def test_a_search_has_to_train(read):
    lines = told(read, "{over: {width: [4, 8]}}", rest="train: false")
    assert any("train is false, and a search has to train" in line for line in lines)


def test_the_size_that_a_budget_decides_is_not_searched_over(write, more_sized):
    text = "parameters: 5000\nsearch: {over: {width: [4, 8]}}\ntasks: [copy]\narchitectures: [wide]"
    with pytest.raises(SeqbenchError, match=r"wide\.width is solved for, as the suite sets param"):
        read_suite(write(text), more_sized)
    other = text.replace("width: [4, 8]", "depth: [1, 2]").replace(
        "search: {", "search: {method: grid, "
    )
    trials = [t for t in plan(read_suite(write(other), more_sized), more_sized) if not t.baseline]
    sizes = {t.architecture.settings["depth"]: t.architecture.settings["width"] for t in trials}
    assert sizes == {1: 5000, 2: 2500}  # sized anew for each setting


WIDE = '''
from dataclasses import dataclass
from seqbench import Architecture, Model, Weight, hookimpl


@dataclass(frozen=True)
class Wide(Architecture):
    """So many parameters as it is wide and deep."""

    name = "wide"
    width: int = 16
    depth: int = 1

    def weigh(self, io, flops=True):
        return Weight(self.width * self.depth, self.width * self.depth)

    def fit(self, lesson):
        return Model(lambda x, lengths=None: x, 0)


@hookimpl
def architectures():
    return [Wide]
'''


@pytest.fixture
def more_sized(world_file, tmp_path):
    file = tmp_path / "wide.py"
    file.write_text(WIDE)
    return Catalogue.installed(world_file, file)


def test_without_its_plugins_a_suite_is_still_read(write, tmp_path):
    (tmp_path / "mine.py").write_text("")
    text = "plugins: [mine.py]\nsearch: {over: {lr: [1, 2], own: [1, 2]}}\n"
    path = write(text + "tasks: [copy]\narchitectures: [mine: {search: {over: {x: 3}}}]")
    suite, _ = open_suite(path, load_plugins=False)
    assert "mine" in suite.unresolved


@given(
    st.recursive(
        st.integers() | st.floats() | st.booleans() | st.text("ab", max_size=3) | st.none(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["over", "log", "from", "to", "points", "lr", "width", "method", "drop"]
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_nothing_that_can_be_written_is_a_crash(tmp_path_factory, world_file, search):
    text = json.dumps(search).replace("NaN", ".nan").replace("-Infinity", "-.inf")
    file = tmp_path_factory.mktemp("s") / "s.yaml"
    rest = "tasks: [copy]\narchitectures: [net, mean: {search: "
    text = text.replace("Infinity", ".inf")
    file.write_text(f"suite: s\nsearch: {text}\n{rest}{text}}}]")
    catalogue = Catalogue.installed(world_file)
    try:
        suite = read_suite(file, catalogue)
    except SeqbenchError as error:
        assert str(error).startswith(str(file))
    else:
        assert suite.architectures


# ------------------------------------------------------------------------------ what is tried


def test_a_grid_is_the_product(planned):
    trials = planned(
        "{method: grid, over: {lr: {log: [1e-4, 1e-2], points: 3}, layers: [1, 2],"
        " drop: {from: 0.0, to: 0.5, points: 3}, width: {from: 8, to: 10, points: 2}}}"
    )
    tried = [setting(trial, "lr", "layers", "drop", "width") for trial in trials]
    wanted = set(product((1e-4, 1e-3, 1e-2), (1, 2), (0.0, 0.25, 0.5), (8, 10)))
    assert len(tried) == len(wanted) == 36
    near = {tuple(float(f"{value:.12g}") for value in one) for one in tried}
    assert near == {tuple(map(float, one)) for one in wanted}
    assert {one[0] for one in tried} >= {1e-4, 1e-2}  # the ends to the digit
    assert all(type(one[3]) is int for one in tried)


@given(
    st.floats(1e-12, 1e3), st.floats(1e-12, 1e3), st.integers(2, 50), st.booleans(), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_a_grid_has_its_ends_to_the_digit(one, other, points, log, whole):
    least, most = sorted((one, other))
    if whole:
        least, most = math.ceil(least), math.ceil(most) + 1
    if not least < most:
        return
    found = Space((), least, most, log, whole, points).grid()
    assert (found[0], found[-1]) == (least, most)
    assert len(set(found)) == len(found) <= points
    assert list(found) == sorted(found)
    if not whole and most / least > 1.1:
        steps = np.diff(np.log(found) if log else found)
        assert np.allclose(steps, steps.mean()) and len(found) == points
    assert all(type(value) is (int if whole else float) for value in found)


def test_whole_numbers_need_no_points(planned):
    trials = planned("{method: grid, over: {width: {from: 3, to: 7}}}")
    assert [setting(trial, "width") for trial in trials] == [(3,), (4,), (5,), (6,), (7,)]


def test_numbers_of_trials(planned):
    log = "lr: {log: [1e-4, 1e-2]}"
    assert len(planned(f"{{over: {{{log}}}}}", rest="seeds: 3")) == 60
    assert len(planned(f"{{trials: 7, over: {{{log}}}}}", rest="seeds: 2")) == 14
    assert len(planned(f"{{trials: 7, over: {{{log}}}}}", "net, mean", rest="seeds: [5]")) == 14
    few = "{trials: 50, over: {drop: [0, 1], width: {from: 2, to: 6}, bias: [true]}}"
    assert len(planned(few)) == 10
    assert len(planned("{method: grid, trials: 2, over: {drop: [0, 1, 2]}}")) == 3


def test_a_sweep_beside_a_search_is_a_search_for_each(planned):
    trials = planned(
        "{method: grid, over: {lr: [0.1, 0.2]}}", "net: {width: [4, 8], train: {batch: [1, 2]}}"
    )
    names = [trial.study["name"] for trial in trials]
    assert len(trials) == 8
    assert sorted(set(names)) == [
        f"net(width={width})(batch={batch})" for width in (4, 8) for batch in (1, 2)
    ]


def test_what_is_drawn_is_spread_evenly_over_orders_of_magnitude():
    search = Search(Method(trials=3000), {"lr": Space((), 1e-5, 1e-1, log=True)})
    found = [one["lr"] for one in drawn(search)]
    assert len(set(found)) == 3000
    assert stats.kstest(found, stats.loguniform(1e-5, 1e-1).cdf).pvalue > 0.01
    assert stats.kstest(found, stats.uniform(1e-5, 1e-1).cdf).pvalue < 1e-9


def test_what_is_drawn_is_spread_evenly():
    over = {"a": Space((), -2.0, 5.0), "b": Space((), 1, 6, whole=True), "c": Space((7, 8, 9))}
    found = list(drawn(Search(Method(trials=6000), over)))
    assert stats.kstest([one["a"] for one in found], stats.uniform(-2, 7).cdf).pvalue > 0.01
    for key, values in (("b", range(1, 7)), ("c", (7, 8, 9))):
        counts = [sum(one[key] == value for one in found) for value in values]
        assert sum(counts) == 6000 and stats.chisquare(counts).pvalue > 0.01


def test_whole_numbers_over_orders_of_magnitude_have_both_ends():
    over = {"n": Space((), 1, 8, log=True, whole=True), "x": Space((), 0.0, 1.0)}
    found = [one["n"] for one in drawn(Search(Method(trials=8000), over))]
    edges = np.log(np.arange(0.5, 9.0))
    shares = np.diff(edges) / (edges[-1] - edges[0])
    counts = [found.count(n) for n in range(1, 9)]
    assert sum(counts) == 8000
    assert stats.chisquare(counts, shares * 8000).pvalue > 0.01


def test_two_architectures_try_the_same_of_what_they_share(planned):
    log = "lr: {log: [1e-4, 1e-2]}, batch: {from: 1, to: 64}"
    trials = planned(f"{{over: {{{log}, drop: {{from: 0, to: 1}}}}}}", "mean, net")
    tried = {
        name: [setting(t, "lr", "batch") for t in trials if t.architecture.name == name]
        for name in ("mean", "net")
    }
    assert tried["mean"] == tried["net"] and len(set(tried["net"])) == 20


def test_another_seed_draws_others(planned):
    words = "over: {lr: {log: [1e-4, 1e-2]}}"
    zero, one = (
        [t.train["lr"] for t in planned(f"{{seed: {n}, {words}}}")] for n in (0, 2**63 - 1)
    )
    assert not set(zero) & set(one)
    assert zero == [t.train["lr"] for t in planned(f"{{{words}}}")]


def test_more_trials_go_on_from_fewer(planned):
    few, many = (planned(f"{{trials: {n}, over: {{lr: {{log: [1e-4, 1e-2]}}}}}}") for n in (5, 9))
    assert [t.id for t in few] == [t.id for t in many][:5]


@given(st.integers(0, 2**31), st.lists(st.integers(1, 5), min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_a_small_space_ends_at_its_size(seed, sizes):
    over = {f"k{i}": Space(tuple(range(size))) for i, size in enumerate(sizes)}
    search = Search(Method(trials=1000, seed=seed), over)
    found = [tuple(one.values()) for one in drawn(search)]
    assert len(found) == search.settings == math.prod(sizes)
    assert set(found) == {tuple(one.values()) for one in grid(search)}


@pytest.mark.parametrize("method", ["grid", "random", "tpe"])
def test_the_order_of_keys_changes_nothing(planned, method):
    spaces = ["lr: {log: [1e-4, 1e-2], points: 4}", "drop: {from: 0, to: 1, points: 4}"]
    one, other = (
        planned(f"{{method: {method}, prune: true, over: {{{', '.join(order)}}}}}")
        for order in (spaces, spaces[::-1])
    )
    assert [t.id for t in one] == [t.id for t in other]


def test_ids_are_those_of_the_same_trials_without_a_search(planned):
    searched = planned("{method: grid, over: {lr: [0.1, 0.2], width: [4, 8]}}")
    swept = planned("None", "net: {width: [4, 8], train: {lr: [0.1, 0.2]}}")
    assert {t.id for t in searched} == {t.id for t in swept}
    assert not any(t.study for t in swept)


def test_a_setting_that_the_class_refuses_is_told_with_the_place(planned):
    with pytest.raises(SeqbenchError) as caught:
        planned("{method: grid, over: {layers: [1, 3]}}")
    text = str(caught.value)
    assert "s.yaml:2:1: net(" in text and text.endswith("width is no multiple of layers")


# ------------------------------------------------------------------------------ names of studies


def names(planned, search, architectures, **options):
    studies = [t.study["name"] for t in planned(search, architectures, **options)]
    return list(dict.fromkeys(name for study in studies for name in study.split(AND)))


@pytest.mark.parametrize(
    ("architectures", "expected"),
    [
        ("net", ["net"]),
        ("net, mean", ["net", "mean"]),
        ("net, net: {search: {method: grid}}", ["net(search=random)", "net(search=grid)"]),
        ("net, net: {train: {keep: last}}", ["net(keep=best)", "net(keep=last)"]),
        ("net, net: {width: 4}", ["net(width=16)", "net(width=4)"]),
        ("net, net: {search: {trials: 25}}", ["net(trials=20)", "net(trials=25)"]),
        ("net, net: {search: {seed: 3}}", ["net(seed=0)", "net(seed=3)"]),
        (
            "net, net: {search: {prune: true, seed: 3}}",
            ["net(prune=False, seed=0)", "net(prune=True, seed=3)"],
        ),
        (
            "net, net: {search: {over: {lr: [0.1, 0.2]}}}",
            ["net(over=lr log 0.0001 to 0.01 in 3)", "net(over=lr [0.1, 0.2])"],
        ),
        (
            "net, net: {search: {over: {drop: {from: 0, to: 0.5}}}}",
            [
                "net(over=lr log 0.0001 to 0.01 in 3)",
                "net(over=drop 0.0 to 0.5, lr log 0.0001 to 0.01 in 3)",
            ],
        ),
    ],
)
def test_what_two_searches_differ_in_stands_in_their_names(planned, architectures, expected):
    search = "{over: {lr: {log: [1e-4, 1e-2], points: 3}}}"
    assert names(planned, search, architectures) == expected


def test_the_same_search_twice_is_one(planned):
    once = planned("{over: {lr: {log: [1e-4, 1e-2]}}}", "net")
    twice = planned("{over: {lr: {log: [1e-4, 1e-2]}}}", "net, net")
    assert [t.id for t in once] == [t.id for t in twice]


# ------------------------------------------------------------------------------ too many, cut short


@pytest.mark.parametrize(
    ("search", "number"),
    [
        ("{trials: 1000000, over: {lr: {log: [1e-4, 1e-2]}}}", "1,000,000"),
        (
            "{method: grid, over: {lr: {log: [1e-4, 1e-2], points: 10000},"
            " drop: {from: 0, to: 1, points: 10000}, batch: {from: 1, to: 10}}}",
            "1,000,000,000",
        ),
        ("{method: grid, over: {batch: {from: 1, to: 9999}, drop: [0, 1]}}", "19,998"),
        ("{trials: 1000000, over: {batch: {from: 1, to: 1000000}}}", "1,000,000"),
        ("{method: tpe, trials: 10001, over: {lr: {log: [1e-4, 1e-2]}}}", "10,001"),
    ],
)
def test_too_many_are_refused_before_any_is_made(read, world, search, number):
    start = time.perf_counter()
    suite = read(search)
    with pytest.raises(SeqbenchError, match=f"the grid has {number} trials, more than 10,000"):
        plan(suite, world)
    assert time.perf_counter() - start < 5  # not the minutes that it takes to name them


def test_ten_thousand_are_planned(planned):
    assert len(planned("{method: grid, over: {batch: {from: 1, to: 9999}}}")) == 9999


def test_cut_short_they_are_marked_and_have_one_seed(read, world):
    suite = read("{trials: 5, over: {lr: {log: [1e-4, 1e-2]}}}", rest="seeds: 3")
    trials = [t for t in plan(suite, world, quick=True) if not t.baseline]
    assert [t.seed for t in trials] == [0] * 5 and all(t.partial and t.study for t in trials)
    assert {t.train["examples"] for t in trials} == {640}
    trials = [t for t in plan(suite, world, limit=3) if not t.baseline]
    assert len(trials) == 15 and {t.train["examples"] for t in trials} == {30}


def test_a_search_over_examples_is_cut_too(read, world):
    suite = read("{method: grid, over: {examples: [100, 1000, 10000]}}")
    trials = [t for t in plan(suite, world, quick=True) if not t.baseline]
    assert [t.train["examples"] for t in trials] == [100, 640]  # the last two are one trial now


def test_only_some_architectures(read, world):
    suite = read("{method: grid, over: {lr: [0.1, 0.2]}}", "net, mean")
    trials = plan(suite, world, only={"architectures": {"mean"}})
    assert [t.study["name"] for t in trials if not t.baseline] == ["mean", "mean"]
    assert all(replace(t, study={}).id == t.id for t in trials)
