"""From scores over tokens and blank at each step to one transcript (Graves et al., 2006)."""

import numpy as np

BLANK = 0
LOOKED_AT = 8  # tokens of each step that a beam goes on with


def transcript(scores: np.ndarray, beam: int = 1) -> np.ndarray:
    """The transcript (L,) of scores (T, vocab); any monotone scale of a softmax will do.

    With a beam of 1 by the likeliest token of each step, repeats joined and blanks dropped; else
    by the likeliest transcripts, over all their alignments, of which `beam` are kept open.
    """
    if beam == 1:
        path: np.ndarray = scores.argmax(axis=1)
        changed = np.append([True], path[1:] != path[:-1])[: len(path)]
        told: np.ndarray = path[changed & (path != BLANK)]
        return told
    return prefix_search(log_softmax(scores), beam)


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Log-probabilities (T, vocab)."""
    scores = scores.astype(np.float64)
    scores = scores - scores.max(axis=1, keepdims=True)
    told: np.ndarray = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return told


def prefix_search(logs: np.ndarray, beam: int) -> np.ndarray:
    """Prefix beam search (Hannun et al., First-pass large vocabulary continuous speech recognition
    using bi-directional recurrent DNNs, 2014), without a language model.
    """
    never = -np.inf
    open_: dict[tuple[int, ...], tuple[float, float]] = {(): (0.0, never)}  # ends in blank, or not
    for step in logs:
        likely = np.argsort(-step, kind="stable")[:LOOKED_AT].tolist()
        longer: dict[tuple[int, ...], tuple[float, float]] = {}

        def add(prefix: tuple[int, ...], blank: float, token: float) -> None:
            before = longer.get(prefix, (never, never))  # noqa: B023  used within the step alone
            longer[prefix] = (either(before[0], blank), either(before[1], token))  # noqa: B023

        for prefix, (blank, token) in open_.items():
            whole = either(blank, token)
            add(prefix, whole + step[BLANK], token + step[prefix[-1]] if prefix else never)
            for one in likely:
                if one != BLANK:
                    before = blank if prefix and one == prefix[-1] else whole
                    add((*prefix, one), never, before + step[one])
        ranked = sorted(longer.items(), key=lambda it: -either(*it[1]))
        open_ = dict(ranked[:beam])
    return np.array(next(iter(open_)), dtype=np.int64)


def either(one: float, other: float) -> float:
    """The log of the sum of two probabilities."""
    return float(np.logaddexp(one, other))
