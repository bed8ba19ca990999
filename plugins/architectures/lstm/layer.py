"""torch.nn.LSTM, with its work on the CPU done by compiled kernels."""

from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensor
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from seqbench_plugins.architectures.lstm.functions import recur
from seqbench_plugins.architectures.lstm.recurrence import GRANTED

State = tuple[Tensor, Tensor]


class LSTM(nn.RNNBase):
    """A torch.nn.LSTM in everything but speed and the start of its forget gates.

    Parameters, their names and their initialisation are torch's, so that a state_dict goes both
    ways; `forget_bias` is what the forget gates' biases (b_ih + b_hh) start with (Gers et al.,
    2000; Jozefowicz et al., 2015); None or 0 leaves them to torch. What the kernels do not do
    (another dtype, two directions, projections, dropout, no bias, autocast) torch does, and what is
    on a GPU cuDNN by way of torch. `ran` tells, and also whether the processor's matrix unit served
    for float32, which changes the last digits. Only gradients of gradients are refused.
    """

    # Torch's own methods; but torch.compile refuses to look into an nn.LSTM, and so into its heirs.
    check_forward_args = nn.LSTM.check_forward_args
    get_expected_cell_size = nn.LSTM.get_expected_cell_size
    permute_hidden = nn.LSTM.permute_hidden

    ran = ""  # what did the work of the last call: the compiled kernels, or torch and where

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        *,
        forget_bias: float | None = 1.0,
        **options: Any,
    ) -> None:
        self.forget_bias = forget_bias  # before torch's, which calls reset_parameters
        super().__init__("LSTM", input_size, hidden_size, num_layers, **options)

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Torch's initial weights, and the forget gates open."""
        super().reset_parameters()
        self.open_forget_gates()

    @torch.no_grad()
    def open_forget_gates(self) -> None:
        """Set their biases to `forget_bias`, where there is one."""
        if self.forget_bias:
            forget = slice(self.hidden_size, 2 * self.hidden_size)
            for name, weight in self.named_parameters():
                if name.startswith("bias"):
                    weight[forget] = self.forget_bias if name.startswith("bias_ih") else 0.0

    def forward(
        self,
        input: Tensor | PackedSequence,
        hx: State | None = None,
        lengths: Tensor | None = None,
    ) -> tuple[Any, State]:
        """As torch.nn.LSTM, which see. `lengths` (n,) says how many first steps are real.

        Outputs after them are zero, and the final state is that of the last real step.
        """
        if lengths is not None:
            steps = input.shape[1 if self.batch_first else 0]
            packed = pack_padded_sequence(input, lengths.cpu(), self.batch_first, False)
            packed_y, state = self(packed, hx)
            y, _ = pad_packed_sequence(packed_y, self.batch_first, total_length=steps)
            return y, state
        if not self.compiled(input, hx):
            self.ran = f"torch ({self.weight_ih_l0.device.type})"
            return nn.LSTM.forward(self, input, hx)
        unit = GRANTED and self.weight_ih_l0.dtype == torch.float32
        self.ran = "compiled kernels (AMX)" if unit else "compiled kernels"
        if isinstance(input, PackedSequence):
            data, counts, order, back = input
            hx = hx and self.permute_hidden(hx, order)
            y, state = self.layers(data, int(counts[0]), counts, hx)
            return PackedSequence(y, counts, order, back), self.permute_hidden(state, back)
        x = input.transpose(0, 1) if self.batch_first else input  # (T, n, input_size)
        steps, batch, _ = x.shape
        y, state = self.layers(x.reshape(steps * batch, -1), batch, None, hx)
        y = y.view(steps, batch, -1)
        return y.transpose(0, 1) if self.batch_first else y, state

    def layers(
        self, x: Tensor, batch: int, counts: Tensor | None, hx: State | None
    ) -> tuple[Tensor, State]:
        """All layers over rows (rows, input_size), step after step; see operator.py."""
        h, c = hx or 2 * (x.new_zeros(self.num_layers, batch, self.hidden_size),)
        last_h, last_c = [], []
        for layer, weights in enumerate(self.all_weights):
            x, last, cells, *_ = recur(x, counts, h[layer], c[layer], *weights)
            last_h.append(last)
            last_c.append(cells)
        if self.num_layers == 1:
            return x, (last_h[0].unsqueeze(0), last_c[0].unsqueeze(0))
        return x, (torch.stack(last_h), torch.stack(last_c))

    def compiled(self, input: Tensor | PackedSequence, hx: State | None) -> bool:
        """Whether the kernels can do this; an input torch would refuse is left for torch to."""
        data, batch = input, 1
        if isinstance(input, PackedSequence):
            data, batch = input.data, int(input.batch_sizes[0])
        elif input.ndim == 3:
            batch = input.shape[0 if self.batch_first else 1]
        state_shape = (self.num_layers, batch, self.hidden_size)
        return (
            self.plain()
            and data.ndim == (2 if isinstance(input, PackedSequence) else 3)
            and data.shape[-1] == self.input_size
            and data.numel() > 0
            and data.dtype in (torch.float32, torch.float64)
            and all(it.shape == state_shape for it in hx or ())
            and all(ordinary(it, data.dtype) for it in (data, *self._flat_weights, *(hx or ())))
        )

    def plain(self) -> bool:
        """Whether the layer, in its present mode, is one that the kernels know."""
        other = self.bidirectional or self.proj_size or (self.dropout and self.training)
        return bool(self.bias and not other and not torch.is_autocast_enabled("cpu"))


def ordinary(it: Tensor, dtype: torch.dtype) -> bool:
    """A tensor with its numbers in the machine's memory, or one that stands for such a tensor."""
    known = type(it) in (Tensor, nn.Parameter) or isinstance(it, FakeTensor)
    return known and it.device.type in ("cpu", "meta") and it.dtype == dtype
