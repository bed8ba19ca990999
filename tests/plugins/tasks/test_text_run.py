"""Text tasks from the command line to the record: what is generated is scored, by both searches."""

import sys

import numpy as np
import pytest

from front_door import typed
from seqbench.store import Store

SUITE = """
suite: tiny
seeds: 1
train: {examples: 64, batch: 16, evaluations: 1}
sizes: {train: 48, valid: 4, test: 6}
tasks: [TASKS]
architectures: [rnn: {width: 8}, birnn: {width: 8}]
executor: inline
"""


def records(tmp_path, capsys, monkeypatch, tasks):
    """By architecture, what a run of these tasks left behind."""
    file = tmp_path / "tiny.yaml"
    file.write_text(SUITE.replace("TASKS", tasks))
    done = typed("run", file, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = Store(tmp_path / "results/tiny").records()
    return {record["architecture"]["name"]: record for record in found}


def numbers(record):
    """By name and coordinates, what was measured on test."""
    return {
        (one["name"], one["at"].get("beam", 1)): one["value"]
        for one in record["measurements"]
        if one["split"] == "test"
    }


def test_dates_are_generated_and_scored(tmp_path, capsys, monkeypatch):
    pytest.importorskip("babel")
    found = records(tmp_path, capsys, monkeypatch, "translate_dates: {locales: en}")
    told = numbers(found["rnn"])
    sequences = {(name, beam) for name in ("exact_match", "token_error_rate") for beam in (1, 4)}
    assert set(told) == sequences | {("cross_entropy", 1)}
    assert told["token_error_rate", 1] > 0 and np.isfinite(list(told.values())).all()
    assert found["birnn"]["status"] == "skipped" and "reads ahead" in found["birnn"]["reason"]
    copied = numbers(found["copied_digits"])
    assert copied["token_error_rate", 1] <= 0.2 + 1e-9  # two of ten characters may be wrong
    assert copied["token_error_rate", 1] == copied["token_error_rate", 4]
    assert found["rnn"]["data"] and len(found["rnn"]["data"]) == 64


def test_pictures_of_words_are_transcribed_and_scored(tmp_path, capsys, monkeypatch):
    pytest.importorskip("PIL")
    found = records(tmp_path, capsys, monkeypatch, "text_recognition")
    for name in ("rnn", "birnn"):
        told = numbers(found[name])
        assert set(told) == {
            (metric, beam) for metric in ("token_error_rate", "exact_match") for beam in (1, 4)
        }
    silence = numbers(found["silence"])
    assert silence["token_error_rate", 1] == 1 and silence["exact_match", 1] == 0


def test_a_file_of_ones_own_is_run_and_its_slips_are_told(tmp_path, capsys, monkeypatch):
    lines = [f'"{"aha" if at % 2 else "oho"} {at}",{at % 2}' for at in range(200)]
    (tmp_path / "own.csv").write_text("\n".join(["text,label", *lines]))
    found = records(tmp_path, capsys, monkeypatch, "text_file: {file: own.csv, length: 8}")
    assert found["rnn"]["status"] == found["birnn"]["status"] == "ok"
    (tmp_path / "own.csv").write_text("text,label\nhi,\n")
    again = typed(
        "run", tmp_path / "tiny.yaml", capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path
    )
    assert again.returncode == 2 and "Traceback" not in again.stderr
    assert "own.csv, row 1: the label is empty" in again.stderr


def test_a_lacking_package_skips_its_trials(tmp_path, capsys, monkeypatch):
    from seqbench.kits import cldr
    from seqbench_plugins.tasks import language_id

    for kept in (cldr.names, cldr.names_apart, language_id.pool, language_id.alphabet):
        kept.cache_clear()
    monkeypatch.setitem(sys.modules, "babel", None)
    found = records(tmp_path, capsys, monkeypatch, "language_id")
    assert {record["status"] for record in found.values()} == {"skipped"}
    assert "pip install 'seqbench[data]'" in found["rnn"]["reason"]
