"""Weights laid out as the products want them, and gradients brought back.

Torch's weights are (4 H, d): the rows of the four gates, one gate after the other. Here a row of
gates is in blocks: a vector of units, four gates of it side by side (see gates.py). Units are
filled up to whole vectors with zeros; a filled unit's cell and output stay zero.
"""

import numpy as np
from numba import njit

from seqbench_plugins.architectures.lstm.bits import transpose, transposes
from seqbench_plugins.architectures.lstm.cached import cached
from seqbench_plugins.architectures.lstm.simd import lanes

LINE = 64  # bytes of a line of the cache


@njit
def aligned(panels, rows, columns, kind):
    """Zeros of a kind of number, (panels, rows, columns), from the start of a line of the cache on.

    A register is as wide as a line: those of an array that begins elsewhere lie across two.
    """
    zeros = unfilled(panels, rows, columns, kind)
    zeros[:] = 0
    return zeros


@njit
def unfilled(panels, rows, columns, kind):
    """The same, but with whatever was there."""
    size = panels * rows * columns
    room = np.empty(size + LINE, kind)
    ahead = -room.ctypes.data % LINE // room.itemsize
    return room[ahead : ahead + size].reshape((panels, rows, columns))


@njit
def turn(out, to, at, array, row, column, rows, columns):
    """Put array[row : row + rows, column : column + columns].T at out[to, at]."""
    lane, deep, wide = lanes(array), 0, 0
    if transposes(array):
        deep, wide = rows // lane * lane, columns // lane * lane
        for i in range(0, deep, lane):
            for j in range(0, wide, lane):
                transpose(out, to + j, at + i, array, row + i, column + j)
    for i in range(rows):
        for j in range(wide if i < deep else 0, columns):
            out[to + j, at + i] = array[row + i, column + j]


@cached()
def forward_panels(weight):
    """From (4 H, d) to (blocks, d, 4 vectors): x @ panels are the sums, a panel a block."""
    lane, units = lanes(weight), len(weight) // 4
    panels = aligned((units + lane - 1) // lane, weight.shape[1], 4 * lane, weight.dtype)
    for block in range(len(panels)):
        panel, count = panels[block], min(lane, units - block * lane)
        for gate in range(4):
            row = gate * units + block * lane
            turn(panel, 0, gate * lane, weight, row, 0, count, weight.shape[1])
    return panels


@cached()
def backward_panels(weight):
    """From (4 H, d) to (ceil(d / 4 vectors), blocks of gates, 4 vectors): dgates @ panels is dx."""
    lane, units = lanes(weight), len(weight) // 4
    width, gates = 4 * lane, (units + lane - 1) // lane * 4 * lane
    panels = aligned((weight.shape[1] + width - 1) // width, gates, width, weight.dtype)
    for row in range(len(weight)):
        gate, unit = divmod(row, units)
        at = (unit // lane * 4 + gate) * lane + unit % lane
        for p in range(len(panels)):
            for k in range(min(width, weight.shape[1] - p * width)):
                panels[p, at, k] = weight[row, p * width + k]
    return panels


@cached()
def plain_panels(matrix):
    """From (d, n) to (ceil(n / 4 vectors), d, 4 vectors): x @ panels is x @ matrix."""
    width = 4 * lanes(matrix)
    panels = aligned((matrix.shape[1] + width - 1) // width, len(matrix), width, matrix.dtype)
    for k in range(len(matrix)):
        for column in range(matrix.shape[1]):
            panels[column // width, k, column % width] = matrix[k, column]
    return panels


@cached()
def gradient_panels(columns, rows, like):
    """Zeros (panels, rows, 4 vectors), so many columns in all, for products to be added to."""
    width = 4 * lanes(like)
    return aligned(columns // width, rows, width, like.dtype)


@cached()
def from_blocks(gradient, units, first, deep):
    """From (blocks, d, 4 vectors), a block for each vector of units, to torch's (4 H, deep).

    Of the d rows those `deep` from the first on.
    """
    lane = gradient.shape[2] // 4
    weight = np.empty((4 * units, deep), gradient.dtype)
    for block in range(len(gradient)):
        panel, count = gradient[block], min(lane, units - block * lane)
        for gate in range(4):
            row = gate * units + block * lane
            turn(weight, row, 0, panel, first, gate * lane, deep, count)
    return weight
