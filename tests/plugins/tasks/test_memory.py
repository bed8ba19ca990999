"""What the tasks that ask for memory have in common: distances that can be swept."""

import numpy as np
import pytest

from seqbench.bench.trial import run_trial
from seqbench.catalogue import Catalogue
from seqbench.suite import open_suite, plan
from seqbench.testing import check_task

HERE = Catalogue.installed()
DISTANCES = {
    "adding": ("length", (2, 5, 64)),
    "cloze": ("gap", (0, 1, 5)),
    "copy": ("delay", (0, 1, 40)),
    "cycle_navigation": ("length", (1, 6, 50)),
    "delayed_echo": ("delay", (0, 1, 40)),
    "first_token": ("length", (1, 2, 60)),
    "parity": ("length", (1, 2, 60)),
}


@pytest.fixture(params=DISTANCES)
def swept(request):
    """A task at a short, a middling and a long distance."""
    setting, values = DISTANCES[request.param]
    return [HERE.make("tasks", request.param, {setting: value}) for value in values]


def test_a_distance_changes_nothing_but_the_length(swept):
    ios = [task.signature() for task in swept]
    assert len({(io.inputs, io.outputs, io.causal, io.varied) for io in ios}) == 1
    assert ios[0].causal
    assert ios[0].length < ios[1].length < ios[2].length
    for task, io in zip(swept, ios, strict=True):
        split = task.sample(3, np.random.default_rng(0))
        assert split.mask.shape == (3, io.length)


def test_the_oracle_is_right_at_every_distance(swept):
    for task in swept:
        found = {outcome.check: outcome for outcome in check_task(task)}
        assert found["the_oracle_is_right"].status == "passed"


def test_an_oracle_looks_at_nothing_ahead(swept):
    """An answer stays as it is when all that follows is drawn anew."""
    for task in swept:
        one, other = (task.sample(20, np.random.default_rng(seed)) for seed in (0, 1))
        steps = task.signature().length
        for at in {1, steps // 2, steps - 1} - {0}:
            mixed = np.concatenate([one.inputs[:, :at], other.inputs[:, at:]], axis=1)
            new = task.oracle(type(one)(mixed, one.targets, one.mask))
            old = task.oracle(one)
            counted = one.mask[:, :at]
            np.testing.assert_array_equal(new[:, :at][counted], old[:, :at][counted])


@pytest.mark.parametrize("name", DISTANCES)
def test_one_training_is_tested_at_every_distance(name, tmp_path):
    setting, values = DISTANCES[name]
    file = tmp_path / "sweep.yaml"
    file.write_text(
        f"suite: sweep\nseeds: 1\ntrain: {{examples: 16, batch: 16}}\n"
        f"sizes: {{train: 16, valid: 8, test: 40}}\n"
        f"tasks: [{name}: {{test: {{{setting}: {list(values)}}}}}]\n"
        f"architectures: [lstm: {{width: 8}}]\n"
    )
    suite, catalogue = open_suite(file)
    (trial,) = (trial for trial in plan(suite, catalogue) if not trial.baseline)
    result = run_trial(trial, catalogue, lambda progress: None)
    assert result.status == "ok", result.reason
    ranked = HERE.get("tasks", name).metrics[0]
    told = [m.at for m in result.measurements if m.name == ranked and m.split == "test"]
    assert told == [{}, *({setting: value} for value in values)]
