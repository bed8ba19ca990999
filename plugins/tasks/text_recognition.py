"""A printed word or line, read column by column of its pixels: what does it say?"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

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
    Transcript,
    hookimpl,
)
from seqbench.kits.characters import part

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIGNS = LETTERS + " "
MOST_WORDS = 20  # in a line
SHORTEST, LONGEST = 3, 8  # letters
HEIGHT = 18  # pixels
TYPE_SIZES = (11, 12, 13, 14)  # pixels
MARGIN = 4  # columns before a word and after it, at most
SLANT = 0.25  # columns a row, at most, to either side
MEAN, SPREAD = 0.1, 0.25  # of a pixel's ink, about: inputs are standardised by them


@dataclass(frozen=True)
class TextRecognition(Task):
    """Words of 3 to 8 small letters, in pictures 18 pixels high: a step is a column.

    The answer is a transcript (connectionist temporal classification: 0 is the blank, 1 to 26 the
    letters, 27 the space between the words of a longer line). Each is set in one of four sizes,
    slanted, moved, made paler, and covered by white noise whose standard deviation is `noise` of
    full ink. The words of train, valid and test are disjoint; `words` are of Python's reference,
    `letters` drawn letter by letter.
    """

    name = "text_recognition"
    source = (
        "own rendering in Pillow's bundled font (MIT-CMU); words of CPython's "
        "pydoc_data.topics, PSF-2.0"
    )
    metrics = ("token_error_rate", "exact_match")
    sizes = Sizes(train=4000, valid=200, test=500)
    recipe: ClassVar = {"examples": 24_000, "batch": 16, "lr": 0.004, "evaluations": 6}
    text: Literal["words", "letters"] = "words"
    noise: float = 0.1  # standard deviation, in shares of full ink
    line: int = 1  # words in a picture

    def __post_init__(self) -> None:
        if not 1 <= self.line <= MOST_WORDS:
            raise SeqbenchError(
                f"text_recognition.line is {self.line}; it takes 1 to {MOST_WORDS} words"
            )
        if not 0 <= self.noise <= 10:
            raise SeqbenchError(f"text_recognition.noise is {self.noise}; it takes 0 to 10")

    def signature(self) -> Signature:
        outputs = Transcript(len(LETTERS) + 1 + (self.line > 1))
        steps = columns(self.line)
        return Signature(Reals(HEIGHT), outputs, steps, causal=False, varied=True)

    def split(self, role: Role, n: int, rng: np.random.Generator) -> Split:
        words = self.words(role, n * self.line, rng)
        lines = [" ".join(words[at : at + self.line]) for at in range(0, len(words), self.line)]
        targets = np.zeros((n, (LONGEST + 1) * self.line - 1), np.int64)
        inputs = np.zeros((n, columns(self.line), HEIGHT), np.float32)
        lengths = np.empty(n, np.int64)
        for row, line in enumerate(lines):
            targets[row, : len(line)] = [SIGNS.index(sign) + 1 for sign in line]
            picture = drawn(line, self.noise, rng)  # (columns, HEIGHT)
            lengths[row] = len(picture)
            inputs[row, : len(picture)] = (picture - MEAN) / SPREAD
        return Split(inputs, targets, targets > 0, lengths)

    def words(self, role: Role, n: int, rng: np.random.Generator) -> list[str]:
        """n words that are the role's."""
        if self.text == "words":
            known = vocabulary(role)
            return [known[at] for at in rng.integers(0, len(known), n)]
        found: list[str] = []
        while len(found) < n:
            long = rng.integers(SHORTEST, LONGEST + 1)
            word = "".join(LETTERS[at] for at in rng.integers(0, len(LETTERS), long))
            if part(word) == role:
                found.append(word)
        return found

    def checksum(self) -> str:
        shapes = b"".join(inked(LETTERS, size).tobytes() for size in TYPE_SIZES)
        known = " ".join(vocabulary("train"))
        made = f"Pillow {pillow().__version__} {known} ".encode()
        return hashlib.sha256(made + shapes).hexdigest()

    def chance(self) -> Mapping[str, float]:
        if self.text == "letters":
            return {}
        return {"exact_match": 1 / len(vocabulary("test")) ** self.line}


def pillow() -> Any:
    """The package; Missing where it is not installed or cannot draw letters."""
    try:
        import PIL
        from PIL import features
    except ImportError:
        raise Missing(
            "text_recognition needs Pillow, which draws its words; bring it with "
            "`pip install 'seqbench[data]'`"
        ) from None
    if not features.check("freetype2"):
        raise Missing("text_recognition needs a Pillow that was built with FreeType")
    return PIL


@cache
def vocabulary(role: Role) -> tuple[str, ...]:
    """The role's words, in their order."""
    from pydoc_data.topics import topics

    whole = " ".join(topics[name] for name in sorted(topics))
    words = set(re.findall(rf"\b[a-z]{{{SHORTEST},{LONGEST}}}\b", whole))
    return tuple(sorted(word for word in words if part(word) == role))


@cache
def font(size: int) -> Any:
    """Pillow's own font at this size."""
    pillow()
    from PIL import ImageFont

    return ImageFont.load_default(size=size)


def inked(word: str, size: int) -> np.ndarray:
    """How much ink each pixel of a word has, (HEIGHT, columns) of 0 to 1, on the usual line."""
    letters = font(size)
    from PIL import Image, ImageDraw  # Pillow is there, or its lack was told

    wide = int(letters.getlength(word)) + 3
    picture = Image.new("L", (wide, HEIGHT))
    ImageDraw.Draw(picture).text((1, 14), word, fill=255, font=letters, anchor="ls")
    return np.asarray(picture, np.float32) / 255


@cache
def columns(words: int) -> int:
    """Of the widest picture of so many words that there may be."""
    slanted = 2 * int(np.ceil(SLANT * HEIGHT / 2))
    widest = " ".join(["m" * LONGEST] * words)
    return inked(widest, max(TYPE_SIZES)).shape[1] + slanted + 2 * MARGIN


def drawn(word: str, noise: float, rng: np.random.Generator) -> np.ndarray:
    """A picture of a word, (columns, HEIGHT), in shares of full ink."""
    ink = inked(word, TYPE_SIZES[rng.integers(len(TYPE_SIZES))])  # (HEIGHT, columns)
    before, after = rng.integers(0, MARGIN + 1, 2)
    lean = int(np.ceil(SLANT * HEIGHT / 2))
    shifts = rng.uniform(-SLANT, SLANT) * (np.arange(HEIGHT) - HEIGHT / 2) + rng.uniform(-0.5, 0.5)
    ink = np.pad(ink, [(0, 0), (before + lean, after + lean)])
    at = np.arange(ink.shape[1]) - shifts[:, None]  # (HEIGHT, columns): where each pixel is from
    low = np.floor(at).astype(np.int64)
    share = (at - low).astype(np.float32)
    rows, last = np.arange(HEIGHT)[:, None], ink.shape[1] - 1
    left, right = (ink[rows, one.clip(0, last)] for one in (low, low + 1))
    moved = np.roll((1 - share) * left + share * right, rng.integers(-1, 2), axis=0)
    picture = moved.T * np.float32(rng.uniform(0.6, 1))
    return picture + np.float32(noise) * rng.standard_normal(picture.shape, np.float32)


@hookimpl
def tasks() -> list[type[Task]]:
    return [TextRecognition]
