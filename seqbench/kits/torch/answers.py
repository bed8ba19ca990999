"""A network's answers, and what they cost, without learning from them."""

from functools import partial

import numpy as np
import torch
from torch import nn

from seqbench.contract.architecture import Predict
from seqbench.contract.data import Split
from seqbench.contract.signature import Signature
from seqbench.kits.torch.loss import loss, tensors, unpack
from seqbench.kits.torch.network import apply

EVALUATION_BATCH = 256  # of no consequence but for memory


@torch.no_grad()
def evaluate(network: nn.Module, io: Signature, split: Split) -> float:
    """The mean loss over all counted steps of a split."""
    network.eval()
    total, counted = 0.0, 0
    for start in range(0, len(split), EVALUATION_BATCH):
        part = split[start : start + EVALUATION_BATCH]
        inputs, targets, mask, lengths = unpack(part)
        value = loss(io, apply(network, inputs, lengths), targets, mask, lengths).item()
        steps = int(np.count_nonzero(part.mask))
        total, counted = total + value * steps, counted + steps
    return total / counted


def predictor(network: nn.Module) -> Predict:
    """The network's answers as a function of arrays, in evaluation mode and without gradients."""
    return partial(_predict, network)


@torch.no_grad()
def _predict(
    network: nn.Module, inputs: np.ndarray, lengths: np.ndarray | None = None
) -> np.ndarray:
    network.eval()
    answers = []
    for start in range(0, len(inputs), EVALUATION_BATCH):
        rows = slice(start, start + EVALUATION_BATCH)
        (x,) = tensors(inputs[rows])
        long = None if lengths is None else tensors(lengths[rows])[0]
        answers.append(apply(network, x, long))
    out: np.ndarray = torch.cat(answers).numpy()
    return out
