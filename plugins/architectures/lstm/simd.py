"""Registers full of numbers for Numba, with their arithmetic.

Numba writes scalar loops and leaves it to LLVM to find the vectors in them, which for the gates and
products of a recurrent layer it does badly. Here vectors are said: a `Vector` holds as many float32
or float64 as one register of this processor, and `v * w + u`, `1.0 - v`, `clip(v, 9.0)` work lane
by lane. Loads and stores name an element of a two-dimensional array and take the ones to its right,
which must lie side by side; as everywhere in compiled Numba, nothing checks the bounds.
"""

import operator
from typing import Any, ClassVar

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.imputils import lower_builtin
from numba.core.registry import cpu_target
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, models, register_model

# What Numba compiles for: this processor, unless its NUMBA_CPU_NAME and _FEATURES say otherwise.
TRIPLE, _, _FEATURES = cpu_target.target_context.codegen().magic_tuple()
FEATURES = set(_FEATURES.split(","))
REGISTER = 64 if "+avx512f" in FEATURES else 32 if "+avx" in FEATURES else 16  # bytes
REGISTERS = 32 if "+avx512f" in FEATURES or TRIPLE.startswith(("aarch64", "arm64")) else 16
FUSE = ("contract",)  # a * b + c may round once; nothing here assumes away NaN or infinity


class Vector(types.Type):
    """One register of numbers."""

    def __init__(self, dtype: types.Float) -> None:
        self.dtype = dtype
        self.lanes = 8 * REGISTER // dtype.bitwidth
        super().__init__(f"Vector({dtype}, {self.lanes})")


KINDS = (Vector(types.float32), Vector(types.float64))


def llvm(kind: Vector) -> ir.VectorType:
    scalar = ir.FloatType() if kind.dtype == types.float32 else ir.DoubleType()
    return ir.VectorType(scalar, kind.lanes)


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """A Vector is LLVM's own vector type, which lives in a register."""

    def __init__(self, manager: Any, kind: Vector) -> None:
        super().__init__(manager, kind, llvm(kind))


def splat(builder: Any, kind: Vector, number: Any) -> Any:
    """The same number in all lanes."""
    if number.type != llvm(kind).element:
        number = builder.fptrunc(number, llvm(kind).element)
    nothing = ir.Constant(llvm(kind), ir.Undefined)
    first = builder.insert_element(nothing, number, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), kind.lanes), [0] * kind.lanes)
    return builder.shuffle_vector(first, nothing, zeros)


def address(context: Any, builder: Any, array_type: Any, place: tuple[Any, Any, Any]) -> Any:
    """Where array[row, column] stands, for a place of those three."""
    array, row, column = place
    view = context.make_array(array_type)(context, builder, array)
    pitch, step = cgutils.unpack_tuple(builder, view.strides, 2)
    offset = builder.add(builder.mul(row, pitch), builder.mul(column, step))
    return cgutils.pointer_add(builder, view.data, offset, view.data.type)


def read(context: Any, builder: Any, array_type: Any, place: tuple[Any, Any, Any]) -> Any:
    """The vector that begins at a place."""
    kind = llvm(Vector(array_type.dtype))
    there = builder.bitcast(address(context, builder, array_type, place), kind.as_pointer())
    return builder.load(there, align=array_type.dtype.bitwidth // 8)


def write(
    context: Any, builder: Any, array_type: Any, place: tuple[Any, Any, Any], it: Any
) -> None:
    """Put a vector at a place."""
    there = builder.bitcast(address(context, builder, array_type, place), it.type.as_pointer())
    builder.store(it, there, align=array_type.dtype.bitwidth // 8)


@intrinsic
def lanes(typing, array):
    """How many of an array's numbers a register holds; known when compiling."""
    count = Vector(array.dtype).lanes
    return types.intp(array), lambda context, *_: context.get_constant(types.intp, count)


@intrinsic
def bare(typing, array):
    """The array, held by nobody: its parts are counted nowhere, for which all stores are awaited.

    It must not be used for longer than the array itself is: not in the function that made it.
    """

    def emit(context, builder, sig, args):
        view = context.make_array(array)(context, builder, args[0])
        for holder in ("meminfo", "parent"):
            setattr(view, holder, ir.Constant(getattr(view, holder).type, None))
        return view._getvalue()

    return array(array), emit


@intrinsic
def load(typing, array, row, column):
    """The vector array[row, column : column + lanes]."""

    def emit(context, builder, sig, args):
        return read(context, builder, sig.args[0], args)

    return Vector(array.dtype)(array, types.intp, types.intp), emit


@intrinsic
def store(typing, array, row, column, vector):
    """array[row, column : column + lanes] = vector."""

    def emit(context, builder, sig, args):
        write(context, builder, sig.args[0], args[:3], args[3])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vector), emit


@intrinsic
def clip(typing, vector, bound):
    """Each number, brought between -bound and bound; a NaN stays a NaN."""

    def emit(context, builder, sig, args):
        it, top = args[0], splat(builder, vector, args[1])
        low = builder.fneg(top)
        it = builder.select(builder.fcmp_ordered(">", it, top), top, it)
        return builder.select(builder.fcmp_ordered("<", it, low), low, it)

    return vector(vector, types.float64), emit


@intrinsic
def power_of_two(typing, vector):
    """2**n, where the last bits of each number are the integer n. Integer work on its bits."""
    bits, mantissa, one = (32, 23, 127) if vector.dtype == types.float32 else (64, 52, 1023)

    def emit(context, builder, sig, args):
        whole = ir.VectorType(ir.IntType(bits), vector.lanes)
        shift = ir.Constant(whole, [mantissa] * vector.lanes)
        bias = ir.Constant(whole, [one << mantissa] * vector.lanes)
        n = builder.shl(builder.bitcast(args[0], whole), shift)
        return builder.bitcast(builder.add(n, bias), llvm(vector))

    return vector(vector), emit


def define(symbol: Any, instruction: str) -> None:
    """Let vectors, and a vector and a number, be combined by an operator."""
    number = types.float64

    @infer_global(symbol)
    class Typing(ConcreteTemplate):
        cases: ClassVar = [
            signature(kind, *pair)
            for kind in KINDS
            for pair in ((kind, kind), (kind, number), (number, kind))
        ]

    def emit(context, builder, sig, args):
        kind = sig.return_type
        full = [
            it if given == kind else splat(builder, kind, it)
            for given, it in zip(sig.args, args, strict=True)
        ]
        return getattr(builder, instruction)(*full, flags=FUSE)

    for kind in KINDS:
        for pair in ((kind, kind), (kind, number), (number, kind)):
            lower_builtin(symbol, *pair)(emit)


define(operator.add, "fadd")
define(operator.sub, "fsub")
define(operator.mul, "fmul")
define(operator.truediv, "fdiv")
