"""A cluster of three nodes on this machine's loopback: trials come to the same as without it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import processes
import pytest
import ray_driver
import ray_nodes
from test_resume import kept, starts, stored

from front_door import PLUGIN, SUITE, command, lay, seqbench
from seqbench.store import Store

pytestmark = [
    pytest.mark.ray,
    pytest.mark.skipif(
        find_spec("ray") is None, reason="Ray is not installed: pip install 'seqbench[ray]'"
    ),
]
HERE = Path(__file__).parent
LIMIT = 180  # seconds for anything: what takes longer hangs
SOON = 5.0  # seconds for trials to end when their run has


@contextmanager
def within_the_limit(process):
    """A process that hangs is killed, so that who reads what it says comes to an end."""
    watch = threading.Timer(LIMIT, process.kill)
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


class Nodes:
    """The cluster, and who is on it."""

    def __init__(self, process, mark):
        self.process, self.mark = process, mark
        with within_the_limit(process):
            self.address = process.stdout.readline().strip()
        assert self.address.startswith("127.0.0.2:")

    def add(self, address, cpus=1, **environment):
        self.tell(add=address, cpus=cpus, environment=environment)

    def kill(self, address):
        self.tell(kill=address)

    def tell(self, **order):
        print(json.dumps(order), file=self.process.stdin, flush=True)
        with within_the_limit(self.process):
            assert self.process.stdout.readline() == "done\n"

    def trials(self, patience=SOON):
        """The processes of trials that are still there after some seconds."""
        deadline = time.monotonic() + patience
        while (found := of_trials(self.mark)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return found


def of_trials(mark):
    """The processes of this mark that run trials, or start them."""
    numbers = processes.numbers(mark)
    return [pid for pid in numbers if environment(pid).get("PYTHONHASHSEED") == "0"]


def environment(pid):
    try:
        text = Path(f"/proc/{pid}/environ").read_text("utf-8", "replace")
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in text.split("\0") if "=" in line)


@pytest.fixture(scope="module")
def nodes():
    """A head that runs nothing, and two nodes with a core each."""
    folder = tempfile.mkdtemp()  # a short name: sockets are made in it
    told = {"PYTHONPATH": str(HERE), "RAY_USAGE_STATS_ENABLED": "0", "OMP_NUM_THREADS": "1"}
    with processes.marked() as mark, Path(f"{folder}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", ray_nodes.__file__, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | told,
        )
    try:
        found = Nodes(process, mark)
        found.add("127.0.0.3")
        found.add("127.0.0.4")
        yield found
    finally:
        process.stdin.close()
        try:
            process.wait(30)
        finally:
            left = processes.left(mark, patience=SOON)
            for pid in processes.numbers(mark):
                os.kill(pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            shutil.rmtree(folder, ignore_errors=True)
            Path(f"{folder}.log").unlink()
    assert left == []


@pytest.fixture
def begin(nodes, tmp_path):
    """`begin(trials, seconds)`: a run; its output can be read. None outlives its test."""
    runs = []

    def begin(trials, seconds=0.0, retry="", folder=tmp_path / "r", **settings):
        settings = json.dumps({"address": nodes.address, "timeout": 60, **settings})
        words = [sys.executable, ray_driver.__file__, folder, trials, seconds, settings, retry]
        pipe = subprocess.PIPE
        runs.append(subprocess.Popen(list(map(str, words)), stdout=pipe, stderr=pipe, text=True))
        return runs[-1]

    yield begin
    for run in runs:
        if run.poll() is None:
            run.kill()
            run.communicate()
        run.stdout.close()
        run.stderr.close()


def whole(run):
    """All it says, to its good end."""
    output, said = run.communicate(timeout=LIMIT)
    assert output.endswith("end\n"), output + said
    return output


def until(run, kind, more=""):
    """Read on to a line of this kind with these words; all lines so far."""
    lines = []
    with within_the_limit(run):
        for line in run.stdout:
            lines.append(line)
            if line.startswith(kind) and more in line:
                return "".join(lines)
    raise AssertionError("".join(lines) + run.stderr.read())


def happens(what, seconds=30.0):
    """Wait for it."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def suite_for(tmp_path, executor, text=SUITE):
    """A suite file with this executor; results go to a folder of the executor's name."""
    name = executor.partition(":")[0].strip('{"')
    suite = lay(tmp_path, text.replace("executor: inline", f"executor: {executor}"))
    return suite, "--results", tmp_path / name


def ray_at(nodes, **settings):
    """The executor as a suite names it."""
    return json.dumps({"ray": {"address": nodes.address, **settings}})


def records(folder):
    return {record["id"]: record for record in Store(folder).records()}


def numbers(folder):
    """All that is measured, without what depends on the clock."""
    told = ("status", "measurements", "curve", "task_code", "architecture_code")
    return {
        key: [{**record, **record["facts"]}.get(name) for name in told]
        for key, record in records(folder).items()
    }


def test_it_comes_to_the_same_as_on_one_machine(nodes, tmp_path, monkeypatch):
    """A plugin file travels: its architecture notes where it was read from."""
    monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", "1")
    text = SUITE.replace("[parrot]", "[parrot, rnn: {layers: 1}, breaks]")
    plugin = PLUGIN.replace("table.size)", 'table.size, notes={"file": __file__})', 1)
    monkeypatch.setattr("front_door.PLUGIN", plugin)
    for executor in ("process", ray_at(nodes)):
        suite = suite_for(tmp_path, executor, text)
        done = seqbench("run", *suite, cwd=tmp_path, timeout=LIMIT)
        assert done.returncode == 3, done.stderr
        assert "16 trials: 12 ok, 4 failed" in done.stderr
    ours, theirs = tmp_path / "process/birds", tmp_path / "ray/birds"
    assert numbers(ours) == numbers(theirs)
    parrots = [
        [record["facts"]["model"]["file"] for record in records(folder).values()
         if record["architecture"]["name"] == "parrot"]
        for folder in (ours, theirs)
    ]  # fmt: skip
    assert set(parrots[0]) == {str(tmp_path / "birds.py")}
    assert all("/seqbench-ray-" in file for file in parrots[1]) and len(parrots[1]) == 4
    facts = [record["facts"] for record in records(theirs).values()]
    assert {fact["executor"] for fact in facts} == {"ray"}
    assert {fact["node"] for fact in facts} <= {"127.0.0.3", "127.0.0.4"}
    logs = [path.read_text() for path in theirs.glob("logs/*/*.log")]
    assert sum("RuntimeError: the spring is gone" in log for log in logs) == 4


def test_many_trials_are_never_all_in_flight(begin, tmp_path):
    output = whole(begin(24))
    folder = tmp_path / "r"
    assert kept(folder) == starts(folder) == Counter(range(24))
    ahead = most = 0
    for line in output.splitlines():
        ahead += {"drawn": 1, "stored": -1}.get(line.split()[0], 0)
        most = max(most, ahead)
    assert 2 < most <= 4  # twice what two nodes of one core run
    where = {line.split()[-1] for line in output.splitlines() if line.startswith("started")}
    assert where == {"127.0.0.3", "127.0.0.4"}
    facts = [record["facts"] for record in Store(folder).records()]
    assert {fact["node"] for fact in facts} == where
    assert {fact["workers"] for fact in facts} == {1}


def test_what_befalls_a_trial_is_its_result_and_not_tried_again(begin, tmp_path):
    whole(begin("segfault,error,hang,exit_3,wrong_type,daemon", timeout=3))
    folder = tmp_path / "r"
    found = {r["architecture"]["name"]: r for r in Store(folder).records()}
    assert {name: record["status"] for name, record in found.items()} == {
        "segfault": "crashed",
        "error": "failed",
        "hang": "timeout",
        "exit_3": "crashed",
        "wrong_type": "failed",
        "daemon": "ok",
    }
    reason, _, log = found["segfault"]["reason"].partition("; see ")
    assert reason == "SIGSEGV: Segmentation fault"
    assert (folder / log).read_text().startswith("last words\n")


def test_a_node_is_killed_and_its_trials_run_elsewhere(nodes, begin, tmp_path):
    folder = tmp_path / "r"
    nodes.add("127.0.0.5")
    run = begin(6, seconds=3)
    lost = int(until(run, "started", "127.0.0.5").splitlines()[-1].split()[1])
    happens(lambda: starts(folder)[lost])
    nodes.kill("127.0.0.5")
    output = whole(run)
    assert "(raylet)" not in output, "Ray's words stand where a report might"
    assert kept(folder) == Counter(range(6))
    assert {record["status"] for record in Store(folder).records()} == {"ok"}
    assert starts(folder)[lost] == 2 and sum(starts(folder).values()) == 7
    assert nodes.trials() == []


def test_a_trial_that_loses_every_node_is_lost_and_can_be_retried(nodes, begin, tmp_path):
    folder = tmp_path / "r"
    nodes.add("127.0.0.6", cpus=3)
    run = begin(1, seconds=2, cpus=3, retries=0)
    until(run, "started", "127.0.0.6")
    happens(lambda: starts(folder)[0])
    nodes.kill("127.0.0.6")
    assert "stored 0 lost" in whole(run)
    (record,) = Store(folder).records()
    assert record["reason"].startswith("after 0 retries, ") and "127.0.0.6" in record["reason"]
    nodes.add("127.0.0.7", cpus=3)
    assert "stored 0 ok" in whole(begin(1, seconds=2, retry="lost", cpus=3))
    nodes.kill("127.0.0.7")


def test_a_trial_that_fits_no_node_is_refused(begin, tmp_path):
    output, _ = begin(1, cpus=64, gpus=0.5).communicate(timeout=LIMIT)
    assert "Error: no node of the Ray cluster has 64 CPU and 0.5 GPU for a trial" in output
    assert not list(Store(tmp_path / "r").records())


def test_a_node_short_of_memory_ends_a_trial_once(nodes, begin, tmp_path):
    """Ray would try again for ever, whatever its retries say."""
    short = {"RAY_memory_usage_threshold": "0.01", "RAY_memory_monitor_refresh_ms": "100"}
    nodes.add("127.0.0.8", cpus=4, **short)
    assert "stored 0 out_of_memory" in whole(begin(1, seconds=600, cpus=4))
    nodes.kill("127.0.0.8")


def test_the_run_is_killed_and_the_next_one_goes_on(nodes, begin, tmp_path):
    folder = tmp_path / "r"
    run = begin(10, seconds=0.5)
    before = until(run, "stored") + until(run, "stored") + until(run, "stored")
    run.kill()
    before += run.communicate()[0]
    assert nodes.trials() == []
    acknowledged = stored(before)
    assert 3 <= len(acknowledged) < 10 and acknowledged <= set(kept(folder))
    whole(begin(10, seconds=0.5))
    assert kept(folder) == Counter(range(10))
    again = starts(folder)
    assert {seed: again[seed] for seed in acknowledged} == dict.fromkeys(acknowledged, 1)
    assert nodes.trials() == []


def test_an_interrupt_leaves_nothing_behind(nodes, begin):
    run = begin(4, seconds=600)
    until(run, "started")
    happens(lambda: of_trials(nodes.mark))
    started = time.monotonic()
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=LIMIT)
    assert run.returncode == -signal.SIGINT
    assert nodes.trials(SOON) == []
    assert time.monotonic() - started < SOON


def test_terminated_a_run_ends_as_with_any_executor(nodes, tmp_path):
    text = SUITE.replace("[parrot]", "[parrot: {nap: 600.0}]")
    suite = suite_for(tmp_path, ray_at(nodes), text)
    pipe = subprocess.PIPE
    with subprocess.Popen(command("run", *suite), cwd=tmp_path, stdout=pipe, stderr=pipe) as run:
        try:
            happens(lambda: of_trials(nodes.mark))
            run.send_signal(signal.SIGTERM)
            _, said = run.communicate(timeout=LIMIT)
        finally:
            run.kill()
    assert run.returncode == 130 and b"Traceback" not in said
    assert nodes.trials() == []


def distribution(site, name, version):
    """What pip would leave of a package with a plugin."""
    module = name.replace("-", "_")
    info = site / f"{module}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[seqbench]\n{module} = {module}\n")
    (site / f"{module}.py").write_text('"""Offers nothing."""\n')


def test_other_versions_on_a_node_are_refused(nodes, tmp_path, monkeypatch):
    distribution(tmp_path / "here", "my-birds", "1.0")
    distribution(tmp_path / "here", "my-bees", "1.5")
    distribution(tmp_path / "there", "my-birds", "2.0")
    info = tmp_path / "there" / "seqbench-99.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: seqbench\nVersion: 99.0\n")
    (info / "entry_points.txt").write_text("[seqbench]\nbundled = seqbench_plugins\n")
    nodes.add("127.0.0.9", cpus=5, PYTHONPATH=str(tmp_path / "there"))
    suite = suite_for(tmp_path, ray_at(nodes, cpus=5))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "here"))
    done = seqbench("run", *suite, cwd=tmp_path, timeout=LIMIT)
    assert done.returncode == 2, done.stderr
    (told,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    start, _, others = told.partition(" has ")
    assert start == "Error: the node 127.0.0.9"
    parts, _, end = others.partition(": ")
    assert set(parts.split(", ")) == {
        "seqbench 99.0 instead of 0.1.0",
        "my-birds 2.0 instead of 1.0",
        "my-bees missing instead of 1.5",
    }
    assert end == "install the same there as here"
    assert records(tmp_path / "ray/birds") == {}
    nodes.kill("127.0.0.9")


CONNECTED = """
import sys, time
import faults, ray
from seqbench.store import Store
from seqbench_plugins.executors.ray import Ray

ray.init(address=sys.argv[1], log_to_driver=False)
site = Store(sys.argv[2]).site(lambda event: None)
results = Ray(address="nobody.here:1").run(faults.work, map(faults.trial, ["ok", "hang"]), site)
print(next(results).status)
results.close()
deadline = time.monotonic() + 10
cpus = lambda: (ray.available_resources().get("CPU"), ray.cluster_resources()["CPU"])
while len(set(cpus())) > 1 and time.monotonic() < deadline:
    time.sleep(0.1)
print(len(set(cpus())))
"""


def test_a_connection_that_is_there_is_used_and_given_back(nodes, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CONNECTED, nodes.address, str(tmp_path)],
        cwd=HERE,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.stdout.endswith("ok\n1\n"), done.stdout + done.stderr  # all are free again


def test_a_cluster_of_ones_own_ends_with_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))  # where Ray puts a token
    suite = suite_for(tmp_path, "{ray: {address: local}}")
    with processes.marked() as mark:
        done = seqbench("run", *suite, cwd=tmp_path, timeout=LIMIT)
        assert done.returncode == 0 and "8 trials: 8 ok" in done.stderr, done.stderr
        assert processes.left(mark, patience=SOON) == []
    facts = [record["facts"] for record in records(tmp_path / "ray/birds").values()]
    assert {fact["node"] for fact in facts} == {"127.0.0.2"}
    assert {fact["workers"] for fact in facts} == {len(os.sched_getaffinity(0))}


def test_a_cluster_of_ones_own_ends_when_the_run_is_killed(begin, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with processes.marked() as mark:
        run = begin(4, seconds=600, address="local")
        until(run, "started")
        assert len(processes.numbers(mark)) > 3
        run.kill()
        run.communicate()
        happens(lambda: not of_trials(mark), SOON)
        happens(lambda: all(b"Agent" in line for line in processes.left(mark)), SOON)
        for pid in processes.numbers(mark):  # Ray's agents: they look for the rest for a minute
            os.kill(pid, signal.SIGKILL)
