"""How many trials a suite asks for, by multiplication, before any of them is made."""

from collections.abc import Mapping
from typing import NamedTuple

from seqbench.contract.errors import SeqbenchError
from seqbench.suite.suite import Entry, Suite, Sweep
from seqbench.suite.sweep import size

MOST = 10_000


class Block(NamedTuple):
    """All trials of one task entry with one architecture entry."""

    trials: int
    text: str


def block(suite: Suite, task: Entry, architecture: Entry) -> Block:
    """Its number, and the product it comes from: `lstm(layers 2 × width 3)`."""
    train: Sweep = {**suite.train, **task.train, **architecture.train}
    tried = architecture.search.settings if architecture.search else 1
    trials = size(task.settings, architecture.settings, train) * tried * len(suite.seeds)
    factors = [f"seeds {len(suite.seeds)}", named(task.name, task.settings)]
    factors += [named(architecture.name, architecture.settings)]
    if size(train) > 1:
        factors.append(named("train", train))
    factors += [f"search {tried}"] if tried > 1 else []
    return Block(trials, f"{' × '.join(factors)} = {trials:,}")


def named(name: str, sweep: Mapping[str, tuple[object, ...]]) -> str:
    """A name with the settings it is swept over."""
    lists = [f"{key} {len(values)}" for key, values in sweep.items() if len(values) > 1]
    return f"{name}({' × '.join(lists)})" if lists else name


def hold(suite: Suite) -> None:
    """Refuse a grid that nobody can have meant."""
    tasks, architectures, seeds = map(len, (suite.tasks, suite.architectures, suite.seeds))
    if tasks * architectures * seeds > MOST:
        product = f"tasks {tasks} × architectures {architectures} × seeds {seeds}"
        raise SeqbenchError(f"the grid has more than {MOST:,} trials: {product}; --yes plans them")
    blocks = [block(suite, task, arch) for task in suite.tasks for arch in suite.architectures]
    trials = sum(one.trials for one in blocks)
    if trials > MOST:
        largest = sorted(blocks, reverse=True)[:3]
        rest = f"; and {len(blocks) - 3} more such products" if len(blocks) > 3 else ""
        raise SeqbenchError(
            f"the grid has {trials:,} trials, more than {MOST:,}:"
            f" {'; '.join(one.text for one in largest)}{rest}; --yes plans them"
        )
