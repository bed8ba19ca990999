"""Where the Lorenz system goes next: chaos in three numbers, of which one is seen."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Literal

import numpy as np

from seqbench import Reals, SeqbenchError, Signature, Sizes, Split, Task, hookimpl
from seqbench.kits.ahead import naive, naive_error, no_departure, told_at_the_end
from seqbench.kits.linear import window_ridge

SIGMA, RHO, BETA = 10.0, 28.0, 8 / 3
FINEST = 0.01  # time units that one step of the integration takes at most
SETTLING, COARSE = 5.0, 0.02  # time units until a start nearby is on the attractor, and a step then
TOGETHER = 8192  # runs that are integrated at once: what the processor's cache holds


@dataclass(frozen=True)
class Lorenz(Task):
    """The next `horizon` values of x, told at the end of `window` values, `step` time units apart.

    Each example is a run of its own from its own random start, settled for 5 time units. A target
    is (x - the last x seen) / scale, where scale is the mean size of the change over one step:
    answering 0 repeats the last value. Mean, deviation and scale are those of 64 other runs, the
    same for every seed. A small error grows about e-fold in 1.1 time units.
    """

    name = "lorenz"
    source = "Lorenz, Deterministic nonperiodic flow, 1963: sigma 10, rho 28, beta 8/3"
    metrics = ("mase", "mse")
    sizes = Sizes(train=8000, valid=500, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10}
    window: int = 32  # values seen
    horizon: int = 10  # values to forecast
    step: float = 0.05  # time units from one value to the next
    observed: Literal["x", "state"] = "x"  # x alone is shown, or x, y and z

    def __post_init__(self) -> None:
        for field, most in (("window", 1000), ("horizon", 200)):
            if not 1 <= getattr(self, field) <= most:
                raise SeqbenchError(
                    f"lorenz.{field} is {getattr(self, field)}; it takes 1 to {most} values"
                )
        if not 0.001 <= self.step <= 1:
            raise SeqbenchError(f"lorenz.step is {self.step}; it takes 0.001 to 1 time units")

    def signature(self) -> Signature:
        width = 1 if self.observed == "x" else 3
        answer = Reals(self.horizon, error="absolute")
        return Signature(Reals(width), answer, self.window, causal=False)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        start = rng.normal([0, 0, 25], 8, (n, 3))
        run = orbit(settled(start), self.step, self.window + self.horizon)  # (N, T, 3)
        mean, spread, scale = statistics(self.step)
        seen, x = run[:, : self.window], run[:, :, :1]
        departure = x[:, self.window :] - naive(x[:, : self.window], self.horizon)
        shown = 1 if self.observed == "x" else 3
        inputs = ((seen[..., :shown] - mean[:shown]) / spread[:shown]).astype(np.float32)
        base = np.repeat(seen[:, -1, :1] / scale, self.horizon, axis=1)
        return told_at_the_end(inputs, departure[..., 0] / scale, scale, base=base)

    def oracle(self, split: Split) -> np.ndarray | None:
        """From the last state on; of x alone nothing exact is known."""
        if self.observed == "x":
            return None
        mean, spread, scale = statistics(self.step)
        last = split.inputs[:, -1].astype(float) * spread + mean
        x = orbit(last, self.step, self.horizon + 1)[..., 0]
        answers: np.ndarray = (x[:, 1:] - x[:, :1]) / scale
        return np.repeat(answers[:, None], self.window, axis=1)

    def baselines(self) -> Any:
        return {"last_value": no_departure(self.horizon), "ridge": window_ridge}


def flow(state: np.ndarray, slope: np.ndarray, spare: np.ndarray) -> None:
    """The time derivative of states (3, N), written into `slope`; `spare` (N,) is overwritten."""
    x, y, z = state
    np.subtract(y, x, out=slope[0])
    slope[0] *= SIGMA
    np.subtract(RHO, z, out=slope[1])
    slope[1] *= x
    slope[1] -= y
    np.multiply(x, y, out=slope[2])
    np.multiply(z, BETA, out=spare)
    slope[2] -= spare


def advance(state: np.ndarray, time: float, finest: float) -> None:
    """Bring states (3, N) to some time later, by the classical Runge-Kutta method of order 4."""
    steps = max(1, round(np.ceil(time / finest - 1e-9)))
    h = time / steps
    slope, more, ahead = (np.empty_like(state) for _ in range(3))
    spare = np.empty(state.shape[1])
    for _ in range(steps):
        flow(state, slope, spare)
        np.multiply(slope, h / 2, out=ahead)
        for weight, reach in ((2, h / 2), (2, h), (1, 0)):
            ahead += state
            flow(ahead, more, spare)
            np.multiply(more, reach, out=ahead)
            more *= weight
            slope += more
        slope *= h / 6
        state += slope


def forward(state: np.ndarray, time: float, finest: float | None = None) -> np.ndarray:
    """States (N, 3) some time later."""
    found = np.empty_like(state)
    for start in range(0, len(state), TOGETHER):
        some = slice(start, start + TOGETHER)
        here = state[some].T.copy()
        advance(here, time, finest or FINEST)
        found[some] = here.T
    return found


def settled(start: np.ndarray) -> np.ndarray:
    """Where starts (N, 3) have come to when they are on the attractor."""
    return forward(start, SETTLING, COARSE)


def orbit(state: np.ndarray, step: float, count: int) -> np.ndarray:
    """The next states with the first, (N, count, 3)."""
    found = np.empty((len(state), count, 3))
    for start in range(0, len(state), TOGETHER):
        some = slice(start, start + TOGETHER)
        here = state[some].T.copy()
        for number in range(count):
            if number:
                advance(here, step, FINEST)
            found[some, number] = here.T
    return found


@cache
def statistics(step: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean (3,) and deviation (3,) of a state, and the mean size of the change of x in a step."""
    line = np.linspace(-8, 8, 64)
    run = orbit(settled(np.stack([line, line[::-1] / 2, 25 + line], axis=1)), 0.05, 400)
    near = np.stack([run, forward(run.reshape(-1, 3), step).reshape(run.shape)], axis=2)
    scale = naive_error(near[..., :1])[0]
    return run.mean(axis=(0, 1)), run.std(axis=(0, 1)), float(scale)


@hookimpl
def tasks() -> list[type[Task]]:
    return [Lorenz]
