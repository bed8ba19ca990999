"""Who speaks? Nine men say two vowels: recorded speech, of differing length."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar

import numpy as np

from seqbench import Reals, Role, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.archive import Member, Pin, read
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.ts_file import padded, parse

SPEAKERS, CEPSTRA, LONGEST = 9, 12, 29
HELD_OUT = 6  # of the 30 training utterances of each speaker: the last ones are valid

WHEEL = Pin(
    "sktime==1.2.0",
    "sktime-1.2.0-py3-none-any.whl",
    "dbffc6731d2d683b668dceb5e2bbc5804bebc8446b4c580803a281684d90e4ae",
)
FOLDER = "sktime/datasets/data/JapaneseVowels"
LICENCE = "data CC BY 4.0 (UCI), wheel BSD-3-Clause"
TRAIN = Member(
    "japanese_vowels",
    WHEEL,
    f"{FOLDER}/JapaneseVowels_TRAIN.ts",
    "270 utterances of /ae/ by nine speakers, 12 LPC cepstra a frame",
    LICENCE,
)
TEST = Member(
    "japanese_vowels",
    WHEEL,
    f"{FOLDER}/JapaneseVowels_TEST.ts",
    "370 other utterances by the same speakers",
    LICENCE,
)


@dataclass(frozen=True)
class JapaneseVowels(Task):
    """The speaker of an utterance of 7 to 29 frames, told at its last frame.

    The published test part is the test split. Of the published training part the last 6
    utterances of each speaker are valid, the other 216 train. Cepstra are standardised by
    the 216. The seed draws nothing here: fewer examples are the first, speaker by speaker in turn.
    """

    name = "japanese_vowels"
    source = (
        "Kudo, Toyama and Shimbo, Multidimensional curve classification using passing-through "
        "regions, 1999; UCI, doi 10.24432/C5NS47, CC BY 4.0"
    )
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=216, valid=54, test=370)
    recipe: ClassVar = {"examples": 5_000, "evaluations": 10}
    files = (TRAIN, TEST)

    def signature(self) -> Signature:
        return Signature(Reals(CEPSTRA), Tokens(SPEAKERS), LONGEST, causal=False, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        frames, lengths, speakers = parsed(TEST if role == "test" else TRAIN)
        rows = chosen(role, speakers)[:n]
        mean, spread = scale()
        lengths = lengths[rows]
        steps = np.arange(LONGEST)
        real = steps < lengths[:, None]  # (N, T)
        inputs = np.where(real[:, :, None], (frames[rows] - mean) / spread, 0)
        return Split(
            inputs.astype(np.float32),
            np.repeat(speakers[rows, None], LONGEST, axis=1),
            steps == lengths[:, None] - 1,
            lengths,
        )

    def checksum(self) -> str:
        return WHEEL.sha256

    def chance(self) -> Mapping[str, float]:
        return {"accuracy": 1 / SPEAKERS, "cross_entropy": log(SPEAKERS)}

    def baselines(self):
        return {**super().baselines(), "bag_of_frames": bag(mean_frame)}


@cache
def parsed(member: Member) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Frames (N, 29, 12) padded with zeros, lengths (N,), and speakers 0 to 8, (N,)."""
    series = parse(read(member), member.path)
    found = padded(series.values, LONGEST)
    return found.values, found.lengths, series.label


def chosen(role: Role, speakers: np.ndarray) -> np.ndarray:
    """The rows of a role, speaker by speaker in turn, so that a few are of many speakers."""
    turn = np.empty(len(speakers), np.int64)  # how many utterances the speaker made before
    for speaker in range(SPEAKERS):
        turn[speakers == speaker] = np.arange((speakers == speaker).sum())
    order = np.lexsort((speakers, turn))
    if role == "test":
        return order
    is_late = turn[order] >= len(speakers) // SPEAKERS - HELD_OUT
    return order[is_late] if role == "valid" else order[~is_late]


@cache
def scale() -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each cepstrum over the real frames of train."""
    frames, lengths, speakers = parsed(TRAIN)
    rows = chosen("train", speakers)
    real = frames[rows][np.arange(LONGEST) < lengths[rows, None]]  # (frames, 12)
    return real.mean(axis=0), real.std(axis=0)


@hookimpl
def tasks() -> list[type[Task]]:
    return [JapaneseVowels]
