"""How the Mackey-Glass equation goes on: a feedback that comes late, and chaos of it."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from seqbench import Reals, SeqbenchError, Signature, Sizes, Split, Task, hookimpl
from seqbench.kits.ahead import naive, naive_error, no_departure, told_at_the_end
from seqbench.kits.linear import window_ridge

FINE = 10  # steps of the integration in a time unit
SETTLING = 500  # time units until what went before is forgotten


@dataclass(frozen=True)
class MackeyGlass(Task):
    """The next `horizon` values, told at the end of `window` values, `step` time units apart.

    dx/dt = 0.2 x(t - tau) / (1 + x(t - tau)^10) - 0.1 x(t), chaotic from a tau of about 17 on. Each
    example is a run of its own: before its start x was 1.2 and noise from -0.4 to 0.4, and it
    settles for 500 time units. A target is (value - the last value seen) / scale, where scale is
    the mean size of the change over one step: answering 0 repeats the last value. Mean, deviation
    and scale are those of 64 other runs, the same for every seed.
    """

    name = "mackey_glass"
    source = (
        "Mackey and Glass, Oscillation and chaos in physiological control systems, 1977; tau 17 "
        "as in Jaeger, The echo state approach, 2001, there in one long run squashed by tanh"
    )
    metrics = ("mase", "mse")
    sizes = Sizes(train=4000, valid=500, test=1000)
    recipe: ClassVar = {"examples": 16_000, "evaluations": 10}
    window: int = 48  # values seen
    horizon: int = 12  # values to forecast
    step: int = 3  # time units from one value to the next
    tau: int = 17  # time units that the feedback comes late

    def __post_init__(self) -> None:
        for field, most in (("window", 1000), ("horizon", 200), ("step", 100), ("tau", 100)):
            if not 1 <= getattr(self, field) <= most:
                raise SeqbenchError(
                    f"mackey_glass.{field} is {getattr(self, field)}; it takes 1 to {most}"
                )

    def signature(self) -> Signature:
        answer = Reals(self.horizon, error="absolute")
        return Signature(Reals(1), answer, self.window, causal=False)

    def sample(self, n: int, rng: np.random.Generator) -> Split:
        past = 1.2 + rng.uniform(-0.4, 0.4, (self.tau * FINE + 1, n))
        x = values(past, self.step, self.window + self.horizon, SETTLING)[..., None]
        mean, spread, scale = statistics(self.tau, self.step)
        seen = x[:, : self.window]
        departure = x[:, self.window :] - naive(seen, self.horizon)
        inputs = ((seen - mean) / spread).astype(np.float32)
        return told_at_the_end(inputs, departure[..., 0] / scale, scale)

    def baselines(self) -> Any:
        return {"last_value": no_departure(self.horizon), "ridge": window_ridge}


def feedback(late: np.ndarray) -> np.ndarray:
    """What is produced now, from the values tau ago."""
    fifth = late * late * late * late * late  # a power of 10 takes ten times as long
    return 0.2 * late / (1 + fifth * fifth)


def values(past: np.ndarray, step: int, count: int, settling: int = 0) -> np.ndarray:
    """Runs after their past (tau * FINE + 1, N), one value each `step` time units: (N, count).

    The first value is `settling` time units after the past's last. Runge-Kutta of order 4, with
    the feedback between two known values from their mean.
    """
    ring, size = past.copy(), len(past)  # time i is in row i % size; the oldest gives way
    h, found = 1 / FINE, np.empty((count, past.shape[1]))
    now = size - 1
    for number in range(count):
        for _ in range(FINE * (step if number else settling)):
            x, old, next_old = ring[now % size], ring[(now + 1) % size], ring[(now + 2) % size]
            middle = feedback((old + next_old) / 2)
            a = feedback(old) - 0.1 * x
            b = middle - 0.1 * (x + h / 2 * a)
            c = middle - 0.1 * (x + h / 2 * b)
            d = feedback(next_old) - 0.1 * (x + h * c)
            ring[(now + 1) % size] = x + h / 6 * (a + 2 * b + 2 * c + d)
            now += 1
        found[number] = ring[now % size]
    return found.T


@cache
def statistics(tau: int, step: int) -> tuple[float, float, float]:
    """Mean and deviation of a value, and the mean size of its change in a step."""
    time, run = np.arange(tau * FINE + 1)[:, None], np.arange(64)
    past = 1.2 + 0.4 * np.sin(time * (run + 1) / FINE + run)
    x = values(past, 1, 200 + step, SETTLING)[..., None]
    return float(x.mean()), float(x.std()), float(naive_error(x, step)[0])


@hookimpl
def tasks() -> list[type[Task]]:
    return [MackeyGlass]
