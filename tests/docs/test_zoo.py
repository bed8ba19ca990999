"""The tour of all architectures goes through every modality, and says what it leaves out."""

from pathlib import Path

from front_door import seqbench
from seqbench.store import Store
from seqbench.suite import open_suite, plan

ZOO = Path(__file__).parents[2] / "suites" / "zoo.yaml"
MODALITIES = {
    "japanese_vowels": "speech",
    "char_lm": "text",
    "forecast": "a series",
    "pixel_digits": "an image",
    "associative_recall": "memory",
}
CONTROLS = ["majority", "ngram", "seasonal_naive", "ridge", "logistic"]


def test_each_is_trained_on_one_task_of_each_modality():
    zoo = open_suite(ZOO)
    trials = [trial for trial in plan(*zoo) if not trial.baseline]
    wanted = {(task, entry.name) for task in MODALITIES for entry in zoo[0].architectures}
    assert {(t.task.name, t.architecture.name) for t in trials} == wanted
    assert len({(t.task.label, t.architecture.label) for t in trials}) == len(trials)


def test_a_control_is_measured_or_skipped_with_a_reason(tmp_path):
    """Of each control on each task, one training cut short."""
    words = ("--quick", "--set", "executor=inline", "--only", f"architectures={','.join(CONTROLS)}")
    told = seqbench("run", ZOO, *words, cwd=tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    with Store(tmp_path / "results" / "zoo") as store:
        trials = store.frames().trials
    trials = trials[~trials.baseline.astype(bool)]
    assert len(trials) == len(CONTROLS) * len(MODALITIES)
    assert set(trials.status) == {"ok", "skipped"}
    assert trials.reason[trials.status == "skipped"].str.len().min() > 20
    fitted = trials[trials.status == "ok"].groupby("architecture").task.agg(set)
    assert fitted["majority"] == set(MODALITIES)
    assert fitted["ngram"] == {"char_lm", "associative_recall"}
    assert fitted["ridge"] == fitted["seasonal_naive"] == {"forecast"}
    assert fitted["logistic"] == {"pixel_digits", "associative_recall"}
