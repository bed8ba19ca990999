"""Matrix products in registers.

A product of matrices is a sum of outer products. A tile of the result, a few rows of a few vectors,
stays in registers while its sum is made, so that each number read from memory serves several
multiplications (Goto and van de Geijn, Anatomy of high-performance matrix multiplication, 2008).

What makes a tile is inlined by force: a call hands over three arrays, and counts those who hold
them, in the time of a tile of one row.
"""

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from seqbench_plugins.architectures.lstm.simd import (
    FUSE,
    REGISTERS,
    Vector,
    address,
    read,
    splat,
    write,
)

ACROSS = 4  # vectors in a row of a tile: the four gates of one vector of units
ROWS = 6 if REGISTERS == 32 else 2  # in a tile: with what is multiplied, all the registers hold


def vectors_of(builder, tile):
    """The vectors of a tile, row after row."""
    rows = cgutils.unpack_tuple(builder, tile)
    return [vector for row in rows for vector in cgutils.unpack_tuple(builder, row)]


def tile_of(context, builder, kind, vectors):
    """The tile of these vectors; `kind` is its type."""
    across = len(kind.dtype)
    rows = [
        context.make_tuple(builder, kind.dtype, vectors[at : at + across])
        for at in range(0, len(vectors), across)
    ]
    return context.make_tuple(builder, kind, rows)


def places(context, builder, kind, row, pitch=None):
    """Row and column in memory of each vector of a tile that begins at array[row, 0]."""
    for i in range(len(kind)):
        down = context.get_constant(types.intp, i)
        if pitch is not None:
            down = builder.mul(down, pitch)
        for j in range(len(kind.dtype)):
            across = context.get_constant(types.intp, j * kind.dtype.dtype.lanes)
            yield builder.add(row, down), across


@intrinsic(prefer_literal=True)
def take(typing, rows, across, array, row, pitch):
    """The tile array[row : row + rows, : across vectors]; with a pitch of 0 all rows are the first.

    `rows` and `across` are constants.
    """
    vectors = types.UniTuple(Vector(array.dtype), across.literal_value)
    kind = types.UniTuple(vectors, rows.literal_value)

    def emit(context, builder, sig, args):
        array, row, pitch = args[2:]
        spots = places(context, builder, kind, row, pitch)
        vectors = [read(context, builder, sig.args[2], (array, *spot)) for spot in spots]
        return tile_of(context, builder, kind, vectors)

    return kind(rows, across, array, types.intp, types.intp), emit


@intrinsic
def put(typing, array, row, tile):
    """array[row : row + rows, : across vectors] = tile."""

    def emit(context, builder, sig, args):
        spots = places(context, builder, tile, args[1])
        for spot, vector in zip(spots, vectors_of(builder, args[2]), strict=True):
            write(context, builder, array, (args[0], *spot), vector)
        return context.get_dummy_value()

    return types.void(array, types.intp, tile), emit


@intrinsic
def add_outer(typing, tile, left, row, right, k):
    """tile + the outer product of left[row : row + rows, k] and right[k, : across vectors]."""
    kind = tile.dtype.dtype

    def emit(context, builder, sig, args):
        sums, constant = iter(vectors_of(builder, args[0])), context.get_constant
        vectors = [
            read(context, builder, right, (args[3], args[4], constant(types.intp, j * kind.lanes)))
            for j in range(len(tile.dtype))
        ]
        added = []
        for i in range(len(tile)):
            down = builder.add(args[2], constant(types.intp, i))
            number = builder.load(address(context, builder, left, (args[1], down, args[4])))
            number = splat(builder, kind, number)
            for vector in vectors:
                product = builder.fmul(number, vector, flags=FUSE)
                added.append(builder.fadd(next(sums), product, flags=FUSE))
        return tile_of(context, builder, tile, added)

    return tile(tile, left, types.intp, right, types.intp), emit


def tiler(rows, across):
    """Return what makes a tile of that shape, from `row` on, of start + left @ right."""

    @njit(forceinline=True)
    def make(out, start, left, right, row):
        pitch = 1 if len(start) > 1 else 0
        tile = take(rows, across, start, row * pitch, pitch)
        for k in range(len(right)):
            tile = add_outer(tile, left, row, right, k)
        put(out, row, tile)

    return make


def any_tiler(across):
    """Return what makes a tile of `rows` rows, at most ROWS."""
    one, two, three, four, five, six = (tiler(rows, across) for rows in range(1, 7))

    @njit(forceinline=True)
    def make(out, start, left, right, row, rows):
        if rows == 1:
            one(out, start, left, right, row)
        elif rows == 2:
            two(out, start, left, right, row)
        elif ROWS == 2:
            return  # known when compiling, so that larger tiles are not made in vain
        elif rows == 3:
            three(out, start, left, right, row)
        elif rows == 4:
            four(out, start, left, right, row)
        elif rows == 5:
            five(out, start, left, right, row)
        else:
            six(out, start, left, right, row)

    return make


def multiplier(across):
    """Return the product with a matrix that is so many vectors wide."""
    make = any_tiler(across)

    @njit(forceinline=True)
    def multiply(out, start, left, right):
        """Out (n, across vectors) = start + left (n, d) @ right (d, across vectors).

        `start` has n rows, or one that is meant for all. The rows are dealt evenly to as few tiles
        as will do.
        """
        tiles = (len(left) + ROWS - 1) // ROWS
        for i in range(tiles):
            row = i * len(left) // tiles
            make(out, start, left, right, row, (i + 1) * len(left) // tiles - row)

    return multiply


whole, half = multiplier(ACROSS), multiplier(ACROSS // 2)


@njit
def loose(array):
    """The array as one of unknown layout, so that what is compiled serves all layouts."""
    return array[:, : array.shape[1]]


@njit
def multiply(out, start, left, right):
    """Out (n, 4 vectors) = start + left (n, d) @ right (d, 4 vectors); one row of start may do."""
    whole(loose(out), loose(start), loose(left), loose(right))


@njit
def multiply_half(out, start, left, right):
    """The same of the first two vectors."""
    half(loose(out), loose(start), loose(left), loose(right))


@njit
def multiply_panels(out, start, left, panels, columns, from_last=False):
    """Out = start + left @ right; panels[p] is right[:, 4 vectors * p : 4 vectors * (p + 1)].

    Only the first so many columns are needed, and others may be left undone. With `from_last` the
    last panel is the first to be read.
    """
    width = panels.shape[2]
    for i in range(len(panels)):
        p = len(panels) - 1 - i if from_last else i
        here = slice(p * width, (p + 1) * width)
        if columns - p * width > width // 2:
            multiply(out[:, here], start[:, here], left, panels[p])
        else:
            multiply_half(out[:, here], start[:, here], left, panels[p])
