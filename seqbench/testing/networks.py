"""What every torch network must keep; of an architecture without one, none of it is asked."""

import copy
import io as files
import math
from typing import Any

import torch
from torch import Tensor, nn

from seqbench.contract.data import Split
from seqbench.contract.errors import Missing
from seqbench.contract.signature import Signature
from seqbench.kits.torch import apply, loss, seeded
from seqbench.kits.torch.loss import unpack
from seqbench.testing.architectures import STEADY, TOLERANCE
from seqbench.testing.check import promise
from seqbench.testing.specimen import Specimen, apart

EPSILON = 1e-6  # of a finite difference, in float64
SLOPE = 1e-4  # of a slope: how far a finite difference may be off


def given(split: Split) -> tuple[Tensor, Tensor | None]:
    """Inputs and lengths as tensors."""
    x, _, _, lengths = unpack(split)
    return x, lengths


def differ(one: Tensor, other: Tensor) -> float:
    """How far apart they are."""
    return apart(one.detach().double().cpu().numpy(), other.detach().double().cpu().numpy())


@promise(
    "api",
    "Use every parameter in forward, or make it a buffer or none at all: it is counted",
    STEADY,
)
def parameters_get_gradients(specimen: Specimen) -> None:
    """A backward pass in training mode gives every parameter a gradient, and a finite one."""
    for io, network, split in specimen.networks():
        inputs, targets, mask, lengths = unpack(split)
        network.train().zero_grad()
        with torch.enable_grad():
            loss(io, apply(network, inputs, lengths), targets, mask, lengths).backward()  # type: ignore
        for name, weight in network.named_parameters():
            if weight.requires_grad:
                assert weight.grad is not None, f"on {io} {name} gets no gradient"
                assert weight.grad.isfinite().all(), f"on {io} {name} gets a gradient of no number"


@promise("api", "Keep all that decides an answer in parameters and buffers", STEADY)
def the_state_dict_is_all(specimen: Specimen) -> None:
    """What was learned goes by bytes into a network made anew, which then answers alike."""
    for io, network, split in specimen.networks():
        fresh = renewed(specimen, io, network)
        kept = files.BytesIO()
        torch.save(network.state_dict(), kept)
        kept.seek(0)
        fresh.load_state_dict(torch.load(kept, weights_only=True))
        with torch.no_grad():
            off = differ(apply(fresh.eval(), *given(split)), apply(network, *given(split)))
        assert off < TOLERANCE, f"on {io} answers differ by {off:.2g} after load_state_dict"


def renewed(specimen: Specimen, io: Signature, network: nn.Module) -> nn.Module:
    """A network of the same kind with other numbers."""
    import numpy as np

    build: Any = getattr(specimen.architecture, "module", None)
    if build is not None:
        with seeded(np.random.default_rng(99)):
            made: nn.Module = build(io)
        return made
    twin = copy.deepcopy(network)
    with torch.no_grad():
        for weight in twin.parameters():
            weight.add_(1.0)
    return twin


@promise(
    "api", "Ask for no gradient inside forward, and write into no tensor made elsewhere", STEADY
)
def gradients_may_be_off(specimen: Specimen) -> None:
    """With gradients, under no_grad and under inference_mode the answers are the same."""
    for io, network, split in specimen.networks():
        with torch.enable_grad():
            told = apply(network, *given(split))
        for mode in (torch.no_grad, torch.inference_mode):
            with mode():
                off = differ(apply(network, *given(split)), told)
            assert off < TOLERANCE, f"on {io} answers differ by {off:.2g} under {mode.__name__}"


@promise(
    "claims",
    "Mend its backward; where the gradient is meant to be another, expect this to fail",
    ("parameters_get_gradients", "gradients_may_be_off"),
)
def gradients_are_right(specimen: Specimen) -> None:
    """In float64, where it computes in that, each parameter's slope is a finite difference's."""
    for io, network, split in list(specimen.networks())[:2]:
        twin, (x, lengths) = network.double(), given(split[:3])
        x = x.double() if x.is_floating_point() else x
        try:
            with torch.enable_grad():
                told = apply(twin, x, lengths)
        except (RuntimeError, TypeError, NotImplementedError) as error:
            raise Missing(f"it does not compute in float64 ({str(error)[:80]})") from error
        if told.dtype != torch.float64:
            raise Missing(f"given float64 it answers in {told.dtype}")
        weights = [(n, w) for n, w in twin.named_parameters() if w.requires_grad]
        slopes = torch.autograd.grad(mixed(told), [w for _, w in weights], allow_unused=True)
        for (name, weight), slope in zip(weights, slopes, strict=True):
            if slope is not None:
                right, found = difference(twin, x, lengths, weight, slope)
                near = math.isclose(found, right, rel_tol=SLOPE, abs_tol=SLOPE)
                assert near, f"on {io} the slope along {name} is {right:.6g}, its grad {found:.6g}"


def mixed(told: Tensor) -> Tensor:
    """One number of all answers, in which none makes up for another."""
    signs = torch.where(torch.arange(told.numel()) % 3 > 0, 1.0, -2.0)
    return (told * signs.view_as(told).to(told)).sum()


@torch.no_grad()
def difference(
    network: nn.Module, x: Tensor, lengths: Tensor | None, weight: Tensor, slope: Tensor
) -> tuple[float, float]:
    """The slope along one direction of a parameter, by moving it, and by its gradient."""
    way = torch.sin(torch.arange(1.0, weight.numel() + 1)).view_as(weight).to(weight)
    way /= way.norm()
    ends = []
    kept = weight.clone()
    for sign in (1, -1):
        weight.copy_(kept + sign * EPSILON * way)
        ends.append(mixed(apply(network, x, lengths)).item())
    weight.copy_(kept)
    return (ends[0] - ends[1]) / (2 * EPSILON), (slope * way).sum().item()
