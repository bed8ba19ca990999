"""Any model type of Hugging Face transformers, tiny and untrained, from its configuration alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import nn

from seqbench import Architecture, Lesson, Model, SeqbenchError, Signature, hookimpl
from seqbench.kits.torch import TorchArchitecture

KNOWN = Path(__file__).with_name("known.json")  # made by measure.py
# Packages that change which code a model runs, by being installed.
KERNELS = "mamba_ssm causal_conv1d fla mlstm_kernels kernels xlstm mambapy flash_attn"
# Looked at one by one, and pinned by tests: names worth reporting. All others are experimental.
CURATED = frozenset(
    "gpt2 gpt_neo gpt_neox gptj opt bloom mpt llama mistral gemma qwen2 phi olmo2 falcon stablelm "
    "mamba2 rwkv xlstm recurrent_gemma qwen3_next bamba lfm2 "
    "bert roberta modernbert electra t5 bart".split()
)


@dataclass(frozen=True, kw_only=True)
class HF(TorchArchitecture):
    """A model type of Hugging Face transformers, tiny and untrained; `list architectures --hf`.

    It is fed vectors in place of words, so that speech and series go in too. Whether it looks ahead
    was measured, not taken from its name.
    """

    name = "hf"
    source = "Wolf et al., Transformers: state-of-the-art natural language processing, 2020"
    model_type: str = "gpt2"
    layers: int = 2
    heads: int = 4
    options: dict[str, Any] = field(default_factory=dict)  # of its configuration, more or others

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_least_one("layers", "heads")
        try:
            json.dumps(self.options)
        except (TypeError, ValueError) as error:
            raise SeqbenchError(f"hf.options has what no YAML can say: {error}") from error

    def unsuited(self, io: Signature) -> str | None:
        found = reached(self.model_type, json.dumps(self.options, sort_keys=True))
        if io.causal and not found.get("causal", True):
            return f"{self.model_type} reads ahead, and this task allows no look at later inputs"
        if io.varied and not found.get("padding", True):
            why = "lets padding change answers before it, and sequences differ in length here"
            return f"{self.model_type} {why}"
        return None

    def mixer(self, width: int, io: Signature) -> nn.Module:
        from seqbench_plugins.architectures.hf.backbone import Backbone, idle
        from seqbench_plugins.architectures.hf.shrink import Frame

        more = json.dumps(self.options, sort_keys=True)
        unused = idle(self.model_type, self.layers, self.heads, more)
        asked = self.width if width == self.between else width  # a hybrid may ask for another
        frame = Frame(asked, self.layers, self.heads, io.length)
        return Backbone(self.model_type, frame, self.options, unused, width)

    @property
    def between(self) -> int:
        """The width that the heads can share, at most `width`; perceptrons have the rest of it."""
        from seqbench_plugins.architectures.hf.shrink import Frame

        return Frame(self.width, self.layers, self.heads, 1).hidden

    def fit(self, lesson: Lesson) -> Model:
        """As all that are taught, with a note of the library and what changes its code."""
        model = super().fit(lesson)
        import transformers

        there = [name for name in KERNELS.split() if find_spec(name)]
        notes = {"transformers": transformers.__version__, "kernels": ", ".join(there) or "none"}
        return replace(model, notes={**model.notes, **notes})

    @classmethod
    def variants(cls) -> Mapping[str, str]:
        """Model types, with what was measured of each."""
        return {name: line(name, found) for name, found in known().items()}


def line(name: str, found: Mapping[str, Any]) -> str:
    """What is known of a model type."""
    if "why" in found:
        return f"does not run: {found['why']}"
    told = "causal" if found["causal"] else "bidirectional"
    if not found["padding"]:
        told += ", padding matters"
    if found.get("streaming_error", 0) > 1e-3:
        told += f", its cache is off by {found['streaming_error']:.2g}"
    rank = "curated" if name in CURATED else "experimental"
    return f"{told}, {found['cost']:g} times gpt2's time, {rank}"


@lru_cache
def known() -> dict[str, dict[str, Any]]:
    """By model type, what was measured of it, with default options."""
    found: dict[str, dict[str, Any]] = json.loads(KNOWN.read_text(encoding="utf-8"))["types"]
    return found


@lru_cache(maxsize=256)
def reached(model_type: str, options: str) -> dict[str, Any]:
    """Whether it looks ahead and minds padding: as is known, or measured now.

    Nothing where it does not run, or is not to be had here: building it will say why.
    """
    if options == "{}" and model_type in known():
        return known()[model_type]
    from seqbench_plugins.architectures.hf.measure import reach

    try:
        return reach(model_type, options)
    except Exception:  # whatever a model does not like, which is told where it is built
        return {}


@hookimpl
def architectures() -> list[type[Architecture]]:
    return [HF]
