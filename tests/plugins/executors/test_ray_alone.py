"""The parts of the Ray executor that can be told without Ray."""

import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import faults
import processes
import pytest

from front_door import SUITE, lay
from seqbench import SeqbenchError, Site
from seqbench.catalogue import Catalogue
from seqbench.catalogue.plugins import Plugins
from seqbench.run import Job
from seqbench.suite import open_suite, plan
from seqbench_plugins.executors.process import Process
from seqbench_plugins.executors.ray import Ray, fleet, station
from seqbench_plugins.executors.ray.cluster import Cluster, shares
from seqbench_plugins.executors.ray.room import PREFIX, Room
from seqbench_plugins.executors.ray.station import Order, packed
from seqbench_plugins.executors.ray.visit import versions

SLIPS = {
    "address": ("ray://head:10001", "ray.address is 'ray://head:10001'; write host:port"),
    "cpus": (0.0, "ray.cpus is 0.0; more than 0"),
    "gpus": (1.5, "ray.gpus is 1.5; 0 or more, above 1 a whole number"),
    "retries": (-1, "ray.retries is -1; 0 or more"),
    "threads": (2, "ray.threads is 2; from 1 to the cpus of a trial"),
    "timeout": (-1.0, "ray.timeout is -1.0; 0 or more"),
    "memory": ("much", "ray.memory is 'much'; write it as 512MiB or 4GiB"),
}


@pytest.mark.parametrize("setting", SLIPS)
def test_settings_that_cannot_be_are_refused(setting):
    value, told = SLIPS[setting]
    with pytest.raises(SeqbenchError) as caught:
        Catalogue.installed().make("executors", "ray", {setting: value})
    assert str(caught.value).startswith(told)
    Ray(cpus=2, threads=2, gpus=0.25, memory="4GiB", address="head.example:6379")


def test_where_ray_is_not_installed_it_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    site = Site(tmp_path, tmp_path, print)
    with pytest.raises(SeqbenchError, match=r"needs Ray .*: pip install 'seqbench\[ray\]'"):
        list(Ray().run(faults.work, [faults.trial("ok")], site))


def test_the_catalogue_does_not_load_ray():
    code = (
        "import sys; from seqbench.catalogue import Catalogue\n"
        "Catalogue.installed().make('executors', 'ray', {}); print('ray' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_how_many_share_a_node_is_what_fits_device_by_device():
    for devices in range(4):
        for each in (0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 1.0, 2.0, 3.0):
            free = [100] * devices  # hundredths
            fit = 0
            while True:
                wanted = round(100 * each)
                if wanted < 100:
                    room = next((n for n, left in enumerate(free) if left >= wanted), None)
                    if room is None:
                        break
                    free[room] -= wanted
                elif len(free) < each:
                    break
                else:
                    free = free[int(each) :]
                fit += 1
            assert shares(devices, each) == fit, (devices, each)
    assert shares(0, 0) > 10**6


def test_versions_are_those_of_all_packages_with_plugins():
    homes = dict(home.split() for home, _ in Plugins().entry_points())
    assert versions() == homes | {"Python": ".".join(map(str, sys.version_info[:2]))}
    assert "seqbench" in homes


class Quick(Process):
    preload = ()


@pytest.fixture
def stations(tmp_path, monkeypatch):
    """Stations whose rooms are in a folder of the test's, closed at its end."""
    monkeypatch.setattr(station, "Process", Quick)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "rooms"))
    Path(tmp_path, "rooms").mkdir()
    yield tmp_path / "rooms"
    station.close()
    assert list(Path(tmp_path, "rooms").iterdir()) == []


def order(work, memory=""):
    return pickle.dumps(Order(packed(work), "a-run", 1, 60.0, memory))


def test_one_warm_process_serves_trial_after_trial(stations, monkeypatch):
    with processes.marked() as mark:
        asked = order(faults.work)
        servers = []
        for seed, devices in enumerate(["0", "0", "1"]):
            monkeypatch.setenv("CUDA_VISIBLE_DEVICES", devices)
            trial = faults.trial("ok", seed)
            found = station.perform(asked, pickle.dumps(trial))
            assert found["record"]["id"] == trial.id and found["record"]["status"] == "ok"
            servers.append(set(processes.numbers(mark)))
        assert len(servers[0]) == 1 and servers[1] == servers[0]
        assert not servers[2] & servers[0], "it would still see the devices it was started with"
        station.close()
        assert processes.left(mark) == []


def test_what_a_trial_prints_comes_along_and_nothing_stays(stations):
    trial = faults.trial("segfault")
    found = station.perform(order(faults.work), pickle.dumps(trial))
    assert found["record"]["status"] == "crashed"
    assert found["record"]["reason"].endswith(f"see logs/a-run/{trial.id}.log")
    assert found["log"].startswith(b"last words\n")
    assert [path for path in stations.rglob("*") if trial.id in path.name] == []


def test_plugin_files_travel_by_content(stations, tmp_path):
    """They are gone from where they were before any trial starts; two have one name."""
    suite, catalogue = open_suite(lay(tmp_path, SUITE))
    trials = plan(suite, catalogue)
    other = tmp_path / "more" / "birds.py"
    other.parent.mkdir()
    other.write_text(
        "from seqbench import Metric, hookimpl\n@hookimpl\ndef metrics():\n"
        "    return [Metric('ones', 'higher', lambda split, outputs: 1.0)]\n"
    )
    asked = order(Job((*suite.plugins, other), {"told": "by the run"}))
    (tmp_path / "birds.py").unlink()
    other.unlink()
    for trial in (trials[0], trials[-1]):
        found = station.perform(asked, pickle.dumps(trial))
        assert found["record"]["status"] == "ok", found["record"]["reason"]
        assert found["record"]["facts"]["told"] == "by the run"
    written = sorted(stations.rglob("birds.py"))
    assert [path.read_text()[:8] for path in written] == ['\n"""A ta', "from seq"]


def test_what_the_user_blocks_is_blocked_on_a_node_too(stations, tmp_path, monkeypatch):
    suite, catalogue = open_suite(lay(tmp_path, SUITE))
    trial = plan(suite, catalogue)[0]
    monkeypatch.setenv("SEQBENCH_PLUGINS_BLOCK", "bundled")
    asked = order(Job(suite.plugins, {}))
    monkeypatch.delenv("SEQBENCH_PLUGINS_BLOCK")
    found = station.perform(asked, pickle.dumps(trial))
    assert "blocked by SEQBENCH_PLUGINS_BLOCK: bundled" in found["record"]["reason"]


def test_a_room_that_was_left_behind_is_removed_by_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import sys, tempfile, time; tempfile.tempdir = sys.argv[1]\n"
        "from seqbench_plugins.executors.ray.room import Room\n"
        "room = Room(); (room.path / 'file').touch(); print(room.path, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        try:
            theirs = Path(other.stdout.readline().strip())
            mine = Room()
            assert theirs != mine.path and theirs.name.startswith(PREFIX)
            assert (theirs / "file").exists()
        finally:
            other.kill()
    (tmp_path / "somebody-elses").mkdir()
    last = Room()
    assert not theirs.exists() and mine.path.exists() and last.path.exists()
    mine.close()
    last.close()
    assert [path.name for path in tmp_path.iterdir()] == ["somebody-elses"]


class RayError(Exception):
    """As Ray raises them."""


class RayTaskError(RayError):
    def __init__(self, cause):
        super().__init__("a traceback of many lines")
        self.cause = cause


class LocalRayletDiedError(RayError):
    pass


class OutOfMemoryError(RayError):
    pass


class FakeRay:
    """A cluster whose nodes come and go, and where nothing is ever done."""

    cloudpickle = SimpleNamespace(register_pickle_by_value=lambda module: None)
    exceptions = SimpleNamespace(
        RayError=RayError,
        RayTaskError=RayTaskError,
        LocalRayletDiedError=LocalRayletDiedError,
        OutOfMemoryError=OutOfMemoryError,
    )

    def __init__(self, error=None):
        self.alive, self.cancelled, self.error = True, [], error

    def remote(self, **options):
        return lambda function: SimpleNamespace(remote=lambda *arguments: iter([object()]))

    def put(self, value):
        return value

    def nodes(self):
        return [{"NodeID": "a", "Alive": self.alive, "Resources": {"CPU": 4.0, "GPU": 1.0}}]

    def wait(self, tasks, num_returns, timeout):
        return (tasks[:1], tasks[1:]) if self.error else ([], tasks)

    def get(self, word):
        raise self.error

    def cancel(self, task, force):
        self.cancelled.append(task)


def test_it_waits_for_a_node_to_come_back_but_not_for_ever(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(fleet, "time", SimpleNamespace(monotonic=lambda: now[0]))
    ray = FakeRay()
    site = Site(tmp_path, tmp_path, print)
    asked = Order(packed(faults.work), "a-run", 1, 60.0, "")
    with fleet.Fleet(Cluster(ray), Ray(gpus=0.5), asked, site) as crew:
        for seed in range(10):
            assert crew.has_room == (seed < 4)  # two of the four cores have half a device
            if crew.has_room:
                crew.start(faults.trial("ok", seed))
        ray.alive = False
        now[0] += fleet.PATIENCE
        assert list(crew.ended()) == [] and not crew.has_room
        ray.alive = True
        assert list(crew.ended()) == []
        ray.alive = False
        now[0] += fleet.PATIENCE + 1
        with pytest.raises(SeqbenchError, match=r"has 1 CPU and 0.5 GPU for a trial: add one"):
            list(crew.ended())
    assert len(ray.cancelled) == 4


TROUBLES = [
    (RayTaskError(OSError("no space")), "lost", "OSError: no space"),
    (RayTaskError(SeqbenchError("it cannot")), None, "on a node of the cluster, it cannot"),
    (RayError("its node\nis gone"), "lost", "after 2 retries, RayError: its node is gone"),
    (OutOfMemoryError("long words"), "out_of_memory", "its node ran short of memory"),
    (LocalRayletDiedError("gone"), None, "the Ray node of this machine has ended"),
]


@pytest.mark.parametrize("error, status, told", TROUBLES)
def test_what_goes_wrong_outside_of_trials(tmp_path, error, status, told):
    site = Site(tmp_path, tmp_path, print)
    asked = Order(packed(faults.work), "a-run", 1, 60.0, "")
    with fleet.Fleet(Cluster(FakeRay(error)), Ray(), asked, site) as crew:
        crew.start(faults.trial("ok"))
        if status is None:
            with pytest.raises(SeqbenchError) as caught:
                list(crew.ended())
            assert str(caught.value).startswith(told)
        else:
            (result,) = crew.ended()
            assert result.trial == faults.trial("ok") and result.status == status
            assert result.reason.startswith(told) and "\n" not in result.reason
            assert len(crew) == 0
