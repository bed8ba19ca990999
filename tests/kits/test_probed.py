"""What a probe was skipped for is told once for each task and architecture."""

import pandas as pd
import pytest

from seqbench import Choice, Frames, Result, Trial
from seqbench.catalogue import Catalogue
from seqbench.kits.probed import not_measured
from seqbench.store import Store

REPORTS = ["memory", "gradients", "decoding"]


@pytest.fixture
def frames(tmp_path):
    with Store(tmp_path) as store:
        for seed in (0, 1):
            for name in ("rnn", "birnn"):
                store.add(Result(Trial(Choice("copy"), Choice(name), seed), "ok"))
            runners = {"rnn": Choice("rnn")}
            race = Trial(Choice("copy"), Choice("sprint"), seed, runners=runners)
            store.add(Result(race, "ok"))
    return store.frames()


def reasoned(frames, probe, reasons):
    """With the reasons, by architecture, in the probe's column."""
    column = frames.trials.architecture.map(reasons)
    return Frames(
        frames.trials.assign(**{f"probed.{probe}": column}), frames.measurements, frames.curves
    )


def rows(tables):
    return [row.cells for table in tables for row in table.rows]


def test_each_reason_stands_once_and_races_have_none(frames):
    told = reasoned(frames, "memory", {"birnn": "it reads ahead", "sprint": "it runs"})
    (table,) = not_measured(told, "memory")
    assert table.title == "Not measured" and table.columns == ("task", "architecture", "reason")
    assert rows([table]) == [("copy", "birnn", "it reads ahead")]
    assert not_measured(told, "gradients") == ()


def test_two_reasons_are_two_rows(frames):
    told = reasoned(frames, "memory", {"birnn": "why"})
    told.trials.loc[told.trials.seed == 1, "probed.memory"] = "why else"
    assert rows(not_measured(told, "memory")) == [
        ("copy", "birnn", "why"),
        ("copy", "rnn", "why else"),
        ("copy", "birnn", "why else"),
    ]


@pytest.mark.parametrize("empty", [None, float("nan"), pd.NA])
def test_where_it_was_measured_there_is_no_table(frames, empty):
    trials = frames.trials.assign(**{"probed.memory": empty})
    assert not_measured(Frames(trials, frames.measurements, frames.curves), "memory") == ()
    assert not_measured(frames, "memory") == ()
    none = Frames(trials[:0], frames.measurements, frames.curves)
    assert not_measured(none, "memory") == ()


@pytest.mark.parametrize("name", REPORTS)
def test_the_report_of_a_probe_tells_of_it(frames, name):
    report = Catalogue.installed().make("reports", name, {})
    text = report.render(reasoned(frames, name, {"birnn": "it | reads\nahead"}))
    assert text.count(r"| copy | birnn | it \| reads ahead |") == 1
    assert "### Not measured" in text and "nothing to tell" not in text
    other = report.render(reasoned(frames, "another", {"birnn": "it reads ahead"}))
    assert "Not measured" not in other and "nothing to tell" in other
