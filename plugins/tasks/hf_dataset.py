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
from seqbench.kits.hub import Source, digest, rows
from seqbench.kits.linear import bag, mean_frame
from seqbench.kits.wav import resampled, sound_of
from seqbench_plugins.tasks.presets import LABELLED, asked

FAINTEST = 1e-4  # of full scale: what is below is silence and not made louder


@dataclass(frozen=True)
class HfDataset(Task):
    """A label for each text or recording; without a `label` column, the next byte of the text.

    `path` is a name on the hub or a folder in its layout, and a `preset` (imdb, ag_news, wikitext2,
    speech_commands) stands for path, config, splits and columns together; what is set beside it,
    such as the folder of one's own copy as `path`, counts. Texts are read byte by byte, the first
    `length` of them; sound (PCM WAV) as log-mel frames, its first `seconds`, brought to `rate`.
    """

    name = "hf_dataset"
    source = "Lhoest et al., Datasets: a community library, 2021; each set's licence is its own"
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=20_000, valid=1000, test=5000)
    recipe: ClassVar = {"examples": 20_000, "evaluations": 10}
    preset: str = ""
    path: str = ""
    config: str = ""
    data_dir: str = ""  # the folder within it that is read; none: all
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
        if self.preset and self.preset not in LABELLED:
            raise SeqbenchError(
                f"hf_dataset.preset is {self.preset!r}; there are {', '.join(LABELLED)}"
            )
        if self.length < 2 or self.seconds <= 0 or not 4000 <= self.rate <= 48_000:
            raise SeqbenchError(
                "hf_dataset takes a length of 2 or more, seconds above 0, a rate of 4000 to 48000"
            )

    def asked(self, setting: str) -> str:
        """A setting, or what the preset says of it."""
        found: str = asked(self, LABELLED, setting)
        return found

    def rows(self, role: Role) -> dict[str, dict[str, Any]]:
        """A role's rows, each by its place as the user knows it."""
        if not self.asked("path"):
            raise Missing("hf_dataset.path is not set; it takes a name on the hub, or a folder")
        given = self.asked("audio") or self.asked("text")
        columns = tuple(column for column in (given, self.asked("label")) if column)
        valid = self.asked("valid_split")
        split = self.asked("train_split" if role == "valid" and not valid else f"{role}_split")
        source = Source(*map(self.asked, ("path", "config", "data_dir", "revision")), split)
        found = {f"{source}, row {at}": row for at, row in enumerate(rows(source, columns), 1)}
        if role != "test" and not valid:
            kept = {place for at, place in enumerate(found) if part(f"{at}") == "valid"}
            found = {at: row for at, row in found.items() if (at in kept) == (role == "valid")}
        if not found:
            raise SeqbenchError(f"hf_dataset: {source} has no rows for {role}")
        return found

    def labels(self) -> tuple[str, ...]:
        """All labels of train, in their order; SeqbenchError where another one is met later."""
        column = self.asked("label")
        known = {str(row[column]) for row in self.rows("train").values()}
        for role in ("valid", "test"):
            for place, row in self.rows(role).items():
                if str(row[column]) not in known:
                    slip = f"the label {row[column]!r} is not among those of train"
                    raise SeqbenchError(f"hf_dataset: {place}: {slip}")
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
        places = list(found)
        some = {places[at]: found[places[at]] for at in rng.permutation(len(places))[:n]}
        number = {label: at for at, label in enumerate(self.labels())}
        labels = [number[str(row[self.asked("label")])] for row in some.values()]
        if self.asked("audio"):
            return self.heard(some, labels)
        texts = [self.text_of(place, row).encode() or b" " for place, row in some.items()]
        tokens = [[FIRST + byte for byte in text[: self.length]] for text in texts]
        return labelled(tokens, labels, self.length)

    def text_of(self, place: str, row: dict[str, Any]) -> str:
        """A row's text."""
        text = row[self.asked("text")]
        if not isinstance(text, str):
            raise SeqbenchError(f"hf_dataset: {place}: {self.asked('text')} is {text!r}, no text")
        return text

    def stretches(
        self, found: dict[str, dict[str, Any]], n: int, rng: np.random.Generator
    ) -> Split:
        """Stretches of all texts in their order, and the byte that follows each."""
        whole = "\n".join(self.text_of(place, row) for place, row in found.items()).encode()
        if len(whole) <= self.length:
            raise SeqbenchError(
                f"hf_dataset: {self.asked('path')} has {len(whole)} bytes of text, too few for a"
                f" length of {self.length}"
            )
        data = np.frombuffer(whole, np.uint8).astype(np.int64) + FIRST
        starts = rng.integers(0, len(data) - self.length, n)[:, None] + np.arange(self.length)
        return Split(data[starts], data[starts + 1], np.ones(starts.shape, bool))

    def heard(self, some: dict[str, dict[str, Any]], labels: list[int]) -> Split:
        """Log-mel frames, with the label at the last."""
        sound = np.zeros((len(some), round(self.seconds * self.rate)), np.float32)
        lengths = np.empty(len(some), np.int64)
        for at, (place, row) in enumerate(some.items()):
            own, rate = sound_of(row[self.asked("audio")] or b"", f"hf_dataset: {place}")
            own = resampled(own, rate, self.rate)[: sound.shape[1]]
            sound[at, : len(own)] = own / max(np.sqrt(np.square(own, dtype=float).mean()), FAINTEST)
            lengths[at] = max(1, speech.frames(len(own), self.rate))
        inputs = speech.features(sound, self.rate)  # (N, T, bands)
        step = np.arange(inputs.shape[1])
        inputs[step >= lengths[:, None]] = 0
        mask = step == lengths[:, None] - 1
        return Split(inputs, np.where(mask, np.array(labels)[:, None], 0), mask, lengths)

    def checksum(self) -> str:
        return digest(self.rows(role).values() for role in ("train", "valid", "test"))

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
