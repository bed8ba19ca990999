"""No test fetches anything: what reads a data file that is not here is skipped."""

import os
import signal

import torch

os.environ["SEQBENCH_OFFLINE"] = "1"

# A shell lets what it starts in the background ignore Ctrl-C, and so would every run of a test.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What runs in this process is small: more threads than one only stand in each other's way.
torch.set_num_threads(1)
