"""Speech from the program eSpeak NG, where it is installed: made once, then kept in the cache.

One call of the program a clip: within one process its state runs on from clip to clip, and what
it says would depend on what it said before.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from functools import cache as remembered
from pathlib import Path

import numpy as np

from seqbench.contract.errors import Missing, SeqbenchError
from seqbench.kits import cache
from seqbench.kits.wav import resampled

RATE = 16_000  # Hz, of what is kept
OWN_RATE = 22_050  # Hz, of what the program says
FORM = 1  # of the kept files; raised when they are made in another way
TIMEOUT = 60  # seconds that one clip may take
HINT = "install it with `apt-get install espeak-ng` or `brew install espeak-ng`"


@dataclass(frozen=True)
class Saying:
    """What is said, by which voice (`en-us+f1`: accent and variant), how fast and how high."""

    text: str
    voice: str
    speed: int  # words a minute, 80 to 450
    pitch: int  # 0 to 99


@dataclass(frozen=True)
class Engine:
    """The program: where it is, its version, and what makes it say the same thing each time."""

    program: str
    version: str
    options: tuple[str, ...] = ()


@remembered
def engine() -> Engine:
    """The installed program; raises Missing where there is none."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise Missing(f"no program espeak-ng is on this machine: {HINT}")
    said = _told(program, "--version")
    found = re.search(r"(\d+)\.(\d+)[\w.+-]*", said)
    if found is None:
        raise Missing(f"{program} tells no version ({said[:60]!r}): {HINT}")
    newer = (int(found[1]), int(found[2])) >= (1, 52)  # seeds its noise from the clock but for -D
    return Engine(program, found[0], ("-D",) if newer else ())


@remembered
def variants() -> frozenset[str]:
    """The names of the voices that an accent can be given. A strange one would go unnoticed."""
    lines = _told(engine().program, "--voices=variant").splitlines()
    names = (re.search(r"!v/(.+?)\s*(\(.*)?$", line) for line in lines)
    return frozenset(name[1] for name in names if name)


def wanted(names: Iterable[str]) -> None:
    """Raise Missing where the program lacks one of these variants."""
    if lacking := sorted(set(names) - variants()):
        raise Missing(
            f"espeak-ng {engine().version} has no voice called {', '.join(lacking)}; "
            "version 1.51 has: install it with its data whole"
        )


def fingerprint(sayings: Sequence[Saying]) -> str:
    """sha256 of all that decides the sound: the engine's version and what it is asked to say."""
    plan = [FORM, RATE, engine().version, [astuple(saying) for saying in sayings]]
    return hashlib.sha256(json.dumps(plan).encode()).hexdigest()


def clips(sayings: Sequence[Saying]) -> list[np.ndarray]:
    """What was said, each (samples,) int16 at RATE; made by the first process that asks."""
    path = cache.root() / "espeak" / f"{engine().version}-{fingerprint(sayings)[:32]}.npz"
    if (kept := _kept(path, len(sayings))) is not None:
        return kept
    cache.folder("espeak")
    with cache.locked(path):
        if (kept := _kept(path, len(sayings))) is not None:
            return kept
        with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
            made = list(pool.map(say, sayings))
        _keep(path, made)
    return made


def say(saying: Saying) -> np.ndarray:
    """One clip, (samples,) int16 at RATE, without the silence after it."""
    own = engine()
    command = [own.program, *own.options, "-v", saying.voice, "-s", str(saying.speed)]
    command += ["-p", str(saying.pitch), "-z", "--stdout", saying.text]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SeqbenchError(f"espeak-ng could not say {saying}: {error}") from error
    start = done.stdout.find(b"data") + 8  # the lengths in a streamed header are placeholders
    if done.returncode or start < 8 or len(done.stdout) < start + 2:
        why = " ".join(done.stderr.decode(errors="replace").split()) or "it gave no sound"
        raise SeqbenchError(f"espeak-ng could not say {saying}: {why[:200]}")
    sound = np.frombuffer(done.stdout[start : start + (len(done.stdout) - start) // 2 * 2], "<i2")
    kept: np.ndarray = np.rint(resampled(sound, OWN_RATE, RATE)).clip(-32768, 32767)
    return kept.astype(np.int16)


def _kept(path: Path, count: int) -> list[np.ndarray] | None:
    """The clips of a file; None where it is not there, or damaged: then they are made anew."""
    try:
        with path.open("rb") as data, np.load(data) as file:  # a zip, whose checksums tell damage
            sound, ends = file["sound"], file["ends"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return np.split(sound, ends[:-1]) if len(ends) == count else None


def _keep(path: Path, made: list[np.ndarray]) -> None:
    """Written beside the place, then renamed: whoever reads finds all or nothing."""
    temporary = path.with_name(f".{path.stem}.arriving.npz")  # ours is the lock
    np.savez(temporary, sound=np.concatenate(made), ends=np.cumsum([len(one) for one in made]))
    temporary.replace(path)


def _told(program: str, option: str) -> str:
    """What the program prints."""
    try:
        done = subprocess.run(
            [program, option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{program} {option} does not run ({error}): {HINT}") from error
    return done.stdout.decode(errors="replace")
