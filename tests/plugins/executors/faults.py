"""Trials that misbehave: the architecture's name says how. Importable by trial processes."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from seqbench import Choice, Measurement, Point, Progress, Result, Trial, Watch

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


def trial(fault: str, seed: int = 0, **settings: object) -> Trial:
    """A trial that suffers this fault."""
    return Trial(Choice("task"), Choice(fault, settings), seed)


def work(trial: Trial, watch: Watch) -> Result:
    """Suffer the fault, then succeed."""
    given = globals()[f"do_{trial.architecture.name}"](trial, watch)
    return given or fine(trial)


def fine(trial: Trial, value: float = 0.5, **more: object) -> Result:
    """A success."""
    return Result(trial, "ok", measurements=(Measurement("accuracy", value),), **more)


def do_ok(trial: Trial, watch: Watch) -> None:
    if folder := trial.task.settings.get("folder"):
        Path(folder, f"{trial.seed}-{time.time_ns()}").touch()
    time.sleep(trial.task.settings.get("seconds", 0))


def do_times(trial: Trial, watch: Watch) -> Result:
    start = time.monotonic()
    time.sleep(trial.task.settings["seconds"])
    return fine(trial, facts={"span": [start, time.monotonic()]})


def do_orphans(trial: Trial, watch: Watch) -> None:
    """Descendants of every kind, and no end."""
    do_child(trial, watch)
    do_child_of_own_session(trial, watch)
    do_daemon(trial, watch)
    print("all there", flush=True)
    time.sleep(600)


def do_points(trial: Trial, watch: Watch) -> None:
    for examples in range(3):
        watch(Progress("point", trial, point=Point(examples, 1.5, 2.5)))


def do_many_points(trial: Trial, watch: Watch) -> None:
    for examples in range(20_000):  # far more than a pipe holds
        watch(Progress("point", trial, point=Point(examples, 1.5, 2.5)))


def do_exit_3(trial: Trial, watch: Watch) -> None:
    os._exit(3)


def do_exit_0(trial: Trial, watch: Watch) -> None:
    os._exit(0)


def do_segfault(trial: Trial, watch: Watch) -> None:
    print("last words", flush=True)
    ctypes.string_at(0)


def do_sigkill(trial: Trial, watch: Watch) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def do_abort(trial: Trial, watch: Watch) -> None:
    os.abort()


def do_kill_keeper(trial: Trial, watch: Watch) -> None:
    subprocess.Popen(SLEEPER, start_new_session=True)
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)


def do_loop(trial: Trial, watch: Watch) -> None:
    while True:
        pass


def do_hang(trial: Trial, watch: Watch) -> None:
    ctypes.PyDLL(None).sleep(600)  # native, and it never gives the interpreter lock back


def do_ignore_sigterm(trial: Trial, watch: Watch) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGABRT):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(600)


def do_hog(trial: Trial, watch: Watch) -> None:
    held = []
    while True:
        held.append(bytearray(b"x") * (32 << 20))


def do_hog_in_child(trial: Trial, watch: Watch) -> None:
    subprocess.run([sys.executable, "-c", "x = bytearray(b'x') * (2 << 30); input()"])
    time.sleep(600)


def do_memory_error(trial: Trial, watch: Watch) -> None:
    raise MemoryError


def do_error(trial: Trial, watch: Watch) -> None:
    raise RuntimeError("boom\nand more")


def do_mute_error(trial: Trial, watch: Watch) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    raise Mute


def do_exit(trial: Trial, watch: Watch) -> None:
    sys.exit(0)


def do_interrupt(trial: Trial, watch: Watch) -> None:
    raise KeyboardInterrupt


def do_nan(trial: Trial, watch: Watch) -> Result:
    return fine(trial, float("nan"), costs={"seconds": 1.0}, curve=(Point(1, 1.0, 1.0),))


def do_nested_nan(trial: Trial, watch: Watch) -> Result:
    return fine(trial, facts={"model": {"losses": [1.0, float("inf")]}, "kept": 1})


def do_wrong_type(trial: Trial, watch: Watch) -> object:
    return {"accuracy": 1.0}


def do_wrong_trial(trial: Trial, watch: Watch) -> Result:
    return fine(Trial(trial.task, trial.architecture, trial.seed + 1))


def do_text_value(trial: Trial, watch: Watch) -> Result:
    return fine(trial, "high")


def do_unserialisable(trial: Trial, watch: Watch) -> Result:
    return fine(trial, facts={"thing": object()})


def do_large(trial: Trial, watch: Watch) -> Result:
    return fine(trial, facts={"text": "y" * (20 << 20)})


def do_flood(trial: Trial, watch: Watch) -> None:
    sys.stdout.write("z" * (50 << 20))
    sys.stdout.write("\nthe end")


def do_child(trial: Trial, watch: Watch) -> None:
    subprocess.Popen(SLEEPER)


def do_child_of_own_session(trial: Trial, watch: Watch) -> None:
    subprocess.Popen(SLEEPER, start_new_session=True)


def do_daemon(trial: Trial, watch: Watch) -> None:
    """A grandchild in a session of its own whose parent is gone: nothing but descent binds it."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(SLEEPER[0], SLEEPER)
        os._exit(0)


def do_fork(trial: Trial, watch: Watch) -> None:
    """Both of the two go on and return."""
    os.fork()


def do_fork_and_exit(trial: Trial, watch: Watch) -> None:
    """The child goes on and returns; the trial itself does not."""
    if child := os.fork():
        os.waitpid(child, 0)
        os._exit(3)


def do_thread(trial: Trial, watch: Watch) -> None:
    threading.Thread(target=time.sleep, args=(600,)).start()


def do_recursion(trial: Trial, watch: Watch) -> None:
    def deeper(n: int) -> int:
        return deeper(n + 1)

    deeper(0)


def do_stack_overflow(trial: Trial, watch: Watch) -> None:
    sys.setrecursionlimit(10**9)

    def deeper(n: int) -> int:
        return max([n], key=lambda n: deeper(n + 1))

    deeper(0)


def do_close_handles(trial: Trial, watch: Watch) -> None:
    os.closerange(0, 256)
    watch(Progress("point", trial, point=Point(1, 1.0, 1.0)))


def do_close_handles_and_raise(trial: Trial, watch: Watch) -> None:
    os.closerange(0, 256)
    raise RuntimeError("boom")


def do_change_folder(trial: Trial, watch: Watch) -> None:
    os.chdir("/")


def do_full_disk(trial: Trial, watch: Watch) -> None:
    """No file may grow beyond some bytes: too few for a result."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))


def do_full_disk_in_plugin(trial: Trial, watch: Watch) -> None:
    Path("/dev/full").write_text("x")


def do_environment(trial: Trial, watch: Watch) -> Result:
    """Tell what the process is like."""
    import random

    import numpy as np
    import torch

    pools = {name: value for name, value in os.environ.items() if name.endswith("_NUM_THREADS")}
    return fine(
        trial,
        facts={
            "threads": torch.get_num_threads(),
            "running": len(list(Path("/proc/self/task").iterdir())),
            "pools": pools,
            "hash": hash("text"),
            "draws": [random.random(), float(np.random.rand()), torch.rand(1).item()],
            "pandas": "pandas" in sys.modules,
            "dynamo": "torch._dynamo" in sys.modules,
            "session": os.getsid(0) == os.getpid(),
            "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
            "inherited": [n for n in range(3, 256) if handed_down(n)],
            "handles": len(list(Path("/proc/self/fd").iterdir())),
        },
    )


def handed_down(handle: int) -> bool:
    """Whether a program that the trial starts would get it."""
    try:
        return os.get_inheritable(handle)
    except OSError:
        return False


def do_train(trial: Trial, watch: Watch) -> Result:
    """A step of AdamW, whose first use imports a lot."""
    import torch

    torch.random.manual_seed(1)
    layer = torch.nn.Linear(64, 64)
    optimizer = torch.optim.AdamW(layer.parameters())
    for _ in range(3):
        optimizer.zero_grad()
        layer(torch.randn(32, 64)).square().mean().backward()
        optimizer.step()
    return fine(trial, float(layer.weight.sum()))


def nap(seconds: float) -> Choice:
    """A task that takes its time."""
    return Choice("task", {"seconds": seconds})


def kill_server(mark: str) -> None:
    """Kill the process that trials of this mark are forked from."""
    import processes

    (server,) = [pid for pid in processes.numbers(mark) if os.getpid() == processes.parent(pid)]
    os.kill(server, signal.SIGKILL)
