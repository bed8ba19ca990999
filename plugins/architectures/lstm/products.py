"""The products of the recurrence: by the matrix unit where there is one and it pays, or else not.

Weights come twice, in panels and, where the unit is to be used, taken apart (thirds.py); no parts
(0 rows) means that it is not. Six times the work on a unit sixteen times as fast, less the taking
apart: twice as fast as registers are.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import overload

from seqbench_plugins.architectures.lstm import amx
from seqbench_plugins.architectures.lstm.amx import SIDE, dot
from seqbench_plugins.architectures.lstm.panels import aligned, unfilled
from seqbench_plugins.architectures.lstm.simd import bare
from seqbench_plugins.architectures.lstm.thirds import (
    DEEP,
    PARTS,
    blocks_of,
    left_parts,
    left_parts_turned,
    right_parts,
    room_for_right,
)
from seqbench_plugins.architectures.lstm.tile import ACROSS, multiply, multiply_panels

FEW = 8  # rows below which a tile of 16 does more in vain than it is faster


@njit(forceinline=True)
def add_to(tile, right, row):
    """Add the six products of a block to one tile, the small ones first.

    The left one's parts are in tiles 4 to 6; the right one's stand below each other from `row` on.
    """
    amx.load(7, right, row + 2 * ACROSS * SIDE, 0, 1)
    dot(tile, 4, 7)
    amx.load(7, right, row + ACROSS * SIDE, 0, 1)
    dot(tile, 5, 7)
    dot(tile, 4, 7)
    amx.load(7, right, row, 0, 1)
    dot(tile, 6, 7)
    dot(tile, 5, 7)
    dot(tile, 4, 7)


@njit(forceinline=True)
def make_tiles(out, row, column, start, pitch, left, at, right, there, blocks, half):
    """The rows of four tiles of start + left @ right, or of two, where half a panel is enough.

    `start` begins at its row `row * pitch` and column `column`, as `out` does at `row`; what is
    taken apart at the rows `at` and `there`.
    """
    amx.load(0, start, row * pitch, column, pitch)
    amx.load(1, start, row * pitch, column + SIDE, pitch)
    if not half:
        amx.load(2, start, row * pitch, column + 2 * SIDE, pitch)
        amx.load(3, start, row * pitch, column + 3 * SIDE, pitch)
    for _ in range(blocks):
        amx.load(4, left, at, 0, 1)
        amx.load(5, left, at + SIDE, 0, 1)
        amx.load(6, left, at + 2 * SIDE, 0, 1)
        add_to(0, right, there)
        add_to(1, right, there + SIDE)
        if not half:
            add_to(2, right, there + 2 * SIDE)
            add_to(3, right, there + 3 * SIDE)
        at += PARTS * SIDE
        there += PARTS * ACROSS * SIDE
    amx.store(0, out, row, column, 1)
    amx.store(1, out, row, column + SIDE, 1)
    if not half:
        amx.store(2, out, row, column + 2 * SIDE, 1)
        amx.store(3, out, row, column + 3 * SIDE, 1)


@njit
def multiply_parts(out, start, left, right, panels, columns):
    """`multiply_panels` of what is taken apart, the unit being in hand with tiles of 16 rows."""
    pitch = 1 if len(start) > 1 else 0
    deep = len(right) // panels
    blocks = deep // (PARTS * ACROSS * SIDE)
    whole = len(out) // SIDE * SIDE
    for p in range(panels):
        column, there = p * ACROSS * SIDE, p * deep
        if columns - column > 2 * SIDE:
            for row in range(0, whole, SIDE):
                at = row * blocks * PARTS
                make_tiles(out, row, column, start, pitch, left, at, right, there, blocks, False)
        else:
            for row in range(0, whole, SIDE):
                at = row * blocks * PARTS
                make_tiles(out, row, column, start, pitch, left, at, right, there, blocks, True)
    if whole < len(out):
        amx.begin(len(out) - whole)
        at = whole * blocks * PARTS
        for p in range(panels):
            column, there = p * ACROSS * SIDE, p * deep
            make_tiles(out, whole, column, start, pitch, left, at, right, there, blocks, False)
        amx.begin(SIDE)


class Room(NamedTuple):
    """Memory to take things apart in."""

    left: np.ndarray
    right: np.ndarray
    turned: np.ndarray
    square: np.ndarray
    rest: np.ndarray
    zeros: np.ndarray


@njit
def make_room(like, left, right, turned):
    """Room for so many rows of 16 each."""
    return Room(
        unfilled(1, left, SIDE, like.dtype)[0],
        unfilled(1, right, SIDE, like.dtype)[0],
        unfilled(1, turned, SIDE, like.dtype)[0],
        unfilled(1, DEEP, SIDE, like.dtype)[0],
        aligned(1, 1, DEEP, like.dtype)[0],
        aligned(1, 1, SIDE, like.dtype)[0],
    )


@njit
def bare_room(room):
    """For as long as the caller's is held."""
    return Room(
        bare(room.left),
        bare(room.right),
        bare(room.turned),
        bare(room.square),
        bare(room.rest),
        bare(room.zeros),
    )


def take_apart(left, deep, parts, room, rows):
    """Whether a product with these parts is for the unit; then left[:, :deep] is in `room`.

    `rows` are those that count: of the whole batch, so that its shares are done alike.
    """


def product(out, start, left, panels, parts, columns, room, apart, from_last):
    """`multiply_panels`; by the unit where the left one is `apart`."""


def turn_apart(operands, rows, parts, room):
    """Whether the product operands[:rows].T @ x is for the unit; then the left one is in `room`."""


def add_turned(out, operands, rows, right, room, apart):
    """Out += operands[:rows].T @ right, of a panel's width."""


def compiled_for(array):
    """Whether there is code for the unit for such arrays."""
    return amx.COMPILED and array.dtype == types.float32


@overload(take_apart)
def compile_take_apart(left, deep, parts, room, rows):
    def by_unit(left, deep, parts, room, rows):
        if len(parts) == 0 or rows < FEW:
            return False
        left_parts(left, deep, room.rest, room.left)
        return True

    return by_unit if compiled_for(left) else lambda left, deep, parts, room, rows: False


@overload(product)
def compile_product(out, start, left, panels, parts, columns, room, apart, from_last):
    def by_unit(out, start, left, panels, parts, columns, room, apart, from_last):
        if apart:
            multiply_parts(out, start, room.left, parts, len(panels), columns)
        else:
            multiply_panels(out, start, left, panels, columns, from_last)

    def in_registers(out, start, left, panels, parts, columns, room, apart, from_last):
        multiply_panels(out, start, left, panels, columns, from_last)

    return by_unit if compiled_for(out) else in_registers


@overload(turn_apart)
def compile_turn_apart(operands, rows, parts, room):
    def by_unit(operands, rows, parts, room):
        if len(parts) == 0:
            return False
        left_parts_turned(operands[: blocks_of(rows) * DEEP], room.square, room.turned)
        return True

    return by_unit if compiled_for(operands) else lambda operands, rows, parts, room: False


@overload(add_turned)
def compile_add_turned(out, operands, rows, right, room, apart):
    def by_unit(out, operands, rows, right, room, apart):
        if apart:
            right_parts(right, room.zeros, room.right)
            parts = room.right[: room_for_right(rows)]
            multiply_parts(out, out, room.turned, parts, 1, ACROSS * SIDE)
        else:
            multiply(out, out, operands[:rows].T, right)

    def in_registers(out, operands, rows, right, room, apart):
        multiply(out, out, operands[:rows].T, right)

    return by_unit if compiled_for(out) else in_registers
