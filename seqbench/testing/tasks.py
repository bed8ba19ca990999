"""What every task promises, one function a promise."""

import numpy as np

from seqbench.contract.data import Role, Split
from seqbench.contract.errors import Missing
from seqbench.contract.signature import Continuation, Outputs, Reals, Tokens, Transcript
from seqbench.contract.task import Task
from seqbench.testing.check import promise

ROLES: tuple[Role, ...] = ("train", "valid", "test")
SEVERAL = 16


def drawn(task: Task, role: Role = "train", seed: int = 0) -> Split:
    """A few examples."""
    return task.split(role, SEVERAL, np.random.default_rng(seed))


@promise("api", "Let `signature` say what `sample` or `split` really gives")
def shapes_follow_the_signature(task: Task) -> None:
    """(N, T) for tokens and mask, (N, T, width) for reals, tokens below the vocab, no NaN."""
    io = task.signature()
    for role in ROLES:
        split = drawn(task, role)
        assert 0 < len(split) <= SEVERAL, f"{role} gives {len(split)} examples of {SEVERAL} asked"
        assert split.inputs.shape[1] <= io.length, f"{role} is longer than its signature says"
        fits(io.inputs, split.inputs, split.inputs.shape[:2])
        fits(io.outputs, split.targets, split.mask.shape)
        if not isinstance(io.outputs, Transcript):
            steps = split.inputs.shape[:2]
            assert split.mask.shape == steps, f"a mask of {split.mask.shape} for {steps} steps"


def fits(kind: Outputs, array: np.ndarray, steps: tuple[int, ...]) -> None:
    """An array is of its kind."""
    if not isinstance(kind, Reals):
        assert array.shape == steps, f"tokens of shape {array.shape} beside a mask of {steps}"
        assert np.issubdtype(array.dtype, np.integer), f"tokens are integers, not {array.dtype}"
        least, most = array.min(), array.max()
        assert 0 <= least and most < kind.vocab, f"tokens {least}..{most}, vocab {kind.vocab}"
    else:
        wanted = (*steps, kind.width)
        assert array.shape == wanted, f"reals of shape {array.shape}, not {wanted}"
        assert np.isfinite(array).all(), "a real is not finite"


@promise(
    "api",
    "Give each split the levels of the signature, and each value once for every level",
    ("shapes_follow_the_signature",),
)
def quantiles_are_told(task: Task) -> None:
    """Splits name the levels of the signature, whose targets are alike; a base has their shape."""
    kind = task.signature().outputs
    levels = kind.levels if isinstance(kind, Reals) else ()
    assert list(levels) == sorted(set(levels)), f"levels {levels} do not ascend"
    assert not levels or kind.channels % len(levels) == 0, f"{kind.channels} numbers for {levels}"
    for role in ROLES:
        split = drawn(task, role)
        assert split.levels == levels, f"{role} says levels {split.levels}, not {levels}"
        if levels:
            groups = split.targets.reshape(*split.targets.shape[:2], -1, len(levels))
            assert (groups == groups[..., :1]).all(), "targets of one value's quantiles differ"
        if split.base is not None:
            base = np.broadcast_to(split.base, split.targets.shape)
            assert np.isfinite(base).all(), "what a target departs from is not finite"


@promise(
    "api",
    "Let the mask (N, T) of booleans be true at the steps that are asked",
    ("shapes_follow_the_signature",),
)
def something_counts(task: Task) -> None:
    """Every example has a counted step, and none is in the padding."""
    for role in ROLES:
        split = drawn(task, role)
        assert split.mask.dtype == bool, f"the mask is {split.mask.dtype}, not bool"
        assert split.mask.any(axis=1).all(), f"an example of {role} has no counted step"
        if isinstance(task.signature().outputs, Transcript):
            room = split.inputs.shape[1] if split.lengths is None else split.lengths
            counted, blanks = split.mask.sum(axis=1), split.targets[split.mask] == 0
            assert not blanks.any(), f"a transcript of {role} holds the blank, 0"
            assert (counted <= room).all(), f"a transcript of {role} is longer than its sequence"
        elif split.lengths is not None:
            padding = np.arange(split.mask.shape[1]) >= split.lengths[:, None]
            assert not (split.mask & padding).any(), f"{role} counts a step of the padding"


@promise(
    "claims",
    "Write inputs as Continuation's docstring says, up to the end token",
    ("shapes_follow_the_signature",),
)
def continuations_are_shown(task: Task) -> None:
    """Where outputs are a Continuation, each input after a counted step is the target before it."""
    io = task.signature()
    if not isinstance(io.outputs, Continuation):
        raise Missing("the task continues nothing")
    assert io.causal, "a continuation may not be told by what comes after it: causal=False"
    for role in ROLES:
        split = drawn(task, role)
        rows, steps = np.nonzero(split.mask[:, 1:] & split.mask[:, :-1])
        given, told = split.inputs[rows, steps + 1], split.targets[rows, steps]
        given = given if isinstance(io.inputs, Tokens) else one_hot_of(given, io.outputs.vocab)
        assert (given == told).all(), f"an input of {role} is not the target of the step before"
        last = split.mask.shape[1] - 1 - split.mask[:, ::-1].argmax(axis=1)
        ends = split.targets[np.arange(len(split)), last]
        assert (ends == io.outputs.end).all(), f"a continuation of {role} lacks its end token"


def one_hot_of(given: np.ndarray, vocab: int) -> np.ndarray:
    """The tokens (R,) whose one-hot stands in the last numbers of inputs (R, width)."""
    last: np.ndarray = given[:, -vocab:]
    assert ((last == 0) | (last == 1)).all() and (last.sum(axis=1) == 1).all(), "no one-hot"
    tokens: np.ndarray = last.argmax(axis=1)
    return tokens


@promise(
    "api",
    "Let `varied` of the signature say whether splits have lengths",
    ("shapes_follow_the_signature",),
)
def lengths_are_told(task: Task) -> None:
    """A task whose sequences differ in length gives lengths, and no other does."""
    split = drawn(task)
    told, varied = split.lengths is not None, task.signature().varied
    assert told == varied, f"the signature says varied={varied}, lengths are {split.lengths!r}"


@promise(
    "api",
    "Draw from the rng given alone: no global stream, no clock",
    ("shapes_follow_the_signature",),
)
def sampling_is_pure(task: Task) -> None:
    """The same rng gives the same examples, whatever the global streams are doing."""
    np.random.seed(1)
    first = drawn(task, seed=7)
    np.random.seed(2)
    again = drawn(task, seed=7)
    same = np.array_equal(first.inputs, again.inputs)
    assert same and np.array_equal(first.targets, again.targets), "it draws outside its rng"


@promise(
    "api",
    "Give each role examples of its own, and draw them from its rng",
    ("shapes_follow_the_signature",),
)
def splits_are_apart(task: Task) -> None:
    """For any seed, few examples of valid or test stand in train, input and target alike."""
    for seed in (0, 1):
        train = {rows(split) for split in drawn_each(task, "train", seed)}
        for role in ROLES[1:]:
            other = [rows(split) for split in drawn_each(task, role, seed)]
            shared = sum(row in train for row in other)
            said = f"with seed {seed}, {shared} of {len(other)} {role} examples stand in train"
            assert shared < SEVERAL / 2, said


def drawn_each(task: Task, role: Role, seed: int) -> list[Split]:
    """A few examples one by one, each role and seed from a stream of its own."""
    split = drawn(task, role, seed=10 * seed + ROLES.index(role))
    return [split[at : at + 1] for at in range(len(split))]


def rows(split: Split) -> bytes:
    """An example's inputs and targets as one key."""
    return split.inputs.tobytes() + split.targets.tobytes()


@promise("api", "Name metrics in `metrics`, the one to rank by first")
def metrics_are_named(task: Task) -> None:
    """There is a metric to rank by, and chance is told of known metrics only."""
    assert task.metrics, "metrics is empty: name at least the one to rank by"
    strange = set(task.chance()) - set(task.metrics)
    assert not strange, f"chance() speaks of {sorted(strange)}, not among {task.metrics}"


@promise("api", "Return at least one trivial answer from `baselines`")
def a_baseline_is_there(task: Task) -> None:
    """At least one trivial answer can be fitted, so that every table has one."""
    assert task.baselines(), "baselines() is empty"
