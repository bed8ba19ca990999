"""Planted faults: each trial gets its one result with the right status, and nothing is left."""

import os
import resource
import time
from dataclasses import replace

import faults
import processes
import pytest

from seqbench import SeqbenchError, Site
from seqbench.store import Store
from seqbench_plugins.executors.process import Process

LIMIT = 2.0  # seconds
CRASHED = {
    "exit_3": "exit code 3 without a result",
    "exit_0": "exit code 0 without a result",
    "fork_and_exit": "exit code 3 without a result",
    "segfault": "SIGSEGV: Segmentation fault",
    "sigkill": "SIGKILL, not from here",
    "abort": "SIGABRT: Aborted",
    "kill_keeper": "the process that watched over it was killed",
    "stack_overflow": "SIGSEGV: Segmentation fault",
}
FAILED = {
    "error": "RuntimeError: boom and more",
    "mute_error": "Mute",
    "exit": "SystemExit: 0",
    "interrupt": "KeyboardInterrupt",
    "wrong_type": "TypeError: the work gave a dict",
    "wrong_trial": "TypeError: the work gave a Result",
    "text_value": "TypeError: the measurement accuracy is a str",
    "unserialisable": "TypeError: Object of type object is not JSON",
    "large": "ValueError: the result takes 20972",
    "recursion": "RecursionError",
    "full_disk": "the result could not be written: File too large",
    "full_disk_in_plugin": "OSError: [Errno 28] No space left on device",
    "close_handles_and_raise": "RuntimeError: boom",
    "no_such_fault": "KeyError",
}
ENDLESS = ["loop", "hang", "ignore_sigterm"]
ENDED = {
    "hog": "out_of_memory",
    "hog_in_child": "out_of_memory",
    "memory_error": "out_of_memory",
    "nan": "diverged",
    "nested_nan": "diverged",
}
FINE = ["ok", "points", "many_points", "flood", "child", "child_of_own_session", "daemon", "fork"]
FINE += ["thread", "train", "close_handles", "change_folder", "environment"]
FAULTS = [*ENDLESS, *CRASHED, *FAILED, *ENDED, *FINE]


class Quick(Process):
    """Starts at once: its server has loaded nothing."""

    preload = ()


def run(executor, trials, folder, watch=lambda event: None):
    return list(executor.run(faults.work, trials, Site(folder / "spool", folder / "logs", watch)))


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """All faults in one run, as a user's suite would have them."""
    folder = tmp_path_factory.mktemp("faults") / "results"
    events = []
    with processes.marked() as mark, Store(folder) as store:
        site = store.site(events.append)
        results = []
        for executor, names in (
            (Quick(timeout=LIMIT), ENDLESS),
            (Process(timeout=60, memory="1GiB"), FAULTS[len(ENDLESS) :]),
        ):
            for result in executor.run(faults.work, map(faults.trial, names), site):
                store.add(result)
                results.append(result)
        left = [*processes.left(mark, patience=0.5), *site.spool.glob("*.*")]
    by_name = {result.trial.architecture.name: result for result in results}
    return by_name, results, events, left, folder, store


def test_exactly_one_result_for_each_trial(outcome):
    by_name, results, *_, folder, _ = outcome
    assert len(results) == len(FAULTS) and by_name.keys() == set(FAULTS)
    assert len(list(Store(folder).records())) == len(FAULTS)
    assert Store(folder).done([result.trial for result in results]) == {
        result.trial.id for result in results
    }


def test_nothing_is_left(outcome):
    *_, left, folder, _ = outcome
    assert left == []
    assert list(folder.glob("spool/*")) == []


@pytest.mark.parametrize("name", FAULTS)
def test_the_status_is_right_and_the_reason_says_why(outcome, name):
    result = outcome[0][name]
    if name in CRASHED:
        assert result.status == "crashed" and result.reason.startswith(CRASHED[name])
    elif name in FAILED:
        assert result.status == "failed" and result.reason.startswith(FAILED[name])
    elif name in ENDED:
        assert result.status == ENDED[name] and result.reason
    elif name in ENDLESS:
        assert result.status == "timeout"
        assert result.reason.startswith(f"not done after {LIMIT:g} s")
    else:
        assert (result.status, result.reason) == ("ok", None)
        assert len(result.measurements) == 1
        assert name == "train" or result.measurements[0].value == 0.5


def test_a_time_limit_is_kept_whatever_holds_on(outcome):
    """With where it hung, even in native code that never gives the interpreter back."""
    by_name = outcome[0]
    assert "in do_hang" in by_name["hang"].facts["log"]
    assert "in do_loop" in by_name["loop"].facts["log"]


def test_a_memory_limit_counts_children(outcome):
    for name in ("hog", "hog_in_child"):
        held = int(outcome[0][name].reason.split()[1])
        assert 1024 < held < 4096, outcome[0][name].reason


def test_a_crash_comes_with_its_log(outcome):
    by_name, *_, folder, store = outcome
    crash = by_name["segfault"]
    log = folder / "logs" / store.run / f"{crash.trial.id}.log"
    assert crash.reason.endswith(f"; see logs/{store.run}/{crash.trial.id}.log")
    assert log.read_text().startswith("last words\nFatal Python error: Segmentation fault")
    assert "in do_segfault" in crash.facts["log"] and len(crash.facts["log"]) <= 4096
    assert "in do_error" in by_name["error"].facts["log"]


def test_a_flood_of_output_keeps_its_ends(outcome):
    by_name, *_, folder, store = outcome
    log = folder / "logs" / store.run / f"{by_name['flood'].trial.id}.log"
    text = log.read_text()
    assert len(text) < 1_200_000
    assert text.startswith("zzz") and text.endswith("z\nthe end")
    said = int(text.split("[... ")[1].split()[0])
    assert said + text.count("z") == 50 << 20


def test_a_trial_that_says_nothing_leaves_no_log(outcome):
    by_name, *_, folder, store = outcome
    assert not (folder / "logs" / store.run / f"{by_name['ok'].trial.id}.log").exists()


def test_progress_comes_from_the_trials(outcome):
    by_name, _, events, *_ = outcome
    started = [event.trial.architecture.name for event in events if event.kind == "started"]
    assert sorted(started) == sorted(FAULTS)
    assert all(event.where for event in events if event.kind == "started")
    points = [event for event in events if event.trial == by_name["points"].trial][1:]
    assert [(p.point.examples, p.point.train_loss, p.point.valid_loss) for p in points] == [
        (0, 1.5, 2.5),
        (1, 1.5, 2.5),
        (2, 1.5, 2.5),
    ]


def test_a_trials_process_is_what_was_promised(outcome):
    told = outcome[0]["environment"].facts
    assert (told["threads"], told["running"]) == (1, 1)  # forked from a server of one thread
    pools = ("OMP", "MKL", "OPENBLAS", "NUMBA")
    assert {told["pools"][f"{pool}_NUM_THREADS"] for pool in pools} == {"1"}
    assert told["dynamo"] and not told["pandas"]
    assert told["session"] and told["core"] == 0
    assert told["inherited"] == []
    assert told["handles"] <= 5  # 0, 1, 2 and the pipe of events, and the look at them itself


def test_global_generators_and_hashes_are_the_same_each_time(outcome, tmp_path):
    one = outcome[0]["environment"]
    core = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (core[1], core[1]))
    again, other = sorted(
        run(Process(), [one.trial, replace(one.trial, seed=1)], tmp_path),
        key=lambda result: result.trial.seed,
    )
    resource.setrlimit(resource.RLIMIT_CORE, core)
    assert again.facts["core"] == 0
    assert again.facts["draws"] == one.facts["draws"] and again.facts["hash"] == one.facts["hash"]
    assert not set(other.facts["draws"]) & set(one.facts["draws"])


def test_a_trial_from_the_warm_server_is_a_fresh_one_to_the_bit(outcome, tmp_path):
    trained = outcome[0]["train"]
    (cold,) = run(Quick(), [trained.trial], tmp_path)  # it imports torch itself
    assert cold.measurements == trained.measurements


def test_as_many_run_at_once_as_there_are_workers(tmp_path):
    if Quick().parallel < 2:
        pytest.skip("one core")
    trials = [replace(faults.trial("times", n), task=faults.nap(0.3)) for n in range(4)]

    def most(executor):
        spans = [result.facts["span"] for result in run(executor, trials, tmp_path)]
        return max(sum(a <= start < b for a, b in spans) for start, _ in spans)

    assert most(Quick(exclusive=True)) == 1
    assert most(Quick(workers=2)) == 2


def test_a_run_that_is_busy_does_not_hold_up_its_trials(tmp_path):
    """While nobody listens, a trial tells more than its pipe can hold."""
    if Quick().parallel < 2:
        pytest.skip("one core")
    site = Site(tmp_path / "spool", tmp_path / "logs", lambda event: None)
    trials = [faults.trial("ok"), faults.trial("many_points")]
    results = Quick(workers=2).run(faults.work, trials, site)
    assert next(results).trial == trials[0]
    deadline = time.monotonic() + 20
    while not (site.spool / f"{trials[1].id}.json").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [result.status for result in results] == ["ok"]


def test_what_a_killed_keeper_leaves_is_ended_at_once(tmp_path):
    with processes.marked() as mark:
        site = Site(tmp_path / "spool", tmp_path / "logs", lambda event: None)
        trials = [faults.trial("kill_keeper"), faults.trial("ok")]
        results = Quick(workers=1).run(faults.work, trials, site)
        assert next(results).status == "crashed"
        deadline = time.monotonic() + 2
        while any(b"time.sleep" in line for line in processes.left(mark)):
            assert time.monotonic() < deadline
        assert len(processes.left(mark)) == 1  # the server
        assert [result.status for result in results] == ["ok"]


def test_trials_are_drawn_when_there_is_room(tmp_path):
    drawn = []

    def trials():
        for seed in range(6):
            drawn.append(seed)
            yield faults.trial("ok", seed)

    site = Site(tmp_path / "spool", tmp_path / "logs", lambda event: None)
    results = Quick(workers=1).run(faults.work, trials(), site)
    assert drawn == []
    for number in range(1, 4):
        next(results)
        assert len(drawn) == number
    results.close()
    assert list(tmp_path.glob("logs/*")) == []


def test_no_trials_start_nothing(tmp_path):
    assert run(Quick(), [], tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_was_killed_is_replaced(tmp_path):
    """The trials it had started go on; each still gets its one result."""
    with processes.marked() as mark:
        site = Site(tmp_path / "spool", tmp_path / "logs", lambda event: None)
        trials = [replace(faults.trial("ok", n), task=faults.nap(0.2)) for n in range(6)]
        statuses = []
        for result in Quick(workers=1).run(faults.work, trials, site):
            statuses.append(result.status)
            if len(statuses) == 2:
                faults.kill_server(mark)
        assert statuses == ["ok"] * 6
        assert processes.left(mark, patience=1) == []


def test_a_server_that_cannot_start_is_an_error_that_says_so(tmp_path, monkeypatch):
    (tmp_path / "suicidal.py").write_text("import os; print('no torch for you'); os._exit(7)")
    monkeypatch.syspath_prepend(tmp_path)
    broken = type("Broken", (Process,), {"preload": ("suicidal",)})
    with pytest.raises(SeqbenchError, match=r"trials are started from has ended.*server\.log"):
        run(broken(), [faults.trial("ok")], tmp_path)


def test_work_that_cannot_be_found_again_fails_its_trial(tmp_path):
    gone = faults.work.__class__(faults.work.__code__, {}, "gone")
    gone.__module__, gone.__qualname__ = "no_such_module", "gone"
    site = Site(tmp_path / "spool", tmp_path / "logs", lambda event: None)
    with pytest.raises(SeqbenchError, match="import"):
        list(Quick().run(gone, [faults.trial("ok")], site))
    with pytest.raises(SeqbenchError, match="import"):
        list(Quick().run(lambda trial, watch: None, [faults.trial("ok")], site))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"workers": -1}, "process.workers is -1"),
        ({"timeout": -0.5}, "process.timeout is -0.5"),
        ({"threads": 0}, "process.threads is 0; from 1 to"),
        ({"threads": 4096}, "process.threads is 4096; from 1 to"),
        ({"memory": "4 gigs"}, "process.memory is '4 gigs'; write it as 512MiB or 4GiB"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, said):
    with pytest.raises(SeqbenchError) as caught:
        Process(**settings)
    assert str(caught.value).startswith(said)


def test_workers_leave_each_trial_its_threads(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert Process().parallel == 8
    assert Process(threads=3).parallel == 2
    assert Process(threads=8).parallel == 1
    assert Process(workers=4).parallel == 4
    assert Process(workers=4, threads=4).parallel == 2
    assert Process(workers=4, exclusive=True).parallel == 1
