"""Trials in this process: each has its one result, and what is not a trial's gets through."""

import os

import faults
import pytest

from seqbench import Site
from seqbench_plugins.executors.inline import Inline

SURVIVED = {
    "ok": "ok",
    "error": "failed",
    "mute_error": "failed",
    "memory_error": "out_of_memory",
    "exit": "failed",
    "nan": "diverged",
    "nested_nan": "diverged",
    "wrong_type": "failed",
    "wrong_trial": "failed",
    "text_value": "failed",
    "unserialisable": "failed",
    "large": "failed",
    "recursion": "failed",
    "full_disk_in_plugin": "failed",
}


@pytest.fixture
def site(tmp_path):
    seen = []
    return Site(tmp_path / "spool", tmp_path / "logs", seen.append), seen


def test_every_trial_has_its_one_result_in_order(site, capsys):
    trials = [faults.trial(name) for name in SURVIVED]
    results = list(Inline().run(faults.work, trials, site[0]))
    assert [result.trial for result in results] == trials
    assert {r.trial.architecture.name: r.status for r in results} == SURVIVED
    by_name = {result.trial.architecture.name: result for result in results}
    assert by_name["error"].reason == "RuntimeError: boom and more"
    assert "in do_error" in by_name["error"].facts["log"]
    assert capsys.readouterr().err == ""
    logs = {path.stem for path in site[0].logs.iterdir()}
    assert logs == {one.trial.id for one in results if one.status in ("failed", "out_of_memory")}
    assert "in do_error" in (site[0].logs / f"{by_name['error'].trial.id}.log").read_text()
    assert by_name["nan"].reason == "accuracy is nan"
    assert by_name["nan"].measurements == ()
    assert by_name["nan"].costs == {"seconds": 1.0} and len(by_name["nan"].curve) == 1
    assert by_name["nested_nan"].reason == "facts.model.losses.1 is not finite"
    assert by_name["nested_nan"].facts == {"kept": 1}
    assert len(by_name["nested_nan"].measurements) == 1


def test_progress_is_passed_on(site):
    one = faults.trial("points")
    list(Inline().run(faults.work, [one], site[0]))
    assert [event.kind for event in site[1]] == ["started", "point", "point", "point"]
    assert site[1][0].trial == one
    assert [event.point.examples for event in site[1][1:]] == [0, 1, 2]


def test_trials_run_here_and_only_when_asked_for(site):
    drawn = []

    def trials():
        for seed in range(3):
            drawn.append(seed)
            yield faults.trial("ok", seed)

    def here(trial, watch):
        return faults.fine(trial, os.getpid())

    results = Inline().run(here, trials(), site[0])
    assert drawn == []
    assert next(results).measurements[0].value == os.getpid()
    assert drawn == [0]
    assert len(list(results)) == 2


def test_an_interrupt_is_the_users(site):
    with pytest.raises(KeyboardInterrupt):
        list(Inline().run(faults.work, [faults.trial("interrupt")], site[0]))
    assert list(site[0].logs.iterdir()) == []
