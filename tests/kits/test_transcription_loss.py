"""The loss of a transcript, against the sum over every path."""

from itertools import groupby, product

import numpy as np
import pytest
import torch

from seqbench import Reals, Signature, Transcript
from seqbench.kits.torch.loss import loss

IO = Signature(Reals(2), Transcript(3), 5, False, True)


def by_paths(logs, wanted):
    total = 0.0
    for path in product(range(logs.shape[1]), repeat=len(logs)):
        told = [token for token, _ in groupby(path) if token]
        if told == wanted:
            total += np.exp(sum(logs[step, token] for step, token in enumerate(path)))
    return -np.log(total)


@pytest.mark.parametrize("seed", range(5))
def test_it_sums_over_every_path(seed):
    scores = torch.randn((2, 5, 3), generator=torch.Generator().manual_seed(seed)).double()
    targets = torch.tensor([[1, 2, 2], [2, 0, 0]])
    mask, lengths = torch.tensor([[True] * 3, [True, False, False]]), torch.tensor([5, 3])
    found = loss(IO, scores, targets, mask, lengths).item()
    logs = scores.log_softmax(-1).numpy()
    each = [by_paths(logs[0], [1, 2, 2]), by_paths(logs[1][:3], [2])]
    assert found == pytest.approx(sum(each) / 4)


def test_one_too_long_for_its_steps_has_no_part():
    scores = torch.zeros((1, 2, 3), requires_grad=True)
    targets, mask = torch.tensor([[1, 1]]), torch.tensor([[True, True]])
    value = loss(IO, scores, targets, mask)
    value.backward()
    assert value.item() == 0 and scores.grad.abs().max() == 0
