"""Classification of texts of one's own: a CSV or JSONL file with the columns text and label."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import log
from typing import ClassVar, Literal

import numpy as np

from seqbench import Role, SeqbenchError, Signature, Sizes, Split, Task, Tokens, hookimpl
from seqbench.kits.characters import FIRST, Alphabet, labelled, part, share_of_each
from seqbench.kits.linear import bag
from seqbench.kits.rows import Row, read

MOST_LETTERS = 4096  # of an alphabet; rarer ones, as of Chinese, are the unknown letter


@dataclass(frozen=True)
class TextFile(Task):
    """The label of a text, told at its last letter (or byte); of long texts the first `length`.

    `file` is a `.csv` with a header or a `.jsonl`, with the columns `text` and `label`. Without a
    `test_file` a hash of the text decides where it belongs: 80 % are train, 10 % valid, 10 % test,
    and equal texts stand on one side. With one, its rows are test, and of `file` 10 % are valid.
    Each split gives its rows once, in random order, or as many of them as were asked for.
    """

    name = "text_file"
    source = "a file of one's own"
    metrics = ("accuracy", "cross_entropy")
    sizes = Sizes(train=20_000, valid=1000, test=5000)
    recipe: ClassVar = {"examples": 20_000, "evaluations": 10}
    file: str = ""
    test_file: str = ""
    length: int = 128  # letters or bytes of a text that are read
    level: Literal["chars", "bytes"] = "chars"

    def __post_init__(self) -> None:
        if self.length < 1:
            raise SeqbenchError(f"text_file.length is {self.length}; it takes 1 or more")

    def signature(self) -> Signature:
        labels = Tokens(len(self.labels()))
        return Signature(Tokens(self.vocab()), labels, self.length, causal=False, varied=True)

    def vocab(self) -> int:
        """How many tokens there are: four of the kit's, and the letters of train or the bytes."""
        return FIRST + 256 if self.level == "bytes" else alphabet(self.rows("train")).vocab

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        rows, labels = self.rows(role), self.labels()
        some = [rows[at] for at in rng.permutation(len(rows))[:n]]
        number = {label: at for at, label in enumerate(labels)}
        tokens = [self.tokens(text) for text, _ in some]
        return labelled(tokens, [number[label] for _, label in some], self.length)

    def tokens(self, text: str) -> list[int]:
        """The first of a text, no more than `length`."""
        if self.level == "bytes":
            return [FIRST + byte for byte in text.encode()[: self.length]]
        return alphabet(self.rows("train")).tokens(text[: self.length])

    def rows(self, role: Role) -> tuple[Row, ...]:
        """The role's texts and labels; SeqbenchError where there is none of them."""
        if role == "test" and self.test_file:
            return read("text_file.test_file", self.test_file)
        found = parted(read("text_file.file", self.file), bool(self.test_file))[role]
        if not found:
            many = len(read("text_file.file", self.file))
            raise SeqbenchError(
                f"text_file.file: of the {many} rows of {self.file} none falls to {role}; it "
                "takes some hundreds"
            )
        return found

    def labels(self) -> tuple[str, ...]:
        """All labels in their order; SeqbenchError where the test file has others."""
        known = tuple(sorted({label for _, label in read("text_file.file", self.file)}))
        if len(known) < 2:
            raise SeqbenchError(
                f"text_file.file: {self.file} has only the label {known[0]!r}; it takes two or more"
            )
        if self.test_file:
            for at, (_, label) in enumerate(self.rows("test"), 1):
                if label not in known:
                    raise SeqbenchError(
                        f"text_file.test_file: {self.test_file}, row {at}: the label {label!r} is "
                        f"not among those of {self.file}: {', '.join(known[:20])}"
                    )
        return known

    def checksum(self) -> str:
        rows = read("text_file.file", self.file)
        both = (rows, self.rows("test") if self.test_file else ())
        return hashlib.sha256(repr(both).encode()).hexdigest()

    def chance(self) -> Mapping[str, float]:
        labels = len(self.labels())
        return {"accuracy": 1 / labels, "cross_entropy": log(labels)}

    def baselines(self):
        return {**super().baselines(), "bag_of_letters": bag(share_of_each(self.vocab()))}


@cache
def parted(rows: tuple[Row, ...], tested: bool) -> dict[Role, tuple[Row, ...]]:
    """Rows by the role of their text; where test has its own file, none is left for it."""
    parts: dict[Role, list[Row]] = {"train": [], "valid": [], "test": []}
    for row in rows:
        role = part(row[0])
        parts["train" if tested and role == "test" else role].append(row)
    return {role: tuple(some) for role, some in parts.items()}


@cache
def alphabet(rows: tuple[Row, ...]) -> Alphabet:
    """The letters of some texts, the commonest where they are many."""
    often = Counter("".join(text for text, _ in rows))
    known = sorted(often, key=lambda letter: (-often[letter], letter))[:MOST_LETTERS]
    return Alphabet("".join(sorted(known)))


@hookimpl
def tasks() -> list[type[Task]]:
    return [TextFile]
