"""What stands around a mixer: the way in and the way out."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from torch import Tensor, nn

from seqbench.contract.errors import Unsuited
from seqbench.contract.signature import Signature, Tokens


class Network(nn.Module):
    """Embedding or projection, then the mixer, then the readout.

    Dropout (Srivastava et al., 2014) is what comes into the mixer and what comes out of it.
    """

    def __init__(self, io: Signature, width: int, mixer: nn.Module, dropout: float = 0.0) -> None:
        super().__init__()
        self.encoder = encoder(io, width)
        self.mixer = mixer
        self.readout = readout(io, width)
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        """(N, T) or (N, T, width given) -> (N, T, channels)."""
        x = self.dropout(self.encoder(inputs))  # (N, T, width)
        x = apply(self.mixer, x, lengths)  # (N, T, width)
        answer: Tensor = self.readout(self.dropout(x))
        return answer

    def chunk(self, inputs: Tensor, state: Any) -> tuple[Tensor, Any]:
        """The same for some steps on from a state of the mixer, None at the start; its new state.

        Raises Unsuited where the mixer has no `chunk`.
        """
        run = getattr(self.mixer, "chunk", None)
        if run is None:
            kind = type(self.mixer).__name__
            raise Unsuited(f"train.tbptt needs a mixer with chunk(x, state); {kind} has none")
        x, state = run(self.dropout(self.encoder(inputs)), state)  # (N, t, width)
        return self.readout(self.dropout(x)), state


def apply(module: nn.Module, x: Tensor, lengths: Tensor | None) -> Tensor:
    """Call the module, with the lengths where its forward takes them."""
    forward = module.forward
    if takes_lengths(getattr(forward, "__func__", forward)):
        answer: Tensor = module(x, lengths=lengths)
    else:
        answer = module(x)
    return answer


@lru_cache
def takes_lengths(forward: Callable[..., Any]) -> bool:
    """Whether a function has a parameter of that name; asked once, as it takes a while."""
    return "lengths" in inspect.signature(forward).parameters


def sizes(network: nn.Module) -> dict[str, int]:
    """How many numbers each part of a Network learns, for the record; nothing of other networks."""
    if not isinstance(network, Network):
        return {}
    return {
        f"parameters_{part}": sum(w.numel() for w in getattr(network, part).parameters())
        for part in ("encoder", "mixer", "readout")
    }


def encoder(io: Signature, width: int) -> nn.Module:
    """From whatever the task gives to (N, T, width)."""
    if isinstance(io.inputs, Tokens):
        return nn.Embedding(io.inputs.vocab, width)
    return nn.Linear(io.inputs.width, width)


def readout(io: Signature, width: int) -> nn.Module:
    """From (N, T, width) to the scores or values the task wants."""
    return nn.Linear(width, io.outputs.channels)
