"""Pictures as sequences, and the handwritten digits that come with scikit-learn."""

import hashlib
from functools import cache
from typing import Literal

import numpy as np

from seqbench.contract.data import Role
from seqbench.contract.errors import Missing

GREYS = 17  # that a bag of pixels tells apart
PARTS: dict[Role, tuple[float, float]] = {"train": (0, 0.7), "valid": (0.7, 0.8), "test": (0.8, 1)}
SOURCE = (
    "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, 1998 (its test part, as "
    "scikit-learn carries it); UCI, doi 10.24432/C50P49, CC BY 4.0"
)

By = Literal["pixel", "row"]


def read_as(pixels: np.ndarray, side: int, by: By, permuted: bool) -> np.ndarray:
    """Pictures (N, side * side) as (N, steps, width) float32: pixels, or rows of them.

    Permuted, their pixels first change places, in every picture alike and always the same way (Le
    et al., A simple way to initialize recurrent networks of rectified linear units, 2015).
    """
    if permuted:
        pixels = pixels[:, np.random.default_rng(0).permutation(side * side)]
    width = 1 if by == "pixel" else side
    return pixels.reshape(len(pixels), side * side // width, width).astype(np.float32)


def histogram(inputs: np.ndarray, lengths: np.ndarray | None) -> np.ndarray:
    """How many numbers, from 0 to 1, have each of 17 greys: (N, T, width) -> (N, 17)."""
    greys = np.rint(inputs.reshape(len(inputs), -1) * (GREYS - 1)).astype(np.int64)
    at = greys + GREYS * np.arange(len(greys))[:, None]
    return np.bincount(at.ravel(), minlength=GREYS * len(greys)).reshape(-1, GREYS)


def chosen(
    role: Role, labels: np.ndarray, parts: dict[Role, tuple[float, float]] = PARTS
) -> np.ndarray:
    """The rows of a role, label by label in turn, so that a few are of all labels.

    Of each label's rows, in their order, a role has those from one share to another.
    """
    turn, place = np.empty(len(labels), np.int64), np.empty(len(labels))
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        turn[rows] = np.arange(len(rows))
        place[rows] = turn[rows] / len(rows)
    order = np.lexsort((labels, turn))
    start, end = parts[role]
    return order[(start <= place[order]) & (place[order] < end)]


@cache
def digits() -> tuple[np.ndarray, np.ndarray]:
    """1797 pictures of 8 x 8 pixels from 0 to 16, (1797, 64), and their digits (1797,)."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise Missing(
            "handwritten digits need scikit-learn, which carries the pictures; "
            "bring it with `pip install 'seqbench[data]'`"
        ) from None
    pixels, labels = load_digits(return_X_y=True)
    return pixels.astype(np.uint8), labels.astype(np.int64)


def digits_of(role: Role) -> tuple[np.ndarray, np.ndarray]:
    """A role's own pictures, (N, 8, 8) from 0 to 1, and their digits (N,).

    The first 70 % of each digit's are train, the next 10 % valid, the last 20 % test: neighbours
    in the data set tend to come from one hand, and should not stand on both sides.
    """
    pixels, labels = digits()
    rows = chosen(role, labels)
    return (pixels[rows] / 16).astype(np.float32).reshape(-1, 8, 8), labels[rows]


def checksum(pixels: np.ndarray, labels: np.ndarray) -> str:
    """sha256 of pictures and their labels."""
    return hashlib.sha256(pixels.tobytes() + labels.tobytes()).hexdigest()
