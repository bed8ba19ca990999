"""What an architecture claims: by `causal`, by methods that it offers, by `dtypes`, by FLOPs."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from seqbench.bench.leak import ahead, leak, one_by_one, positions
from seqbench.contract.data import Split
from seqbench.contract.errors import Missing
from seqbench.kits.torch import Network, apply
from seqbench.testing.architectures import ALONE, STEADY, TOLERANCE
from seqbench.testing.check import promise
from seqbench.testing.networks import differ, given
from seqbench.testing.specimen import Specimen, answers, apart
from seqbench.testing.tiny import drawn, real

LESS_EXACT = {"float64": 1e-3, "bfloat16": 0.2, "float16": 0.05}  # how far from float32's answers
FLOPS = 0.05  # by how much a formula may be off what is counted
GPU = 1e-3  # other sums in another order, and TF32


@promise("claims", "Mask what comes later, or declare causal = False", ALONE)
def the_future_does_not_leak(specimen: Specimen) -> None:
    """On a causal task, no answer moves when a later input changes; asked as before a score."""
    asked = False
    for io, model, split in (*specimen.fits(), *specimen.long()):
        if io.causal:
            asked, found = True, leak(model, io, split, np.random.default_rng(0))
            assert found is None, f"on {io} {found}"
    if not asked:
        raise Missing("it takes no causal task")


@promise(
    "claims", "Give forward a parameter `lengths`, and leave out what stands behind them", ALONE
)
def padding_does_not_matter(specimen: Specimen) -> None:
    """What stands behind a sequence's end, and how much of it, changes no answer before it."""
    asked = False
    for io, model, split in specimen.fits():
        if io.varied:
            asked, there, told = True, real(split), answers(model, split)
            other = drawn(io.inputs, there.shape, np.random.default_rng(1))
            keep = there if other.ndim == 2 else there[..., None]
            changed = model.predict(np.where(keep, split.inputs, other), split.lengths)
            moved = apart(np.asarray(changed)[there], told[there])
            assert moved < TOLERANCE, f"on {io} answers move by {moved:.2g} with other padding"
            row = int(np.argsort(np.asarray(split.lengths))[len(split) // 2])
            end = int(np.asarray(split.lengths)[row])
            bare = model.predict(split.inputs[row : row + 1, :end], np.array([end]))
            moved = apart(np.asarray(bare)[0], told[row, :end])
            assert moved < TOLERANCE, f"on {io} answers move by {moved:.2g} without padding"
    if not asked:
        raise Missing("it takes no task whose sequences differ in length")


@promise(
    "claims",
    "Make `step` compute what `forward` does, from a state that `initial_state` starts",
    STEADY,
)
def steps_equal_the_whole(specimen: Specimen) -> None:
    """Where a mixer offers `step`, its outputs one by one are those given all at once."""
    for told, mixer, x in mixed(specimen, "step"):
        state, found = mixer.initial_state(len(x)), []
        with torch.no_grad():
            for at in range(x.shape[1]):
                y, state = mixer.step(x[:, at], state)
                found.append(y)
        off = differ(torch.stack(found, 1), told)
        assert off < TOLERANCE, f"outputs step by step differ by {off:.2g} from those at once"


@promise(
    "claims", "Make `chunk` go on from the state that it gave before; None is the start", STEADY
)
def chunks_equal_the_whole(specimen: Specimen) -> None:
    """Where a mixer offers `chunk`, its outputs piece by piece are those given all at once."""
    for told, mixer, x in mixed(specimen, "chunk"):
        for size in (2, 5):
            state, found = None, []
            with torch.no_grad():
                for part in torch.split(x, size, 1):
                    y, state = mixer.chunk(part, state)
                    found.append(y)
            off = differ(torch.cat(found, 1), told)
            assert off < TOLERANCE, f"outputs in chunks of {size} differ by {off:.2g}"


def mixed(specimen: Specimen, method: str, causal: bool = True) -> list[tuple[Tensor, Any, Tensor]]:
    """Outputs, mixer and its inputs, on tasks of this kind; Missing where it lacks a method.

    On tasks that are not causal a mixer may look both ways, and so have no way to go on.
    """
    found = []
    for io, network, split in specimen.networks(long=True):
        mixer = getattr(network, "mixer", None)
        if (io.causal or not causal) and isinstance(network, Network) and hasattr(mixer, method):
            with torch.no_grad():
                x = network.encoder(given(split[:3])[0])  # (3, T, width)
                found.append((apply(network.mixer, x, None), mixer, x))
    if not found:
        where = " on a causal task" if causal else ""
        raise Missing(f"no mixer of it offers {method}{where}")
    return found


@promise(
    "claims", "Let go of what fixes a number type in forward, or of the claim in `dtypes`", STEADY
)
def number_types_agree(specimen: Specimen) -> None:
    """In each of the `dtypes` it claims, answers are of that type and near float32's."""
    claimed = [name for name in specimen.architecture.dtypes if name != "float32"]
    if not claimed:
        raise Missing("it claims no dtypes but float32")
    for name in claimed:
        for io, network, split in specimen.networks():
            kind: torch.dtype = getattr(torch, name)
            (x, lengths), told = given(split), told_by(network, split)
            with torch.no_grad():
                found = apply(network.to(kind), x.to(kind) if x.is_floating_point() else x, lengths)
            assert found.dtype == kind, f"in {name} it answers in {found.dtype}"
            off = differ(found, told)
            assert off < LESS_EXACT.get(name, 0.2), f"on {io} answers in {name} differ by {off:.2g}"


@torch.no_grad()
def told_by(network: Any, split: Split) -> Tensor:
    """A network's answers."""
    return apply(network, *given(split))


@promise(
    "claims", "Count a multiplication and its addition as two in `flops(batch, steps)`", STEADY
)
def declared_flops_are_true(specimen: Specimen) -> None:
    """Where a mixer declares `flops`, a twin's matrix products are counted and are as many."""
    for _, mixer, whole in mixed(specimen, "flops", causal=False):
        for x in (whole, whole[:1, :5]):
            wanted, counted = int(mixer.flops(*x.shape[:2])), products(mixer, x)
            if not counted:
                raise Missing("torch counts none of the work that it declares")
            off, shape = abs(wanted - counted) / counted, tuple(x.shape)
            assert off <= FLOPS, f"it declares {wanted} FLOPs for {shape}, and does {counted}"


def products(mixer: Any, x: Tensor) -> int:
    """FLOPs of matrix products of all steps at once or, where torch sees none, one by one."""
    plain = sdpa_kernel(SDPBackend.MATH)  # torch counts no fused attention on a CPU
    with torch.no_grad(), plain, FlopCounterMode(display=False) as whole:
        apply(mixer, x, None)
    if whole.get_total_flops() or not hasattr(mixer, "step"):
        return int(whole.get_total_flops())
    with torch.no_grad(), FlopCounterMode(display=False) as stepped:
        mixer.step(x[:, 0], mixer.initial_state(len(x)))
    return int(stepped.get_total_flops()) * x.shape[1]


@promise("claims", "Make tensors in forward where x is: device=x.device, or as a buffer", STEADY)
def a_gpu_agrees(specimen: Specimen) -> None:
    """On a GPU, where there is one, answers are those of the CPU."""
    if not torch.cuda.is_available():
        raise Missing("there is no GPU here")
    for io, network, split in specimen.networks():
        told, (x, lengths) = told_by(network, split), given(split)
        there = None if lengths is None else lengths.cuda()
        with torch.no_grad():
            found = apply(network.cuda(), x.cuda(), there).cpu()
        at = torch.from_numpy(real(split))
        off = differ(found[at], told[at])
        assert off < GPU, f"on {io} answers on a GPU differ by {off:.2g}"


@promise("advice", "Offer weigh(io), or flops(batch, steps) of a mixer that torch cannot count")
def flops_are_told(specimen: Specimen) -> None:
    """What a step costs is counted or declared, so that tables at equal FLOPs can have it."""
    for io, *_ in specimen.fits():
        weight = specimen.architecture.weigh(io)
        assert weight is not None, "it does not say beforehand what it weighs"
        assert weight.flops_per_step is not None, f"on {io} its FLOPs are not told"


@promise("advice", "Declare causal = True, that causal tasks may be tried with it too", ALONE)
def looking_ahead_is_used(specimen: Specimen) -> None:
    """What declares causal = False does look ahead."""
    if specimen.architecture.causal:
        raise Missing("it declares causal = True")
    for io, model, split in specimen.fits():
        if not io.varied:
            rng = np.random.default_rng(0)
            places = positions(io.length, rng)
            found = ahead(one_by_one(model.predict, False), io, split.inputs[:4], places, rng)
            assert found, f"on {io} no answer moves when a later input changes"
