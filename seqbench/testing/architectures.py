"""What every architecture must keep, with torch or without."""

from dataclasses import replace

import numpy as np

from seqbench.bench.leak import aside, one_by_one
from seqbench.contract.architecture import Architecture, Model, Recipe
from seqbench.contract.data import Split
from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.contract.signature import Signature
from seqbench.testing.check import promise
from seqbench.testing.global_streams import disturbed
from seqbench.testing.spawned import answers_elsewhere
from seqbench.testing.specimen import Specimen, answers, apart, follows
from seqbench.testing.tiny import fitted, real, taken, tiny

STEADY = ("predicting_is_repeatable",)
ALONE = ("predicting_is_repeatable", "examples_do_not_mix")
REPEATED = ("predicting_is_repeatable", "fitting_is_repeatable")
TOLERANCE = 1e-4  # of answers: above float32 rounding, below anything that was learned
SHORT = Recipe(examples=8, batch=8, evaluations=1)
ODD = (7, 13)


@promise("api", "predict(inputs, lengths) gives (N, T, channels), whatever N and T are")
def outputs_follow_the_signature(specimen: Specimen) -> None:
    """A score for each token or a value for each real at every step, one step and one row too."""
    suited = taken(specimen.architecture)
    assert suited, "it is unsuited to every kind of task"
    for io in suited:
        follows(*specimen.fit(io))


@promise("api", "Keep what predict draws or counts out of the model; dropout is for training")
def predicting_is_repeatable(specimen: Specimen) -> None:
    """A fitted model answers alike each time: no dropout, no state carried over."""
    for io, model, split in (*specimen.fits(), *dropping(specimen)):
        first, again = answers(model, split), answers(model, split)
        assert np.array_equal(first, again), f"on {io} the second answer differs from the first"


def dropping(specimen: Specimen) -> list[tuple[Signature, Model, Split]]:
    """A model with dropout, where there is that setting."""
    if not isinstance(getattr(specimen.architecture, "dropout", None), float):
        return []
    with_dropout: Architecture = replace(specimen.architecture, dropout=0.5)  # type: ignore
    io = next(specimen.fits())[0]
    return [(io, *fitted(with_dropout, io, recipe=SHORT))]


@promise(
    "api", "Draw from lesson.rng alone: no global stream, no clock, no hash of a string", STEADY
)
def fitting_is_repeatable(specimen: Specimen) -> None:
    """The same lesson gives the same answers, whatever the global random state is."""
    for io, model, split in specimen.fits():
        with disturbed(2):
            again, _ = fitted(specimen.architecture, io)
        same = np.array_equal(answers(model, split), answers(again, split))
        assert same, f"on {io} fitting twice differs"


@promise("api", "Take no mean, norm or maximum over the batch, in training neither", STEADY)
def examples_do_not_mix(specimen: Specimen) -> None:
    """An example's answer depends on its neighbours in no way, nor on how many there are."""
    for io, model, split in specimen.fits():
        whole = answers(model, split)
        for rows in (slice(2, 5), slice(7, 8)):
            alone = answers(model, split[rows])
            moved = apart(alone[real(split)[rows]], whole[rows][real(split)[rows]])
            assert moved < TOLERANCE, f"on {io} answers move by {moved:.2g} with others beside"
        if hasattr(model.network, "state_dict"):
            from seqbench.kits.torch.inspection import Inside

            training = one_by_one(Inside(model.network).in_training, io.varied)
            found = aside(training, io, split.inputs[:4], np.random.default_rng(0))
            assert found is None, f"on {io} {found}, in training"


@promise("api", "Copy an array before writing into it")
def the_lesson_is_unchanged(specimen: Specimen) -> None:
    """Fitting and predicting write into none of the arrays that they are given."""
    for io, model, split in specimen.fits():
        answers(model, split)
        fresh = tiny(io, np.random.default_rng(0))
        for name in ("inputs", "targets", "mask", "lengths"):
            same = np.array_equal(getattr(split, name), getattr(fresh, name))
            assert same, f"on {io} it wrote into the {name}"


@promise("api", "Model.valid is what predict gives on lesson.valid, or None", STEADY)
def kept_answers_are_its_own(specimen: Specimen) -> None:
    """What training kept of its answers on valid is what the model answers there."""
    for io, model, split in specimen.fits():
        if model.valid is not None:
            kept, wanted = model.valid, answers(model, split)
            assert kept.shape == wanted.shape, f"on {io} it kept {kept.shape}, not {wanted.shape}"
            moved = apart(kept[real(split)], wanted[real(split)])
            assert moved < TOLERANCE, f"on {io} what it kept is {moved:.2g} off its answers"


@promise("api", "Model.parameters is an int, 0 or more: how many numbers were learned")
def parameters_are_counted(specimen: Specimen) -> None:
    """A model says how many numbers it learned."""
    for io, model, _ in specimen.fits():
        count = model.parameters
        plain = isinstance(count, int) and not isinstance(count, bool) and count >= 0
        assert plain, f"on {io} it counts {count!r} parameters"


@promise(
    "api",
    "weigh(io) must give what Model.parameters gives: a suite sizes architectures by it",
    ("parameters_are_counted",),
)
def weighing_is_true(specimen: Specimen) -> None:
    """What it says it will weigh is what it weighs once fitted."""
    weighed = False
    for io, model, _ in specimen.fits():
        if (weight := specimen.architecture.weigh(io, flops=False)) is not None:
            weighed = True
            same = weight.parameters == model.parameters
            assert same, f"on {io} it weighs {weight.parameters}, and has {model.parameters}"
    if not weighed:
        raise Missing("it does not say beforehand what it weighs")


@promise(
    "api",
    "Let any size work, or refuse it with a SeqbenchError where settings are checked",
)
def odd_sizes_work(specimen: Specimen) -> None:
    """Made 7 or 13 wide, it works or says what it takes: a suite tries sizes until one fits."""
    architecture, worked = specimen.architecture, 0
    if not isinstance(getattr(architecture, architecture.size, None), int):
        raise Missing(f"it has no setting {architecture.size} that makes it larger")
    io = next(specimen.fits())[0]
    for odd in ODD:
        try:
            other: Architecture = replace(architecture, **{architecture.size: odd})  # type: ignore
            other.weigh(io, flops=False)
        except (SeqbenchError, ValueError):
            continue
        follows(io, *fitted(other, io, recipe=SHORT))
        worked += 1
    if not worked:
        raise Missing(f"it takes no {architecture.size} of {' or '.join(map(str, ODD))}")


@promise(
    "api",
    "Define it at a module's top level, and keep nothing in it but its settings",
    REPEATED,
)
def a_spawned_process_agrees(specimen: Specimen) -> None:
    """Pickled, and fitted in a process started afresh, it gives the same answers."""
    io, model, split = next(specimen.fits())
    told = answers_elsewhere(specimen.architecture, io, model.network, split)
    for what, elsewhere in told.items():
        off = apart(elsewhere, answers(model, split))
        assert off < TOLERANCE, f"on {io} {what} in a spawned process answers differ by {off:.2g}"
