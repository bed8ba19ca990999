"""How far back a fitted model remembers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from seqbench import Measurement, Probe, SeqbenchError, Subject, Task, hookimpl


@dataclass(frozen=True)
class Memory(Probe):
    """The task's own metric at growing distances between what is told and what is asked.

    Besides the numbers themselves it gives `recall`, 0 for a guess and 1 for no error: (score -
    chance) / (1 - chance), or 1 - error / chance; and the `horizon`: the largest distance at
    which, and at every smaller one tested, recall is at least `threshold`; 0 where there is none.
    `horizon_censored` is 1 where the longest distance still passes: the horizon may lie beyond.
    """

    name = "memory"
    source = "chance-corrected as Cohen, A coefficient of agreement, 1960"
    at: tuple[int, ...] = ()  # distances; none: those of the task
    threshold: float = 0.5  # of recall

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise SeqbenchError(
                f"memory.threshold is {self.threshold}; it takes a number above 0, to 1"
            )
        if any(distance < 1 for distance in self.at):
            raise SeqbenchError(f"memory.at is {list(self.at)}; distances are 1 or more")

    def unsuited(self, subject: Subject) -> str | None:
        task = subject.task
        if not task.distance:
            return f"{task.name} has no setting that says how far back an answer lies"
        ranked = task.metrics[0]
        if task.chance().get(ranked) is None:
            return f"{task.name} does not say what a guess gives, in {ranked}"
        refused = [(d, why) for d in self.at if (why := refusal(task, d))]
        if refused:
            return f"{task.distance} {refused[0][0]}: {refused[0][1]}"
        return None if self.distances(task) else f"{task.name} takes none of its own distances"

    def distances(self, task: Task) -> list[int]:
        """What is tested, from near to far; of the task's own distances those it takes now."""
        if self.at:
            return sorted(set(self.at))
        return [distance for distance in sorted(task.distances) if not refusal(task, distance)]

    def measure(self, subject: Subject) -> Iterator[Measurement]:
        task = subject.task
        recalls: dict[int, float] = {}
        for distance in self.distances(task):
            numbers = subject.score({task.distance: distance})
            # Not numbers of the test split the suite asked for: a table of those is not this.
            yield from (replace(number, split="probe") for number in numbers)
            ranked = next(number for number in numbers if number.name == task.metrics[0])
            recalls[distance] = recall(ranked)
            yield Measurement("recall", recalls[distance], "", "probe", ranked.at, "higher")
        found = horizon(recalls, self.threshold)
        at, unit = {"threshold": self.threshold}, task.distance
        yield Measurement("horizon", found, unit, "probe", at, "higher")
        yield Measurement("horizon_censored", float(found == max(recalls)), "", "probe", at)


def recall(number: Measurement) -> float:
    """Of a score or an error, with its chance: 1 is no error, 0 a guess, below 0 worse than that.

    Raises ValueError where guessing is told to be perfect, which leaves nothing to recall.
    """
    lower = number.better == "lower"
    if number.chance is None or number.chance == (0.0 if lower else 1.0):
        raise ValueError(f"{number.name} at {number.at}: chance is {number.chance}")
    if lower:
        return 1 - number.value / number.chance
    return (number.value - number.chance) / (1 - number.chance)


def horizon(recalls: dict[int, float], threshold: float) -> int:
    """The last of the distances, from near to far, up to which all reach the threshold."""
    reached = 0
    for distance in sorted(recalls):
        if not recalls[distance] >= threshold:
            break
        reached = distance
    return reached


def refusal(task: Task, distance: int) -> str | None:
    """Why the task cannot be had at a distance."""
    try:
        replace(task, **{task.distance: distance})  # type: ignore[type-var]
    except (SeqbenchError, ValueError) as error:
        return str(error)
    return None


@hookimpl
def probes() -> Iterable[type[Probe]]:
    return [Memory]
