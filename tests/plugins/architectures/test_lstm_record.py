"""The record of a trial tells what computed the LSTM."""

import json

from front_door import lay, typed
from seqbench_plugins.architectures.lstm.recurrence import GRANTED

SUITE = """
suite: birds
plugins: [birds.py]
seeds: 1
sizes: {train: 20, valid: 10, test: 30}
tasks: [echo]
architectures: [{lstm: {width: 8}}]
executor: inline
"""


def test_what_computed_it_is_in_the_record(tmp_path, capsys, monkeypatch):
    suite = lay(tmp_path, SUITE)
    done = typed("run", suite, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert done.returncode == 0
    (file,) = (tmp_path / "results/birds/records").glob("*.jsonl")
    records = [json.loads(line) for line in file.read_text().splitlines()]
    told = [it["facts"]["model"] for it in records if it["architecture"]["name"] == "lstm"]
    unit = " (AMX)" if GRANTED else ""
    assert [it["lstm"] for it in told] == [f"compiled kernels{unit}"]
