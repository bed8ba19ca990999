"""Results in pandas, in one call."""

from pathlib import Path

from seqbench.contract.errors import SeqbenchError
from seqbench.contract.report import Frames


def load(folder: Path | str) -> Frames:
    """The results of a folder as tidy frames; a second time they come from a cache.

    `trials`: a row a trial.
        id; task, architecture (names); seed; baseline (a trivial answer of the task's own);
        race (architectures measured unfitted); curriculum; partial (cut short by --quick or
        --limit); status; reason; missing (skipped for want of something); device; dtype; data
        (checksum of a data file); run.
        task.*, architecture.*, train.*: settings; sizes.*: examples of each split.
        ranges.*.least and .most: a setting that varied in training.
        costs.parameters, costs.parameters_mixer, _encoder, _readout (numbers learned);
        costs.flops_per_step (floating-point operations of a forward pass, for one step of one
        example); costs.fit_seconds, costs.predict_seconds, costs.leak_seconds (of the leak check),
        costs.race_seconds (s);
        costs.examples_per_second (1/s, in training).
        facts.*: machine, versions, threads, workers, when. study.*: the search it was made for.
        probed.*: why a probe was skipped.
    `measurements`: a row a number.
        id, task, architecture, seed, baseline, partial as above; name; split (train, valid, test,
        or probe); value, in `unit` ("" for none); better (higher or lower); chance (what guessing
        gives, where known); low, high (95 % bootstrap interval over blocks of test examples, where
        the number is a mean of them); exact (whether a rerun gives the same digits; times do not);
        at.*: the coordinates it was taken at, empty as trained.
    `curves`: a row a point of a learning curve.
        id, task, architecture, seed; examples (seen so far); train_loss, valid_loss (means over
        counted steps: nats for tokens, squared or absolute error for reals).

    Raises SeqbenchError where there is no result, or one of a newer seqbench.
    """
    from seqbench.store import Store  # and pandas: not for those who only write a plugin

    frames = Store(folder).frames()
    if not len(frames.trials):
        raise SeqbenchError(f"{folder}: no results here; seqbench run SUITE makes results/NAME")
    return frames
