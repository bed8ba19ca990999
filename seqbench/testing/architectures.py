"""What every architecture promises, one function a promise."""

import numpy as np

from seqbench.bench.leak import leak
from seqbench.contract.architecture import Architecture, Model
from seqbench.contract.data import Split
from seqbench.testing.settings import settings_are_frozen, settings_are_plain
from seqbench.testing.tiny import drawn, fitted, real, shortened, taken, tiny


def outputs_follow_the_signature(architecture: Architecture) -> None:
    """A score for each token or a value for each real at every step, one step and one row too."""
    for io in taken(architecture):
        model, split = fitted(architecture, io)
        for part in (split, split[:1], shortened(split, 1)):
            answers = model.predict(part.inputs, part.lengths)
            wanted = (*part.inputs.shape[:2], io.outputs.channels)
            assert answers.shape == wanted, f"on {io} it gives {answers.shape}, not {wanted}"
            assert np.isfinite(answers[real(part)]).all(), f"on {io} an answer is not finite"


def fitting_is_repeatable(architecture: Architecture) -> None:
    """The same lesson gives the same answers, whatever the global random state is."""
    for io in taken(architecture):
        disturb(1)
        one, split = fitted(architecture, io)
        disturb(2)
        two, _ = fitted(architecture, io)
        same = np.array_equal(answers(one, split), answers(two, split))
        assert same, f"on {io} fitting twice differs: draw from lesson.rng alone"


def predicting_is_repeatable(architecture: Architecture) -> None:
    """A fitted model answers alike each time: no dropout, no state carried over."""
    for io in taken(architecture):
        model, split = fitted(architecture, io)
        first, again = answers(model, split), answers(model, split)
        assert np.array_equal(first, again), f"on {io} the second answer differs from the first"


def examples_do_not_mix(architecture: Architecture) -> None:
    """An example's answer does not depend on its neighbours in the batch."""
    for io in taken(architecture):
        model, split = fitted(architecture, io)
        whole, alone = answers(model, split), answers(model, split[2:5])
        moved = np.abs(whole[2:5] - alone)[real(split)[2:5]].max()
        assert moved < 1e-4, f"on {io} answers move by {moved:.2g} with other examples beside them"


def the_future_does_not_leak(architecture: Architecture) -> None:
    """On a causal task, no answer moves when a later input changes."""
    for io in taken(architecture):
        if io.causal:
            model, split = fitted(architecture, io)
            found = leak(model, io, split, np.random.default_rng(0))
            assert found is None, f"on {io} {found}; if it must look ahead, declare causal = False"


def padding_does_not_matter(architecture: Architecture) -> None:
    """What stands behind a sequence's end changes no answer before it."""
    for io in taken(architecture):
        if io.varied:
            model, split = fitted(architecture, io)
            real = np.arange(io.length) < np.asarray(split.lengths)[:, None]  # (N, T)
            other = drawn(io.inputs, real.shape, np.random.default_rng(1))
            keep = real if other.ndim == 2 else real[..., None]
            changed = model.predict(np.where(keep, split.inputs, other), split.lengths)
            moved = np.abs(changed - answers(model, split))[real].max()
            assert moved < 1e-4, f"on {io} answers move by {moved:.2g} with other padding"


def the_lesson_is_unchanged(architecture: Architecture) -> None:
    """Fitting writes into none of the lesson's arrays."""
    for io in taken(architecture):
        _, split = fitted(architecture, io)
        fresh = tiny(io, np.random.default_rng(0))
        assert np.array_equal(split.inputs, fresh.inputs), f"on {io} it wrote into the inputs"
        assert np.array_equal(split.targets, fresh.targets), f"on {io} it wrote into the targets"


def parameters_are_counted(architecture: Architecture) -> None:
    """A model says how many numbers it learned."""
    for io in taken(architecture):
        model, _ = fitted(architecture, io)
        count = model.parameters
        assert isinstance(count, int) and count >= 0, f"on {io} it counts {count!r} parameters"


def weighing_is_true(architecture: Architecture) -> None:
    """What it says it will weigh is what it weighs once fitted."""
    for io in taken(architecture):
        if (weight := architecture.weigh(io, flops=False)) is not None:
            model, _ = fitted(architecture, io)
            same = weight.parameters == model.parameters
            assert same, f"on {io} it weighs {weight.parameters}, and has {model.parameters}"


def answers(model: Model, split: Split) -> np.ndarray:
    """The model's answers to a split."""
    return model.predict(split.inputs, split.lengths)


def disturb(seed: int) -> None:
    """Put the global streams somewhere else."""
    import random

    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


ARCHITECTURE_CHECKS = (
    settings_are_frozen,
    settings_are_plain,
    outputs_follow_the_signature,
    fitting_is_repeatable,
    predicting_is_repeatable,
    examples_do_not_mix,
    the_future_does_not_leak,
    padding_does_not_matter,
    the_lesson_is_unchanged,
    parameters_are_counted,
    weighing_is_true,
)
