"""Tasks whose lengths and distances a suite may sweep, in training and in tests."""

import numpy as np
import pytest

from seqbench.bench.trial import run_trial
from seqbench.catalogue import Catalogue
from seqbench.suite import open_suite, plan
from seqbench.testing import check_task

HERE = Catalogue.installed()
SWEPT = {  # the setting, the ends of a range to train over, and a value beyond it
    "binary_addition": ("length", 3, 8, 40),
    "bracket_matching": ("length", 1, 8, 60),
    "bucket_sort": ("length", 1, 6, 40),
    "duplicate_string": ("length", 1, 6, 40),
    "even_pairs": ("length", 2, 8, 60),
    "flip_flop": ("length", 2, 8, 60),
    "induction": ("length", 3, 8, 60),
    "listops": ("length", 4, 9, 60),
    "modular_arithmetic": ("length", 1, 7, 61),
    "mqar": ("length", 16, 24, 60),
    "odds_first": ("length", 1, 6, 40),
    "reverse": ("length", 1, 6, 40),
    "reverse_string": ("length", 1, 6, 40),
    "s5_words": ("length", 1, 6, 40),
    "selective_copy": ("delay", 0, 6, 60),
    "sorting": ("length", 1, 6, 30),
    "stack_manipulation": ("length", 1, 6, 40),
}
EVEN = {"mqar"}  # takes every other value, so no range


@pytest.mark.parametrize("name", SWEPT)
def test_the_setting_changes_nothing_but_the_length(name):
    setting, *values = SWEPT[name]
    tasks = [HERE.make("tasks", name, {setting: value}) for value in values]
    ios = [task.signature() for task in tasks]
    assert len({(io.inputs, io.outputs, io.causal, io.varied) for io in ios}) == 1
    assert ios[0].causal and not ios[0].varied
    assert ios[0].length < ios[1].length < ios[2].length
    for task, io in zip(tasks, ios, strict=True):
        assert task.sample(3, np.random.default_rng(0)).mask.shape == (3, io.length)


@pytest.mark.parametrize("name", SWEPT)
def test_every_promise_is_kept_at_every_length(name):
    """But for examples of a few steps, of which there are too few to keep train and test apart."""
    setting, *values = SWEPT[name]
    for value in values:
        for outcome in check_task(HERE.make("tasks", name, {setting: value})):
            few = outcome.check == "splits_are_apart" and value != values[-1]
            assert few or outcome.status != "failed", f"{outcome.check}: {outcome.reason}"


@pytest.mark.parametrize("name", SWEPT)
def test_one_training_over_a_range_is_tested_beyond_it(name, tmp_path):
    setting, least, most, beyond = SWEPT[name]
    trained = most if name in EVEN else f"{{from: {least}, to: {most}}}"
    file = tmp_path / "sweep.yaml"
    file.write_text(
        f"suite: sweep\nseeds: 1\ntrain: {{examples: 16, batch: 16}}\n"
        f"sizes: {{train: 16, valid: 8, test: 40}}\n"
        f"tasks: [{name}: {{{setting}: {trained}, test: {{{setting}: [{most}, {beyond}]}}}}]\n"
        f"architectures: [lstm: {{width: 8}}]\n"
    )
    suite, catalogue = open_suite(file)
    for trial in plan(suite, catalogue):  # of the architecture, and of each baseline
        result = run_trial(trial, catalogue, lambda progress: None)
        assert result.status == "ok", result.reason
        ranked = HERE.get("tasks", name).metrics[0]
        told = [m.at for m in result.measurements if m.name == ranked and m.split == "test"]
        assert told == [{}, {setting: most}, {setting: beyond}]


@pytest.mark.parametrize("name", SWEPT)
def test_distances_that_a_task_names_are_ones_it_takes(name):
    task = HERE.get("tasks", name)
    assert bool(task.distance) == bool(task.distances)
    sizes = {"mqar": {"length": 256, "vocab": 256}, "sorting": {"vocab": 64}}.get(name, {})
    for distance in task.distances:
        HERE.make("tasks", name, {**sizes, task.distance: distance}).signature()
