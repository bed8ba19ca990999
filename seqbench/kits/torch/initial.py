"""What weights start with, where an architecture lets one choose.

"uniform" stands everywhere for torch's own start, U(-1/sqrt(n), 1/sqrt(n)) with n the width that
a recurrent layer has and a linear layer takes; the functions here are for the others. Matrices
that stand one below the other in one parameter, as gates do, are drawn each by itself.
"""

from typing import Literal

import torch
from torch import Tensor, nn

Start = Literal["xavier", "orthogonal"]


@torch.no_grad()
def start_matrices(weight: Tensor, start: Start, count: int = 1) -> None:
    """Draw anew `count` matrices, below each other in weight (count * rows, columns).

    xavier: U(-a, a) with a = sqrt(6 / (rows + columns)) (Glorot and Bengio, 2010); orthogonal
    (Saxe, McClelland and Ganguli, 2014).
    """
    draw = {"xavier": nn.init.xavier_uniform_, "orthogonal": nn.init.orthogonal_}[start]
    for matrix in weight.chunk(count):
        draw(matrix)


@torch.no_grad()
def start_recurrent(layer: nn.RNNBase, start: Literal["xavier", "orthogonal", "identity"]) -> None:
    """Start a torch.nn.RNN, GRU or LSTM: biases at zero, matrices gate by gate.

    orthogonal is for the matrices from state to state; those from below are xavier then. identity
    (Le, Jaitly and Hinton, 2015; meant for an RNN with relu) makes the former the identity and
    draws the latter from N(0, 0.001).
    """
    gates = {"GRU": 3, "LSTM": 4}.get(layer.mode, 1)
    for name, weight in layer.named_parameters():
        from_state = name.startswith("weight_hh")
        if name.startswith("bias"):
            nn.init.zeros_(weight)
        elif start != "identity":
            start_matrices(weight, start if from_state else "xavier", gates)
        elif from_state:
            nn.init.eye_(weight)
        else:
            nn.init.normal_(weight, std=0.001)
