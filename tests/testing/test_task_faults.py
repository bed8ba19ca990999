"""Each planted fault of a task is caught by the check that names it, and by no other."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from seqbench import Continuation, Metric, Reals, Signature, Split, Task, Tokens, hookimpl
from seqbench.testing import TASK_CHECKS, check_task


def broken(found):
    return {one.check for one in found.of("failed", "warned")}


@dataclass(frozen=True)
class GoodTask(Task):
    """Say it again."""

    name = "good"
    source = "nobody, 2026"
    metrics = ("accuracy",)
    vocab: int = 9

    def signature(self):
        return Signature(Tokens(self.vocab), Tokens(self.vocab), 8)

    def sample(self, n, rng):
        x = rng.integers(0, self.vocab, (n, 8))
        return Split(x, x, np.ones(x.shape, bool))


@dataclass(frozen=True)
class BeyondVocab(GoodTask):
    """As its name says."""

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=split.targets + 1)


@dataclass(frozen=True)
class NotFinite(GoodTask):
    """As its name says."""

    def signature(self):
        return Signature(Tokens(self.vocab), Reals(1), 8)

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=np.full((*split.mask.shape, 1), np.nan))


@dataclass(frozen=True)
class CountsNothing(GoodTask):
    """As its name says."""

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, mask=np.zeros_like(split.mask))


@dataclass(frozen=True)
class HidesLengths(GoodTask):
    """As its name says."""

    def signature(self):
        return replace(super().signature(), varied=True)


@dataclass(frozen=True)
class DrawsOutside(GoodTask):
    """As its name says."""

    def sample(self, n, rng):
        return super().sample(n, np.random.default_rng(np.random.randint(2**31)))


@dataclass(frozen=True)
class TrainsOnTest(GoodTask):
    """As its name says."""

    def split(self, role, n, rng):
        return self.sample(n, np.random.default_rng(0))


@dataclass(frozen=True)
class NamesNothing(GoodTask):
    """As its name says."""

    metrics = ()


@dataclass(frozen=True)
class NoBaseline(GoodTask):
    """As its name says."""

    def baselines(self):
        return {}


@dataclass(frozen=True)
class Knowing(GoodTask):
    """As its name says."""

    def oracle(self, split):
        return np.eye(self.vocab)[split.inputs]


@dataclass(frozen=True)
class OracleErrs(Knowing):
    """As its name says."""

    def oracle(self, split):
        return np.roll(super().oracle(split), 1, axis=1)


@dataclass(frozen=True)
class OraclePeeks(GoodTask):
    """As its name says."""

    def oracle(self, split):
        return np.eye(self.vocab)[split.targets]


@dataclass(frozen=True)
class OracleIsThin(Knowing):
    """As its name says."""

    def oracle(self, split):
        return super().oracle(split)[:, -1]


@dataclass(frozen=True)
class KnowsReals(GoodTask):
    """As its name says."""

    error: float = 0.0

    def signature(self):
        return Signature(Tokens(self.vocab), Reals(1), 8)

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=split.inputs[..., None] / 2)

    def oracle(self, split):
        return split.inputs[..., None] / 2 + self.error


@dataclass(frozen=True)
class AsksForQuantiles(KnowsReals):
    """As its name says."""

    def signature(self):
        return Signature(Tokens(self.vocab), Reals(3, levels=(0.2, 0.5, 0.9)), 8)

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=split.targets.repeat(3, axis=2), levels=(0.2, 0.5, 0.9))

    def oracle(self, split):
        return super().oracle(split).repeat(3, axis=2)


@dataclass(frozen=True)
class TellsOtherLevels(AsksForQuantiles):
    """As its name says."""

    def sample(self, n, rng):
        return replace(super().sample(n, rng), levels=())


@dataclass(frozen=True)
class GroupsDiffer(AsksForQuantiles):
    """As its name says."""

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=split.targets + np.arange(3))


@dataclass(frozen=True)
class BaseIsNoNumber(KnowsReals):
    """As its name says."""

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, base=np.full(split.targets.shape, np.nan))


@dataclass(frozen=True)
class OracleIsOff(KnowsReals):
    """As its name says."""

    error: float = 1e-4


@dataclass(frozen=True)
class OracleIsNoNumber(KnowsReals):
    """As its name says."""

    def oracle(self, split):
        return super().oracle(split) * np.nan


@dataclass(frozen=True)
class Telling(GoodTask):
    """Goes on from a token to the end: 0, then what was said, then 0 again."""

    def signature(self):
        return Signature(Tokens(self.vocab), Continuation(self.vocab, end=0), 8)

    def sample(self, n, rng):
        text = rng.integers(1, self.vocab, (n, 7))
        inputs = np.concatenate([np.zeros((n, 1), int), text], 1)
        return Split(inputs, np.roll(inputs, -1, 1), np.ones(inputs.shape, bool))


@dataclass(frozen=True)
class TellsSomethingElse(Telling):
    """Inputs are not the targets before them."""

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, inputs=split.inputs[:, ::-1].copy())


@dataclass
class Thawed(Task):
    """Settings that can be changed."""

    name, source, metrics = GoodTask.name, GoodTask.source, GoodTask.metrics
    signature, sample = GoodTask.signature, GoodTask.sample
    vocab: int = 9


@dataclass(frozen=True)
class Opaque(GoodTask):
    """A setting that is no JSON."""

    thing: object = object()


@dataclass(frozen=True)
class ValidatesOnTrain(GoodTask):
    """Valid is train again."""

    def split(self, role, n, rng):
        return self.sample(n, np.random.default_rng(0) if role != "test" else rng)


@dataclass(frozen=True)
class NamesTheUnknown(GoodTask):
    """A metric that nobody offers."""

    metrics = ("acuracy",)


@dataclass(frozen=True)
class ItsOwnMetric(GoodTask):
    """A metric that this file offers."""

    metrics = ("of_this_file",)


@dataclass(frozen=True)
class Promises(GoodTask):
    """A guess is said to be good."""

    said: float = 0.8

    def chance(self):
        return {"accuracy": self.said}


@dataclass(frozen=True)
class ChanceOfWhat(GoodTask):
    """Chance of a metric that it does not have."""

    def chance(self):
        return {"mse": 1.0}


@dataclass(frozen=True)
class Sourceless(GoodTask):
    """From nowhere."""

    source = ""


@dataclass(frozen=True)
class Silent(GoodTask):
    __doc__ = None


@dataclass(frozen=True)
class Longer(GoodTask):
    """Longer than it says."""

    def signature(self):
        return Signature(Tokens(self.vocab), Tokens(self.vocab), 7)


@hookimpl
def metrics():
    return [Metric("of_this_file", "higher", lambda split, told: 1.0)]


FAULTS = {
    Thawed: "settings_are_frozen",
    Opaque: "settings_are_plain",
    BeyondVocab: "shapes_follow_the_signature",
    NotFinite: "shapes_follow_the_signature",
    Longer: "shapes_follow_the_signature",
    TellsOtherLevels: "quantiles_are_told",
    GroupsDiffer: "quantiles_are_told",
    BaseIsNoNumber: "quantiles_are_told",
    CountsNothing: "something_counts",
    HidesLengths: "lengths_are_told",
    TellsSomethingElse: "continuations_are_shown",
    DrawsOutside: "sampling_is_pure",
    TrainsOnTest: "splits_are_apart",
    ValidatesOnTrain: "splits_are_apart",
    NamesNothing: "metrics_are_named",
    ChanceOfWhat: "metrics_are_named",
    NamesTheUnknown: "metrics_exist",
    NoBaseline: "a_baseline_is_there",
    OracleErrs: "the_oracle_is_right",
    OraclePeeks: "the_oracle_is_right",
    OracleIsThin: "the_oracle_is_right",
    OracleIsOff: "the_oracle_is_right",
    OracleIsNoNumber: "the_oracle_is_right",
    Promises: "guessing_scores_chance",
    Silent: "it_says_what_it_does",
    Sourceless: "a_source_is_named",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda cls: cls.__name__)
def test_a_fault_is_caught_by_the_check_that_names_it_and_by_no_other(fault):
    assert broken(check_task(fault())) == {FAULTS[fault]}


def test_every_check_has_a_fault_that_it_catches():
    assert set(FAULTS.values()) == {check.name for check in TASK_CHECKS}


@pytest.mark.parametrize("task", [GoodTask(), ItsOwnMetric(), Telling(), Promises(said=1 / 9)])
def test_what_is_sound_passes(task):
    assert broken(check_task(task)) == set()


@pytest.mark.parametrize("task", [Knowing(), KnowsReals(), AsksForQuantiles()])
def test_a_task_that_knows_its_answers_passes(task):
    found = check_task(task)
    skipped = {one.check for one in found.of("skipped")}
    assert broken(found) == set()
    assert skipped == {"continuations_are_shown", "guessing_scores_chance"}


def test_no_oracle_is_no_fault():
    found = {outcome.check: outcome for outcome in check_task(GoodTask())}
    oracle = found["the_oracle_is_right"]
    assert (oracle.status, oracle.reason) == ("skipped", "the task has no oracle")
