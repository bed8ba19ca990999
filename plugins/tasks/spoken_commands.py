"""Synthesised words in the shape of Speech Commands, by voices that training never heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, log
from typing import ClassVar

import numpy as np

from seqbench import Reals, Role, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits import speech
from seqbench.kits.espeak import RATE
from seqbench.kits.linear import bag, mean_frame

BATCH = 64  # clips heard at a time


@dataclass(frozen=True)
class SpokenCommands(Task):
    """Which of 35 words was spoken within a second, told at the last of 49 frames.

    The words are those of Speech Commands (Warden, 2018), said by the program eSpeak NG: 28
    voices for train, 6 others for valid, 10 others for test, in five accents, at 140 to 230 words
    a minute and at many pitches; 112, 12 and 30 clips of a word. An example is one of them at a
    random place in a second of white noise, `snr` dB below the word's mean power. The clips are
    made once, which takes minutes, and kept in the cache.
    """

    name = "spoken_commands"
    source = (
        "synthesised here by eSpeak NG (a GPL-3.0-or-later program; its sound is not covered); "
        "words of Warden, Speech Commands: a dataset for limited-vocabulary speech recognition, "
        "2018"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=4200, valid=420, test=1050)
    recipe: ClassVar = {"examples": 34_000, "evaluations": 8}
    words: int = 35  # the first ones: 10 are the commands, 20 the digits as well
    snr: float = 10.0  # dB, of the word over the noise

    def __post_init__(self) -> None:
        if not 2 <= self.words <= len(speech.WORDS):
            raise SeqbenchError(
                f"spoken_commands.words is {self.words}; it takes 2 to {len(speech.WORDS)}"
            )
        if not (isfinite(self.snr) and abs(self.snr) <= 100):
            raise SeqbenchError(f"spoken_commands.snr is {self.snr}; it takes -100 to 100 dB")

    def signature(self) -> Signature:
        steps = speech.frames(RATE)
        return Signature(Reals(speech.BANDS), Tokens(self.words), steps, causal=False)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        word = rng.integers(0, self.words, n)
        which = rng.integers(0, speech.count(role), n)
        bank = {k: speech.clips(speech.WORDS[k], role) for k in np.unique(word).tolist()}
        inputs = np.empty((n, speech.frames(RATE), speech.BANDS), np.float32)
        for start in range(0, n, BATCH):
            some = range(start, min(n, start + BATCH))
            sound = np.zeros((len(some), RATE), np.float32)
            for row, k in enumerate(some):
                clip = bank[word[k]][which[k]]
                at = rng.integers(0, RATE - len(clip) + 1)
                sound[row, at : at + len(clip)] = clip
            inputs[some.start : some.stop] = speech.features(speech.noisy(sound, self.snr, rng))
        last = np.arange(inputs.shape[1]) == inputs.shape[1] - 1
        return Split(
            inputs, np.repeat(word[:, None], inputs.shape[1], axis=1), np.tile(last, (n, 1))
        )

    def checksum(self) -> str:
        return speech.checksum(speech.WORDS[: self.words])

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / self.words, "cross_entropy": log(self.words)}

    def baselines(self):
        return {**super().baselines(), "bag_of_frames": bag(mean_frame)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [SpokenCommands]
