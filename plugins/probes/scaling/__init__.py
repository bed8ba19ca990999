"""What architectures cost by length, without training: operations, time and memory.

race.py: the settings, and the way through
 ├─ place.py: where a number is taken; the work that is done there
 ├─ operations.py: floating-point operations, counted
 ├─ memory.py: a fork for each place, which tells what it held at most
 │   └─ fork.py: a function in a fork, with an end to its time
 ├─ clock.py: rounds of timed calls, all architectures by turns
 └─ told.py: exponents and crossings of what was measured
"""

from seqbench import Race, hookimpl
from seqbench_plugins.probes.scaling.race import Scaling


@hookimpl
def probes() -> list[type[Race]]:
    return [Scaling]
