"""Standard sets from the Hugging Face hub, or a folder laid out like one."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import Any, ClassVar

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
from seqbench.kits.characters import FIRST, labelled, part, share_of_each
from seqbench.kits.hub import Rows, digest, rows
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.wav import resampled, sound_of

PRESETS: dict[str, dict[str, str]] = {
    "imdb": {"path": "stanfordnlp/imdb", "text": "text", "label": "label"},
    "ag_news": {"path": "fancyzhx/ag_news", "text": "text", "label": "label"},
    "wikitext2": {
        **{"path": "Salesforce/wikitext", "config": "wikitext-2-raw-v1"},
        **{"valid_split": "validation", "text": "text", "label": ""},
    },
    "speech_commands": {
        **{"path": "google/speech_commands", "config": "v0.02", "valid_split": "validation"},
        **{"text": "", "audio": "audio", "label": "label"},
    },
}
FAINTEST = 1e-4  # of full scale: what is below is silence and not made louder


@dataclass(frozen=True)
class HfDataset(Task):
    """A label for each text or recording; without a `label` column, the next byte of the text.

    `path` is a name on the hub or a folder in its layout, and a `preset` (imdb, ag_news, wikitext2,
    speech_commands) stands for path, config, splits and columns together. Texts are read byte by
    byte, the first `length` of them; sound (PCM WAV) as log-mel frames, its first `seconds`,
    brought to `rate`.
    """

    name = "hf_dataset"
    source = "Lhoest et al., Datasets: a community library, 2021; each set's licence is its own"
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=20_000, valid=1000, test=5000)
    recipe: ClassVar = {"examples": 20_000, "evaluations": 10}
    preset: str = ""
    path: str = ""
    config: str = ""
    revision: str = ""  # of the repository on the hub: a commit, so that data stay the same
    train_split: str = "train"
    valid_split: str = ""  # none: a tenth of the training split is set aside
    test_split: str = "test"
    text: str = "text"  # a column; with `audio` it is not read
    audio: str = ""  # a column
    label: str = "label"  # a column; none: the text goes on byte by byte
    length: int = 256  # bytes of a text
    rate: int = 16_000  # Hz
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.preset and self.preset not in PRESETS:
            raise SeqbenchError(
                f"hf_dataset.preset is {self.preset!r}; there are {', '.join(PRESETS)}"
            )
        if self.length < 2 or self.seconds <= 0 or not 4000 <= self.rate <= 48_000:
            raise SeqbenchError(
                "hf_dataset takes a length of 2 or more, seconds above 0, a rate of 4000 to 48000"
            )

    def asked(self, setting: str) -> str:
        """A setting, or what the preset says of it."""
        found: str = PRESETS.get(self.preset, {}).get(setting, getattr(self, setting))
        return found

    def rows(self, role: Role) -> Rows:
        """A role's rows."""
        if not self.asked("path"):
            raise Missing("hf_dataset.path is not set; it takes a name on the hub, or a folder")
        given = self.asked("audio") or self.asked("text")
        columns = tuple(column for column in (given, self.asked("label")) if column)
        valid = self.asked("valid_split")
        split = self.asked("train_split" if role == "valid" and not valid else f"{role}_split")
        told = (self.asked("path"), self.asked("config"), split, self.asked("revision"), columns)
        found = rows(*told)
        if role != "test" and not valid:
            aside = [part(f"{at}") == "valid" for at in range(len(found))]
            kept = zip(found, aside, strict=True)
            found = tuple(row for row, out in kept if out == (role == "valid"))
        if not found:
            raise SeqbenchError(f"hf_dataset: {told[0]} has no rows for {role} in {split}")
        return found

    def labels(self) -> tuple[str, ...]:
        """All labels of train, in their order; SeqbenchError where another one is met later."""
        column = self.asked("label")
        known = {str(row[column]) for row in self.rows("train")}
        for role in ("valid", "test"):
            for at, row in enumerate(self.rows(role), 1):
                if str(row[column]) not in known:
                    slip = f"{self.asked('path')}, {role}, row {at}: the label {row[column]!r}"
                    raise SeqbenchError(f"hf_dataset: {slip} is not among those of train")
        return tuple(sorted(known))

    def signature(self) -> Signature:
        if not self.asked("label"):
            return Signature(Tokens(FIRST + 256), Tokens(FIRST + 256), self.length)
        labels = Tokens(len(self.labels()))
        if self.asked("audio"):
            steps = speech.frames(round(self.seconds * self.rate), self.rate)
            return Signature(Reals(speech.BANDS), labels, steps, causal=False, varied=True)
        return Signature(Tokens(FIRST + 256), labels, self.length, causal=False, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        found = self.rows(role)
        if not self.asked("label"):
            return self.stretches(found, n, rng)
        some = [found[at] for at in rng.permutation(len(found))[:n]]
        number = {label: at for at, label in enumerate(self.labels())}
        labels = [number[str(row[self.asked("label")])] for row in some]
        if self.asked("audio"):
            return self.heard(some, labels)
        texts = [str(row[self.asked("text")]).encode() or b" " for row in some]
        tokens = [[FIRST + byte for byte in text[: self.length]] for text in texts]
        return labelled(tokens, labels, self.length)

    def stretches(self, found: Rows, n: int, rng: np.random.Generator) -> Split:
        """Stretches of all texts in their order, and the byte that follows each."""
        whole = "\n".join(str(row[self.asked("text")]) for row in found).encode()
        if len(whole) <= self.length:
            raise SeqbenchError(
                f"hf_dataset: {self.asked('path')} has {len(whole)} bytes of text, too few for a"
                f" length of {self.length}"
            )
        data = np.frombuffer(whole, np.uint8).astype(np.int64) + FIRST
        starts = rng.integers(0, len(data) - self.length, n)[:, None] + np.arange(self.length)
        return Split(data[starts], data[starts + 1], np.ones(starts.shape, bool))

    def heard(self, some: list[dict[str, Any]], labels: list[int]) -> Split:
        """Log-mel frames, with the label at the last."""
        sound = np.zeros((len(some), round(self.seconds * self.rate)), np.float32)
        lengths = np.empty(len(some), np.int64)
        for at, row in enumerate(some):
            own, rate = sound_of(row[self.asked("audio")], f"{self.asked('path')}, a recording")
            own = resampled(own, rate, self.rate)[: sound.shape[1]]
            sound[at, : len(own)] = own / max(np.sqrt(np.square(own, dtype=float).mean()), FAINTEST)
            lengths[at] = max(1, speech.frames(len(own), self.rate))
        inputs = speech.features(sound, self.rate)  # (N, T, bands)
        step = np.arange(inputs.shape[1])
        inputs[step >= lengths[:, None]] = 0
        mask = step == lengths[:, None] - 1
        return Split(inputs, np.where(mask, np.array(labels)[:, None], 0), mask, lengths)

    def checksum(self) -> str:
        return digest(self.rows(role) for role in ("train", "valid", "test"))

    def chance(self) -> Mapping[str, float]:
        many = self.signature().outputs.channels
        return {"accuracy": 1 / many, "cross_entropy": log(many)}

    def baselines(self) -> Mapping[str, Any]:
        plain = super().baselines()
        if not self.asked("label"):
            return plain
        kind = self.signature().inputs
        told = share_of_each(kind.vocab) if isinstance(kind, Tokens) else mean_frame
        return {**plain, "bag": bag(told)}


@hookimpl
def tasks() -> list[type[Task]]:
    return [HfDataset]
