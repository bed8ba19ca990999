"""What was said a few steps ago: the modules of this package are plugins."""

SEQBENCH_CONTRACT = 1
