"""Matrix products in registers.

A product of matrices is a sum of outer products. A tile of the result, a few rows of four vectors,
stays in registers while its sum is made, so that each number read from memory serves several
multiplications (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008).
"""

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from seqbench_plugins.architectures.lstm.simd import (
    FUSE,
    REGISTERS,
    Vector,
    address,
    llvm,
    read,
    splat,
    write,
)

ACROSS = 4  # vectors in a row of a tile: the four gates of one vector of units
ROWS = 6 if REGISTERS == 32 else 2  # in a tile: with what is multiplied, all the registers hold


@intrinsic(prefer_literal=True)
def zeros(typing, rows, array):
    """A tile of so many rows (a constant), for products of the array's kind of numbers."""
    kind = Vector(array.dtype)
    tile = types.UniTuple(kind, rows.literal_value * ACROSS)

    def emit(context, builder, sig, args):
        return context.make_tuple(builder, tile, [ir.Constant(llvm(kind), None)] * len(tile))

    return tile(rows, array), emit


@intrinsic
def add_outer(typing, tile, left, row, right, k):
    """tile + the outer product of left[row : row + rows, k] and right[k, : 4 vectors]."""

    def emit(context, builder, sig, args):
        sums = cgutils.unpack_tuple(builder, args[0])
        vectors = [
            read(context, builder, right, (args[3], args[4], context.get_constant(types.intp, at)))
            for at in range(0, ACROSS * tile.dtype.lanes, tile.dtype.lanes)
        ]
        for i in range(len(sums) // ACROSS):
            down = builder.add(args[2], context.get_constant(types.intp, i))
            number = builder.load(address(context, builder, left, (args[1], down, args[4])))
            number = splat(builder, tile.dtype, number)
            for j, vector in enumerate(vectors, i * ACROSS):
                product = builder.fmul(number, vector, flags=FUSE)
                sums[j] = builder.fadd(sums[j], product, flags=FUSE)
        return context.make_tuple(builder, tile, sums)

    return tile(tile, left, types.intp, right, types.intp), emit


@intrinsic
def add_into(typing, array, row, tile):
    """array[row : row + rows, : 4 vectors] += tile."""

    def emit(context, builder, sig, args):
        for at, it in enumerate(cgutils.unpack_tuple(builder, args[2])):
            down = builder.add(args[1], context.get_constant(types.intp, at // ACROSS))
            across = context.get_constant(types.intp, at % ACROSS * tile.dtype.lanes)
            place = (args[0], down, across)
            write(
                context,
                builder,
                array,
                place,
                builder.fadd(read(context, builder, array, place), it),
            )
        return context.get_dummy_value()

    return types.void(array, types.intp, tile), emit


@njit
def product(tile, left, row, right):
    """Tile + the tile's rows, from `row` on, of left @ right."""
    for k in range(len(right)):
        tile = add_outer(tile, left, row, right, k)
    return tile


@njit
def multiply_add(out, left, right):
    """out (n, 4 vectors) += left (n, d) @ right (d, 4 vectors).

    The rows are dealt evenly to as few tiles as will do.
    """
    tiles = (len(left) + ROWS - 1) // ROWS
    for i in range(tiles):
        row = i * len(left) // tiles
        rows = (i + 1) * len(left) // tiles - row
        if rows == 1:
            add_into(out, row, product(zeros(1, out), left, row, right))
        elif rows == 2:
            add_into(out, row, product(zeros(2, out), left, row, right))
        elif ROWS == 2:
            continue  # known when compiling, so that larger tiles are not made in vain
        elif rows == 3:
            add_into(out, row, product(zeros(3, out), left, row, right))
        elif rows == 4:
            add_into(out, row, product(zeros(4, out), left, row, right))
        elif rows == 5:
            add_into(out, row, product(zeros(5, out), left, row, right))
        else:
            add_into(out, row, product(zeros(6, out), left, row, right))


@njit
def multiply_add_panels(out, left, panels):
    """out += left @ right, where panels[p] is right[:, 4 vectors * p : 4 vectors * (p + 1)]."""
    width = panels.shape[2]
    for p in range(len(panels)):
        multiply_add(out[:, p * width : (p + 1) * width], left, panels[p])
