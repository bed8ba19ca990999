"""Frames say what the records say, from the cache as from the records."""

import json
import os

import pandas as pd
import pytest
from samples import result, trial

from seqbench import Choice, Measurement, Result, Trial
from seqbench.store import Store, cache


@pytest.fixture
def cached(monkeypatch):
    monkeypatch.setattr(cache, "WORTHWHILE", 0)


def same(one, other):
    for name in ("trials", "measurements", "curves"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_frames_are_the_records_in_columns(filled):
    frames = Store(filled).frames()
    records = list(Store(filled).records())
    trials = frames.trials.set_index("id")
    for record in records:
        row = trials.loc[record["id"]]
        assert (row.task, row.architecture) == ("recall", "lstm")
        assert row["task.pairs"] == record["task"]["settings"]["pairs"]
        assert row["architecture.width"] == record["architecture"]["settings"]["width"]
        assert row["costs.fit_seconds"] == record["costs"]["fit_seconds"]
        assert row["sizes.test"] == record["sizes"]["test"]
        assert row["facts.machine"] == "x86_64"
        assert json.loads(row["facts.versions"]) == {"torch": "2"}
        told = frames.measurements[frames.measurements.id == record["id"]]
        assert told.value.tolist() == [m["value"] for m in record["measurements"]]
        assert told["at.pairs"].tolist()[1] == 16 and pd.isna(told["at.pairs"].tolist()[0])
        assert told.better.unique().tolist() == ["higher"]
        points = frames.curves[frames.curves.id == record["id"]]
        columns = ["examples", "train_loss", "valid_loss"]
        assert points[columns].to_dict("records") == record["curve"]
    assert trials.seed.tolist() == [0, 1, 2]
    assert trials.dtypes[["seed", "baseline", "partial", "missing"]].astype(str).tolist() == [
        "int64",
        "bool",
        "bool",
        "bool",
    ]


def test_an_empty_folder_gives_empty_frames_of_the_same_columns(tmp_path, filled):
    empty, full = Store(tmp_path / "none").frames(), Store(filled).frames()
    for name in ("trials", "measurements", "curves"):
        plain, whole = getattr(empty, name), getattr(full, name)
        assert len(plain) == 0
        known = list(plain.columns)
        assert list(whole.columns)[: len(known)] == known
        assert plain.dtypes.tolist() == whole[known].dtypes.tolist()


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1, 2], [1, 2]),
        ([1, 2.5], [1.0, 2.5]),
        ([True, False], [True, False]),
        (["a", None], ["a", None]),
        ([1, "a"], ["1", "a"]),
        ([True, 2], ["true", "2"]),
        ([[1, 2], [3]], ["[1,2]", "[3]"]),
        ([{"b": 1, "a": 2}, None], ['{"a":2,"b":1}', None]),
        ([2**70, 1], [str(2**70), "1"]),
        ([None, None], [None, None]),
    ],
)
def test_settings_of_every_kind_have_a_column(tmp_path, cached, values, wanted):
    with Store(tmp_path) as store:
        for seed, value in enumerate(values):
            one = Trial(Choice("task"), Choice("net", {"setting": value}), seed)
            store.add(Result(one, "failed", "why"))
    made, again = Store(tmp_path).frames(), Store(tmp_path).frames()
    same(made, again)
    column = made.trials["architecture.setting"].tolist()
    assert [None if pd.isna(value) else value for value in column] == wanted


def test_columns_that_only_some_trials_have_are_empty_elsewhere(tmp_path):
    with Store(tmp_path) as store:
        for seed, settings in enumerate([{"a": 1}, {"b": 2}, {"a": 3, "b": 4}]):
            one = Trial(Choice("task", settings), Choice("net"), seed)
            at = {"delay": seed} if seed else {}
            store.add(Result(one, "ok", measurements=(Measurement("m", 1.0, at=at),)))
    frames = Store(tmp_path).frames()
    assert frames.trials["task.a"].fillna(-1).tolist() == [1, -1, 3]
    assert frames.trials["task.b"].fillna(-1).tolist() == [-1, 2, 4]
    assert frames.measurements["at.delay"].fillna(-1).tolist() == [-1, 1, 2]


def test_only_winners_are_in_the_frames(tmp_path):
    with Store(tmp_path) as store:
        store.add(result(0, "failed"))
        store.add(result(0, value=0.25))
    frames = Store(tmp_path).frames()
    assert frames.trials.status.tolist() == ["ok"]
    assert len(frames.measurements) == 2


def test_the_cache_is_used_and_made_again_when_records_change(filled, cached, monkeypatch):
    made = Store(filled).frames()
    assert len(list(filled.glob(".cache/*.parquet"))) == 3
    with monkeypatch.context() as patch:
        patch.setattr(cache, "tables", None)  # calling it would fail
        same(Store(filled).frames(), made)
    with Store(filled) as store:
        store.add(result(9, "failed"))
        assert len(store.frames().trials) == 4
        store.add(result(9))
        assert store.frames().trials.status.tolist().count("ok") == 4
    assert len(list(filled.glob(".cache/*.parquet"))) == 3
    (file,) = filled.glob(f"records/{store.run}.jsonl")
    file.unlink()
    same(Store(filled).frames(), made)


def test_a_record_replaced_by_one_of_the_same_length_is_seen(filled, cached):
    Store(filled).frames()
    (file,) = filled.glob("records/*.jsonl")
    other = filled.parent / "other"
    with Store(other) as store:
        for seed in range(3):
            store.add(result(seed, value=0.7))
    (changed,) = other.glob("records/*.jsonl")
    data = changed.read_bytes()
    assert len(data) == file.stat().st_size
    file.write_bytes(data)
    os.utime(file, ns=(1, 1))
    assert Store(filled).frames().measurements.value.max() == 0.7


def test_a_broken_cache_is_made_again(filled, cached):
    made = Store(filled).frames()
    for number, file in enumerate(sorted(filled.glob(".cache/*.parquet"))):
        file.write_bytes([b"", b"PAR1 nonsense", file.read_bytes()[:-20]][number])
        same(Store(filled).frames(), made)
        assert file.stat().st_size > 100


def test_a_cache_that_cannot_be_kept_does_no_harm(filled, cached):
    (filled / ".cache").write_text("a file where the folder should be")
    assert len(Store(filled).frames().trials) == 3


def test_small_folders_are_read_without_a_cache(filled):
    Store(filled).frames()
    assert not (filled / ".cache").exists()
    assert trial().id in set(Store(filled).frames().trials.id)
