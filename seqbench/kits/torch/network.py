"""What stands around a mixer: the way in and the way out."""

import inspect

from torch import Tensor, nn

from seqbench.contract.signature import Signature, Tokens


class Network(nn.Module):
    """Embedding or projection, then the mixer, then the readout."""

    def __init__(self, io: Signature, width: int, mixer: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder(io, width)
        self.mixer = mixer
        self.readout = readout(io, width)

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(N, T) or (N, T, width given) -> (N, T, channels)."""
        x = self.encoder(inputs)  # (N, T, width)
        x = apply(self.mixer, x, lengths)  # (N, T, width)
        answer: Tensor = self.readout(x)
        return answer


def apply(module: nn.Module, x: Tensor, lengths: Tensor | None) -> Tensor:
    """Call the module, with the lengths where its forward takes them."""
    if "lengths" in inspect.signature(module.forward).parameters:
        answer: Tensor = module(x, lengths=lengths)
    else:
        answer = module(x)
    return answer


def encoder(io: Signature, width: int) -> nn.Module:
    """From whatever the task gives to (N, T, width)."""
    if isinstance(io.inputs, Tokens):
        return nn.Embedding(io.inputs.vocab, width)
    return nn.Linear(io.inputs.width, width)


def readout(io: Signature, width: int) -> nn.Module:
    """From (N, T, width) to the scores or values the task wants."""
    return nn.Linear(width, io.outputs.channels)
