"""How a suite says how to train, and what it may not say."""

import pytest

from seqbench import SeqbenchError
from seqbench.suite import plan, read_suite

LEAST = "tasks: [copy]\narchitectures: [net]\nseeds: 1\n"


def test_a_whole_recipe_is_read_and_swept(write, world):
    text = LEAST + (
        "train: {optimizer: [sgd, rmsprop], momentum: 0.8, schedule: cosine, warmup: 0.1, "
        "clip_by: value, tbptt: [0, 16]}"
    )
    trials = [t for t in plan(read_suite(write(text), world), world) if not t.baseline]
    found = [(trial.train["optimizer"], trial.train["tbptt"]) for trial in trials]
    assert found == [("sgd", 0), ("sgd", 16), ("rmsprop", 0), ("rmsprop", 16)]
    for trial in trials:
        said = {"momentum": 0.8, "schedule": "cosine", "warmup": 0.1, "clip_by": "value"}
        assert said.items() <= trial.train.items()
    assert len({trial.id for trial in trials}) == 4


@pytest.mark.parametrize(
    ("train", "told"),
    [
        ("optimizer: adagrad", "train.optimizer takes 'adamw' | 'adam' | 'sgd' | 'rmsprop'"),
        ("schedule: step", "train.schedule takes 'constant' | 'cosine' | 'linear'"),
        ("clip_by: size", "train.clip_by takes 'norm' | 'value'"),
        ("momentum: 1", "train.momentum takes a number from 0 to 0.9999, not 1"),
        ("warmup: 1.5", "train.warmup takes a number from 0 to 1, not 1.5"),
        ("warmup: -0.1", "train.warmup takes a number from 0 to 1, not -0.1"),
        ("tbptt: -1", "train.tbptt takes a number from 0 to 1000000, not -1"),
        ("tbptt: 2.5", "train.tbptt takes int, not 2.5"),
        ("optimiser: sgd", "train has no 'optimiser'; did you mean 'optimizer'?"),
    ],
)
def test_slips(write, world, train, told):
    with pytest.raises(SeqbenchError) as slip:
        read_suite(write(LEAST + f"train: {{{train}}}"), world)
    assert told in str(slip.value)
