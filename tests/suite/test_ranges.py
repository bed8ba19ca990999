"""Settings that vary within training, and what may not vary with them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import SeqbenchError, from_record, to_record
from seqbench.catalogue import Catalogue
from seqbench.contract.trial import Result
from seqbench.suite import plan, read_suite

MORE = '''
from dataclasses import dataclass, field

from seqbench import Missing, Reals, SeqbenchError, Signature, Task, Tokens, hookimpl


@dataclass(frozen=True)
class Pairs(Task):
    """vocab and order decide what goes in and out; length and pairs only how long it is."""

    name = "pairs"
    metrics = ("exact",)
    pairs: int = 4
    vocab: int = 16
    length: int = 12
    ahead: bool = False
    table: dict[str, int] = field(default_factory=dict)

    def __post_init__(self):
        if 2 * self.pairs > self.vocab:
            raise SeqbenchError(f"{self.pairs} pairs are too many for a vocab of {self.vocab}")

    def signature(self):
        if self.length == 13:
            raise Missing("no thirteenth")
        steps = self.length + self.pairs
        return Signature(Tokens(self.vocab), Tokens(self.vocab), steps, causal=not self.ahead)


@hookimpl
def tasks():
    return [Pairs]
'''


@pytest.fixture(scope="module")
def more_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("more") / "more.py"
    file.write_text(MORE)
    return file


@pytest.fixture
def more(world_file, more_file):
    return Catalogue.installed(world_file, more_file)


@pytest.fixture
def planned(write, more):
    def planned(tasks, *overrides, rest="architectures: [net]\nseeds: 1"):
        suite = read_suite(write(f"tasks: [{tasks}]\n{rest}"), more, overrides)
        return plan(suite, more)

    return planned


def told(planned, tasks, **options):
    with pytest.raises(SeqbenchError) as caught:
        planned(tasks, **options)
    return [line.split("s.yaml:")[-1] for line in str(caught.value).splitlines()]


def test_a_trial_has_the_range_and_its_task_the_most(planned):
    text = "copy: {length: {from: 5, to: 40}, noise: [0, 1], curriculum: true, test: {length: 50}}"
    baseline, trial, *_ = trials = planned(text)
    assert len(trials) == 4
    assert (dict(trial.ranges), trial.curriculum) == ({"length": (5, 40)}, True)
    assert (trial.task.settings["length"], trial.tests) == (40, ({"length": 50},))
    assert (dict(baseline.ranges), baseline.curriculum) == ({"length": (5, 40)}, False)
    back = from_record(json.loads(json.dumps(to_record(Result(trial, "ok")))))
    assert back.trial == trial and back.trial.id == trial.id


def test_ranges_and_curriculum_are_part_of_the_question(planned):
    trials = [
        planned(text)[-1]
        for text in (
            "copy: {length: 40}",
            "copy: {length: {from: 5, to: 40}}",
            "copy: {length: {from: 6, to: 40}}",
            "copy: {length: {from: 5, to: 40}, curriculum: true}",
        )
    ]
    assert len({trial.id for trial in trials}) == 4
    again = planned("copy: {curriculum: false, length: {to: 40, from: 5}}")[-1]
    assert again.id == trials[1].id
    baselines = {
        planned(f"copy: {{length: {{from: 5, to: 40}}{more}}}")[0].id
        for more in ("", ", curriculum: true")
    }
    assert len(baselines) == 1  # they learn from all examples at once


def test_an_override_reaches_into_a_range(planned):
    text = "copy: {length: {from: 5, to: 40}}"
    assert dict(planned(text, "tasks.copy.length.to=9")[-1].ranges) == {"length": (5, 9)}
    assert dict(planned("copy", "tasks.copy.length={from: 3, to: 4}")[-1].ranges) == {
        "length": (3, 4)
    }


@given(st.integers(2, 60), st.integers(1, 60))
@settings(max_examples=20, deadline=None)
def test_every_range_is_read_as_written(tmp_path_factory, world_file, least, more):
    catalogue = Catalogue.installed(world_file)
    file = tmp_path_factory.mktemp("s") / "s.yaml"
    inside = f"length: {{from: {least}, to: {least + more}}}"
    file.write_text(f"suite: s\ntasks: [copy: {{{inside}}}]\narchitectures: [mean]")
    trial = plan(read_suite(file, catalogue), catalogue)[-1]
    assert dict(trial.ranges) == {"length": (least, least + more)}


SLIPS = [  # § stands before the place that is named
    ("copy: {length: §{from: 9, to: 5}}", "copy.length: from 9 to 5 is no range; from must be"),
    ("copy: {length: §{from: 5, to: 5}}", "copy.length: from 5 to 5 is no range; from must be"),
    ("copy: {length: §{}}", "copy.length: a range is written {from: 5, to: 40}, not {}"),
    ("copy: {length: §{from: 5}}", "copy.length: a range is written {from: 5, to: 40}, not {"),
    ("copy: {length: §{from: 5, to: 9, by: 2}}", "copy.length: a range is written"),
    ("copy: {length: {from: 5, to: §9.5}}", "copy.length takes int, not 9.5"),
    ("copy: {length: {from: §x, to: true}}", "copy.length takes int, not 'x'"),
    ("copy: {noise: §{from: 1, to: 2}}", "copy.noise takes no range, which is of whole numbers"),
    ("copy: {sep: {from: §1, to: 2}}", "copy.sep takes 'dot' | 'dash', not 1"),
    ("copy: {length: §[{from: 5, to: 9}]}", "copy.length: a list holds no range; write an entry"),
    ("copy: {§length: {from: 1, to: 9}}", "copy(length=1): length is 2 or more"),
    ("copy: {§lenth: {from: 5, to: 9}}", "copy has no 'lenth'; did you mean 'length'?"),
    ("copy: {test: {length: §{from: 5, to: 9}}}", "copy.length takes int, not {"),
    ("copy: {§curriculum: true}", "curriculum needs a setting with a range, as in length: {"),
    (
        "copy: {length: {from: 5, to: 9}, curriculum: §[true]}",
        "curriculum takes true or false, not [True]",
    ),
    (
        "pairs: {§vocab: {from: 8, to: 16}}",
        "pairs(vocab=8): inputs are Tokens(vocab=8), not Tokens(vocab=16); within one trial only",
    ),
    ("§pairs: {pairs: {from: 2, to: 5}, vocab: 9}", "5 pairs are too many for a vocab of 9"),
    ("pairs: {test: {§vocab: 32}}", "pairs(vocab=32): inputs are Tokens(vocab=32), not Tokens("),
    ("pairs: {test: {§ahead: true}}", "pairs(ahead=True): causal is False, not True; within"),
    (
        "pairs: {§test: {length: [3, 4], vocab: [16, 8]}}",
        "pairs(vocab=8, length=3): inputs are Tokens(vocab=8), not Tokens(vocab=16)",
    ),
]


@pytest.mark.parametrize(("text", "expected"), SLIPS)
def test_slips(planned, text, expected):
    column = len("tasks: [") + text.index("§") + 1
    lines = told(planned, text.replace("§", ""))
    assert any(line.startswith(f"2:{column}: {expected}") for line in lines), lines


def test_a_slip_in_a_range_comes_with_all_the_others(planned):
    rest = "architectures: [net: {width: {from: 4, to: 8}}, nat]\nseeds: 0"
    lines = told(planned, "copy: {length: {from: 9, to: 5}, noise: x}, coppy", rest=rest)
    places = [line.split(" ")[0] for line in lines]
    assert places == ["2:24:", "2:49:", "2:53:", "3:30:", "3:49:", "4:8:"]
    assert lines[3] == "3:30: net.width takes no range; only a task's settings do"


def test_what_may_vary_is_the_length(planned):
    trial = planned(
        "pairs: {pairs: {from: 1, to: 8}, length: {from: 1, to: 30}, test: {length: [3, 99]}}"
    )[-1]
    assert dict(trial.ranges) == {"pairs": (1, 8), "length": (1, 30)}  # 13 lacks data, no slip
    assert trial.tests == ({"length": 3}, {"length": 99})


def test_a_setting_that_takes_a_mapping_is_no_range(planned):
    trial = planned("pairs: {table: {from: 5, to: 9}}")[-1]
    assert trial.ranges == {}
    assert trial.task.settings["table"] == {"from": 5, "to": 9}


def test_a_wide_range_is_looked_at_here_and_there(planned):
    assert planned("copy: {length: {from: 2, to: 1000000000}}")[-1].ranges["length"][1] == 10**9
