"""Random trees of a given number of tokens, as nested lists."""

from functools import lru_cache

import numpy as np

ARITIES = np.arange(2, 6)  # arguments of a list, each number as likely
NESTED = 0.25  # how likely an argument is a list


def trees(n: int, length: int, rng: np.random.Generator) -> np.ndarray:
    """n lists of exactly `length` tokens, (n, length): 2 to 5 where one opens, -1 where one ends.

    An argument that is no list is 0. The outermost list ends at the last token. They are drawn
    as a grammar with `NESTED` and `ARITIES` gives them, given their length: first how many lists
    there are of each arity, then their order; of all turns of an order round a ring just one is
    a tree (Dvoretzky and Motzkin, 1947).
    """
    counts, shares = mixtures(length)
    lists = counts[rng.choice(len(counts), n, p=shares)]  # (n, arities)
    leaves = 1 + lists @ (ARITIES - 1)
    nodes = leaves + lists.sum(axis=1)
    edges = np.concatenate([lists, leaves[:, None]], axis=1).cumsum(axis=1)  # (n, arities + 1)
    place = np.arange(nodes.max())
    kind = (place >= edges[:, :-1, None]).sum(axis=1)  # (n, nodes), of which `nodes` are real
    order = np.where(place < nodes[:, None], rng.random(kind.shape), 2)
    mixed = np.append(ARITIES, 0)[np.take_along_axis(kind, order.argsort(axis=1), axis=1)]
    slots = np.where(place < nodes[:, None], mixed - 1, 0).cumsum(axis=1)
    start = slots.argmin(axis=1) + 1  # after the first of the lowest points
    turned = (start[:, None] + place) % nodes[:, None]
    return with_ends(np.take_along_axis(mixed, turned, axis=1), length)


def with_ends(arities: np.ndarray, length: int) -> np.ndarray:
    """Trees (n, nodes), each node before its children, with -1 after the last child of a list."""
    n = len(arities)
    rows, node, level = np.arange(n), np.zeros(n, np.int64), np.zeros(n, np.int64)
    arities = np.ascontiguousarray(np.pad(arities, ((0, 0), (0, 1))).T)
    awaited = np.zeros(((length - 1) // 3 + 2, n), np.int64)  # arguments, of each open list
    awaited[0] = 1  # the outermost list itself
    tokens = np.empty((length, n), np.int64)
    for step in range(length):
        ends = awaited[level, rows] == 0
        arity = arities[node, rows] * ~ends
        tokens[step] = arity - ends
        node += ~ends
        awaited[level, rows] -= ~ends
        level += (arity > 0).astype(np.int64) - ends
        awaited[level, rows] += arity  # which is 0 but where a list has been opened
    return np.ascontiguousarray(tokens.T)


@lru_cache(maxsize=8)
def mixtures(length: int) -> tuple[np.ndarray, np.ndarray]:
    """How many lists there may be of each arity, (M, arities), and how likely each mixture is.

    A list of a arguments adds a + 1 tokens to the one of a lone digit. The trees of a mixture
    are the orders of its nodes divided by the number of nodes.
    """
    two, *more = ARITIES + 1
    grid = np.indices([(length - 1) // tokens + 1 for tokens in more]).reshape(len(more), -1)
    rest = length - 1 - np.array(more) @ grid
    fits = (rest >= 0) & (rest % two == 0)
    counts = np.concatenate([rest[None] // two, grid])[:, fits].T
    leaves, lists = 1 + counts @ (ARITIES - 1), counts.sum(axis=1)
    factorial = np.concatenate([[0], np.log(np.arange(1, length + 1)).cumsum()])  # its log
    orders = factorial[leaves + lists] - factorial[leaves] - factorial[counts].sum(axis=1)
    likely = leaves * np.log(1 - NESTED) + lists * np.log(NESTED / len(ARITIES))
    weight = orders - np.log(leaves + lists) + likely
    shares = np.exp(weight - weight.max())
    return counts, shares / shares.sum()
