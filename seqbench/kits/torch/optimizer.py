"""Which way the weights go, given a gradient."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

from seqbench.contract.architecture import Recipe

BETA2 = 0.999  # of adam and adamw


def optimizer(network: nn.Module, recipe: Recipe) -> Optimizer:
    """The recipe's optimiser over all weights that learn.

    adamw (Loshchilov and Hutter, 2019) shrinks weights by lr * weight_decay a step; adam (Kingma
    and Ba, 2015), sgd (momentum as in Sutskever et al., 2013, without Nesterov's correction) and
    rmsprop (Tieleman and Hinton, 2012) add weight_decay times the weight to the gradient, after
    clipping. All are torch's, whose defaults hold where the recipe says nothing.
    """
    groups, lr, betas = decayed(network.parameters(), recipe), recipe.lr, (recipe.momentum, BETA2)
    match recipe.optimizer:
        case "adamw":
            return AdamW(groups, lr=lr, betas=betas, fused=True)
        case "adam":
            return Adam(groups, lr=lr, betas=betas, fused=True)
        case "sgd":
            return SGD(groups, lr=lr, momentum=recipe.momentum, fused=True)
        case "rmsprop":
            return RMSprop(groups, lr=lr)


def decayed(weights: Iterable[torch.nn.Parameter], recipe: Recipe) -> list[dict[str, Any]]:
    """Weights in two groups: matrices, which decay, and biases and norms, which do not."""
    learning = [w for w in weights if w.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [w for w in learning if w.ndim >= 2], "weight_decay": recipe.weight_decay},
        {"params": [w for w in learning if w.ndim < 2], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
