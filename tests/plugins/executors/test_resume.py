"""However a run ends, nothing it had finished is lost, nothing runs twice, nothing stays behind."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import driver
import faults
import processes
import pytest

from seqbench.store import Store

HERE = Path(__file__).parent
SECONDS = 0.05


def begin(folder, number, seconds=SECONDS, workers=2):
    """Start a run; its output can be read."""
    command = [sys.executable, driver.__file__, folder, number, seconds, workers]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)


def stored(output):
    return {int(line.split()[1]) for line in output.splitlines() if line.startswith("stored")}


def starts(folder):
    """By trial, how often it was started."""
    names = [path.name for path in Path(f"{folder}.starts").iterdir()]
    return Counter(int(name.split("-")[0]) for name in names)


def kept(folder):
    """By trial, how many records it has."""
    assert Store(folder).damaged() == []
    files = [file.read_bytes() for file in folder.glob("records/*.jsonl")]
    return Counter(json.loads(line)["seed"] for data in files for line in data.splitlines())


def kill_and_resume(folder, number, moments, how=signal.SIGKILL, at_once=1):
    """Kill runs at these moments (seconds), then let one finish, looking on all the while."""
    acknowledged = set()
    for moment in moments:
        before = starts(folder) if Path(f"{folder}.starts").exists() else Counter()
        with processes.marked() as mark:
            runs = [begin(folder, number) for _ in range(at_once)]
            time.sleep(moment)
            for run in runs:
                run.send_signal(how)
            now = set().union(*(stored(run.communicate()[0]) for run in runs))
            assert processes.left(mark, patience=2) == []
        assert not now & acknowledged
        again = starts(folder) - before if before else Counter()
        assert not set(again) & acknowledged, "a trial ran again that had been stored"
        acknowledged |= now
        assert acknowledged <= set(kept(folder))
    last = begin(folder, number)
    assert last.communicate()[0].endswith("end\n")
    assert kept(folder) == Counter(range(number))
    assert list(folder.glob("spool/*")) == []
    Store(folder).gc()
    assert list(folder.glob("claims/*")) == []
    return acknowledged


def test_killed_at_random_moments_it_comes_to_the_same_end(tmp_path):
    rng = random.Random(5)
    kill_and_resume(tmp_path / "r", 30, [rng.uniform(0.3, 1.2) for _ in range(4)])


@pytest.mark.slow
def test_killed_at_two_hundred_moments(tmp_path):
    rng = random.Random(7)
    for part in range(10):
        moments = [rng.uniform(0.2, 1.5) for _ in range(20)]
        kill_and_resume(tmp_path / str(part), 150, moments)


@pytest.mark.slow
def test_two_runs_killed_at_forty_moments(tmp_path):
    rng = random.Random(11)
    moments = [rng.uniform(0.5, 2.5) for _ in range(40)]
    kill_and_resume(tmp_path / "r", 400, moments, at_once=2)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
def test_stopped_politely_it_leaves_nothing_either(tmp_path, how):
    kill_and_resume(tmp_path / "r", 12, [0.9], how)


def test_two_runs_in_one_folder_share_the_trials(tmp_path):
    folder = tmp_path / "r"
    runs = [begin(folder, 24, workers=1) for _ in range(2)]
    told = [stored(run.communicate()[0]) for run in runs]
    assert not told[0] & told[1]
    assert told[0] | told[1] == set(range(24))
    assert kept(folder) == starts(folder) == Counter(range(24))
    assert min(len(part) for part in told) > 0


def test_an_interrupt_ends_hanging_trials_within_two_seconds(tmp_path):
    with processes.marked() as mark:
        run = begin(tmp_path / "r", 4, seconds=600)
        for _ in range(min(2, driver.Quick().parallel)):
            assert run.stdout.readline().startswith("started process")
        assert len(processes.numbers(mark)) >= 4  # the run, its server, a keeper, a trial
        start = time.monotonic()
        run.send_signal(signal.SIGINT)
        run.communicate()
        assert time.monotonic() - start < 2
        assert run.returncode == -signal.SIGINT
        assert processes.left(mark) == []


@pytest.mark.parametrize("whom", ["run", "run and server", "run and keeper"])
def test_a_killed_run_takes_all_its_processes_along(tmp_path, whom):
    """Children, a child in a session of its own, and a daemon among them."""
    with processes.marked() as mark:
        run = subprocess.Popen([sys.executable, driver.__file__, "hang", str(tmp_path)])
        log = None
        while log is None or "all there" not in log.read_text():
            time.sleep(0.02)
            log = next(tmp_path.glob("logs/*/*[0-9a-f].log"), None)
        time.sleep(0.1)
        found = processes.numbers(mark)
        (server,) = [pid for pid in found if processes.parent(pid) == run.pid]
        (keeper,) = [pid for pid in found if processes.parent(pid) == server]
        assert os.getsid(server) != os.getsid(run.pid)  # Ctrl-C reaches the run alone
        assert len(found) == 7  # and the trial, and three that descend from it
        others = {"run": [], "run and server": [server], "run and keeper": [keeper]}[whom]
        for pid in (run.pid, *others):
            os.kill(pid, signal.SIGSTOP)  # so that none can help when another ends
        for pid in (run.pid, *others):
            os.kill(pid, signal.SIGKILL)
        run.wait()
        assert processes.left(mark, patience=1) == []


def test_what_had_finished_when_the_run_was_killed_is_adopted(tmp_path):
    """Two trials are done, and their run, asleep, has stored neither."""
    folder = tmp_path / "r"
    code = (
        "import driver, faults, sys, time; from seqbench.store import Store\n"
        "store = Store(sys.argv[1]); site = store.site(print)\n"
        "todo = store.take(driver.trials(sys.argv[1], 2, 0))\n"
        "results = driver.Quick(workers=1).run(faults.work, todo, site)\n"
        "print(next(results).trial.seed, flush=True); time.sleep(600)"
    )
    Path(f"{folder}.starts").mkdir()
    run = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        cwd=HERE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with run:
        line = run.stdout.readline()
        while line.startswith("Progress"):
            line = run.stdout.readline()
        assert line == "0\n"
        assert list(Store(folder).records()) == []
        run.send_signal(signal.SIGKILL)
    with Store(folder) as store:
        (adopted,) = store.adopt()
        assert adopted == faults.fine(driver.trials(folder, 2, 0)[0])
        left = [one.seed for one in store.take(driver.trials(folder, 2, 0))]
    assert left == [1]
    assert starts(folder) == Counter([0])


@pytest.mark.slow
def test_ten_thousand_trials_take_constant_memory(tmp_path):
    """Of the run and of its server; scaled by what a machine of two cores does in minutes."""
    import psutil

    number = 10_000
    held = []
    with processes.marked() as mark:
        with begin(tmp_path / "r", number, seconds=0) as run:
            told = (line for line in run.stdout if line.startswith("stored"))
            for count, _ in enumerate(told, 1):
                if count % (number // 10) == 0 and count < number:
                    held.append(psutil.Process(run.pid).memory_info().rss)
        assert processes.left(mark, patience=2) == []
    assert kept(tmp_path / "r") == Counter(range(number))
    assert held[-1] - held[0] < 20 * 2**20, [size >> 20 for size in held]
