"""A tiny configuration of any model type, by the names that configurations use for one thing.

Hugging Face's configurations call the width `hidden_size`, `d_model` or `n_embd`, and so on: what a
configuration has of these names is set, and what it has none of is left. EXCEPTIONS are what some
types want besides.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VOCAB = 16  # of the table of words, which is not used; special tokens lie below it
WIDTH = "hidden_size d_model n_embd dim embed_dim embedding_size word_embed_proj_dim lru_width"
WIDTH += " attention_hidden_size"
LAYERS = "num_hidden_layers n_layer n_layers num_layers encoder_layers decoder_layers num_blocks"
HEADS = "num_attention_heads n_head n_heads num_heads encoder_attention_heads"
HEADS += " decoder_attention_heads num_key_value_heads mamba_num_heads linear_num_key_heads"
HEADS += " linear_num_value_heads num_decoder_layers_heads encoder_heads decoder_heads"
OF_A_HEAD = "head_dim d_kv qk_head_dim v_head_dim mamba_head_dim mamba_d_head linear_key_head_dim"
OF_A_HEAD += " linear_value_head_dim attention_head_size rotary_dim kv_channels"
INNER = "intermediate_size ffn_dim encoder_ffn_dim decoder_ffn_dim ffn_hidden_size d_ff n_inner"
INNER += " d_inner moe_intermediate_size shared_expert_intermediate_size feed_forward_size"
INNER += " shared_intermediate_size block_ff_dim hidden_dim"
POSITIONS = "max_position_embeddings n_positions n_ctx max_seq_len max_sequence_length seq_length"
DROPOUTS = "hidden_dropout hidden_dropout_prob attention_dropout attention_probs_dropout_prob"
DROPOUTS += " attn_pdrop resid_pdrop embd_pdrop dropout dropout_rate activation_dropout"
DROPOUTS += " attn_dropout ffn_dropout embedding_dropout embed_dropout classifier_dropout layerdrop"
DROPOUTS += " encoder_layerdrop decoder_layerdrop router_jitter_noise input_jitter_noise drop_path"
FIXED = {
    **dict.fromkeys("vocab_size vocab_size_per_layer_input".split(), VOCAB),
    **dict.fromkeys("pad_token_id".split(), 0),
    **dict.fromkeys("bos_token_id".split(), 1),
    **dict.fromkeys("eos_token_id sep_token_id cls_token_id mask_token_id".split(), 2),
    **dict.fromkeys("num_experts num_local_experts n_routed_experts moe_num_experts".split(), 4),
    **dict.fromkeys("num_experts_per_tok moe_k moe_topk num_experts_per_token".split(), 2),
    **dict.fromkeys("n_shared_experts n_group topk_group first_k_dense_replace".split(), 1),
    **dict.fromkeys("state_size mamba_d_state ssm_state_size mamba_d_ssm_state".split(), 16),
    **dict.fromkeys("chunk_size mamba_chunk_size".split(), 32),
    **dict.fromkeys("sliding_window attention_window_size attention_window".split(), 64),
    **dict.fromkeys("q_lora_rank".split(), 32),
    **dict.fromkeys("kv_lora_rank qk_nope_head_dim".split(), 16),
    **dict.fromkeys("qk_rope_head_dim".split(), 8),
    **{"rotary_pct": 0.5, "mamba_expand": 2, "use_cache": False, "use_mamba_kernels": False},
    **{"use_mambapy": True, "type_vocab_size": 1, "torch_dtype": "float32", "dtype": "float32"},
}


@dataclass(frozen=True)
class Frame:
    """What every model type is asked to be."""

    width: int
    layers: int
    heads: int
    steps: int  # the longest sequence

    @property
    def hidden(self) -> int:
        """The width that heads of an even width can share, at most the one asked for."""
        return max(1, self.width // (2 * self.heads)) * 2 * self.heads

    @property
    def rest(self) -> int:
        """By how much a state may be larger for what heads left of the width: 6 w^2 weights."""
        return round(6 * (self.width**2 - self.hidden**2) / (2 * self.hidden + 8))

    @property
    def inner(self) -> int:
        """Of a perceptron: twice as wide, and more by what the heads left of the width.

        4 w^2 weights of attention and 2 w i of a perceptron are together 8 w^2 where i is 2 w: so
        that any width, and with it any budget, has a network of its own.
        """
        return max(4, round((8 * self.width**2 - 4 * self.hidden**2) / (2 * self.hidden)))


def options(kind: type, frame: Frame, more: Mapping[str, Any]) -> dict[str, Any]:
    """What to make a configuration of this class with."""
    known = parameters(kind)
    wanted: dict[str, Any] = dict(FIXED)
    for names, value in (
        (WIDTH, frame.hidden),
        (LAYERS, frame.layers),
        (HEADS, frame.heads),
        (OF_A_HEAD, frame.hidden // frame.heads),
        (INNER, frame.inner),
        (POSITIONS, frame.steps + 2),  # some begin to count behind the padding's place
        (DROPOUTS, 0.0),
    ):
        wanted |= dict.fromkeys(names.split(), value)
    found = {name: value for name, value in wanted.items() if name in known}
    exception = EXCEPTIONS.get(kind.model_type)  # type: ignore[attr-defined]
    return {**found, **(exception(frame) if exception else {}), **more}


def parameters(kind: type) -> set[str]:
    """Names that a configuration class takes."""
    found = set(inspect.signature(kind.__init__).parameters)  # type: ignore[misc]
    for base in kind.__mro__:
        found |= set(getattr(base, "__annotations__", {}))
    return found | set(getattr(kind, "attribute_map", {}))


def alternating(frame: Frame, *names: str) -> list[str]:
    """Kinds of layers, in turn."""
    return [names[i % len(names)] for i in range(frame.layers)]


def mamba(frame: Frame) -> dict[str, Any]:
    """Heads of Mamba's second kind, twice as many numbers as the width."""
    return {"mamba_n_heads": 2 * frame.heads, "mamba_d_head": frame.hidden // frame.heads}


EXCEPTIONS = {
    "mamba": lambda f: {"intermediate_size": round(2 * f.width**2 / f.hidden)},
    "falcon_mamba": lambda f: {"intermediate_size": round(2 * f.width**2 / f.hidden)},
    "mamba2": lambda f: {
        **{"num_heads": 2 * f.heads, "head_dim": f.hidden // f.heads},
        **{"n_groups": 1, "expand": 2, "state_size": 16 + f.rest},
    },
    "xlstm": lambda f: {"embedding_dim": f.hidden, "num_blocks": f.layers, "qk_dim_factor": 0.5},
    "bamba": lambda f: {**mamba(f), "attn_layer_indices": [f.layers - 1], "mamba_n_groups": 1},
    "jamba": lambda f: {
        **{"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 2},
        **{"expert_layer_offset": 1, "mamba_dt_rank": 4},
    },
    "zamba": lambda f: {
        **{"attn_layer_period": 2, "attn_layer_offset": 1, "n_mamba_heads": 2, "mamba_dt_rank": 4},
        **{"num_hidden_layers": max(3, f.layers)},
    },
    "zamba2": lambda f: {
        **{"num_hidden_layers": 3, "layers_block_type": ["mamba", "hybrid", "mamba"]},
        **{"hybrid_layer_ids": [1], "n_mamba_heads": 2 * f.heads, "num_mem_blocks": 1},
        **{"mamba_headdim": f.hidden // f.heads, "mamba_ngroups": 1},
    },
    "qwen3_next": lambda f: {"layer_types": alternating(f, "linear_attention", "full_attention")},
    "qwen3_5_text": lambda f: {"layer_types": alternating(f, "linear_attention", "full_attention")},
    "olmo_hybrid": lambda f: {"layer_types": alternating(f, "linear_attention", "full_attention")},
    "minimax": lambda f: {"layer_types": alternating(f, "linear_attention", "full_attention")},
    "recurrent_gemma": lambda f: {
        **{"num_hidden_layers": 3, "block_types": ["recurrent", "recurrent", "attention"]},
    },
    "nemotron_h": lambda f: {
        **{"num_hidden_layers": 4, "layers_block_type": ["mamba", "attention", "mamba", "mlp"]},
        **{"n_groups": 1, "ssm_state_size": 16},
    },
    "falcon_h1": lambda f: {**mamba(f), "mamba_d_ssm": 2 * f.hidden, "mamba_n_groups": 1},
    "lfm2": lambda f: {"layer_types": alternating(f, "conv", "full_attention")},
    "lfm2_moe": lambda f: {
        **{"layer_types": alternating(f, "conv", "full_attention"), "num_dense_layers": 1},
    },
    "granitemoehybrid": lambda f: {
        **mamba(f),
        **{"layer_types": alternating(f, "mamba", "attention"), "mamba_n_groups": 1},
    },
    "gpt_neo": lambda f: {
        **{"attention_types": [[["global", "local"], -(-f.layers // 2)]], "window_size": 64},
        **{"num_layers": -(-f.layers // 2) * 2},
    },
    "reformer": lambda f: {
        **{"attn_layers": ["local"] * f.layers, "axial_pos_embds": False, "is_decoder": True},
        **{"attention_head_size": f.hidden // f.heads},
    },
    "funnel": lambda f: {"block_sizes": [f.layers]},
}
