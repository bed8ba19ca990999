"""How fast the weights go, over the training."""

import math

from torch.optim import Optimizer

from seqbench.contract.architecture import Recipe


def share_of_lr(recipe: Recipe, seen: int, size: int) -> float:
    """The share of lr for a batch of `size` examples, `seen` before it.

    It rises evenly to 1 over the warm-up, then stays, or falls to 0 at the last example: evenly,
    or along half a cosine (Loshchilov and Hutter, SGDR, 2017). By examples, not by steps, so that
    batches of different sizes stand at the same place; a run that patience ends early never
    comes to the end of it.
    """
    done = seen / recipe.examples
    if done < recipe.warmup:
        return min((seen + size) / (recipe.warmup * recipe.examples), 1.0)
    fallen = (done - recipe.warmup) / (1 - recipe.warmup)
    match recipe.schedule:
        case "constant":
            return 1.0
        case "linear":
            return 1 - fallen
        case "cosine":
            return (1 + math.cos(math.pi * fallen)) / 2


def set_lr(optimizer: Optimizer, recipe: Recipe, seen: int, size: int) -> None:
    """Give the optimiser the rate of this batch."""
    if recipe.schedule != "constant" or recipe.warmup:
        lr = recipe.lr * share_of_lr(recipe, seen, size)
        for group in optimizer.param_groups:
            group["lr"] = lr
