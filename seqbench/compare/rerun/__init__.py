"""Two versions of the code, measured side by side in one job: is one of them slower?

Times of two stored runs tell of the machine; of identical code a third to a half of them alarm on
a busy one. Here both sides run at once, turn by turn, each in a process of its own and on one
thread, and what is compared is the CPU time of the same training, round by round.
"""

from seqbench.compare.rerun.race import Timed, rerun

__all__ = ["Timed", "rerun"]
