"""Results as a bench makes them."""

from seqbench import Choice, Measurement, Point, Result, Trial


def trial(seed=0, *, width=8, pairs=4, metrics=(), tests=()):
    task = Choice("recall", {"pairs": pairs})
    return Trial(task, Choice("lstm", {"width": width}), seed, metrics=metrics, tests=tests)


def result(seed=0, status="ok", value=0.5, **given):
    """A result with two measurements and two points, if it is a success."""
    asked = {key: given.pop(key) for key in ("width", "pairs", "metrics", "tests") if key in given}
    one = trial(seed, **asked)
    if status != "ok":
        return Result(one, status, given.pop("reason", "why"), **given)
    return Result(
        one,
        status,
        measurements=(
            Measurement("accuracy", value, "", "test", {}, "higher", 0.25),
            Measurement("accuracy", value / 2, "", "test", {"pairs": 16}, "higher", 0.25),
        ),
        curve=(Point(10, 1.5, 1.25), Point(20, 0.5, 0.75)),
        costs={"fit_seconds": 1.5, "parameters": 100},
        facts={"machine": "x86_64", "threads": 1, "versions": {"torch": "2"}},
        **given,
    )


def files(folder):
    """Every file and folder, relative."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def lines(folder):
    """All lines of all record files, in order."""
    found = sorted(folder.glob("records/*.jsonl"), key=lambda file: file.stem)
    return [line for file in found for line in file.read_bytes().split(b"\n") if line]
