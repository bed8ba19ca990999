"""How the Mackey-Glass equation goes on: a feedback that comes late, and chaos of it."""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import numpy as np

from seqbench import Reals, SeqbenchError, Signature, Sizes, Split, Task, hookimpl
from seqbench.kits.ahead import naive, naive_error, no_departure, told_at_the_end
from seqbench.kits.linear import window_ridge

FINE = 3  # steps of the integration in a time unit
FADING = 0.1  # share of x that is lost in a time unit
SETTLING = 500  # time units until what went before is forgotten
TOGETHER = 1024  # runs that are integrated at once: what the processor's cache holds


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
        base = np.repeat(seen[:, -1] / scale, self.horizon, axis=1)
        return told_at_the_end(inputs, departure[..., 0] / scale, scale, base=base)

    def baselines(self) -> Any:
        return {"last_value": no_departure(self.horizon), "ridge": window_ridge}


def feedback(late: np.ndarray, made: np.ndarray, spare: np.ndarray) -> None:
    """Write what is produced now, from the values tau ago, into `made`; `spare` is overwritten."""
    np.multiply(late, late, out=spare)
    np.multiply(spare, spare, out=made)  # a power of 10 takes ten times as long
    made *= made
    made *= spare
    made += 1
    np.multiply(late, 0.2, out=spare)
    np.divide(spare, made, out=made)


@cache
def weights() -> tuple[np.ndarray, float]:
    """What feedback at -1, 0, 1 and 2 steps adds within a step from 0 to 1, and what stays of x.

    That is the integral of exp(-FADING (1 - s) h) times the cubic through the four points.
    """
    h, places = 1 / FINE, np.array([-1.0, 0.0, 1.0, 2.0])
    nodes, shares = np.polynomial.legendre.leggauss(8)
    s = (nodes + 1) / 2
    found = []
    for place in places:
        others = places[places != place]
        cubic = np.prod([(s - other) / (place - other) for other in others], axis=0)
        found.append(h / 2 * (shares * cubic * np.exp(-FADING * (1 - s) * h)).sum())
    return np.array(found), float(np.exp(-FADING * h))


def values(past: np.ndarray, step: int, count: int, settling: int = 0) -> np.ndarray:
    """Runs after their past (tau * FINE + 1, N), one value each `step` time units: (N, count).

    The first value is `settling` time units after the past's last. x fades by itself, which is
    solved exactly, and its feedback, of values that are known by then, is a cubic between them.
    """
    found = np.empty((past.shape[1], count))
    for start in range(0, past.shape[1], TOGETHER):
        some = slice(start, start + TOGETHER)
        found[some] = together(past[:, some], step, count, settling).T
    return found


def together(past: np.ndarray, step: int, count: int, settling: int) -> np.ndarray:
    """The same of a few runs, (count, N).

    For almost tau ahead all feedback is known, so that many steps are taken at once.
    """
    parts, stays = weights()
    known = len(past) + 1  # of feedback: tau and a step, up to now
    most = known - 3  # steps at once
    made, run, spare = (np.empty((rows, past.shape[1])) for rows in (known + most, most, known))
    feedback(past[[0, *range(known - 1)]], made[:known], spare)
    x, now = past[-1], 0
    asked = FINE * (settling + step * np.arange(count))  # in steps from now
    found = np.empty((count, len(x)))
    found[asked == 0] = x
    while now < asked[-1]:
        many = min(most, int(asked[-1]) - now)
        ahead, other = run[:many], spare[:many]
        np.multiply(made[:many], parts[0], out=ahead)
        for place in (1, 2, 3):
            np.multiply(made[place : place + many], parts[place], out=other)
            ahead += other
        for after in ahead:
            after += np.multiply(x, stays, out=spare[-1])
            x = after
        here = (asked > now) & (asked <= now + many)
        found[here] = ahead[asked[here] - now - 1]
        x = x.copy()
        feedback(ahead, made[known : known + many], other)
        made[:known] = made[many : many + known]
        now += many
    return found


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
