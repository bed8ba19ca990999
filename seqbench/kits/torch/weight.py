"""How large a network is, told without its numbers: on torch's meta device nothing is computed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

from seqbench.contract.architecture import Weight
from seqbench.contract.signature import Signature, Tokens
from seqbench.kits.torch.network import Network, apply
from seqbench.kits.torch.training import seeded

UNCOUNTED = {F.layer_norm, F.rms_norm, F.gelu, F.relu, F.silu, F.dropout}


class Shapes(TorchFunctionMode):
    """Leaves out what is done number by number: not counted, it is most of the work on meta."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        given = kwargs or {}
        if func in UNCOUNTED and args:
            return args[0]
        if (
            func is F.scaled_dot_product_attention
            and len(args) >= 3
            and not given.get("enable_gqa")
        ):
            query, key, value = args[:3]
            return (query @ key.mT) @ value
        return func(*args, **given)


def weigh(build: Callable[[], nn.Module], io: Signature, flops: bool = True) -> Weight:
    """Parameters of the network that `build` makes and, where asked, its FLOPs for a step.

    Products of matrices, convolutions and attention are counted, an attention's masked half
    included; what is done element by element is not. Whatever `build` raises passes through.
    """
    with seeded(np.random.default_rng(0)):
        network = unfilled(build)
        total = counted(network, io) if flops else None
    parameters = size(network)
    step = None if total is None else total / io.length
    if not isinstance(network, Network):
        return Weight(parameters, parameters, flops_per_step=step)
    encoder, readout = size(network.encoder), size(network.readout)
    return Weight(parameters, size(network.mixer), encoder, readout, step)


def size(module: nn.Module) -> int:
    """How many numbers a module has to learn."""
    return sum(weight.numel() for weight in module.parameters())


def unfilled(build: Callable[[], nn.Module]) -> nn.Module:
    """The network without numbers, whether its author thought of that or not."""
    try:
        with torch.device("meta"):
            network = build()
    except (NotImplementedError, RuntimeError, TypeError):  # it reads a number while it is built
        network = build()
    return network.to("meta")


def counted(network: nn.Module, io: Signature) -> int | None:
    """FLOPs of a forward pass over one sequence, or None where they cannot be counted."""
    if isinstance(io.inputs, Tokens):
        given = torch.zeros((1, io.length), dtype=torch.int64, device="meta")
    else:
        given = torch.zeros((1, io.length, io.inputs.width), device="meta")
    try:
        if not isinstance(network, Network):
            return worked(network, given)[0]
        on, x = worked(network.encoder, given)
        mixed, x = worked(network.mixer, x)
        return on + mixed + worked(network.readout, x)[0]
    except Exception:  # whatever a network does that needs numbers, such as a kernel of its own
        return None


def worked(module: nn.Module, x: Tensor) -> tuple[int, Tensor]:
    """FLOPs of a module, as it declares them or as torch counts them, and its output.

    Raises ValueError where it has matrices and no work with them is seen: torch has no formula
    for what it does. (Training mode and the plain attention, as torch counts no fused one.)
    """
    declared = getattr(module, "flops", None)
    if declared is not None:
        return int(declared(*x.shape[:2])), x
    counter = FlopCounterMode(display=False)
    plain = sdpa_kernel(SDPBackend.MATH)
    with torch.device("meta"), Shapes(), torch.no_grad(), plain, counter:
        y = apply(module.train(), x, None)
    total = int(counter.get_total_flops())
    matrices = any(w.ndim >= 2 for w in module.parameters())
    if not total and matrices and not isinstance(module, nn.Embedding):
        raise ValueError(f"the work of {type(module).__name__} cannot be seen")
    return total, y
