"""Float32 taken apart for the matrix unit.

A float32 is the sum of three bfloat16, of 8 bits each: the number rounded, what that leaves cut
off, and what is left then. Of the nine products of two such sums six are taken, which are added up
in float32; the others are below its last bit (Henry, Tang and Heinecke, Leveraging the bfloat16
artificial intelligence datatype for higher-precision computations, 2019). Numbers near the largest,
infinities and NaN do not come apart so: what is made of them is NaN, and `tame` tells.
"""

import numpy as np
from numba import njit

from seqbench_plugins.architectures.lstm.amx import SIDE
from seqbench_plugins.architectures.lstm.bits import cut, pair, rounded, transpose
from seqbench_plugins.architectures.lstm.cached import cached
from seqbench_plugins.architectures.lstm.panels import aligned
from seqbench_plugins.architectures.lstm.simd import load, store
from seqbench_plugins.architectures.lstm.tile import ACROSS

PARTS = 3
DEEP = 2 * SIDE  # columns of the left one, and rows of the right one, in a tile
WORD = np.int32(0x7FFFFFFF)  # all bits but the sign
LARGEST = np.float32(1e37).view(np.int32)  # that comes apart, sums of some included


@cached()
def tame(array):
    """Whether all numbers, in rows, are such as come apart."""
    words = array.view(np.int32)  # as whole numbers they are in the same order
    most = np.int32(0)
    for row in range(len(words)):
        for column in range(words.shape[1]):
            size = np.int32(words[row, column] & WORD)
            most = size if size > most else most
    return most < LARGEST


@njit
def blocks_of(deep):
    """How many tiles lie along that many columns of the left one."""
    return (deep + DEEP - 1) // DEEP


@njit(forceinline=True)
def put_parts(low, high, out, row, step):
    """Take two vectors apart; their parts, in pairs, go to out[row], out[row + step], ..."""
    low_part, high_part = rounded(low), rounded(high)
    store(out, row, 0, pair(low_part, high_part))
    low, high = low - low_part, high - high_part
    low_part, high_part = cut(low), cut(high)
    store(out, row + step, 0, pair(low_part, high_part))
    # Of a number near the least, what is left may have more bits than that.
    store(out, row + 2 * step, 0, pair(low - low_part, cut(high - high_part)))


@njit
def left_parts(left, deep, rest, out):
    """Take left[:, :deep] apart: out holds, for each 16 rows, blocks of three tiles, one a part.

    `rest` (1, DEEP) holds zeros from the last columns of a block that is not full on.
    """
    blocks = blocks_of(deep)
    for row in range(len(left)):
        first = row // SIDE * blocks * PARTS * SIDE + row % SIDE
        for block in range(blocks):
            at, k = first + block * PARTS * SIDE, block * DEEP
            if k + DEEP <= deep:
                put_parts(load(left, row, k), load(left, row, k + SIDE), out, at, SIDE)
            else:
                for i in range(DEEP):
                    rest[0, i] = left[row, k + i] if k + i < deep else 0
                put_parts(load(rest, 0, 0), load(rest, 0, SIDE), out, at, SIDE)


@njit
def left_parts_turned(matrix, room, out):
    """`left_parts` of matrix.T, for a matrix of whole tiles; `room` is (2 * SIDE, 16)."""
    blocks = len(matrix) // DEEP
    for tile in range(matrix.shape[1] // SIDE):
        for block in range(blocks):
            transpose(room, 0, 0, matrix, block * DEEP, tile * SIDE)
            transpose(room, SIDE, 0, matrix, block * DEEP + SIDE, tile * SIDE)
            at = (tile * blocks + block) * PARTS * SIDE
            for row in range(SIDE):
                put_parts(load(room, row, 0), load(room, SIDE + row, 0), out, at + row, SIDE)


@njit
def right_parts(right, zeros, out):
    """Take a panel (deep, 4 vectors) apart: out holds blocks of three times four tiles.

    Below its last row are zeros, of which `zeros` (1, 16) is full.
    """
    deep = len(right)
    for block in range(blocks_of(deep)):
        for row in range(SIDE):
            k = block * DEEP + row
            for j in range(ACROSS):
                low, high = load(zeros, 0, 0), load(zeros, 0, 0)
                if k < deep:
                    low = load(right, k, j * SIDE)
                if k + SIDE < deep:
                    high = load(right, k + SIDE, j * SIDE)
                at = (block * PARTS * ACROSS + j) * SIDE + row
                put_parts(low, high, out, at, ACROSS * SIDE)


@cached()
def panel_parts(panels):
    """Each panel as `right_parts` has it, one after the other: (rows, 16)."""
    deep = room_for_right(panels.shape[1])
    parts = aligned(1, len(panels) * deep, SIDE, panels.dtype)[0]
    zeros = aligned(1, 1, SIDE, panels.dtype)[0]
    for p in range(len(panels)):
        right_parts(panels[p], zeros, parts[p * deep : (p + 1) * deep])
    return parts


@njit
def room_for_left(rows, deep):
    """Rows of 16 that `left_parts` takes."""
    return (rows + SIDE - 1) // SIDE * blocks_of(deep) * PARTS * SIDE


@njit
def room_for_right(deep):
    """Rows of 16 that `right_parts` takes."""
    return blocks_of(deep) * PARTS * ACROSS * SIDE
