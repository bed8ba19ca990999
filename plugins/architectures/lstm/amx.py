"""The matrix unit that newer Intel processors have (AMX), for Numba.

Eight registers hold a tile each: 16 rows of 64 bytes. `dot` multiplies a tile of 16 x 32 bfloat16
by one of 32 x 16 and adds the product to a tile of 16 x 16 float32, in 16 cycles: as many
multiplications as a vector unit of 16 lanes does in 512. Of the right one, row r holds two rows of
the matrix, k and k', number by number in turn, and of the left one a pair of columns k, k'.

The system gives the unit to those who ask (`granted`); without that, its instructions are illegal.
"""

import ctypes
import sys

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from seqbench_plugins.architectures.lstm.simd import FEATURES, TRIPLE, address

COMPILED = {"+amx-tile", "+amx-bf16", "+avx512f"} <= FEATURES  # whether there is code for it
TILES = 8
SIDE = 16  # rows of a tile, and numbers of 32 bits in one
ARCH_PRCTL, REQUEST, TILE_DATA = 158, 0x1023, 18  # from <asm/prctl.h> and <asm/unistd.h>

BYTE, WIDE = ir.IntType(8), ir.IntType(64)
# Palette 1; all tiles have 64 bytes a row, and 16 rows.
LAYOUT = bytes([1] + [0] * 15 + [64, 0] * TILES + [0] * 16 + [SIDE] * TILES + [0] * 8)
ROWS_AT = 48


def granted() -> bool:
    """Whether this process may use the unit; asks for it."""
    if not (COMPILED and sys.platform == "linux" and TRIPLE.startswith("x86_64")):
        return False
    system = ctypes.CDLL(None, use_errno=True).syscall
    return bool(system(ARCH_PRCTL, REQUEST, TILE_DATA) == 0)


def call(builder, name, *args):
    """Call one of LLVM's functions of the unit, each of which is an instruction."""
    kind = ir.FunctionType(ir.VoidType(), [it.type for it in args])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)


def byte(number):
    return ir.Constant(BYTE, number)


@intrinsic
def begin(typing, rows):
    """Take the unit in hand on this thread, its tiles but the last with so many rows, at most 16.

    Forgets what is in the tiles. To do it again is to change the rows.
    """

    def emit(context, builder, sig, args):
        if COMPILED:
            kind = ir.ArrayType(BYTE, len(LAYOUT))
            layout = cgutils.alloca_once(builder, kind)
            builder.store(ir.Constant(kind, bytearray(LAYOUT)), layout)
            for tile in range(TILES - 1):
                place = cgutils.gep_inbounds(builder, layout, 0, ROWS_AT + tile)
                builder.store(builder.trunc(args[0], BYTE), place)
            call(builder, "llvm.x86.ldtilecfg", builder.bitcast(layout, BYTE.as_pointer()))
        return context.get_dummy_value()

    return types.void(types.intp), emit


@intrinsic
def end(typing):
    """Give it back: a thread that holds it is switched more slowly."""

    def emit(context, builder, sig, args):
        if COMPILED:
            call(builder, "llvm.x86.tilerelease")
        return context.get_dummy_value()

    return types.void(), emit


def moved(name, tile, array):
    """What emits the move between a tile and array[row : row + its rows, column : column + 16].

    With a pitch of 0 all rows are the first.
    """

    def emit(context, builder, sig, args):
        if COMPILED:
            _, array_value, row, column, pitch = args
            place = address(context, builder, array, (array_value, row, column))
            view = context.make_array(array)(context, builder, array_value)
            stride = builder.mul(builder.extract_value(view.strides, 0), pitch)
            there = builder.bitcast(place, BYTE.as_pointer())
            call(builder, name, byte(tile.literal_value), there, stride)
        return context.get_dummy_value()

    return types.void(tile, array, types.intp, types.intp, types.intp), emit


@intrinsic(prefer_literal=True)
def load(typing, tile, array, row, column, pitch):
    """Fill a tile, named by a constant."""
    return moved("llvm.x86.tileloadd64", tile, array)


@intrinsic(prefer_literal=True)
def store(typing, tile, array, row, column, pitch):
    """Write a tile, named by a constant."""
    return moved("llvm.x86.tilestored64", tile, array)


@intrinsic(prefer_literal=True)
def dot(typing, tile, left, right):
    """tile += left @ right; all named by constants."""

    def emit(context, builder, sig, args):
        if COMPILED:
            names = (byte(it.literal_value) for it in (tile, left, right))
            call(builder, "llvm.x86.tdpbf16ps", *names)
        return context.get_dummy_value()

    return types.void(tile, left, right), emit
