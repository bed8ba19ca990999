"""Hugging Face transformers: what it knows, and its configurations."""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from seqbench import Missing, SeqbenchError
from seqbench_plugins.architectures.hf.shrink import Frame, options

INSTALL = "pip install 'seqbench[hf]'"


def transformers() -> Any:
    """The library, told to fetch nothing and to say little."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import transformers as library
    except ImportError as lack:
        raise Missing(f"hf needs Hugging Face transformers: {INSTALL}") from lack
    library.logging.set_verbosity_error()
    return library


@contextmanager
def quietly() -> Iterator[None]:
    """Without the library's advice on kernels and files that are not there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def model_types() -> list[str]:
    """All of the installed library that model a language, by word after word or with gaps."""
    from transformers.models.auto import modeling_auto as auto

    found: set[str] = set()
    for table in ("CAUSAL_LM", "MASKED_LM", "SEQ_TO_SEQ_CAUSAL_LM"):
        names = f"MODEL_FOR_{table}_MAPPING_NAMES"
        found |= set(getattr(auto, names, {}))
    return sorted(found)


def configured(model_type: str, frame: Frame, more: Mapping[str, Any]) -> Any:
    """A tiny configuration; SeqbenchError where there is none of this type, or not with these."""
    transformers()
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    if model_type not in CONFIG_MAPPING:
        near = get_close_matches(model_type, CONFIG_MAPPING, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else "; seqbench list architectures --hf"
        raise SeqbenchError(f"hf.model_type: transformers knows no {model_type!r}{hint}")
    kind = CONFIG_MAPPING[model_type]
    with quietly():
        try:
            return kind(**options(kind, frame, more))
        except Exception as error:  # of their own kinds, by the way a configuration is checked
            why = " ".join(str(error).split())[:200]
            raise SeqbenchError(f"hf: {model_type} has no such configuration: {why}") from error
