"""What training makes small: chosen by the kind of output, at the steps that count."""

import torch
from torch import Tensor
from torch.nn import functional as F

from seqbench.contract.data import Split
from seqbench.contract.signature import Signature, Tokens


def loss(io: Signature, outputs: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Mean cross entropy (nats) for tokens, mean squared or absolute error for reals.

    outputs (N, T, channels), targets (N, T) or (N, T, width), mask (N, T) of booleans.
    """
    wanted, given = targets.flatten(0, 1), outputs.flatten(0, 1)  # (N T), (N T, channels)
    if not mask.all():  # quicker than outputs[mask] where all count, and where not
        at = mask.flatten().nonzero().squeeze(1)
        wanted, given = wanted.index_select(0, at), given.index_select(0, at)
    if isinstance(io.outputs, Tokens):
        return F.cross_entropy(given, wanted)
    if io.outputs.error == "absolute":
        return F.l1_loss(given, wanted)
    return F.mse_loss(given, wanted)


def tensors(*arrays: object) -> list[Tensor]:
    """Integers as int64, booleans as they are, the rest as float32."""
    made = [torch.as_tensor(array) for array in arrays]
    return [t if t.dtype == torch.bool else t.to(kind(t)) for t in made]


def kind(tensor: Tensor) -> torch.dtype:
    """The type in which the kit keeps such numbers."""
    return torch.float32 if tensor.is_floating_point() else torch.int64


def unpack(split: Split) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Inputs, targets, mask and lengths as tensors."""
    inputs, targets, mask = tensors(split.inputs, split.targets, split.mask)
    return inputs, targets, mask, None if split.lengths is None else tensors(split.lengths)[0]
