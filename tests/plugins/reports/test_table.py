"""The tables say what the records hold: means by hand, what is missing, and no painted reasons."""

from dataclasses import replace

import pytest

from seqbench import Choice, Measurement, Result, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store

ECHO, COPY = Choice("echo", {"length": 4}), Choice("copy", {"length": 4})


def result(value, task=ECHO, name="rnn", seed=0, status="ok", reason=None, **more):
    """A result with one score, of an architecture or, where it is called majority, a baseline."""
    architecture = Choice(name, more.pop("settings", {}))
    train = {} if name == "majority" else {"lr": more.pop("lr", 0.1)}
    trial = Trial(task, architecture, seed, train, baseline=name == "majority", **more)
    score = Measurement("accuracy", value, better="higher", chance=0.25)
    costs = {"parameters": 1234, "examples_per_second": 100.0 * (seed + 1), "fit_seconds": 1.0}
    facts = {"threads": 1, "processor": "a", "workers": 1}
    return Result(trial, status, reason, (score,) if status == "ok" else (), (), costs, facts)


@pytest.fixture
def table(tmp_path):
    def rendered(*results):
        with Store(tmp_path) as store:
            for one in results:
                store.add(one)
        report = Catalogue.installed().make("reports", "table", {})
        frames = store.frames()
        return report.render(frames), report.show(frames, 200)

    return rendered


def line(text, start):
    return next(row for row in text.splitlines() if row.startswith(start))


def test_means_and_spreads_are_those_of_the_seeds(table):
    text, shown = table(
        result(0.2, seed=0), result(0.4, seed=1), result(0.9, seed=2), result(0.3, name="majority")
    )
    assert line(text, "| rnn") == "| rnn | 0.500 ± 0.361 | 1,234 | 200 | 3/3 |"
    assert line(text, "| chance") == "| chance | 0.250 |  |  |  |"
    assert line(text, "| majority") == "| majority | 0.300 | 1,234 |  | 1/1 |"
    assert "0.500 ± 0.361" in shown


def test_what_has_no_score_is_counted_and_told(table):
    text, _ = table(
        result(0.2), result(0, seed=1, status="failed", reason="it broke"), result(0.3, task=COPY)
    )
    assert line(text, "| rnn |") == "| rnn | 0.200 (1 of 2 seeds) | 0.300 |"
    assert "| 1/2 |" in line(text, "| rnn | 0.200 (1 of 2 seeds) | 1,234")
    assert "| echo × rnn | failed | 1 | it broke |" in text


def test_settings_are_named_only_where_they_differ(table):
    text, _ = table(
        result(0.2, settings={"layers": 1, "width": 8}),
        result(0.6, settings={"layers": 2, "width": 8}),
        result(0.7, name="lstm", settings={"layers": 1}),
        result(0.8, name="lstm", settings={"layers": 1}, lr=0.5),
    )
    for name in ("rnn(layers=1)", "rnn(layers=2)", "lstm(lr=0.1)", "lstm(lr=0.5)"):
        assert f"| {name} |" in text


def test_a_size_that_was_solved_for_is_not_named(table):
    """It differs by task where all else is alike; what a suite sets does not."""
    text, _ = table(
        *(
            result(0.5, task, settings={"layers": layers, "width": width})
            for task, widths in ((ECHO, (64, 45)), (COPY, (62, 43)))
            for layers, width in zip((1, 2), widths, strict=True)
        ),
        *(
            result(0.5, task, name="lstm", settings={"layers": 1, "width": width})
            for task in (ECHO, COPY)
            for width in (8, 16)
        ),
    )
    for name in ("rnn(layers=1)", "rnn(layers=2)", "lstm(width=8)", "lstm(width=16)"):
        assert f"| {name} | 0.500 | 0.500 |" in text


def test_architectures_stand_from_best_to_worst_below_the_baselines(table):
    text, _ = table(result(0.2, name="a"), result(0.9, name="b"), result(0.3, name="majority"))
    places = [text.index(f"| {name} |") for name in ("chance", "majority", "b", "a")]
    assert places == sorted(places)


def test_scores_that_no_trivial_answer_stands_beside_are_marked(table):
    mark = "- no trivial answer has a score here"
    text, shown = table(result(0.2), result(0, name="majority", status="failed", reason="it broke"))
    assert mark in text and mark[2:] in shown
    assert line(text, "| majority") == "| majority | failed | 1,234 |  | 0/1 |"
    text, _ = table(result(0.3, name="majority"))
    assert mark not in text


def test_one_table_over_all_tasks_comes_first(table):
    text, _ = table(result(0.2), result(0.4, task=COPY), result(0.3, task=COPY, name="majority"))
    assert line(text, "| rnn |") == "| rnn | 0.200 | 0.400 |"
    assert line(text, "| best baseline") == "| best baseline | – | 0.300 (majority) |"


def test_an_architecture_may_have_the_name_of_a_baseline(table):
    control = result(0.5, name="majority")
    control = replace(control, trial=replace(control.trial, baseline=False))
    text, _ = table(
        result(0.3, name="majority"),
        result(0.3, name="majority", task=COPY),
        control,
        replace(control, trial=replace(control.trial, task=COPY)),
    )
    assert line(text, "| majority |") == "| majority | 0.500 | 0.500 |"
    assert line(text, "| best baseline").count("0.300 (majority)") == 2


def test_speeds_measured_unalike_do_not_stand_in_one_table(table):
    other = result(0.4, name="lstm")
    text, _ = table(result(0.2), replace(other, facts={**other.facts, "threads": 2}))
    assert "not measured alike: threads was 1, 2" in text
    assert "| 100 |" not in text


def test_rows_of_different_code_are_marked(table):
    one, two = result(0.2), result(0.4, seed=1)
    text, _ = table(
        replace(one, facts={**one.facts, "architecture_code": "a", "task_code": "c"}),
        replace(two, facts={**two.facts, "architecture_code": "b", "task_code": "c"}),
    )
    assert "- rnn: its records were made by 2 versions of its code" in text
    assert "- echo: its records" not in text


def test_scores_at_test_settings_have_a_table_of_their_own(table):
    one = result(0.2)
    at = [Measurement("accuracy", 0.1 * n, at={"pairs": n}, better="higher") for n in (2, 4)]
    text, _ = table(replace(one, measurements=(*one.measurements, *at)))
    below = text.split("by test setting, trained once")[1]
    assert line(below, "|  |") == "|  | pairs=2 | pairs=4 |"
    assert line(below, "| rnn |") == "| rnn | 0.200 | 0.400 |"


def test_a_reason_cannot_paint_or_break_the_table(table):
    _, shown = table(
        result(0, status="failed", reason="\x1b[31mred\x1b[0m | <b>bold</b>\nnext\x07")
    )
    text, _ = table()
    assert "red \\| \\<b\\>bold\\</b\\> next |" in text
    assert "\x1b[31m" not in shown and "\x07" not in shown
