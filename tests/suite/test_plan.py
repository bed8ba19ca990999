"""Every trial once, in a fixed order, with an id that is made of what decides its outcome."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import Choice, SeqbenchError, Sizes, from_record, to_record
from seqbench.contract.trial import Result, canonical
from seqbench.suite import plan, read_suite

LEAST = "tasks: [copy]\narchitectures: [net]\nseeds: 1\n"
TEACHING = {
    "keep": "best",  # what no suite here says: the Recipe's
    "optimizer": "adamw",
    "momentum": 0.9,
    "schedule": "constant",
    "warmup": 0.0,
    "clip_by": "norm",
    "tbptt": 0,
}


@pytest.fixture
def planned(write, world):
    def planned(text, *overrides, **options):
        return plan(read_suite(write(text), world, overrides), world, **options)

    return planned


@pytest.fixture
def one(planned):
    """The single trained trial of a suite that asks for one."""

    def one(text, *overrides, **options):
        [trial] = [trial for trial in planned(text, *overrides, **options) if not trial.baseline]
        return trial

    return one


def test_every_combination_comes_once_in_a_fixed_order(planned):
    trials = planned("""
seeds: [4, 2]
train: {batch: [8, 16]}
tasks: [copy: {noise: [0.5, 0], length: [3, 2]}, book]
architectures: [net: {layers: [1, 2], width: 4}, mean]
""")
    # loops written out: an independent second way to the same list
    expected = []
    for task in [
        *[("copy", length, noise) for length in (3, 2) for noise in (0.5, 0.0)],
        ("book", 8, 0.0),
    ]:
        expected += [(*task, "majority", None, None, seed) for seed in (4, 2)]
        for net, layers in (("net", 1), ("net", 2), ("mean", None)):
            for batch in (8, 16):
                expected += [(*task, net, layers, batch, seed) for seed in (4, 2)]
    assert expected == [
        (
            *(trial.task.name, trial.task.settings["length"], trial.task.settings["noise"]),
            *(trial.architecture.name, trial.architecture.settings.get("layers")),
            *(trial.train.get("batch"), trial.seed),
        )
        for trial in trials
    ]
    assert len({trial.id for trial in trials}) == len(trials) == 5 * (2 + 3 * 2 * 2)


def test_a_trial_says_everything_that_decides_it(one):
    trial = one("""
seeds: [7]
train: {lr: 0.5, batch: 2, examples: 100}
sizes: {train: 9, valid: 8}
tasks: [book: {length: 4, train: {batch: 3, examples: 200}, sizes: {valid: 5}}]
architectures: [net: {width: 2, train: {examples: 300}}]
measure: [loss, exact]
""")
    assert trial.task == Choice("book", {"length": 4, "noise": 0.0, "sep": "dot"}, 3)
    net = {"width": 2, "layers": 1, "drop": 0.0, "bias": True, "kernels": [3, 5]}
    assert trial.architecture == Choice("net", net, 2)
    assert trial.train == {
        "examples": 300,  # the architecture's
        "batch": 3,  # the task entry's
        "lr": 0.5,  # the suite's
        "patience": 2,  # the task's own
        "keep": "best",
        "weight_decay": 0.01,  # the Recipe's
        "clip": 1.0,
        "evaluations": 20,
        **TEACHING,
    }
    assert trial.sizes == Sizes(9, 5, 60)
    assert (trial.seed, trial.data, trial.partial) == (7, "sum of 4", False)
    assert trial.metrics == ("exact", "loss")
    assert trial.tests == ()


def test_a_trial_goes_into_a_record_and_comes_back(planned):
    for trial in planned("tasks: [copy: {test: {length: [4, 8]}}]\narchitectures: [net]"):
        text = json.dumps(to_record(Result(trial, "ok")))
        assert from_record(json.loads(text)).trial == trial
        assert from_record(json.loads(text)).trial.id == trial.id


def test_baselines_are_trials_of_their_own_and_come_first(planned):
    trials = planned("tasks: [book]\narchitectures: [net]\nseeds: 2\nsizes: {test: 5}")
    assert [trial.baseline for trial in trials] == [True, True, False, False]
    assert trials[0].architecture == Choice("majority", {}, 3)  # as good as the task's version
    assert (trials[0].train, trials[0].sizes.test, trials[0].data) == ({}, 5, "sum of 8")


def test_missing_data_do_not_stop_a_plan(planned):
    trials = planned("tasks: [lost, copy]\narchitectures: [net]\nseeds: 1")
    assert [(trial.task.name, trial.baseline, trial.data) for trial in trials] == [
        ("lost", False, None),
        ("copy", True, None),
        ("copy", False, None),
    ]


def test_a_task_without_a_trivial_answer_is_refused(planned):
    with pytest.raises(SeqbenchError, match=r"^the task alone gives no trivial answer, .* one"):
        planned("tasks: [copy, alone]\narchitectures: [net]\nseeds: 1")


def test_a_slip_within_a_task_is_told(planned):
    with pytest.raises(SeqbenchError, match=r"task wrong fails in checksum\(\): ZeroDivisionError"):
        planned("tasks: [wrong]\narchitectures: [net]")


def test_coordinates_of_tests_are_all_combinations(one):
    text = "tasks: [copy: {length: 4, test: {noise: [0, 0.5], length: [4, 8]}}]\n"
    trial = one(text + "architectures: [net]\nseeds: 1")
    assert trial.tests == (
        {"length": 4, "noise": 0.0},
        {"length": 4, "noise": 0.5},
        {"length": 8, "noise": 0.0},
        {"length": 8, "noise": 0.5},
    )
    assert one("tasks: [copy: {length: 4}]\narchitectures: [net]\nseeds: 1").id == trial.id


def test_two_entries_that_ask_for_one_trial_share_it(one):
    trial = one(
        "tasks: [copy: {test: {length: 4}}, copy: {test: {length: [6, 4]}}, copy]\n"
        "architectures: [net, net: {width: 16}]\nseeds: 1"
    )
    assert trial.tests == ({"length": 4}, {"length": 6})


SAME = [
    "seeds: 1\narchitectures: [net]\ntasks: [copy]\n",
    LEAST + "measure: [loss]",
    LEAST + "about: other\nreport: []\nexecutor: {inline: {workers: 3}}\nx-mine: 1",
    "tasks: [copy: {noise: 0, length: 8}]\narchitectures: [net]\nseeds: [0]",
    "tasks: [copy: {length: 8, noise: 0.0}]\narchitectures: [net]\nseeds: 1",
    "tasks: [copy: {noise: -0.0}]\narchitectures: [net]\nseeds: 1",
    "tasks: [copy: {test: {length: 4}}]\narchitectures: [net]\nseeds: 1",
    "tasks: [copy]\narchitectures: [net: {drop: 0, kernels: [[3, 5]]}]\nseeds: 1",
    "tasks: [copy]\narchitectures: [net: {drop: 0.0}]\nseeds: 1",
    LEAST + "train: {clip: 1, lr: 1e-2, patience: 2}\nsizes: {train: 400}",
    "tasks: [copy: {train: {lr: 0.01}}]\narchitectures: [net]\nseeds: 1",
]


@pytest.mark.parametrize("text", SAME)
def test_the_same_question_has_the_same_id(one, text):
    assert one(text).id == one(LEAST).id


OTHER = {
    "task": ("tasks=[book]",),
    "task setting": ("tasks.copy.length=9",),
    "architecture": ("architectures=[mean]",),
    "architecture setting": ("architectures.net.bias=false",),
    "another": ("architectures.net.kernels=[[3, 6]]",),
    "seed": ("seeds=[1]",),
    "train size": ("sizes.train=401",),
    "valid size": ("sizes.valid=401",),
    "test size": ("sizes.test=401",),
    **{
        key: (f"train.{key}={value}",)
        for key, value in {
            "examples": 1,
            "batch": 33,
            "lr": 0.02,
            "weight_decay": 0,
            "clip": 2,
            "patience": 0,
            "evaluations": 2,
        }.items()
    },
}


def test_another_question_has_another_id(one):
    ids = {"": one(LEAST).id} | {what: one(LEAST, *how).id for what, how in OTHER.items()}
    assert len(set(ids.values())) == len(OTHER) + 1, ids


def test_a_version_and_a_checksum_are_part_of_the_question(world_file, tmp_path, write, world):
    from seqbench.catalogue import Catalogue

    text = "tasks: [book]\narchitectures: [net]\nseeds: 1"
    before = {trial.id for trial in plan(read_suite(write(text), world), world)}
    for old, new in (("version = 3", "version = 4"), ("version = 2", "version = 1"), ("sum", "s")):
        other = tmp_path / "other.py"
        other.write_text(world_file.read_text().replace(old, new))
        catalogue = Catalogue.installed(other)
        after = {trial.id for trial in plan(read_suite(write(text), catalogue), catalogue)}
        assert after - before
        if old != "version = 2":  # the architecture's concerns no baseline
            assert not after & before


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_a_suite_decides_nothing(tmp_path_factory, world_file, shuffle):
    from seqbench.catalogue import Catalogue

    world = Catalogue.installed(world_file)
    task = ["length: [4, 8]", "noise: [0.5]", "train: {lr: 1, clip: 2}"]
    lines = [
        "suite: s",
        "seeds: [0, 1]",
        "train: {lr: 0.1, batch: 4}",
        "sizes: {test: 3, train: 4}",
    ]
    names = ["mean", "net: {width: [8, 4], layers: 2}"]
    ids = []
    for _ in range(2):
        whole = [*lines, f"tasks: [copy: {{{', '.join(task)}}}, book]"]
        whole.append(f"architectures: [{', '.join(names)}]")
        shuffle.shuffle(whole)
        file = tmp_path_factory.mktemp("s") / "s.yaml"
        file.write_text("\n".join(whole))
        ids.append({trial.id for trial in plan(read_suite(file, world), world)})
        shuffle.shuffle(task)
        shuffle.shuffle(names)
    assert ids[0] == ids[1]


def test_the_id_is_a_hash_of_plain_json(one):
    """As another program would make it."""
    import hashlib

    trial = one(LEAST)
    whole = {
        "architecture": {"name": "net", "settings": {"width": 16, "layers": 1, "drop": 0.0}},
        "baseline": False,
        "curriculum": False,
        "data": None,
        "device": "cpu",
        "dtype": "float32",
        "partial": False,
        "ranges": {},
        "seed": 0,
        "sizes": {"train": 400, "valid": 50, "test": 60},
        "task": {"name": "copy", "settings": {"length": 8, "noise": 0.0, "sep": "dot"}},
        "train": {"examples": 20000, "batch": 32, "lr": 0.01, "weight_decay": 0.01, "clip": 1.0},
    }
    whole["architecture"]["settings"] |= {"bias": True, "kernels": [3, 5]}
    whole["architecture"]["version"] = 2
    whole["task"]["version"] = 1
    whole["train"] |= {"patience": 2, "evaluations": 20, **TEACHING}
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    assert canonical(trial.identity()) == text
    assert trial.id == hashlib.sha256(text.encode()).hexdigest()[:16]


SWEPT = "tasks: [copy: {length: [4, 8]}, book]\narchitectures: [net, mean]\nseeds: [3, 1]\n"


def test_quick_and_limit_cut_short_and_say_so(planned):
    full = planned(SWEPT)
    quick = planned(SWEPT, quick=True)
    assert {trial.seed for trial in quick} == {3}
    assert {trial.sizes for trial in quick} == {Sizes(256, 50, 60)}
    assert {trial.train["examples"] for trial in quick if trial.train} == {640}
    limited = planned(SWEPT, limit=55)
    assert {trial.sizes for trial in limited} == {Sizes(55, 50, 55)}
    assert {trial.train["examples"] for trial in limited if trial.train} == {550}
    assert len(limited) == len(full) == 2 * len(quick)
    both = planned(SWEPT, quick=True, limit=55)
    assert {trial.sizes for trial in both} == {Sizes(55, 50, 55)}
    assert {trial.train["examples"] for trial in both if trial.train} == {550}
    quicker = planned(SWEPT, quick=True, limit=200)
    assert {trial.sizes for trial in quicker} == {Sizes(200, 50, 60)}
    assert {trial.train["examples"] for trial in quicker if trial.train} == {640}
    large = planned(SWEPT, limit=10**6)
    assert {trial.train["examples"] for trial in large if trial.train} == {20_000}
    for trials in (quick, limited, both, large):
        assert all(trial.partial for trial in trials)
        assert not {trial.id for trial in trials} & {trial.id for trial in full}
    with pytest.raises(SeqbenchError, match="a limit of 0"):
        planned(SWEPT, limit=0)


def test_only_keeps_what_is_named(planned):
    full = planned(SWEPT)
    some = planned(SWEPT, only={"tasks": {"book"}, "architectures": {"mean"}})
    assert some == [
        trial
        for trial in full
        if trial.task.name == "book" and (trial.baseline or trial.architecture.name == "mean")
    ]
    with pytest.raises(SeqbenchError, match="'bok' is not among the suite's tasks; did you mean"):
        planned(SWEPT, only={"tasks": {"bok", "book"}})
    with pytest.raises(SeqbenchError, match=r"lost.*tasks.*\(known: book, copy\)"):
        planned(SWEPT, only={"tasks": {"lost"}})
    with pytest.raises(SeqbenchError, match="'task' is no kind to choose from; did you mean"):
        planned(SWEPT, only={"task": {"book"}})


def test_a_grid_nobody_can_mean_is_counted_and_not_made(write, world):
    wide = list(range(1, 101))
    text = f"""
train: {{lr: {wide}, batch: {wide}, examples: {wide}, clip: {wide}}}
tasks: [copy: {{length: {wide[1:]}, noise: {wide}}}, book]
architectures: [net: {{width: {wide}, drop: {wide}}}, mean]
"""
    suite = read_suite(write(text), world)
    began = time.process_time()
    with pytest.raises(SeqbenchError) as caught:
        plan(suite, world)
    assert time.process_time() - began < 0.1
    trials = 3 * (99 * 100 + 1) * (100 * 100 + 1) * 100**4
    told = str(caught.value)
    assert f"the grid has {trials:,} trials, more than 10,000: " in told
    assert "seeds 3 × copy(length 99 × noise 100) × net(width 100 × drop 100) × train(lr" in told
    assert "--yes plans them" in told


def test_many_entries_are_counted_without_pairing_them(write, world):
    text = f"tasks: [{'copy, ' * 5000}]\narchitectures: [{'mean, ' * 5000}]\n"
    with pytest.raises(SeqbenchError, match="tasks 5000 × architectures 5000 × seeds 3"):
        plan(read_suite(write(text), world), world)


def test_ten_thousand_trials_are_planned_in_three_seconds(write, world):
    text = f"""
seeds: 2
tasks: [copy: {{length: {list(range(2, 102))}}}]
architectures: [net: {{width: {list(range(1, 51))}}}]
"""
    suite = read_suite(write(text), world)
    began = time.process_time()
    trials = plan(suite, world)
    assert len(trials) == 10_000 + 200
    assert time.process_time() - began < 3


def test_more_are_planned_on_demand(write, world):
    text = (
        "seeds: 2501\ntasks: [copy]\narchitectures: [net, mean, net: {width: 2}, net: {width: 4}]"
    )
    suite = read_suite(write(text), world)
    with pytest.raises(SeqbenchError, match="the grid has more than 10,000 trials"):
        plan(suite, world)
    assert len(plan(suite, world, yes=True)) == 5 * 2501
