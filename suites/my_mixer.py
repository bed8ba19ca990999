"""An architecture of my own: every step hears a fading sum of all that came before it."""

from dataclasses import dataclass

import torch

from seqbench import hookimpl
from seqbench.kits.torch import TorchArchitecture


class Fading(torch.nn.Module):
    """A gated sum of the past, each channel with a rate of its own at which it forgets."""

    def __init__(self, width: int, half_life: float) -> None:
        super().__init__()
        self.rate = torch.nn.Parameter(torch.full((width,), 0.7 / half_life))
        self.inward, self.outward = torch.nn.Linear(width, 2 * width), torch.nn.Linear(width, width)

    def forward(self, x):  # (N, T, width)
        value, gate = self.inward(x).chunk(2, dim=-1)
        step = torch.arange(x.shape[1])[:, None]  # of earlier steps a part, of later ones nothing:
        fade = torch.exp(-self.rate.abs() * (step[:, None] - step).abs()) * (step[:, None] >= step)
        return x + self.outward(torch.einsum("tsw,nsw->ntw", fade, value) * torch.sigmoid(gate))


@dataclass(frozen=True, kw_only=True)
class MyMixer(TorchArchitecture):
    """A fading memory (my notebook, 2026)."""

    name = "my_mixer"
    half_life: float = 8.0  # steps after which half is forgotten, at the start

    def mixer(self, width, io):
        return Fading(width, self.half_life)


@hookimpl
def architectures():
    return [MyMixer]
