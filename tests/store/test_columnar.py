"""What Arrow reads many records at once is what is read one by one."""

import json
import random
from dataclasses import replace

import pytest
from samples import result

from seqbench import Choice, Measurement, SeqbenchError, to_record
from seqbench.store import Store, cache, columnar
from seqbench.store.index import Index
from seqbench.store.line import encode
from seqbench.store.tables import tables


def one_by_one(folder):
    index = Index(folder)
    index.refresh()
    return tables(index.records())


def write(folder, *files):
    """Files of records, from what `to_record` gives."""
    (folder / "records").mkdir(exist_ok=True)
    for number, records in enumerate(files):
        lines = b"".join(encode(record) for record in records)
        (folder / f"records/run{number}.jsonl").write_bytes(lines)


def record(seed=0, status="ok", run="run0", **changed):
    """A record, with some of its entries replaced."""
    return {**to_record(result(seed, status)), "run": run, **changed}


def assert_same(folder):
    found, wanted = columnar.columnar(folder), one_by_one(folder)
    for name in ("trials", "measurements", "curves"):
        mine, other = getattr(found, name), getattr(wanted, name)
        assert mine.schema == other.schema
        assert mine.equals(other)


def with_facts(*facts):
    return [record(seed, facts=it) for seed, it in enumerate(facts)]


FINE = {
    "nothing but what all have": with_facts({}, {}),
    "facts that some lack": with_facts({"a": 1}, {}, {"b": "x"}),
    "empty and null": with_facts({"a": None, "b": {}}, {"a": None}),
    "mappings": with_facts(
        {"model": {"b": 1, "a": [1, 2.5]}}, {"model": {}}, {"model": {"c": "é"}}
    ),
    "lists": with_facts({"path": [1, 0.5, None]}, {"path": []}, {"path": ["a", "b"][:0]}),
    "text beyond ASCII": with_facts({"name": "日本 é \u2028 \x1b[31m"}, {"of": ["ü"]}),
    "text that looks like a time": with_facts({"at": "2026-11-25"}, {"at": "2026-11-25 10:00:00"}),
    "text with breaks and quotes": with_facts({"log": 'a\n"b"\t\\'}, {"log": "null"}),
    "whole numbers and fractions": with_facts({"n": 1}, {"n": 0.5}, {"n": 2**53 - 1}),
    "truths": with_facts({"t": True}, {"t": None}, {"t": False}),
    "a time as of a run": with_facts({"started_at": "2026-11-25T07:50:55.260+00:00"}, {"n": 1}),
    "a time that is late": with_facts({}, {"started_at": "2026-11-25T07:50:55+00:00"}),
    "probed": [record(0, probed={"memory": None, "gradients{x:1}": "no"}), record(1, probed={})],
    "ranges": [record(0, ranges={"length": [5, 40]}), record(1, ranges={"lr": [1, 0.5]})],
    "runners": [record(0, runners={"a": {"width": 8}}), record(1, runners={})],
    "study": [record(0, study={"name": "x", "of": "y"}), record(1, study={})],
    "no curve, no measurements": [record(0, curve=[], measurements=[])],
    "failures": [record(0, "failed"), record(1, "skipped"), record(2)],
    "nothing named": [record(0, probed={}, metrics=[], costs={})],
}
UNUSUAL = {
    "kinds that differ": with_facts({"a": 1}, {"a": "x"}),
    "a mapping and a number": with_facts({"a": {"b": 1}}, {"a": 2}),
    "numbers beyond 64 bits": with_facts({"a": 2**70}),
    "two probes of a name": [record(0, probed={"memory{a:1}": "no", "memory{a:2}": None})],
}


@pytest.mark.parametrize("records", FINE.values(), ids=FINE)
@pytest.mark.parametrize("split", [False, True], ids=["one batch", "a batch a record"])
def test_what_is_read_at_once_is_what_is_read_one_by_one(tmp_path, monkeypatch, records, split):
    if split:
        monkeypatch.setattr(columnar, "BATCH", 1)
    write(tmp_path, *([one] for one in records))
    assert_same(tmp_path)


@pytest.mark.parametrize("records", UNUSUAL.values(), ids=UNUSUAL)
@pytest.mark.parametrize("split", [False, True], ids=["one batch", "a batch a record"])
def test_what_is_rare_is_left_to_the_other_way(tmp_path, monkeypatch, records, split):
    if split:
        monkeypatch.setattr(columnar, "BATCH", 1)
    monkeypatch.setattr(cache, "LARGE", 0)
    write(tmp_path, *([one] for one in records))
    assert columnar.columnar(tmp_path) is None
    frames = Store(tmp_path).frames()
    assert frames.trials.equals(one_by_one(tmp_path).trials.to_pandas())


def test_coordinates_and_settings_of_some_records(tmp_path):
    places = ({"pairs": 4}, {"gap": 0.5}, {"kind": "a"}, {}, {"gap": 1})
    told = [
        replace(
            result(seed),
            measurements=tuple(Measurement("accuracy", k / 7, "", "test", at) for k in range(seed)),
        )
        for seed, at in enumerate(places)
    ]
    lines = [{**to_record(one), "run": "r"} for one in told]
    settings = ({"a": [1, 2]}, {"b": {"x": 1}}, {"a": []}, {}, {"c": True})
    for line, inside in zip(lines, settings, strict=True):
        line["architecture"] = {"name": "lstm", "settings": inside, "version": 1}
    write(tmp_path, lines[:2], lines[2:])
    assert_same(tmp_path)


def test_winners_are_those_of_the_index(tmp_path):
    """Over all orders of statuses in two files; a loser's columns are not there."""
    rng = random.Random(3)
    for part in range(30):
        folder = tmp_path / str(part)
        folder.mkdir()
        runs = [
            [
                record(rng.randrange(4), rng.choice(["ok", "failed", "timeout"]), run, facts=fact)
                for fact in ({"n": k} if k % 2 else {f"only{k}": k} for k in range(5))
            ]
            for run in ("run0", "run1")
        ]
        write(folder, *runs)
        assert_same(folder)


def test_lines_that_are_damaged_or_unfinished_do_not_count(tmp_path):
    write(tmp_path, [record(0), record(1), record(2)])
    file = tmp_path / "records/run0.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1].replace(b"0.5", b"0.6", 1) + b"\n" + lines[2][:-9])
    assert_same(tmp_path)
    assert columnar.columnar(tmp_path).trials["seed"].to_pylist() == [0]


def test_a_line_longer_than_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr(columnar, "BLOCK", 1)
    write(tmp_path, with_facts({"log": "x" * 100_000}, {"log": "y"}, {"log": "z" * 3_000_000}))
    assert_same(tmp_path)


def test_records_of_another_schema_are_not_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LARGE", 0)
    write(tmp_path, [record(0), record(1, schema=99)])
    with pytest.raises(SeqbenchError, match="records of schema 99"):
        Store(tmp_path).frames()


def test_an_intact_line_that_is_no_record_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LARGE", 0)
    write(tmp_path, [record(0), {"schema": 1, "note": "no record"}])
    assert len(Store(tmp_path).frames().trials) == 1


def test_a_folder_of_many_records_is_read_at_once(tmp_path, monkeypatch):
    """By way of the front door; and the cache then says the same."""
    monkeypatch.setattr(cache, "LARGE", 0)
    monkeypatch.setattr(cache, "WORTHWHILE", 0)
    monkeypatch.setattr(cache, "tables", None)  # it is not to be asked
    task = Choice("recall", {"pairs": 8})
    told = [replace(result(n), trial=replace(result(n).trial, task=task)) for n in range(50)]
    write(tmp_path, [{**to_record(one), "run": "r"} for one in told])
    first, second = Store(tmp_path).frames(), Store(tmp_path).frames()
    assert first.trials.equals(second.trials)
    assert first.trials.seed.tolist() == list(range(50))
    assert json.loads(first.trials["facts.versions"][0]) == {"torch": "2"}
    assert len(list(tmp_path.glob(".cache/*.parquet"))) == 3
