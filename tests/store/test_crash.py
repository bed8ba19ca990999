"""Power cuts, full disks and kills at every step of keeping a record."""

import errno
import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest
from samples import lines, result, trial

from seqbench import SeqbenchError, to_record
from seqbench.store import Store

HERE = Path(__file__).parent
STEPS = ("open", "write", "fsync", "mkdir", "unlink", "ftruncate", "close")

# Dies at the n-th step of storing three results, once for each n, and says which it had stored.
DIE = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from samples import result
from seqbench import to_record
from seqbench.store import Store

def attempt(folder, last):
    step = [0]
    def fatal(name):
        real = getattr(os, name)
        def call(*given, **more):
            step[0] += 1
            if step[0] == last:
                os._exit(9)
            done = real(*given, **more)
            step[0] += 1
            if step[0] == last:
                os._exit(9)
            return done
        setattr(os, name, call)
    told = open(folder + ".told", "a", buffering=1)
    store = Store(folder)
    store.adopt()
    site = store.site(print)
    for name in sys.argv[3].split(","):
        fatal(name)
    for seed in range(3):
        one = result(seed)
        if store.claim(one.trial.id):
            file = site.spool / f"{one.trial.id}.json"
            file.write_text(json.dumps(to_record(one)))
            store.add(one)
            told.write(f"{seed}\\n")
    os._exit(0)

for last in range(1, 1000):
    pid = os.fork()
    if pid == 0:
        attempt(f"{sys.argv[2]}/{last}", last)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
        print(last)
        break
"""


def test_killed_at_any_step_nothing_acknowledged_is_lost_and_nothing_is_there_twice(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", DIE, str(HERE), str(tmp_path), ",".join(STEPS)],
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stderr
    steps = int(told.stdout)
    assert steps > 25
    for last in range(1, steps + 1):
        folder = tmp_path / str(last)
        acknowledged = {int(line) for line in Path(f"{folder}.told").read_text().split()}
        with Store(folder) as store:
            store.adopt()
            kept = [one.trial.seed for one in store.results()]
            assert acknowledged <= set(kept), last
            assert len(lines(folder)) - len(store.damaged()) == len(kept), last
            todo = list(store.take([trial(seed) for seed in range(3)]))
            assert sorted(kept + [one.seed for one in todo]) == [0, 1, 2], last


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.ESTALE])
@pytest.mark.parametrize("name", ["open", "write", "fsync", "mkdir"])
def test_an_error_at_any_call_is_told_loses_nothing_and_heals(tmp_path, monkeypatch, name, number):
    """The k-th call fails, for k = 1, 2, ... until none is left to fail."""
    for k in count(1):
        folder = tmp_path / str(k)
        calls = count(1)
        real = getattr(os, name)

        def failing(*given, real=real, calls=calls, k=k, **more):
            if next(calls) == k:
                raise OSError(number, os.strerror(number))
            return real(*given, **more)

        stored, refused = [], []
        with Store(folder) as store:
            with monkeypatch.context() as patch:
                patch.setattr(os, name, failing)
                for seed in range(3):
                    try:
                        store.add(result(seed))
                        stored.append(seed)
                    except SeqbenchError as error:
                        assert str(folder) in str(error) and os.strerror(number) in str(error)
                        refused.append(seed)
            assert len(refused) <= 1
            for seed in refused:
                store.add(result(seed))
        assert sorted(one.trial.seed for one in Store(folder).results()) == [0, 1, 2]
        assert len(lines(folder)) == 3
        assert Store(folder).damaged() == []
        if not refused:
            break
    assert k > 1


def test_a_short_write_is_taken_back(tmp_path, monkeypatch):
    real = os.write
    with Store(tmp_path) as store:
        store.add(result(0))
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", lambda handle, data: real(handle, data[: len(data) // 2]))
            with pytest.raises(SeqbenchError, match="No space left"):
                store.add(result(1))
        store.add(result(2))
    assert [one.trial.seed for one in Store(tmp_path).results()] == [0, 2]
    assert Store(tmp_path).damaged() == []


def test_what_comes_after_an_error_is_later_than_what_came_before(tmp_path, monkeypatch):
    with Store(tmp_path) as store:
        store.add(result(0, "failed", reason="before"))
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(5, "no")))
            with pytest.raises(SeqbenchError):
                store.add(result(0, "failed", reason="lost"))
        store.add(result(0, "failed", reason="after"))
    assert len(list(tmp_path.glob("records/*.jsonl"))) == 2
    assert [one.reason for one in Store(tmp_path).results()] == ["after"]


# A limit on the size of files stands for a full disk: the system itself cuts the write short.
FULL = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from samples import result
from seqbench import SeqbenchError, to_record
from seqbench.store import Store
store = Store(sys.argv[2])
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
stored = []
try:
    for seed in range(1000):
        store.add(result(seed))
        stored.append(seed)
except SeqbenchError as error:
    why = str(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
for seed in range(len(stored), len(stored) + 3):
    store.add(result(seed))
import json
print(json.dumps([len(stored), why]))
"""


def test_a_full_disk_loses_nothing_and_heals(tmp_path):
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(HERE), str(tmp_path)], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    stored, why = json.loads(told.stdout)
    assert stored > 5
    assert why.startswith(f"cannot write results to {tmp_path}/records: ")
    store = Store(tmp_path)
    assert [one.trial.seed for one in store.results()] == list(range(stored + 3))
    assert store.damaged() == []
    assert len(lines(tmp_path)) == stored + 3


def test_a_power_cut_cannot_forget_the_file_or_a_record(tmp_path, monkeypatch):
    """The folder is flushed when the file is new, and the file after each record."""
    flushed = []
    real = os.fsync

    def noted(handle):
        flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    monkeypatch.setattr(os, "fsync", noted)
    with Store(tmp_path / "results") as store:
        store.add(result(0))
        (file,) = tmp_path.glob("results/records/*.jsonl")
        assert {str(file), str(file.parent), str(file.parent.parent)} <= set(flushed)
        flushed.clear()
        store.add(result(1))
        assert flushed == [str(file)]


@pytest.mark.parametrize("name", ["write", "fsync"])
def test_an_interrupt_takes_back_nothing_that_can_be_read(tmp_path, monkeypatch, name):
    """It comes as the call returns; the trial's own file is there too, and is no second record."""
    real = getattr(os, name)

    def interrupted(*given):
        real(*given)
        raise KeyboardInterrupt

    store = Store(tmp_path)
    store.add(result(0))
    one = result(1)
    (store.site(print).spool / f"{one.trial.id}.json").write_text(json.dumps(to_record(one)))
    with monkeypatch.context() as patch:
        patch.setattr(os, name, interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.add(one)
    assert len(list(Store(tmp_path).records())) == 2
    store.add(result(2))
    store.close()
    with Store(tmp_path) as after:
        assert after.adopt() == []
    assert [json.loads(line)["seed"] for line in lines(tmp_path)] == [0, 1, 2]
    assert Store(tmp_path).damaged() == []
