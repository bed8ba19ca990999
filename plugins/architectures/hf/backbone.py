"""A tiny model of Hugging Face transformers, as a mixer."""

import json
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from seqbench import SeqbenchError
from seqbench.kits.torch import seeded
from seqbench_plugins.architectures.hf.library import configured, quietly
from seqbench_plugins.architectures.hf.shrink import Frame

PROBED = (8, 16)  # sequences and steps that show which weights are used


def built(config: Any) -> nn.Module:
    """The model without a head, in float32; of an encoder and a decoder, the encoder."""
    from transformers import AutoModel

    with quietly():
        model = AutoModel.from_config(config)
        if getattr(config, "is_encoder_decoder", False):
            model = model.get_encoder()
    made: nn.Module = model.float()
    return made


def called(model: nn.Module, x: Tensor, mask: Tensor | None = None) -> Tensor:
    """Its last hidden states (N, T, width) of x (N, T, width)."""
    given: dict[str, Any] = {"inputs_embeds": x}
    if mask is not None:
        given["attention_mask"] = mask
    if takes_cache(type(model)):
        given["use_cache"] = False
    told = model(**given)
    for name in ("last_hidden_state", "hidden_states"):
        if isinstance(found := getattr(told, name, None), Tensor):
            return found
    first: Tensor = told[0]
    return first


@lru_cache
def takes_cache(kind: type[nn.Module]) -> bool:
    """Whether its forward has a parameter `use_cache`."""
    import inspect

    return "use_cache" in inspect.signature(kind.forward).parameters


def width_of(model: nn.Module, config: Any) -> int:
    """Of what it is given: of its table of words, or as its configuration says."""
    with quietly():
        words = model.get_input_embeddings() if hasattr(model, "get_input_embeddings") else None
    weight = getattr(words, "weight", None)
    if weight is not None:
        return int(weight.shape[-1])
    return int(config.hidden_size)


@lru_cache(maxsize=256)
def idle(model_type: str, layers: int, heads: int, more: str) -> frozenset[str]:
    """Names of weights that no answer depends on: tables of words, heads for other uses."""
    frame = Frame(4 * heads, layers, heads, PROBED[1])
    with torch.device("cpu"), seeded(np.random.default_rng(0)), torch.enable_grad():
        config = configured(model_type, frame, json.loads(more))
        model = built(config).train()
        x = torch.randn(*PROBED, width_of(model, config), requires_grad=True)
        with quietly():
            called(model, x).square().sum().backward()
    return frozenset(name for name, weight in model.named_parameters() if weight.grad is None)


class Backbone(nn.Module):
    """From (N, T, width) to (N, T, width), by the model, and on either side what makes it fit."""

    def __init__(
        self,
        model_type: str,
        frame: Frame,
        more: Mapping[str, Any],
        unused: frozenset[str],
        width: int = 0,
    ) -> None:
        """`width` is that of what it is given and gives, where it is not the frame's."""
        super().__init__()
        self.made_of = (model_type, frame, json.dumps(more, sort_keys=True), unused, width)
        config = configured(model_type, frame, more)
        self.model = built(config)
        inside = width_of(self.model, config)
        for name in unused:
            keep_out(self.model, name)
        outside = int(getattr(config, "hidden_size", inside) or inside)
        self.inward = fit(width or frame.width, inside)
        self.outward = fit(outside, width or frame.width)
        self.steps, self.named = frame.steps, model_type

    def forward(self, x: Tensor, lengths: Tensor | None = None) -> Tensor:
        if x.shape[1] > self.steps and self.places():
            told = f"hf: {self.named} learned places for {self.steps} steps, not for {x.shape[1]}"
            raise SeqbenchError(f"{told}; it takes shorter ones")
        mask = None
        if lengths is not None:
            at = torch.arange(x.shape[1], device=x.device)
            mask = (at < lengths.to(x.device)[:, None]).long()
        y: Tensor = self.outward(called(self.model, self.inward(x), mask))
        return y

    def flops(self, batch: int, steps: int) -> int:
        """Of a forward pass; torch counts them on a twin that has no numbers."""
        return counted(self.made_of, batch, steps)

    def places(self) -> bool:
        """Whether it has a table of positions."""
        tables = (it for it in self.model.modules() if isinstance(it, nn.Embedding))
        return any(it.num_embeddings in (self.steps + 2, self.steps + 4) for it in tables)


@lru_cache(maxsize=256)
def counted(made_of: tuple[Any, ...], batch: int, steps: int) -> int:
    """FLOPs of a forward pass of such a Backbone."""
    model_type, frame, more, unused, width = made_of
    frame = replace(frame, steps=max(frame.steps, steps))
    plain, counter = sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False)
    for pretended in (FakeTensorMode(), nullcontext()):  # some look at numbers on their way
        with suppress(Exception), pretended, torch.device("cpu"), torch.no_grad():
            twin = Backbone(model_type, frame, json.loads(more), unused, width)
            # Torch has no formula for the products of experts in groups, and counts them as free.
            twin.model.config._experts_implementation = "batched_mm"
            x = torch.zeros(batch, steps, width or frame.width)
            with plain, counter:
                twin.outward(called(twin.model, twin.inward(x)))
            return int(counter.get_total_flops())
    raise ValueError(f"the work of {model_type} cannot be counted")


def fit(given: int, wanted: int) -> nn.Module:
    """A projection where widths differ."""
    return nn.Identity() if given == wanted else nn.Linear(given, wanted)


def keep_out(model: nn.Module, name: str) -> None:
    """Make a weight a buffer: it is there for code that looks at it, and counts for nothing."""
    owner, _, last = name.rpartition(".")
    module = model.get_submodule(owner)
    weight = module._parameters.pop(last, None)
    if weight is not None:
        module.register_buffer(last, weight.detach(), persistent=False)
