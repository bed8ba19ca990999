"""What a results folder promises to a run: it keeps, it knows what is done, it shares."""

import fcntl
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from samples import files, lines, result, trial

from seqbench import Choice, SeqbenchError, to_record
from seqbench.store import Store
from seqbench.store.lock import Lock

HOLD = """
import sys, time
from seqbench.store import Store
store = Store(sys.argv[1])
store.site(print)
print(store.claim(sys.argv[2]), flush=True)
time.sleep(60)
"""


def test_nothing_is_on_disk_before_there_is_something_to_keep(tmp_path):
    with Store(tmp_path / "results") as store:
        assert store.done([trial()]) == set()
        assert list(store.records()) == []
        assert store.adopt() == []
        assert len(store.frames().trials) == 0
        assert store.verify().records == 0
        assert store.gc().files == 0
        assert list(store.take([])) == []
    assert not (tmp_path / "results").exists()


def test_what_was_added_comes_back_equal(tmp_path):
    given = [result(seed, value=seed / 7) for seed in range(5)] + [result(9, "crashed")]
    with Store(tmp_path) as store:
        for one in given:
            store.add(one)
    assert list(Store(tmp_path).results()) == given
    assert {record["run"] for record in Store(tmp_path).records()} == {store.run}
    assert len(list(tmp_path.glob("records/*.jsonl"))) == 1


def test_reading_again_sees_what_others_added(tmp_path):
    reader = Store(tmp_path)
    with Store(tmp_path) as one, Store(tmp_path) as other:
        for seed, store in enumerate([one, other, one, other]):
            store.add(result(seed))
            assert len(reader.done([trial(n) for n in range(4)])) == seed + 1
    assert len(list(tmp_path.glob("records/*.jsonl"))) == 2


@pytest.mark.parametrize(
    "order", [["failed", "ok"], ["ok", "failed"], ["crashed", "ok", "timeout"]]
)
def test_a_success_wins_over_anything_else(tmp_path, order):
    for status in order:
        with Store(tmp_path) as store:
            store.add(result(status=status))
    assert [record["status"] for record in Store(tmp_path).records()] == ["ok"]


def test_among_equals_the_latest_wins_however_they_were_read(tmp_path):
    reader = Store(tmp_path)
    with Store(tmp_path) as early, Store(tmp_path) as late:
        late.add(result(0, value=0.75))
        late.add(result(1, "failed", reason="late"))
        assert len(list(reader.records())) == 2
        early.add(result(0, value=0.25))
        early.add(result(1, "crashed", reason="early"))
    for store in (reader, Store(tmp_path)):  # read as it grew, and at once
        success, failure = store.results()
        assert success.measurements[0].value == 0.75
        assert failure.reason == "late"


def test_done_is_what_need_not_run(tmp_path):
    outcomes = ["ok", "failed", "skipped", "timeout", "out_of_memory", "crashed", "diverged"]
    outcomes += ["leaked", "lost"]
    with Store(tmp_path) as store:
        for seed, status in enumerate(outcomes):
            store.add(result(seed, status))
        store.add(result(50, "skipped", reason="no data", missing=True))
    trials = [trial(seed) for seed in (*range(len(outcomes)), 50, 99)]
    done = Store(tmp_path).done(trials)
    assert done == {one.id for one in trials[: len(outcomes)]}
    again = Store(tmp_path).done(trials, frozenset({"failed", "lost"}))
    assert done - again == {trials[1].id, trials[8].id}


def test_a_success_is_done_when_all_that_is_asked_is_measured(tmp_path):
    with Store(tmp_path) as store:
        store.add(result())

    def done(**asked):
        return bool(Store(tmp_path).done([trial(**asked)]))

    assert done(metrics=("accuracy",))
    assert not done(metrics=("accuracy", "recall"))
    assert done(metrics=("accuracy",), tests=({"pairs": 16},))
    assert not done(tests=({"pairs": 16}, {"pairs": 32}))
    assert not done(tests=({"pairs": 16, "noise": 1},))


def test_a_success_is_done_when_its_probes_were_tried(tmp_path):
    probes = (Choice("memory", {"delay": 4}), Choice("gradients"))
    tried = {probes[0].label: None, probes[1].label: "no network to look into"}
    with Store(tmp_path) as store:
        store.add(replace(result(0), probed=tried))
        store.add(replace(result(1), probed={probes[0].label: None}))
    asked = [replace(trial(seed), probes=probes) for seed in range(2)]
    assert Store(tmp_path).done(asked) == {asked[0].id}


def test_a_failure_is_not_run_again_for_a_metric_it_lacks(tmp_path):
    with Store(tmp_path) as store:
        store.add(result(status="diverged"))
    assert Store(tmp_path).done([trial(metrics=("recall",))])


def test_a_claim_is_for_one_run_until_its_record_is_there(tmp_path):
    one, other = Store(tmp_path), Store(tmp_path)
    assert one.claim(trial().id)
    assert one.claim(trial().id)  # it has it
    assert not other.claim(trial().id)
    one.add(result())
    assert files(tmp_path / "claims") == []
    assert other.claim(trial().id)
    other.close()
    assert one.claim(trial().id)
    one.close()


def test_take_passes_over_what_others_hold_or_have_finished(tmp_path):
    trials = [trial(seed) for seed in range(4)]
    one, other = Store(tmp_path), Store(tmp_path)
    mine = one.take(trials)
    assert next(mine) == trials[0]
    theirs = other.take(trials)
    assert next(theirs) == trials[1]
    other.add(result(1))
    assert next(mine) == trials[2]
    assert list(theirs) == [trials[3]]
    assert list(mine) == []
    other.add(result(3))
    for store in (one, other):
        store.close()
    assert list(Store(tmp_path).take(trials)) == [trials[0], trials[2]]


def test_take_tries_again_what_is_to_be_tried_again(tmp_path):
    with Store(tmp_path) as store:
        store.add(result(0, "failed"))
        assert list(store.take([trial(0)])) == []
        assert list(store.take([trial(0)], frozenset({"failed"}))) == [trial(0)]


def test_a_lock_whose_file_was_removed_meanwhile_is_no_lock(tmp_path, monkeypatch):
    """Its last holder let go of it between another's open and flock."""
    path = tmp_path / "lock"
    first = Lock.take(path)
    real = fcntl.flock

    def late(handle, operation):
        monkeypatch.undo()
        first.release()
        real(handle, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    second = Lock.take(path)
    assert path.exists()
    assert Lock.take(path) is None
    second.release()


def test_what_is_to_run_again_is_taken_whatever_is_known_of_it(tmp_path):
    with Store(tmp_path) as store:
        store.add(result(0))
        store.add(result(1))
        trials = [trial(0), trial(1)]
        assert list(store.take(trials, again={trials[1].id})) == [trials[1]]


def test_claims_and_locks_die_with_their_owner(tmp_path):
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path), trial().id], stdout=subprocess.PIPE
    )
    with owner, Store(tmp_path) as store:
        assert owner.stdout.readline() == b"True\n"
        assert not store.claim(trial().id)
        assert store.gc().files == 0
        left = next(tmp_path.glob("spool/*/"))
        (left / "x.json").write_text("{}")  # would be refused, were it looked at
        assert store.adopt() == []
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        assert store.claim(trial().id)
        (left / "x.json").unlink()
        assert store.adopt() == []
        assert not left.exists()


def test_closing_leaves_no_empty_folders_of_a_run(tmp_path):
    with Store(tmp_path) as store:
        site = store.site(print)
        assert site.spool.is_dir() and site.logs.is_dir()
        (site.spool / f"{trial().id}.json").write_text("...")
        store.add(result())
    assert not site.spool.exists() and not site.logs.exists()


def test_a_result_that_is_no_json_is_refused_and_the_store_goes_on(tmp_path):
    with Store(tmp_path) as store:
        for facts in ({"x": float("nan")}, {"x": object()}):
            with pytest.raises(SeqbenchError, match=trial(7).id):
                store.add(result(7, "failed", facts=facts))
        store.add(result(8))
    assert [one.trial.seed for one in Store(tmp_path).results()] == [8]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "results")
    for attempt in (
        lambda: store.add(result()),
        lambda: store.claim("x"),
        lambda: store.site(print),
    ):
        with pytest.raises(SeqbenchError, match=r"file/results.*Not a directory"):
            attempt()


READ_ONLY = """
import os, sys
from seqbench import SeqbenchError
from seqbench.store import Store, cache
cache.WORTHWHILE = 0
Store("/nowhere").frames()  # all imports are done: they may lie where only root can look
if os.getuid() == 0:
    os.setgroups([])
    os.setuid(65534)
store = Store(sys.argv[1])
print(len(store.frames().trials), len(store.damaged()), store.verify().records)
try:
    store.claim("x")
except SeqbenchError as error:
    print(error)
"""


def test_a_folder_one_may_only_read_can_be_read(filled):
    """Root may write anywhere, so somebody else has to try."""
    before = files(filled)
    filled.chmod(0o555)
    for parent in filled.parents:
        if not parent.stat().st_mode & 0o001:
            parent.chmod(0o755)
    told = subprocess.run(
        [sys.executable, "-c", READ_ONLY, str(filled)], capture_output=True, text=True
    )
    filled.chmod(0o755)
    assert told.stdout.startswith("3 0 3\ncannot write results to"), told.stderr
    assert "Permission denied" in told.stdout
    assert files(filled) == before


def test_the_record_says_what_the_contract_says(filled):
    told = list(Store(filled).records())
    for seed, record in enumerate(told):
        wanted = to_record(result(seed))
        for name in ("tests", "metrics", "probes", "bars", "measurements", "curve"):
            wanted[name] = list(wanted[name])
        run, crc = record.pop("run"), record.pop("crc")
        assert record == wanted
        assert run and len(crc) == 8


def test_names_sort_by_time(tmp_path):
    first = Store(tmp_path).run
    time.sleep(0.002)
    assert first < Store(tmp_path).run
    assert len(lines(tmp_path)) == 0
