"""A network's answers, and what they cost, without learning from them."""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from seqbench.contract.architecture import Predict
from seqbench.contract.data import Split
from seqbench.contract.signature import Signature
from seqbench.kits.torch.loss import loss, tensors, unpack
from seqbench.kits.torch.network import Network, apply

EVALUATION_BATCH = 256  # of no consequence but for memory
KEPT = 2**23  # numbers of a split's answers, 32 MB


class Evaluation(NamedTuple):
    """The mean loss over all counted steps of a split, and the answers that it is of.

    Answers by batches; none unless they are few, and it is sure that the next evaluation does not
    write over them: a network of somebody's own may give the same tensor each time.
    """

    loss: float
    answers: list[Tensor]

    def told(self) -> np.ndarray | None:
        """The answers as a predictor tells them."""
        return joined(self.answers) if self.answers else None


@torch.no_grad()
def evaluate(network: nn.Module, io: Signature, split: Split) -> Evaluation:
    """How good a network is on a split."""
    network.eval()
    few = len(split) * split.inputs.shape[1] * io.outputs.channels <= KEPT
    keep = few and type(network) is Network
    answers: list[Tensor] = []
    total, counted = 0.0, 0
    for start in range(0, len(split), EVALUATION_BATCH):
        part = split[start : start + EVALUATION_BATCH]
        inputs, targets, mask, lengths = unpack(part)
        answer = apply(network, inputs, lengths)
        if keep:
            answers.append(answer)
        value = loss(io, answer, targets, mask, lengths).item()
        steps = int(np.count_nonzero(part.mask))
        total, counted = total + value * steps, counted + steps
    return Evaluation(total / counted, answers)


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
    return joined(answers)


def joined(answers: list[Tensor]) -> np.ndarray:
    """Answers by batches as one array."""
    out: np.ndarray = torch.cat(answers).numpy()
    return out
