"""What searches tried, and what they chose: by valid alone."""

from __future__ import annotations  # pandas is not imported in the processes of trials

from typing import TYPE_CHECKING

from seqbench.contract.report import Frames
from seqbench.contract.trial import AND

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("task_key", "study.name", "setting")


def tried(frames: Frames) -> pd.DataFrame:
    """The trials that searches made, with KEYS as text, and what they scored.

    `valid` and `test` are scores by the metric that the task is ranked by, `metric`, turned by
    `sign` (1, or -1 where less is better) so that more is better; NaN where a trial has none.
    Partial trials stand apart from whole ones. Of a setting that was run more than once with a
    seed, given up or not, one trial stands here, with a score if any has one.
    """
    trials = frames.trials
    if "study.name" not in trials:
        return trials[:0].assign(**dict.fromkeys((*KEYS, "valid", "test", "metric", "sign"), ""))
    mine = one_each(trials[trials["study.name"].notna()])
    told = ("task", "task.", "sizes.", "ranges.", "curriculum", "data", "partial")
    mine["task_key"] = joined(mine, told)
    mine["setting"] = joined(mine, ("", "architecture.", "train."))
    valid, test = (scores(frames, split).reindex(mine.id) for split in ("valid", "test"))
    found = mine.assign(
        valid=valid.score.to_numpy(),
        test=test.score.to_numpy(),
        metric=valid["name"].to_numpy(),
        sign=valid.sign.to_numpy(),
    )
    found["lost"] = found.valid.isna()
    found = found.sort_values([*KEYS, "seed", "lost", "id"])  # in whatever order they were run
    return found.drop_duplicates([*KEYS, "seed"]).drop(columns="lost")


def one_each(trials: pd.DataFrame) -> pd.DataFrame:
    """A row for each search that a trial was made for."""
    columns = [str(c) for c in trials if str(c).startswith("study.")]
    parts = trials.assign(**{c: trials[c].astype(str).str.split(AND) for c in columns})
    return parts.explode(columns, ignore_index=True)


def joined(trials: pd.DataFrame, starts: tuple[str, ...]) -> pd.Series[str]:
    """All columns of these beginnings as one text."""
    columns = [c for c in trials if str(c) in starts or str(c).startswith(starts[1:])]
    texts = trials[columns].astype(str)
    return texts.apply(lambda row: " ".join(f"{key}={row[key]}" for key in columns), axis=1)


def scores(frames: Frames, split: str) -> pd.DataFrame:
    """By trial: `score` by its first metric at the task as it was trained, more is better; `name`
    and `sign`.
    """
    numbers = frames.measurements
    numbers = numbers[numbers.split == split]
    at = [c for c in numbers if str(c).startswith("at.")]
    plain = numbers[numbers[at].isna().all(axis=1)] if at else numbers
    first = plain.drop_duplicates("id").set_index("id")
    sign = first.better.map({"higher": 1.0}).fillna(-1.0).astype(float)
    return first.assign(score=first.value * sign, sign=sign)[["score", "name", "sign"]]


def ranking(trials: pd.DataFrame) -> pd.DataFrame:
    """One row a setting of what `tried` gives, the best of each study first.

    Columns: those of KEYS, mean (on valid, more is better), seeds, `whole` (whether every seed that
    any setting of the study was run with has a score). Only whole ones can be chosen.
    """
    found = trials.groupby(list(KEYS), sort=False).agg(
        mean=("valid", "mean"), scored=("valid", "count"), seeds=("seed", "nunique")
    )
    most = found.groupby(level=["task_key", "study.name"]).seeds.transform("max")
    found["whole"] = (found.scored == found.seeds) & (found.seeds == most)
    worth = ["whole", "scored", "mean", "setting"]  # the last only so that ties go one way
    return found.reset_index().sort_values(worth, ascending=[False, False, False, True])


def chosen(frames: Frames) -> Frames:
    """The frames with one setting for each search: the best mean on valid over the seeds.

    Test scores play no part in it. `study.settings` says how many were tried. Of a search none of
    whose settings has a score on every seed, the one that came nearest to it stays.
    """
    mine = tried(frames)
    if not len(mine):
        return frames
    rows = ranking(mine)
    best = rows.drop_duplicates(["task_key", "study.name"])
    kept = mine.merge(best[list(KEYS)], on=list(KEYS))
    many = mine.groupby(["task_key", "study.name"]).setting.nunique().rename("study.settings")
    kept = kept.join(many, on=["task_key", "study.name"])
    kept["own"] = kept.id.where(~kept.duplicated("id"), kept.id + " for " + kept["study.name"])
    searched = frames.trials.id[frames.trials["study.name"].notna()]
    told = kept[["id", "own", *(c for c in kept if str(c).startswith("study."))]]
    trials = with_chosen(frames.trials, searched, told)
    both = (frames.measurements, frames.curves)
    numbers, curves = (with_chosen(part, searched, told[["id", "own"]]) for part in both)
    return Frames(trials, numbers, curves, frames.about)


def with_chosen(part: pd.DataFrame, searched: pd.Series[str], told: pd.DataFrame) -> pd.DataFrame:
    """The rows of no search, and those that `told` names, each under the id it has of its `own`."""
    mine = part.drop(columns=[c for c in told if c != "id" and c in part])
    mine = mine.merge(told, on="id").assign(id=lambda rows: rows.own).drop(columns="own")
    rest = part[~part.id.isin(searched)]
    found = rest.reindex(columns=list(dict.fromkeys((*part, *mine))))
    import pandas as pd

    return pd.concat([found, mine], ignore_index=True) if len(found) else mine
