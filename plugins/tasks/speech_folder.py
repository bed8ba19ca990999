"""Spoken words of one's own: a folder of WAV files."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import ClassVar

import numpy as np

from seqbench import (
    Missing,
    Reals,
    Role,
    SeqbenchError,
    Signature,
    Sizes,
    Split,
    Task,
    Tokens,
    hookimpl,
)
from seqbench.kits import speech
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.recordings import bytes_of
from seqbench.kits.shares import Recordings, recordings
from seqbench.kits.wav import resampled, sound_of

BATCH = 64  # recordings heard at a time
FAINTEST = 1e-4  # of full scale: what is below is silence and not made louder


@dataclass(frozen=True)
class SpeechFolder(Task):
    """The word in each WAV file of `folder`, told at the last of its frames, one each 20 ms.

    The folder has one of three forms. A CSV file with columns `path` and `label`, and if wished
    `split` (train, valid, test) or `speaker`. Or Speech Commands: a folder a word, with
    validation_list.txt and testing_list.txt. Or the Free Spoken Digit Dataset:
    {digit}_{speaker}_{index}.wav, there or in recordings/. Where nothing says what is test, whole
    speakers are left out, others for each `fold`; without speakers 10 % of the files are test and
    10 % valid, the same file never in two. PCM of 8 to 32 bits, mixed down and resampled to `rate`,
    brought to one loudness and cut after `seconds`.
    """

    name = "speech_folder"
    source = "your own recordings, in `folder`; their licence is theirs"
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=4000, valid=500, test=1000)
    recipe: ClassVar = {"examples": 32_000, "evaluations": 8}
    folder: str = ""  # of the WAV files
    rate: int = 16_000  # Hz, that all are brought to
    seconds: float = 1.0  # of a recording that are heard
    fold: int = 0  # which speakers are left out, where they are left out

    def __post_init__(self) -> None:
        if not 4000 <= self.rate <= 48_000 or self.rate % 50:
            raise SeqbenchError(
                f"speech_folder.rate is {self.rate}; it takes 4000 to 48000 Hz, a multiple of 50"
            )
        if not 0.1 <= self.seconds <= 60:
            raise SeqbenchError(f"speech_folder.seconds is {self.seconds}; it takes 0.1 to 60")
        if self.fold < 0:
            raise SeqbenchError(f"speech_folder.fold is {self.fold}; it takes 0 or more")

    def signature(self) -> Signature:
        steps = speech.frames(self.samples(), self.rate)
        words = Tokens(len(self.recordings().labels))
        return Signature(Reals(speech.BANDS), words, steps, causal=False, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        """At most n of the role's files, drawn without return."""
        known = self.recordings()
        label = {word: k for k, word in enumerate(known.labels)}
        files = known.of(role)
        files = [files[k] for k in rng.permutation(len(files))[:n]]
        steps = self.signature().length
        inputs = np.zeros((len(files), steps, speech.BANDS), np.float32)
        lengths = np.empty(len(files), np.int64)
        for start in range(0, len(files), BATCH):
            some = slice(start, start + BATCH)
            inputs[some], lengths[some] = self.heard([file.path for file in files[some]])
        step = np.arange(steps)
        inputs[step >= lengths[:, None]] = 0
        word = np.array([label[file.label] for file in files])
        return Split(
            inputs,
            np.repeat(word[:, None], steps, axis=1),
            step == lengths[:, None] - 1,
            lengths,
        )

    def heard(self, paths: list[Path]) -> tuple[np.ndarray, np.ndarray]:
        """Features (n, frames, bands) and how many of each are real, (n,)."""
        sound = np.zeros((len(paths), self.samples()), np.float32)
        lengths = np.empty(len(paths), np.int64)
        for row, path in enumerate(paths):
            own, rate = sound_of(bytes_of(path), str(path))
            own = resampled(own, rate, self.rate)[: self.samples()]
            level = np.sqrt(np.square(own, dtype=float).mean())
            sound[row, : len(own)] = own / max(level, FAINTEST)
            lengths[row] = max(1, speech.frames(len(own), self.rate))
        return speech.features(sound, self.rate), lengths

    def samples(self) -> int:
        """How many are heard at most."""
        return round(self.seconds * self.rate)

    def recordings(self) -> Recordings:
        """What the folder holds; raises Missing where none is named."""
        if not self.folder:
            raise Missing(
                "speech_folder needs `folder:`, a folder of WAV files with a CSV (path,label), or "
                "as Speech Commands or the Free Spoken Digit Dataset have it"
            )
        return recordings(Path(self.folder).expanduser(), self.fold)

    def checksum(self) -> str:
        return self.recordings().checksum()

    def chance(self) -> Mapping[str, float]:
        words = self.signature().outputs.channels
        return {"accuracy": 1 / words, "cross_entropy": log(words)}

    def baselines(self):
        return {**super().baselines(), "bag_of_frames": bag(mean_frame)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [SpeechFolder]
