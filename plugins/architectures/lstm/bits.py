"""What is done to the bits and the places of vectors of 16 float32."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from seqbench_plugins.architectures.lstm.simd import REGISTER, llvm, read, write

WORDS = ir.VectorType(ir.IntType(32), 16)
UPPER = ir.Constant(WORDS, [0xFFFF0000] * 16)
LOWER = ir.Constant(WORDS, [16] * 16)  # places to shift by
HALF = ir.Constant(WORDS, [0x8000] * 16)


@intrinsic
def rounded(typing, vector):
    """Each number as the nearest bfloat16: its upper 16 bits, the others being zero."""

    def emit(context, builder, sig, args):
        bits = builder.add(builder.bitcast(args[0], WORDS), HALF)
        return builder.bitcast(builder.and_(bits, UPPER), llvm(vector))

    return vector(vector), emit


@intrinsic
def cut(typing, vector):
    """The same, but towards zero."""

    def emit(context, builder, sig, args):
        bits = builder.bitcast(args[0], WORDS)
        return builder.bitcast(builder.and_(bits, UPPER), llvm(vector))

    return vector(vector), emit


@intrinsic
def pair(typing, low, high):
    """The bfloat16 of two vectors side by side, number by number: 32 of them in one register."""

    def emit(context, builder, sig, args):
        low_bits, high_bits = (builder.bitcast(it, WORDS) for it in args)
        both = builder.or_(builder.lshr(low_bits, LOWER), high_bits)
        return builder.bitcast(both, llvm(low))

    return low(low, high), emit


def squares(array):
    """Whether a register holds 16 of such numbers, which `transpose` takes."""
    return array.dtype == types.float32 and REGISTER == 64


@intrinsic
def transposes(typing, array):
    """The same in compiled code; known when compiling."""
    answer = squares(array)
    return types.boolean(array), lambda context, *_: context.get_constant(types.boolean, answer)


@intrinsic
def transpose(typing, out, to, at, array, row, column):
    """out[to : to + 16, at : at + 16] = array[row : row + 16, column : column + 16].T.

    In four rounds: rows `step` apart exchange the halves of each 2 * step numbers that are not in
    their places. Not to be reached where `transposes` says that it does not.
    """

    def emit(context, builder, sig, args):
        def down(start, i):
            return builder.add(start, context.get_constant(types.intp, i))

        if not squares(array):
            return context.get_dummy_value()
        _, start, beside, value, top, left = args
        rows = [read(context, builder, array, (value, down(top, i), left)) for i in range(16)]
        for step in (8, 4, 2, 1):
            first = [k + 16 - step if k & step else k for k in range(16)]
            second = [k + 16 if k & step else k + step for k in range(16)]
            masks = [ir.Constant(WORDS, it) for it in (first, second)]
            for i in (it for it in range(16) if not it & step):
                both = rows[i], rows[i + step]
                rows[i], rows[i + step] = (builder.shuffle_vector(*both, mask) for mask in masks)
        for i, vector in enumerate(rows):
            write(context, builder, out, (args[0], down(start, i), beside), vector)
        return context.get_dummy_value()

    place = types.intp
    return types.void(out, place, place, array, place, place), emit
