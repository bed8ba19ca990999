"""Results in pandas and in files for other programs."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import seqbench
from front_door import seqbench as typed
from seqbench import Choice, Measurement, Result, SeqbenchError, Sizes, Trial
from seqbench.store import Store

REFERENCE = Path(__file__).parents[1] / "results/reference/quickstart"
HERE = Path(__file__).parent
NASTY = '=cmd|"/c calc"!A1'


def one(reason=None, **settings):
    trial = Trial(
        Choice("echo", settings), Choice("parrot"), 0, {"lr": 0.1}, Sizes(), metrics=("accuracy",)
    )
    return Result(trial, "failed" if reason else "ok", reason)


def as_frame(file):
    return pd.DataFrame(json.loads(Path(file).read_text()))


@pytest.fixture
def folder(tmp_path):
    good = replace(one(length=4), measurements=(Measurement("accuracy", 1 / 3, split="test"),))
    with Store(tmp_path / "results") as store:
        store.add(good)
        store.add(one("\x1b[31m" + NASTY, length=5))
    return tmp_path / "results"


def test_every_column_of_real_records_is_documented():
    frames = seqbench.load(REFERENCE)
    told = seqbench.load.__doc__
    for part in (frames.trials, frames.measurements, frames.curves):
        for column in map(str, part):
            head = column.split(".")[0]
            known = {column, f"{head}.*", column.replace("costs.parameters_", "_")}
            words = set(re.findall(r"[\w.*]+", told))
            assert known & {word.rstrip(".") for word in words}, column


def test_frames_are_those_of_the_records():
    frames = seqbench.load(str(REFERENCE))
    lines = [
        json.loads(line)
        for file in REFERENCE.glob("records/*.jsonl")
        for line in file.read_text().splitlines()
    ]
    assert len(frames.trials) == len(lines)
    values = sorted(m["value"] for line in lines for m in line["measurements"])
    assert sorted(frames.measurements.value) == values


def test_the_front_door_opens_without_pandas_and_torch():
    code = "import sys, seqbench; seqbench.load; assert not {'pandas', 'torch'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_results_is_said(tmp_path):
    with pytest.raises(SeqbenchError, match="no results here"):
        seqbench.load(tmp_path)
    refused = typed("export", tmp_path, cwd=tmp_path)
    assert refused.returncode == 2
    assert "no results here" in refused.stderr


@pytest.mark.parametrize("to", ["csv", "parquet", "json"])
def test_what_is_exported_reads_back(folder, to):
    files = typed("export", folder, "--to", to, cwd=HERE).stdout.split()
    assert [Path(file).name for file in files] == [
        f"{part}.{to}" for part in ("trials", "measurements", "curves")
    ]
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": as_frame}[to]
    frames = seqbench.load(folder)
    assert list(read(files[0]).id) == list(frames.trials.id)
    assert read(files[1]).value.tolist() == [1 / 3]


def test_a_spreadsheet_gets_no_formula_and_a_terminal_no_colour(folder, tmp_path):
    typed("export", folder, "-o", tmp_path / "out", cwd=HERE)
    reasons = pd.read_csv(tmp_path / "out/trials.csv").reason.dropna()
    assert reasons.tolist() == ["'" + NASTY]
    typed("export", folder, "--to", "json", "-o", tmp_path / "out", cwd=HERE)
    raw = as_frame(tmp_path / "out/trials.json").reason.dropna()
    assert raw.tolist() == ["\x1b[31m" + NASTY]  # other programs get what was said
