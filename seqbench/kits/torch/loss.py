"""What training makes small: chosen by the kind of output, at the steps that count."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from seqbench.contract.data import Split
from seqbench.contract.signature import Signature, Tokens, Transcript


def loss(
    io: Signature, outputs: Tensor, targets: Tensor, mask: Tensor, lengths: Tensor | None = None
) -> Tensor:
    """Mean cross entropy (nats) for tokens, mean squared, absolute or pinball error for reals.

    outputs (N, T, channels), targets (N, T) or (N, T, width), mask (N, T) of booleans. For a
    transcript, nats a token of it, summed over all its alignments; lengths (N,) are the outputs'.
    """
    if isinstance(io.outputs, Transcript):
        return transcription_loss(outputs, targets, mask, lengths)
    wanted, given = targets.flatten(0, 1), outputs.flatten(0, 1)  # (N T), (N T, channels)
    if not mask.all():  # quicker than outputs[mask] where all count, and where not
        at = mask.flatten().nonzero().squeeze(1)
        wanted, given = wanted.index_select(0, at), given.index_select(0, at)
    if isinstance(io.outputs, Tokens):
        return F.cross_entropy(given, wanted)
    if io.outputs.levels:
        return pinball_loss(given, wanted, io.outputs.levels)
    if io.outputs.error == "absolute":
        return F.l1_loss(given, wanted)
    return F.mse_loss(given, wanted)


def pinball_loss(given: Tensor, wanted: Tensor, levels: tuple[float, ...]) -> Tensor:
    """Twice the mean pinball loss of quantiles (M, width), so that at a level of 1/2 it is L1."""
    share = given.new_tensor(levels).repeat(given.shape[1] // len(levels))  # (width,)
    short = wanted - given
    return 2 * torch.maximum(share * short, (share - 1) * short).mean()


def transcription_loss(
    outputs: Tensor, targets: Tensor, mask: Tensor, lengths: Tensor | None
) -> Tensor:
    """Connectionist temporal classification (Graves et al., 2006), nats a token.

    outputs (N, T, vocab), targets and mask (N, L). A transcript too long for its steps has no
    alignment, and no part in the loss.
    """
    steps = outputs.new_full((len(outputs),), outputs.shape[1], dtype=torch.int64)
    each = F.ctc_loss(
        outputs.log_softmax(-1).transpose(0, 1),  # (T, N, vocab)
        targets[mask],
        steps if lengths is None else lengths,
        mask.sum(1),
        reduction="none",
        zero_infinity=True,
    )
    return each.sum() / mask.sum().clamp(min=1)


def tensors(*arrays: object) -> list[Tensor]:
    """Integers as int64, booleans as they are, the rest as float32; read-only arrays are copied."""
    made = [torch.as_tensor(writeable(array)) for array in arrays]
    return [t if t.dtype == torch.bool else t.to(kind(t)) for t in made]


def writeable(array: object) -> object:
    """An array that a tensor may share, or a copy of it."""
    locked = isinstance(array, np.ndarray) and not array.flags.writeable
    return np.array(array) if locked else array


def kind(tensor: Tensor) -> torch.dtype:
    """The type in which the kit keeps such numbers."""
    return torch.float32 if tensor.is_floating_point() else torch.int64


def unpack(split: Split) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
    """Inputs, targets, mask and lengths as tensors."""
    inputs, targets, mask = tensors(split.inputs, split.targets, split.mask)
    return inputs, targets, mask, None if split.lengths is None else tensors(split.lengths)[0]
