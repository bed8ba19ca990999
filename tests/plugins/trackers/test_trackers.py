"""Trackers see what was found, and only when they are asked for.

TensorBoard, MLflow and Weights & Biases are stood in for by modules that take any call.
"""

import sys
from types import SimpleNamespace

import pytest

from front_door import lay, seqbench
from seqbench import Choice, Measurement, Point, Result, Sizes, Trial
from seqbench_plugins.trackers import mlflow, tensorboard, wandb

TRIAL = Trial(Choice("echo", {"length": 4}), Choice("parrot"), 3, {"lr": 0.1}, Sizes())
FOUND = Result(
    TRIAL,
    "ok",
    None,
    (Measurement("accuracy", 0.75, "", "test", {"pairs@": 4}),),
    (Point(10, 2.0, 2.5), Point(20, 1.0, 1.5)),
    {"parameters": 9.0},
)


class Recorder:
    """Takes any call and remembers it."""

    def __init__(self):
        self.calls = []
        self.summary = self

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self.calls.append((name, args, kwargs))
            return self

        return call

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def of(self, name):
        return [(args, kwargs) for called, args, kwargs in self.calls if called == name]


@pytest.fixture
def heard(monkeypatch):
    """One recorder in the place of all three libraries."""
    recorder = Recorder()
    board = SimpleNamespace(SummaryWriter=lambda folder: recorder.open(folder))
    for name, module in (
        ("mlflow", recorder),
        ("wandb", recorder),
        ("torch.utils.tensorboard", board),
    ):
        monkeypatch.setitem(sys.modules, name, module)
    return recorder


@pytest.mark.parametrize("tracker", [tensorboard, mlflow, wandb])
def test_who_is_not_asked_for_does_nothing(tracker, heard, monkeypatch):
    monkeypatch.delenv("SEQBENCH_TRACK", raising=False)
    tracker.trial_finished(FOUND)
    assert heard.calls == []


def test_tensorboard_gets_the_curve_by_examples(heard, monkeypatch):
    monkeypatch.setenv("SEQBENCH_TRACK", "mlflow, tensorboard")
    tensorboard.trial_finished(FOUND)
    told = [args for args, _ in heard.of("add_scalar")]
    assert ("loss/valid", 1.5, 20) in told
    assert ("test/accuracy/pairs@_4", 0.75, 20) in told
    assert "echo/parrot/seed3" in heard.of("open")[0][0][0]


def test_mlflow_gets_parameters_and_names_that_it_takes(heard, monkeypatch):
    monkeypatch.setenv("SEQBENCH_TRACK", "mlflow")
    mlflow.trial_finished(FOUND)
    [((parameters,), _)] = heard.of("log_params")
    assert parameters["task.length"] == "4"
    assert parameters["status"] == "ok"
    [((metrics,), _)] = heard.of("log_metrics")
    assert metrics == {"test/accuracy/pairs__4": 0.75, "costs/parameters": 9.0}


def test_wandb_gets_a_run_that_ends_as_the_trial_did(heard, monkeypatch):
    monkeypatch.setenv("SEQBENCH_TRACK", "wandb")
    wandb.trial_finished(FOUND)
    assert heard.of("init")[0][1]["config"]["architecture"] == "parrot"
    assert [step for (_, step), _ in heard.of("log")] == [10, 20]
    assert heard.of("finish") == [((), {"exit_code": 0})]


def test_a_library_that_is_not_there_stops_no_run(tmp_path, monkeypatch):
    """Nor does one that stumbles; the run says so and goes on."""
    monkeypatch.setenv("SEQBENCH_TRACK", "mlflow")
    (tmp_path / "mlflow.py").write_text("raise ImportError('none')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    told = seqbench("run", lay(tmp_path), cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "pip install mlflow" in told.stderr
