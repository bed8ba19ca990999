"""Several synthesised digits in a row, to be written down."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import ClassVar

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, Transcript, hookimpl
from seqbench.kits import speech
from seqbench.kits.speech import DIGITS, HOP, LONGEST, WINDOW

GAP = (800, 2400)  # samples: 0.05 to 0.15 s before each digit and after the last
BATCH = 32  # strings heard at a time


@dataclass(frozen=True)
class SpokenDigitStrings(Task):
    """One to `digits` spoken digits, as a transcript: token 1 is "zero", 10 is "nine", 0 the blank.

    Each string is said by one voice, digit by digit at differing tempo and pitch, with 0.05 to
    0.15 s between them, in white noise `snr` dB below the speech's mean power. The clips and the
    voices are those of spoken_commands: train, valid and test have no voice in common. A frame
    each 20 ms; sequences differ in length.
    """

    name = "spoken_digit_strings"
    source = (
        "synthesised here by eSpeak NG (a GPL-3.0-or-later program; its sound is not covered); "
        "transcribed as in Graves et al., Connectionist temporal classification, 2006"
    )
    metrics = ("token_error_rate", "exact_match")
    sizes = Sizes(train=3000, valid=200, test=500)
    recipe: ClassVar = {"examples": 24_000, "evaluations": 8}
    digits: int = 4  # in a string at most
    snr: float = 15.0  # dB, of the speech over the noise

    def __post_init__(self) -> None:
        if not 1 <= self.digits <= 50:
            raise SeqbenchError(
                f"spoken_digit_strings.digits is {self.digits}; it takes 1 to 50 at most"
            )
        if not (isfinite(self.snr) and abs(self.snr) <= 100):
            raise SeqbenchError(f"spoken_digit_strings.snr is {self.snr}; it takes -100 to 100 dB")

    def signature(self) -> Signature:
        longest = speech.frames(self.digits * (LONGEST + GAP[1]) + GAP[1])
        answer = Transcript(len(DIGITS) + 1)
        return Signature(Reals(speech.BANDS), answer, longest, causal=False, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        bank = [speech.clips(digit, role) for digit in DIGITS]
        count = rng.integers(1, self.digits + 1, n)
        told = np.arange(self.digits) < count[:, None]  # (N, digits)
        digit = rng.integers(0, len(DIGITS), told.shape)
        takes = speech.TAKES[role]
        voice = rng.integers(0, len(speech.VOICES[role]), (n, 1))
        take = voice * takes + rng.integers(0, takes, told.shape)
        gaps = rng.integers(*GAP, (n, self.digits + 1))
        sounds = [
            string([bank[d][t] for d, t in zip(digit[k, :c], take[k], strict=False)], gaps[k])
            for k, c in enumerate(count)
        ]
        inputs, lengths = heard(sounds, self.snr, rng)
        return Split(inputs, np.where(told, digit + 1, 0), told, lengths)

    def checksum(self) -> str:
        return speech.checksum(DIGITS)

    def chance(self) -> Mapping[str, float]:
        return {"exact_match": 1 / self.digits / len(DIGITS)}  # of any string of one digit


def string(clips: list[np.ndarray], gaps: np.ndarray) -> np.ndarray:
    """Clips one after another with silence before each and after the last, (samples,)."""
    silences = [np.zeros(gap, np.float32) for gap in gaps]
    parts = [part for pair in zip(silences, clips, strict=False) for part in pair]
    return np.concatenate([*parts, silences[len(clips)]])


def heard(
    sounds: list[np.ndarray], snr: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, T, bands) of noisy sounds, zeros after the end of each, and lengths (N,)."""
    lengths = np.array([speech.frames(len(sound)) for sound in sounds])
    inputs = np.zeros((len(sounds), lengths.max(), speech.BANDS), np.float32)
    for start in range(0, len(sounds), BATCH):
        some = slice(start, start + BATCH)
        steps = int(lengths[some].max())
        sound = np.zeros((len(sounds[some]), WINDOW + (steps - 1) * HOP), np.float32)
        for row, one in zip(sound, sounds[some], strict=True):
            row[: len(one)] = one[: len(row)]
        inputs[some, :steps] = speech.features(speech.noisy(sound, snr, rng))
    inputs[np.arange(inputs.shape[1]) >= lengths[:, None]] = 0
    return inputs, lengths


@hookimpl
def tasks() -> list[type[Task]]:
    return [SpokenDigitStrings]
