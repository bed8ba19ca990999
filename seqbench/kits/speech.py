"""Thirty-five spoken words, said by many synthetic voices, and the features speech is given by."""

import hashlib
from functools import cache

import numpy as np

from seqbench.contract.data import Role
from seqbench.kits import espeak
from seqbench.kits.espeak import RATE, Saying
from seqbench.kits.spectrum import log_mel

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
WORDS = (  # those of Speech Commands: commands first, then digits, then the rest
    *("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"),
    *DIGITS,
    *("backward", "bed", "bird", "cat", "dog", "follow", "forward", "happy", "house", "learn"),
    *("marvin", "sheila", "tree", "visual", "wow"),
)
ACCENTS = ("en-us", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc")
# Variants of eSpeak NG that differ by a number alone tend to be one speaker: of such a family
# (but for f, m and klatt, which are apart) no more than one split has any.
VOICES: dict[Role, tuple[str, ...]] = {
    "train": (
        *("m1", "m2", "m3", "m4", "m6", "m7", "f1", "f2", "f3", "klatt", "klatt2", "klatt3"),
        *("Andy", "Denis", "Lee", "Michael", "Alex", "belinda", "linda", "steph", "victor"),
        *("john", "max", "paul", "robert", "Annie", "grandma", "michel"),
    ),
    "valid": ("m8", "anika", "pablo", "aunty", "Mario", "boris"),
    "test": (
        *("m5", "f4", "f5", "klatt4", "Gene", "Alicia", "david", "travis", "grandpa", "norbert"),
    ),
}
TAKES: dict[Role, int] = {"train": 4, "valid": 2, "test": 3}  # of each word by each voice

WINDOW, HOP, BANDS = 640, 320, 40  # samples of 1/16,000 s: 40 ms each 20 ms
LONGEST = 13_600  # samples: what a clip has at most
MIDDLE, SPREAD = 5.0, 1.5  # of the features of noisy speech, about


def count(role: Role) -> int:
    """How many clips a role has of each word."""
    return len(VOICES[role]) * TAKES[role]


def plan(word: str, role: Role) -> list[Saying]:
    """How a role's voices say a word, voice by voice: accents, 140 to 230 words a minute, pitches.

    Tempo and pitch lie at the fractional parts of k times square roots of primes, which fill
    their ranges evenly (Richtmyer, 1951).
    """
    first = {"train": 0, "valid": 1000, "test": 2000}[role] + 3000 * WORDS.index(word)
    said = []
    for k in range(count(role)):
        tempo, pitch = ((first + k) * root % 1 for root in (2**0.5, 3**0.5))
        accent = ACCENTS[(first + k) % len(ACCENTS)]
        voice = f"{accent}+{VOICES[role][k // TAKES[role]]}"
        said.append(Saying(word, voice, round(140 + 90 * tempo), round(20 + 60 * pitch)))
    return said


@cache
def clips(word: str, role: Role) -> list[np.ndarray]:
    """A word by a role's voices, `TAKES` clips a voice: each (samples,) float32, mean power 1."""
    espeak.wanted(name for names in VOICES.values() for name in names)
    found = [clip[:LONGEST].astype(np.float32) for clip in espeak.clips(plan(word, role))]
    return [clip / np.sqrt(np.square(clip).mean() + 1e-9) for clip in found]


def checksum(words: tuple[str, ...]) -> str:
    """sha256 of all that decides the clips of these words, known before they are made."""
    marks = [espeak.fingerprint(plan(word, role)) for word in words for role in VOICES]
    return hashlib.sha256(" ".join(marks).encode()).hexdigest()


def noisy(sound: np.ndarray, snr: float, rng: np.random.Generator) -> np.ndarray:
    """Sound (n, samples) of mean power 1 where it speaks, with white noise `snr` dB below."""
    noise = np.float32(10 ** (-snr / 20))
    heard: np.ndarray = sound + noise * rng.standard_normal(sound.shape, np.float32)
    heard /= np.sqrt(1 + noise**2)
    return heard


def features(sound: np.ndarray, rate: int = RATE) -> np.ndarray:
    """Log mel bands (n, frames, BANDS) of sound (n, samples), frames of 40 ms each 20 ms.

    As Zhang et al., Hello edge: keyword spotting on microcontrollers, 2017; of about mean 0 and
    spread 1 for speech of mean power 1.
    """
    window, hop = (size * rate // RATE for size in (WINDOW, HOP))
    loudness: np.ndarray = (log_mel(sound, rate, window, hop, BANDS) - MIDDLE) / SPREAD
    return loudness


def frames(samples: int, rate: int = RATE) -> int:
    """How many frames so many samples have."""
    return (samples - WINDOW * rate // RATE) // (HOP * rate // RATE) + 1
