"""No test fetches anything: what reads a data file that is not here is skipped."""

import os

os.environ["SEQBENCH_OFFLINE"] = "1"
