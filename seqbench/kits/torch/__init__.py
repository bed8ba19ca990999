"""For architectures that are a torch module: say `mixer`, and the kit does the rest."""

from seqbench.kits.torch.answers import predictor
from seqbench.kits.torch.architecture import TorchArchitecture
from seqbench.kits.torch.initial import start_matrices, start_recurrent
from seqbench.kits.torch.loss import loss
from seqbench.kits.torch.network import Network, apply, encoder, readout
from seqbench.kits.torch.training import seeded, train

__all__ = [
    "Network",
    "TorchArchitecture",
    "apply",
    "encoder",
    "loss",
    "predictor",
    "readout",
    "seeded",
    "start_matrices",
    "start_recurrent",
    "train",
]
