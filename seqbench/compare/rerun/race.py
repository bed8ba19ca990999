"""Rounds of laps, added until each cell is decided or the budget is spent."""

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from seqbench.compare.rerun.place import Place, place
from seqbench.compare.rerun.runner import Runner
from seqbench.contract.errors import SeqbenchError
from seqbench.kits.statistics import Estimate, bootstrap, median

Verdict = Literal["regression", "improvement", "ok", "inconclusive", "void", "failed"]
ROUNDS = 8  # in a heat, which has processes of its own: where code lies in memory costs, too
LAP = 0.25  # seconds that a lap should take
ARMS = ("baseline", "control", "current")


@dataclass
class Timed:
    """One task and architecture: log ratios of CPU and wall time, a number a round.

    `current` is the current side over the baseline, `control` the baseline over itself.
    """

    task: str
    architecture: str
    heats: list[dict[str, list[float]]] = field(default_factory=list)
    examples: int = 0
    error: str = ""
    asked: bool = False  # whether an alarm was measured again

    def ratios(self, name: str, heats: slice = slice(None)) -> np.ndarray:
        """`current`, `control` or `wall` of some heats, (rounds,)."""
        return np.array([ratio for heat in self.heats[heats] for ratio in heat[name]])

    def estimate(self, name: str, heats: slice = slice(None)) -> Estimate:
        """The median log ratio with its bootstrap interval over rounds."""
        return bootstrap([self.ratios(name, heats)], median, np.random.default_rng(0))

    def verdict(self, margin: float) -> Verdict:
        """What it comes to: an alarm counts where the last heat alone says it again.

        Void where the baseline beside itself alarms: then the machine is not fit to tell.
        """
        if self.error:
            return "failed"
        if side(self.estimate("control"), margin) in ("regression", "improvement"):
            return "void"
        found = side(self.estimate("current"), margin)
        if found in ("regression", "improvement"):
            last = side(self.estimate("current", slice(-1, None)), margin)
            return found if self.asked and last == found else "inconclusive"
        return found


def side(found: Estimate, margin: float) -> Verdict:
    """Where an interval of log ratios lies beside a margin."""
    edge = float(np.log1p(margin))
    if found.low > edge:
        return "regression"
    if found.high < -edge:
        return "improvement"
    return "ok" if -edge < found.low and found.high < edge else "inconclusive"


def rerun(
    baseline: str,
    current: str,
    suite: Path,
    margin: float = 0.03,
    heats: int = 3,
    tell: Callable[[str], None] = lambda line: None,
) -> list[Timed]:
    """Measure both sides on a suite's trials, at most so many heats of ROUNDS rounds a cell.

    Sides are named as in `place`. Raises SeqbenchError where one cannot be started, or where they
    do not plan the same.
    """
    with tempfile.TemporaryDirectory() as temporary:
        rooms = [Path(temporary, name) for name in ("baseline", "current")]
        then = place(baseline, suite, rooms[0])
        now = place(current, suite, rooms[1])
        cells: list[Timed] = []
        for heat in range(heats):
            open_cells = [one for one in cells if undecided(one, margin)]
            if heat and not open_cells:
                break
            alarms = {id(one) for one in open_cells if alarmed(one, margin)}
            cells = run_heat((then, then, now), cells, margin, np.random.default_rng(heat))
            for one in cells:
                one.asked = one.asked or id(one) in alarms
            tell(
                f"heat {heat + 1} of at most {heats}: {sum(undecided(c, margin) for c in cells)}"
                f" of {len(cells)} cells undecided"
            )
        return cells


def alarmed(one: Timed, margin: float) -> bool:
    """Whether all rounds so far say that it is slower or faster."""
    return not one.error and side(one.estimate("current"), margin) in ("regression", "improvement")


def undecided(one: Timed, margin: float) -> bool:
    """Whether more rounds may tell more; an alarm has to be measured again."""
    if one.error:
        return False
    return one.verdict(margin) == "inconclusive" or (alarmed(one, margin) and not one.asked)


def run_heat(
    places: tuple[Place, Place, Place], cells: list[Timed], margin: float, rng: np.random.Generator
) -> list[Timed]:
    """A heat of all cells that are not decided, in new processes: baseline, itself, current."""
    with ExitStack() as stack:
        arms = {
            name: stack.enter_context(Runner(where))
            for name, where in zip(ARMS, places, strict=True)
        }
        first = arms["baseline"].cells
        if any(arm.cells != first for arm in arms.values()):
            raise SeqbenchError("the two sides plan other trials of the suite: nothing to compare")
        cells = cells or [Timed(cell["task"], cell["architecture"]) for cell in first]
        for number, cell in enumerate(cells):
            if not cell.heats or undecided(cell, margin):
                one_cell(number, cell, arms, rng)
        return cells


def one_cell(number: int, cell: Timed, arms: dict[str, Runner], rng: np.random.Generator) -> None:
    """ROUNDS rounds of one cell; each side runs twice in a round, there and back (ABBA)."""
    if not cell.examples:
        cell.examples = lap_size(number, arms)
    ready = {name: arm.lap(number, cell.examples or 32) for name, arm in arms.items()}
    if bad := next((lap["error"] for lap in ready.values() if "error" in lap), ""):
        cell.error = bad
        return
    found: dict[str, list[float]] = {"current": [], "control": [], "wall": []}
    for _ in range(ROUNDS):
        order = [ARMS[i] for i in rng.permutation(len(ARMS))]
        cpu, wall = dict.fromkeys(ARMS, 0.0), dict.fromkeys(ARMS, 0.0)
        for name in (*order, *reversed(order)):
            lap: dict[str, Any] = arms[name].lap(number, cell.examples)
            cpu[name] += lap["cpu"]
            wall[name] += lap["wall"]
        found["current"].append(float(np.log(cpu["current"] / cpu["baseline"])))
        found["control"].append(float(np.log(cpu["control"] / cpu["baseline"])))
        found["wall"].append(float(np.log(wall["current"] / wall["baseline"])))
    cell.heats.append(found)


def lap_size(number: int, arms: dict[str, Runner]) -> int:
    """How many examples a lap has, so that the baseline takes LAP seconds or its whole training."""
    few = 64
    lap = arms["baseline"].lap(number, few)
    lap = arms["baseline"].lap(number, few) if "error" not in lap else lap
    if "error" in lap:
        return 0
    wanted = few * LAP / max(lap["cpu"], 1e-4)
    return int(min(max(wanted, few), lap["examples"]))
