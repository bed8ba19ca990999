"""What every report must keep."""

from tempfile import TemporaryDirectory

from seqbench.contract.report import Frames, Report
from seqbench.store import Store
from seqbench.testing.check import promise
from seqbench.testing.smallest import results


def frames(*statuses: str) -> Frames:
    """The smallest suite's results that ended so, by way of a store as any are."""
    with TemporaryDirectory() as folder:
        with Store(folder) as store:
            for result in results():
                if result.status in statuses:
                    store.add(result)
        return Store(folder).frames()


def rendered(report: Report, given: Frames) -> str:
    """Its text, after a look at what a terminal would show."""
    text, shown = report.render(given), report.show(given, 80)
    assert isinstance(text, str), f"render gives {type(text).__name__}, not str"
    assert shown is None or isinstance(shown, str), f"show gives {type(shown).__name__}"
    return text


@promise("api", "Let render(frames) return the file's text, and show(frames, width) text or None")
def it_renders(report: Report) -> None:
    """The smallest suite's results, some ended well, one failed, one skipped, become a text."""
    assert rendered(report, frames("ok", "failed", "skipped")).strip(), "the text is empty"


@promise("api", "Look whether there is a row before you ask for the first; say that there is none")
def nothing_is_no_trouble(report: Report) -> None:
    """Of no results at all it makes a text too."""
    rendered(report, frames())


@promise("api", "Take numbers from trials that have some, and say how many have none")
def failed_rows_are_no_trouble(report: Report) -> None:
    """Where every trial failed or was skipped, and there is no number, it makes a text too."""
    rendered(report, frames("failed", "skipped"))


@promise("api", "Work on copies: frames.trials.copy()", ("it_renders",))
def frames_are_unchanged(report: Report) -> None:
    """Rendering changes none of the frames, which other reports are given too."""
    given, fresh = (frames("ok", "failed", "skipped") for _ in range(2))
    rendered(report, given)
    for name in ("trials", "measurements", "curves"):
        now, before = getattr(given, name), getattr(fresh, name)
        left = "run" if "run" in before else None
        same = now.drop(columns=left or []).equals(before.drop(columns=left or []))
        assert same, f"frames.{name} is changed"


@promise(
    "api", "Leave out clocks and random numbers, and sort what comes from a set", ("it_renders",)
)
def rendering_is_repeatable(report: Report) -> None:
    """The same frames give the same text."""
    given = frames("ok", "failed", "skipped")
    assert rendered(report, given) == rendered(report, given), "the second text differs"
