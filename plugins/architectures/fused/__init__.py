"""Recurrent layers of torch, with their work on the CPU done by compiled kernels."""

from seqbench_plugins.architectures.fused.layer import GRU, RNN, ran

__all__ = ["GRU", "RNN", "ran"]
