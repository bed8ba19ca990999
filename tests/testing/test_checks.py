"""Every check catches the fault it is named for, and everything bundled passes all of them."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from seqbench import Architecture, Metric, Model, Reals, Signature, Split, Task, Tokens, Weight
from seqbench.catalogue import Catalogue
from seqbench.testing import check_architecture, check_metric, check_task

HERE = Catalogue.installed()


def failed(outcomes):
    return {outcome.check for outcome in outcomes if outcome.status == "failed"}


def test_no_bundled_plugin_is_broken():
    assert HERE.broken == {}


@pytest.mark.parametrize("name", HERE.names("tasks"))
def test_a_bundled_task_keeps_every_promise(name):
    found = check_task(HERE.make("tasks", name, {}))
    assert [outcome for outcome in found if outcome.status == "failed"] == []


@pytest.mark.parametrize("name", HERE.names("architectures"))
def test_a_bundled_architecture_keeps_every_promise(name):
    found = check_architecture(HERE.make("architectures", name, {}))
    assert [outcome for outcome in found if outcome.status != "passed"] == []


@pytest.mark.parametrize("name", HERE.names("metrics"))
def test_a_bundled_metric_keeps_every_promise(name):
    metric = HERE.get("metrics", name)
    found = check_metric(metric)
    assert failed(found) == set()
    left = {outcome.check for outcome in found if outcome.status == "skipped"}
    assert ("sequences_are_told_apart" in left) is not metric.sequences
    assert len(left) == (3 if metric.sequences else 1)


def first(inputs):
    """One number a step, whatever the kind of input."""
    return inputs if inputs.ndim == 2 else inputs[..., 0]


def spread(numbers, channels):
    """The number of a step, for every channel."""
    return np.repeat(numbers[..., None].astype(float), channels, axis=-1)


@dataclass(frozen=True)
class Good(Architecture):
    name = "good"
    slope: float = 1.0

    def answers(self, x, lengths, lesson):
        return spread(first(x) * self.slope, lesson.io.outputs.channels)

    def fit(self, lesson):
        return Model(lambda x, lengths: self.answers(x, lengths, lesson), 1)


@dataclass(frozen=True)
class WrongShape(Good):
    def answers(self, x, lengths, lesson):
        return super().answers(x, lengths, lesson)[:, :-1]


@dataclass(frozen=True)
class GlobalStream(Good):
    def fit(self, lesson):
        shift = np.random.random()
        return Model(lambda x, lengths: self.answers(x, lengths, lesson) + shift, 1)


@dataclass(frozen=True)
class Moody(Good):
    def fit(self, lesson):
        rng = np.random.default_rng(0)
        return Model(lambda x, lengths: self.answers(x, lengths, lesson) + rng.random(), 1)


@dataclass(frozen=True)
class Crowd(Good):
    def answers(self, x, lengths, lesson):
        return super().answers(x - x.mean(axis=0, keepdims=True), lengths, lesson)


@dataclass(frozen=True)
class Ahead(Good):
    def answers(self, x, lengths, lesson):
        return super().answers(x, lengths, lesson)[:, ::-1].cumsum(axis=1)[:, ::-1]


@dataclass(frozen=True)
class ReadsPadding(Good):
    causal = False

    def answers(self, x, lengths, lesson):
        plain = super().answers(x, lengths, lesson)
        return plain + plain.mean(axis=1, keepdims=True)


@dataclass(frozen=True)
class Scribbler(Good):
    def fit(self, lesson):
        lesson.train.inputs[0] = 0
        return super().fit(lesson)


@dataclass(frozen=True)
class CannotCount(Good):
    def fit(self, lesson):
        return replace(super().fit(lesson), parameters=None)


@dataclass(frozen=True)
class Overweight(Good):
    def weigh(self, io, flops=True):
        return Weight(1000, 1000)


@dataclass
class Thawed(Architecture):
    name = "thawed"
    fit = Good.fit
    answers = Good.answers
    slope: float = 1.0


@dataclass(frozen=True)
class Opaque(Good):
    slope: float = 1.0
    thing: object = field(default_factory=object)


ARCHITECTURES = {
    Thawed: "settings_are_frozen",
    Opaque: "settings_are_plain",
    WrongShape: "outputs_follow_the_signature",
    GlobalStream: "fitting_is_repeatable",
    Moody: "predicting_is_repeatable",
    Crowd: "examples_do_not_mix",
    Ahead: "the_future_does_not_leak",
    ReadsPadding: "padding_does_not_matter",
    Scribbler: "the_lesson_is_unchanged",
    CannotCount: "parameters_are_counted",
    Overweight: "weighing_is_true",
}


def test_a_good_architecture_passes():
    assert failed(check_architecture(Good())) == set()


@pytest.mark.parametrize("fault", ARCHITECTURES, ids=lambda cls: cls.__name__)
def test_an_architecture_with_a_fault_is_caught(fault):
    assert ARCHITECTURES[fault] in failed(check_architecture(fault()))


@dataclass(frozen=True)
class GoodTask(Task):
    name = "good"
    metrics = ("accuracy",)
    vocab: int = 9

    def signature(self):
        return Signature(Tokens(self.vocab), Tokens(self.vocab), 8)

    def sample(self, n, rng):
        x = rng.integers(0, self.vocab, (n, 8))
        return Split(x, x, np.ones(x.shape, bool))


@dataclass(frozen=True)
class BeyondVocab(GoodTask):
    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=split.targets + 1)


@dataclass(frozen=True)
class NotFinite(GoodTask):
    def signature(self):
        return Signature(Tokens(self.vocab), Reals(1), 8)

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=np.full((*split.mask.shape, 1), np.nan))


@dataclass(frozen=True)
class CountsNothing(GoodTask):
    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, mask=np.zeros_like(split.mask))


@dataclass(frozen=True)
class HidesLengths(GoodTask):
    def signature(self):
        return replace(super().signature(), varied=True)


@dataclass(frozen=True)
class DrawsOutside(GoodTask):
    def sample(self, n, rng):
        return super().sample(n, np.random.default_rng(np.random.randint(2**31)))


@dataclass(frozen=True)
class TrainsOnTest(GoodTask):
    def split(self, role, n, rng):
        return self.sample(n, np.random.default_rng(0))


@dataclass(frozen=True)
class NamesNothing(GoodTask):
    metrics = ()


@dataclass(frozen=True)
class NoBaseline(GoodTask):
    def baselines(self):
        return {}


@dataclass(frozen=True)
class Knowing(GoodTask):
    def oracle(self, split):
        return np.eye(self.vocab)[split.inputs]


@dataclass(frozen=True)
class OracleErrs(Knowing):
    def oracle(self, split):
        return np.roll(super().oracle(split), 1, axis=1)


@dataclass(frozen=True)
class OraclePeeks(GoodTask):
    def oracle(self, split):
        return np.eye(self.vocab)[split.targets]


@dataclass(frozen=True)
class OracleIsThin(Knowing):
    def oracle(self, split):
        return super().oracle(split)[:, -1]


@dataclass(frozen=True)
class KnowsReals(GoodTask):
    error: float = 0.0

    def signature(self):
        return Signature(Tokens(self.vocab), Reals(1), 8)

    def sample(self, n, rng):
        split = super().sample(n, rng)
        return replace(split, targets=split.inputs[..., None] / 2)

    def oracle(self, split):
        return split.inputs[..., None] / 2 + self.error


@dataclass(frozen=True)
class OracleIsOff(KnowsReals):
    error: float = 1e-4


@dataclass(frozen=True)
class OracleIsNoNumber(KnowsReals):
    def oracle(self, split):
        return super().oracle(split) * np.nan


TASKS = {
    BeyondVocab: "shapes_follow_the_signature",
    NotFinite: "shapes_follow_the_signature",
    CountsNothing: "something_counts",
    HidesLengths: "lengths_are_told",
    DrawsOutside: "sampling_is_pure",
    TrainsOnTest: "splits_are_apart",
    NamesNothing: "metrics_are_named",
    NoBaseline: "a_baseline_is_there",
    OracleErrs: "the_oracle_is_right",
    OraclePeeks: "the_oracle_is_right",
    OracleIsThin: "the_oracle_is_right",
    OracleIsOff: "the_oracle_is_right",
    OracleIsNoNumber: "the_oracle_is_right",
}


def test_a_good_task_passes():
    assert failed(check_task(GoodTask())) == set()


@pytest.mark.parametrize("task", [Knowing(), KnowsReals()])
def test_a_task_that_knows_its_answers_passes(task):
    skipped = {one.check for one in check_task(task) if one.status == "skipped"}
    assert failed(check_task(task)) == set() and skipped == {"continuations_are_shown"}


def test_no_oracle_is_no_fault():
    found = {outcome.check: outcome for outcome in check_task(GoodTask())}
    oracle = found["the_oracle_is_right"]
    assert (oracle.status, oracle.reason) == ("skipped", "the task has no oracle")


@pytest.mark.parametrize("fault", TASKS, ids=lambda cls: cls.__name__)
def test_a_task_with_a_fault_is_caught(fault):
    assert TASKS[fault] in failed(check_task(fault()))


def share(split, outputs):
    return float((outputs.argmax(-1) == split.targets)[split.mask].mean())


METRICS = {
    "right_is_better_than_wrong": Metric("share", "lower", share),
    "only_counted_steps_count": Metric(
        "share", "higher", lambda s, y: float((y.argmax(-1) == s.targets).mean())
    ),
    "steps_weigh_alike": Metric(
        "share",
        "higher",
        lambda s, y: float(np.mean([share(s[k : k + 1], y[k : k + 1]) for k in range(len(s))])),
    ),
}


def test_a_good_metric_passes():
    assert failed(check_metric(Metric("share", "higher", share))) == set()


@pytest.mark.parametrize("check", METRICS)
def test_a_metric_with_a_fault_is_caught(check):
    assert check in failed(check_metric(METRICS[check]))
