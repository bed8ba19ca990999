"""LSTM layers a step or some steps at a time, whoever computes them."""

from typing import Any

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]  # h and c, (layers, N, width) each


class Stepwise(nn.Module):
    """From (N, T, width) to (N, T, width); `lstm` is a torch.nn.LSTM in all but speed."""

    lstm: Any

    def chunk(self, x: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Some steps, x (N, t, width), on from a state, or from zeros; and the state after."""
        y, after = self.lstm(x, state)
        return y, after

    def initial_state(self, batch: int) -> State:
        """Zeros."""
        like = self.lstm.weight_hh_l0
        zeros = like.new_zeros(self.lstm.num_layers, batch, self.lstm.hidden_size)
        return zeros, zeros

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """From x (N, width) and the state before to y (N, width) and the state after."""
        cells = []
        for weights, before in zip(self.lstm.all_weights, zip(*state, strict=True), strict=True):
            x, c = torch.lstm_cell(x, before, *weights)
            cells.append((x, c))
        h, c = zip(*cells, strict=True)
        return x, (torch.stack(h), torch.stack(c))
