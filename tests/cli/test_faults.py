"""Code at its worst, as plugins in a real run: one right record each, and the rest goes on."""

import subprocess
from pathlib import Path

import pytest

from front_door import PLUGIN, lay, seqbench
from seqbench.store import Store

FAULT = '''
import ctypes, os, resource, signal, subprocess, sys, threading

MARK = "SEQBENCH_TEST_FAULT"


def nap():
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", MARK])


def hog():
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20)) * 32)


def deep(n=0):
    sys.setrecursionlimit(10**9)
    return max([n], key=lambda q: deep(q + 1))


def full_disk():
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
    with open("big", "wb", 0) as file:
        file.write(b"x" * 10_000)


def ignores():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def loop():
    while True:
        pass


DO = {
    "leaves": lambda: os._exit(3),
    "leaves_content": lambda: os._exit(0),
    "segfault": lambda: ctypes.string_at(0),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "aborts": os.abort,
    "loop": loop,
    "holds_the_lock": lambda: ctypes.PyDLL(None).sleep(600),
    "ignores_sigterm": ignores,
    "hog": hog,
    "raises": lambda: 1 / 0,
    "exits": lambda: sys.exit(0),
    "interrupts": lambda: (_ for _ in ()).throw(KeyboardInterrupt),
    "deep": deep,
    "full_disk": full_disk,
    "flood": lambda: sys.stdout.write("z" * (50 << 20)),
    "grandchild": nap,
    "grandchild_of_its_own": lambda: subprocess.Popen(
        [sys.executable, "-c", "import os, time; os.setsid(); time.sleep(600)", MARK]
    ),
    "thread": lambda: threading.Thread(target=time.sleep, args=(600,)).start(),
    "closes_files": lambda: os.closerange(0, 256),
    "changes_folder": lambda: os.chdir("/"),
}


@dataclass(frozen=True)
class Fault(Parrot):
    """Does what its kind says, then fits."""
    name = "fault"
    kind: str = "none"

    def fit(self, lesson):
        DO.get(self.kind, lambda: None)()
        model = super().fit(lesson)
        if self.kind == "nan":
            return Model(lambda x, lengths: model.predict(x, lengths) * np.nan, 1)
        if self.kind == "wrong_type":
            return {"accuracy": 1.0}
        if self.kind == "unserialisable":
            return Model(model.predict, 1, notes={"deep": [{"thing": object()}]})
        if self.kind == "nan_inside":
            return Model(model.predict, 1, notes={"deep": [{"thing": float("inf")}]})
        if self.kind == "enormous":
            return Model(model.predict, 1, notes={"text": "y" * (20 << 20)})
        return model


def architectures_too():
    return [Fault]
'''

WANTED = {
    "ok": "none flood grandchild grandchild_of_its_own thread closes_files changes_folder",
    "failed": "raises exits interrupts full_disk wrong_type unserialisable enormous",
    "crashed": "leaves leaves_content segfault killed aborts deep",
    "timeout": "loop holds_the_lock ignores_sigterm",
    "out_of_memory": "hog",
    "diverged": "nan nan_inside",
}
KINDS = {kind: status for status, kinds in WANTED.items() for kind in kinds.split()}

SUITE = f"""
suite: faults
plugins: [birds.py]
seeds: 1
sizes: {{train: 20, valid: 10, test: 30}}
tasks: [echo, echo: {{vocab: 4}}]
architectures: [fault: {{kind: [{", ".join(KINDS)}]}}]
executor: {{process: {{workers: 2, timeout: 8, memory: 1GiB}}}}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    lay(folder, SUITE.replace("[echo, echo: {vocab: 4}]", "[echo]"))
    text = PLUGIN.replace("[Parrot, Breaks, Peeks, Both]", "[Parrot, Fault]")
    head, tail = text.split("@hookimpl", 1)
    (folder / "birds.py").write_text(head + FAULT + "\n@hookimpl" + tail)
    done = seqbench("run", "birds.yaml", cwd=folder, timeout=300)
    return folder, done


def test_every_fault_has_one_record_with_the_right_status(run):
    folder, done = run
    assert done.returncode == 3, done.stderr
    records = [r for r in Store(folder / "results/faults").records() if not r["baseline"]]
    found = {r["architecture"]["settings"]["kind"]: (r["status"], r["reason"]) for r in records}
    assert {kind: status for kind, (status, _) in found.items()} == KINDS
    assert all(reason for status, reason in found.values() if status != "ok")
    lines = [p.read_text() for p in (folder / "results/faults/records").glob("*.jsonl")]
    assert sum(text.count("\n") for text in lines) == len(KINDS) + 1


def test_a_crash_names_its_signal_and_the_line(run):
    folder, _ = run
    by_kind = {
        r["architecture"]["settings"].get("kind"): r
        for r in Store(folder / "results/faults").records()
    }
    assert "SIGSEGV" in by_kind["segfault"]["reason"]
    assert "fit" in by_kind["segfault"]["facts"]["log"], "faulthandler's stack is not in the log"
    assert "SIGKILL" in by_kind["killed"]["reason"]
    assert "ZeroDivisionError" in by_kind["raises"]["reason"]


def test_nothing_is_left_of_it(run):
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    left = [line for line in listed.splitlines() if "SEQBENCH_TEST_FAULT" in line and "ps" != line]
    assert left == []


def test_the_flood_did_not_fill_the_disk(run):
    folder, _ = run
    sizes = [p.stat().st_size for p in Path(folder / "results/faults/logs").rglob("*.log")]
    assert max(sizes) < 4 << 20


def test_a_second_run_has_nothing_to_do(run):
    folder, _ = run
    again = seqbench("run", "birds.yaml", cwd=folder, timeout=100)
    assert "nothing to run" in again.stderr
    assert list((folder / "results/faults/spool").iterdir()) == []
