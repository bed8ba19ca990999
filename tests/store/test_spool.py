"""What the trials of a dead run had finished is not lost, and not kept twice."""

import json
import os

import pytest
from samples import files, lines, result, trial

from seqbench import SeqbenchError, to_record
from seqbench.store import Store


def leave(store, one):
    """As a trial's process does."""
    site = store.site(print)
    (site.spool / f"{one.trial.id}.json").write_text(json.dumps(to_record(one)))


def test_the_next_run_adopts_what_a_dead_one_left(tmp_path):
    dead = Store(tmp_path)
    leave(dead, result(0))
    leave(dead, result(1, "failed"))
    dead.close()  # its lock goes, as with its process
    with Store(tmp_path) as store:
        assert sorted(one.trial.seed for one in store.adopt()) == [0, 1]
        assert store.adopt() == []
    assert {record["run"] for record in Store(tmp_path).records()} == {dead.run}
    assert set(map(str, Store(tmp_path).results())) == {str(result(0)), str(result(1, "failed"))}
    assert [name for name in files(tmp_path / "spool") if "/" in name] == []


def test_what_a_living_run_has_in_its_spool_is_left_alone(tmp_path):
    with Store(tmp_path) as living, Store(tmp_path) as other:
        leave(living, result(0))
        assert other.adopt() == []
        living.add(result(0))
        assert list(tmp_path.glob("spool/*/*.json")) == []
    assert len(lines(tmp_path)) == 1


def test_what_was_recorded_before_its_file_could_go_is_not_recorded_twice(tmp_path):
    dead = Store(tmp_path)
    dead.add(result(0))
    leave(dead, result(0))  # killed between the record and the removal
    dead.close()
    with Store(tmp_path) as store:
        assert store.adopt() == []
    assert len(lines(tmp_path)) == 1
    assert list(tmp_path.glob("spool/*/*.json")) == []


def test_a_result_of_a_second_attempt_is_adopted_beside_the_first(tmp_path):
    with Store(tmp_path) as first:
        first.add(result(0, "failed"))
    dead = Store(tmp_path)
    leave(dead, result(0))
    dead.close()
    with Store(tmp_path) as store:
        assert len(store.adopt()) == 1
    assert [record["status"] for record in Store(tmp_path).records()] == ["ok"]


def test_a_run_that_is_about_to_start_a_trial_finds_what_a_dead_one_left(tmp_path):
    """Its list was made before another run could adopt, or the dead run wrote late."""
    dead = Store(tmp_path)
    with Store(tmp_path) as store:
        leave(dead, result(0))
        dead.close()
        assert [one.seed for one in store.take([trial(0), trial(1)])] == [1]
        assert store.claim(trial(0).id)
    assert [json.loads(line)["run"] for line in lines(tmp_path)] == [dead.run]
    assert list(tmp_path.glob("spool/*/*.json")) == []


def test_what_is_left_of_a_trial_that_another_run_has_begun_is_not_adopted(tmp_path):
    dead, begun = Store(tmp_path), Store(tmp_path)
    dead.site(print)
    assert len(list(begun.take([trial(0)]))) == 1
    leave(dead, result(0))  # a moment after its run had died
    dead.close()
    with begun, Store(tmp_path) as other:
        assert other.adopt() == []
        begun.add(result(0))
        assert other.adopt() == []
    assert [json.loads(line)["run"] for line in lines(tmp_path)] == [begun.run]


def test_half_written_results_are_swept_away(tmp_path):
    dead = Store(tmp_path)
    site = dead.site(print)
    (site.spool / f"{trial().id}.half").write_text('{"sche')
    dead.close()
    with Store(tmp_path) as store:
        assert store.adopt() == []
    assert not site.spool.exists()


def test_a_file_that_is_no_result_is_named(tmp_path):
    dead = Store(tmp_path)
    site = dead.site(print)
    (site.spool / "x.json").write_text('{"a": 1}')
    dead.close()
    with Store(tmp_path) as store, pytest.raises(SeqbenchError, match=r"x\.json.*remove it"):
        store.adopt()


def test_gc_removes_logs_caches_and_stale_claims_and_no_record(tmp_path):
    with Store(tmp_path) as dead:
        dead.add(result(0))
        (dead.site(print).logs / "a.log").write_text("x" * 1000)
    (tmp_path / "claims").mkdir(exist_ok=True)
    (tmp_path / "claims" / "stale").touch()
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "x.parquet").write_bytes(b"123")
    with Store(tmp_path) as living:
        (living.site(print).logs / "b.log").write_text("y")
        living.claim("held")
        before = lines(tmp_path)
        swept = living.gc()
        assert (swept.files, swept.size) == (3, 1003)
        assert lines(tmp_path) == before
        left = [name for name in files(tmp_path) if name.split("/")[-1] in ("b.log", "held")]
        assert left == ["claims/held", f"logs/{living.run}/b.log"]
        assert not (tmp_path / ".cache").exists()


def test_a_spool_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    dead = Store(tmp_path)
    leave(dead, result(0))
    dead.close()

    def refuse(path, *flags):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(SeqbenchError, match=f"spool/{dead.run}: Permission denied"):
        Store(tmp_path).adopt()
