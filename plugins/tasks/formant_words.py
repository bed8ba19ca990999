"""Spoken words from a formant synthesiser: many voices, noise, and the order of sounds decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import isfinite, log
from typing import ClassVar

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.spectrum import log_mel, spectra

RATE, HOP, WINDOW = 8000, 80, 240  # Hz; samples: a frame of 30 ms each 10 ms
MELS, FRAMES = 24, 52
SAMPLES = (FRAMES + 2) * HOP
FREQUENCIES = np.fft.rfftfreq(WINDOW, 1 / RATE).astype(np.float32)  # Hz, of the bins
TILT = 1 / (1 + (FREQUENCIES / 400) ** 2)  # power of the folds' pulses, after the lips
BATCH = 64  # words made at a time: what the processor's cache holds

# Formants 1 to 3 (Hz), loudness of the voice, loudness, middle and width (Hz) of the hiss.
# Vowels after Peterson and Barney, 1952, men's means.
SOUNDS = {
    "i": (270, 2290, 3010, 1.0, 0.0, 3000, 500),
    "e": (530, 1840, 2480, 1.0, 0.0, 3000, 500),
    "a": (730, 1090, 2440, 1.0, 0.0, 3000, 500),
    "o": (570, 840, 2410, 1.0, 0.0, 3000, 500),
    "u": (300, 870, 2240, 1.0, 0.0, 3000, 500),
    "m": (250, 1000, 2200, 0.4, 0.0, 3000, 500),
    "n": (250, 1600, 2500, 0.4, 0.0, 3000, 500),
    "r": (420, 1300, 1600, 0.6, 0.0, 3000, 500),
    "s": (300, 1600, 2500, 0.0, 0.5, 3700, 400),
    "x": (300, 1600, 2500, 0.0, 0.5, 2400, 500),  # as in "ship"
    "z": (300, 1500, 2500, 0.3, 0.3, 3500, 400),
}
# Eight words of each four sounds: what is heard is the same, and only its order differs.
WORDS = (
    *("sami", "sima", "masi", "misa", "asim", "amis", "isam", "imas"),
    *("xenu", "xune", "nexu", "nuxe", "exun", "enux", "uxen", "unex"),
    *("zori", "ziro", "rozi", "rizo", "ozir", "oriz", "izor", "iroz"),
)
FIRST_VOICE = {"train": 0, "valid": 10_000, "test": 20_000}


@dataclass(frozen=True)
class FormantWords(Task):
    """Which of `words` words was spoken, told at the last frame of 24 log mel bands.

    Each is said by one of `voices` voices (pitch, length of the vocal tract, tempo, breath) that
    no other split has, with jitter of its sounds' places and durations and with white noise
    `snr` dB below its mean power. A word takes 0.26 to 0.43 s at 8 kHz, between short
    stretches of noise alone; a frame each 10 ms, 28 to 51 in all.
    """

    name = "formant_words"
    source = (
        "own synthesiser; formants after Peterson and Barney, Control methods used in a study of "
        "the vowels, 1952"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=3000, valid=250, test=1000)
    recipe: ClassVar = {"examples": 9_000, "evaluations": 8}
    words: int = 24  # of the lexicon's 24, in its order: 8 and 16 leave whole sets of sounds
    snr: float = 0.0  # dB, of the word over the noise
    voices: int = 60  # in each split, its own

    def __post_init__(self) -> None:
        if not 2 <= self.words <= len(WORDS):
            raise SeqbenchError(
                f"formant_words.words is {self.words}; it takes 2 to {len(WORDS)} words"
            )
        if not isfinite(self.snr):
            raise SeqbenchError(f"formant_words.snr is {self.snr}; it takes a number of dB")
        if not 1 <= self.voices <= 10_000:
            raise SeqbenchError(f"formant_words.voices is {self.voices}; it takes 1 to 10000")

    def signature(self) -> Signature:
        return Signature(Reals(MELS), Tokens(self.words), FRAMES, causal=False, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        word = rng.integers(0, self.words, n)
        voice = FIRST_VOICE[role] + rng.integers(0, self.voices, n)
        inputs, lengths = np.empty((n, FRAMES, MELS), np.float32), np.empty(n, np.int64)
        for start in range(0, n, BATCH):
            some = slice(start, start + BATCH)
            sound, lengths[some] = spoken(word[some], voice[some], self.snr, rng)
            loudness = log_mel(sound, RATE, WINDOW, HOP, MELS)
            inputs[some] = (loudness - 5) / 1.5  # to about mean 0 and spread 1
        steps = np.arange(FRAMES)
        inputs[steps >= lengths[:, None]] = 0
        return Split(
            inputs,
            np.repeat(word[:, None], FRAMES, axis=1),
            steps == lengths[:, None] - 1,
            lengths,
        )

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.words, "cross_entropy": log(self.words)}

    def baselines(self):
        return {**super().baselines(), "bag_of_frames": bag(mean_frame)}


def spoken(
    word: np.ndarray, voice: np.ndarray, snr: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sound (n, samples) of mean power 1 with its noise, and lengths (n,) in frames."""
    n = len(word)
    pitch, tract, tempo, breath = voices(voice)
    lead = rng.integers(1, 6, n)
    frames = np.rint(34 * tempo * rng.uniform(0.9, 1.1, n)).astype(int)  # of the word
    lengths = lead + frames + rng.integers(1, 4, n)

    track = movement(word, lead, frames, rng)  # (n, FRAMES, 7)
    formants = track[..., :3] / tract[:, None, None].astype(np.float32)
    voiced, hiss, middle, width = np.moveaxis(track[..., 3:, None], 2, 0)
    tone = resonance(formants) * voiced
    hissing = hiss * np.exp(-0.5 * ((FREQUENCIES - middle) / width) ** 2)
    hissing += breath[:, None, None].astype(np.float32) * tone

    source = spectra(pulses(pitch, rng), WINDOW, HOP) * tone
    source += spectra(rng.standard_normal((n, SAMPLES), np.float32), WINDOW, HOP) * hissing
    sound = overlapped(np.fft.irfft(source, WINDOW).astype(np.float32))

    real = np.arange(SAMPLES) < lengths[:, None] * HOP
    power = (sound**2 * real).sum(axis=1, keepdims=True) / (lengths[:, None] * HOP)
    sound /= np.sqrt(power)
    noise = np.float32(10 ** (-snr / 20))
    sound += noise * rng.standard_normal((n, SAMPLES), np.float32)
    return sound / np.sqrt(1 + noise**2), lengths


def voices(which: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pitch (Hz), length of the vocal tract (to a man's), tempo and breath, (n,) each.

    Voice k lies at the fractional parts of k times square roots of primes, which fill the range
    evenly however many are taken (Richtmyer, 1951); no two voices are the same.
    """
    pitch, tract, tempo, breath = np.modf(which * np.sqrt([[2.0], [3.0], [5.0], [7.0]]))[0]
    return 85 * 3**pitch, 0.8 + 0.3 * tract, 0.85 + 0.3 * tempo, 0.3 * breath


def movement(
    word: np.ndarray, lead: np.ndarray, frames: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Each sound's numbers in each frame, (n, FRAMES, 7), gliding from one to the next."""
    n = len(word)
    sounds = spelling()[word]  # (n, 4, 7)
    sounds[..., :3] *= rng.normal(1, 0.04, (n, 4, 3))
    share = rng.uniform(0.7, 1.3, (n, 4))
    ends = lead[:, None] + frames[:, None] * share.cumsum(1) / share.sum(1, keepdims=True)
    step = np.arange(FRAMES) + 0.5
    at = (step[:, None] > ends[:, None, :3]).sum(-1)  # (n, FRAMES) which of the four
    track = np.take_along_axis(sounds, at[..., None], axis=1)  # (n, FRAMES, 7)
    silent = (step < lead[:, None]) | (step > ends[:, 3:])
    track[..., 3:5][silent] = 0
    padded = np.pad(track, [(0, 0), (2, 2), (0, 0)], mode="edge")
    weights = enumerate((0.1, 0.2, 0.4, 0.2, 0.1))
    return sum(w * padded[:, k : k + FRAMES] for k, w in weights).astype(np.float32)


def resonance(formants: np.ndarray) -> np.ndarray:
    """How loud each frequency leaves the tract, (n, FRAMES, bins), of mean square 1."""
    power = np.ones((*formants.shape[:2], len(FREQUENCIES)), np.float32)
    for k, width in enumerate((60, 90, 150)):  # Hz
        centre = formants[..., k, None]
        ratio = (FREQUENCIES / centre) ** 2
        power *= (1 - ratio) ** 2 + ratio * (width / centre) ** 2
    power = TILT / power
    return np.sqrt(power / power.mean(axis=-1, keepdims=True))


def pulses(pitch: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The beat of the vocal folds, falling by 18 %, of mean power 1: (n, samples)."""
    hertz = pitch[:, None] * np.linspace(1.1, 0.9, SAMPLES)
    phase = np.cumsum(hertz / RATE, axis=1) + rng.uniform(0, 1, (len(pitch), 1))
    beats = np.diff(np.floor(phase), axis=1, prepend=0) > 0
    return (beats * np.sqrt(RATE / pitch)[:, None]).astype(np.float32)


def overlapped(frames: np.ndarray) -> np.ndarray:
    """The sum of frames (n, FRAMES, WINDOW), each HOP after the one before: (n, samples)."""
    thirds = frames.reshape(len(frames), FRAMES, 3, HOP)
    sound = np.zeros((len(frames), FRAMES + 2, HOP), np.float32)
    for k in range(3):
        sound[:, k : k + FRAMES] += thirds[:, :, k]
    return sound.reshape(len(frames), SAMPLES)


@cache
def spelling() -> np.ndarray:
    """The numbers of each word's sounds, (words, 4, 7)."""
    return np.array([[SOUNDS[letter] for letter in word] for word in WORDS])


@hookimpl
def tasks() -> list[type[Task]]:
    return [FormantWords]
