"""Tables, crossings and verdicts as they follow from costs that are known."""

from dataclasses import replace

import pandas as pd
import pytest

from seqbench import Choice, Frames, Measurement, Result, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store

LENGTHS = (64, 128, 256, 512)


def number(name, value, unit="", exact=False, **at):
    at = {"pass" if key == "way" else key.rstrip("_"): it for key, it in at.items()}
    return Measurement(name, float(value), unit, "probe", at, exact=exact)


def line(name, seconds=None, flops=None, way="training", k=None, error=0.01, **more):
    """What is measured of an architecture, given functions of the length."""
    who = {"architecture": name, "width": 8, "batch": 2, "way": way, **more}
    found = []
    for length in LENGTHS:
        if flops:
            found.append(number("flops", flops(length), exact=True, length=length, **who))
        if seconds:
            at = {"length": length, "clock": "cpu", **who}
            middle = seconds(length)
            for mark, share in (("", 1), ("_q1", 0.9), ("_q3", 1.2)):
                found.append(number(f"seconds{mark}", middle * share, "s", **at))
            found += [number("relative_error", error, **at), number("rounds", 9, **at)]
    if k:
        for of, (value, low, high) in k.items():
            at = {"of": of, "from_": 64, "to": 512, **who}
            found.append(number("exponent", value, **at))
            if low is not None:
                found.append(number("exponent_low", low, **at))
                found.append(number("exponent_high", high, **at))
    return found


def raced(*numbers, status="ok", reason=None, settings=None, task="copy", **more):
    runners = {name: Choice(name, {"width": 8}) for name in ("rnn", "lstm", "transformer")}
    own = Choice("scaling", {"error": 0.03, **(settings or {})})
    trial = Trial(Choice(task), own, 0, runners=runners, **more)
    return Result(trial, status, reason, tuple(it for part in numbers for it in part))


@pytest.fixture
def report():
    return Catalogue.installed().make("reports", "scaling", {})


@pytest.fixture
def frames(tmp_path):
    def of(*results):
        with Store(tmp_path) as store:
            for one in results:
                store.add(one)
        return store.frames()

    return of


@pytest.fixture
def told(report, frames):
    def rendered(*results):
        found = frames(*results)
        assert report.show(found, 200)
        return report.render(found)

    return rendered


def row(text, start):
    (found,) = (it for it in text.splitlines() if it.startswith(f"| {start}"))
    return [cell.strip().replace("\\", "") for cell in found.split(" | ")]


def test_operations_stand_before_times_and_times_before_memory(told):
    held = [
        number("peak_bytes", 2**20 * n, "B", architecture="rnn", width=8, batch=2, way="training",
               length=n)
        for n in LENGTHS
    ]  # fmt: skip
    text = told(raced(line("rnn", seconds=lambda n: n * 1e-3, flops=lambda n: 1e6 * n), held))
    heads = [it for it in text.splitlines() if it.startswith("### ")]
    kinds = [head.split(": ")[1].split()[0] for head in heads]
    assert kinds == ["FLOPs", "seconds", "peak"]
    assert row(text, "rnn, training | 64.0 M |")[1:5] == ["64.0 M", "128 M", "256 M", "512 M"]
    assert row(text, "rnn, training | 64.0 ms")[1] == "64.0 ms [57.6 ms, 76.8 ms]"
    assert row(text, "rnn, training | 64.0 MiB")[1:5] == [
        "64.0 MiB",
        "128 MiB",
        "256 MiB",
        "512 MiB",
    ]


def test_a_median_that_is_not_known_well_is_marked(told):
    text = told(raced(line("rnn", seconds=lambda n: 1e-3, error=0.05)))
    assert row(text, "rnn, training")[1].startswith("1.00 ms* [")
    assert "4 of 4 medians are not known to the 3.0% asked for" in text
    text = told(raced(line("rnn", seconds=lambda n: 1e-3, error=0.02), task="adding"))
    assert "half the 95 % interval of each median is 2.0% of it at most" in text


GROWS = {"of": "transformer", "k": (1.9, 1.8, 2.0)}


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        ((1.9, 1.8, 2.0), (1.0, 0.9, 1.1), "supported"),
        ((1.9, 1.8, 2.0), (1.7, 1.5, 1.85), "cannot tell"),  # they touch
        ((1.0, 0.9, 1.05), (0.5, 0.4, 0.6), "cannot tell"),  # perhaps not above 1
        ((0.9, 0.8, 1.0), (0.5, 0.4, 0.6), "not supported"),  # no more than linear
        ((1.3, 1.2, 1.4), (1.6, 1.5, 1.7), "not supported"),
        ((1.9, None, None), (1.0, None, None), "cannot tell"),  # no intervals
    ],
)
def test_attention_grows_with_every_token_where_its_exponent_is_apart(told, mine, theirs, said):
    cost = {"seconds": lambda n: 1e-3 * n}
    text = told(
        raced(
            line("transformer", k={"seconds": mine}, **cost),
            line("lstm", k={"seconds": theirs}, **cost),
        )
    )
    claim = row(text, "copy, seconds, training | attention")
    assert claim[2] == said and "(transformer and lstm)" in claim[1]
    assert f"T^{mine[0]:.2f}" in claim[3]


def test_of_operations_the_exponent_is_its_own_interval_and_passes_are_one_row(told):
    parts = []
    for way in ("forward", "training"):
        both = {"way": way, "flops": lambda n: n}
        parts.append(line("transformer", k={"flops": (1.94, None, None)}, **both))
        parts.append(line("rnn", k={"flops": (1.0, None, None)}, **both))
    claim = row(told(raced(*parts)), "copy, FLOPs, forward and training | attention")
    assert claim[2] == "supported"


@pytest.mark.parametrize(
    ("birnn", "error", "said"),
    [
        (lambda n: 3e-3 * n, 0.01, "supported"),
        (lambda n: 0.3e-3 * n, 0.01, "not supported"),
        (lambda n: 0.1 * n**0.1, 0.01, "cannot tell"),  # dearer while short
        (lambda n: 1.05e-3 * n, 0.04, "cannot tell"),  # dearer by less than both errors
        (lambda n: 1.05e-3 * n, 0.02, "supported"),
    ],
)
def test_both_directions_have_a_price_where_they_cost_more_at_every_length(
    told, birnn, error, said
):
    crossing = number(
        "crossing", 183.4, "steps", of="seconds", architecture="transformer", over="birnn", width=8,
        batch=2, way="training", from_=64, to=512,
    )  # fmt: skip
    parts = [line("birnn", seconds=birnn, error=error)]
    parts.append(line("transformer", seconds=lambda n: 1e-3 * n, error=error))
    text = told(raced(*parts, [crossing]))
    claim = row(text, "copy, seconds, training | a bidirectional")
    assert claim[2] == said
    assert ("overtakes it at T ≈ 183" in claim[3]) == (said == "cannot tell")


def test_crossings_are_told_in_words_and_so_is_that_there_are_none(told):
    where = {"of": "seconds", "architecture": "transformer", "over": "rnn", "width": 8}
    where |= {"batch": 2, "way": "training", "from_": 64, "to": 512}
    parts = [
        line("rnn", seconds=lambda n: 0.1),
        line("lstm", seconds=lambda n: 0.01),
        line("transformer", seconds=lambda n: 1e-3 * n),
        [
            number("crossing", 100.4, "steps", **where),
            number("crossing_high", 110, "steps", **where),
        ],
    ]
    text = told(raced(*parts))
    pairs = {cells[0]: cells[1].rstrip(" |") for cells in map(cut, text.splitlines()) if cells}
    assert pairs["rnn and transformer: seconds, training"] == (
        "transformer overtakes rnn in cost at T ≈ 100 [?, 110]"
    )
    assert pairs["rnn and lstm: seconds, training"] == "rnn costs more at each of 64 to 512"


def cut(text):
    cells = text.replace("\\", "").strip("| ").split(" | ")
    return cells if len(cells) == 2 else None


def test_what_is_not_there_is_told_with_its_reason(told):
    who = {"architecture": "rnn", "width": 8, "batch": 2, "way": "training"}
    fates = [
        number("out_of_memory", 2**30, "B", length=256, **who),
        number("too_slow", 60, "s", length=512, **{**who, "way": "forward"}),
        number("failed", 1, length=128, why="ValueError: a | b <c>", **who),
    ]
    text = told(raced(line("rnn", seconds=lambda n: 1.0), fates))
    assert "out of memory from 256 on: a call takes more than 1.00 GiB" in text
    assert "too slow from 512 on: a call takes more than 60 s" in text
    assert "failed at 128: ValueError: a \\| b \\<c\\>" in text


def test_a_race_that_came_to_nothing_is_told(told):
    text = told(raced(status="failed", reason="ValueError: no"))
    assert "failed: ValueError: no" in text and "Claims" not in text


def test_who_did_not_run_is_told_where_the_frame_says_why(report, frames):
    found = frames(raced(line("rnn", seconds=lambda n: 1.0)))
    trials = found.trials.assign(**{"probed.rnn": None, "probed.birnn": "it reads ahead"})
    text = report.render(replace(found, trials=trials))
    assert row(text, "birnn |")[1] == "it reads ahead |"
    assert "| rnn |" not in text


def test_widths_and_batches_are_told_where_they_differ(told):
    parts = [
        line("rnn", seconds=lambda n: 1.0 * n, width=width, batch=batch)
        for width in (8, 16)
        for batch in (1, 4)
    ]
    parts.append(line("lstm", seconds=lambda n: 2.0 * n, width=16, batch=4))
    text = told(raced(*parts))
    assert row(text, "rnn, width 16, batch 4, training")
    pairs = [it for it in text.splitlines() if " and lstm" in it]
    assert len(pairs) == 1 and "rnn, width 16, batch 4 and lstm, batch 4" in pairs[0]


def test_nothing_and_strangers_are_survived(report, told, frames):
    empty = Frames(*(pd.DataFrame() for _ in range(3)))
    assert "nothing to tell" in report.render(empty)
    other = raced([Measurement("laps", 3.0, "", "probe", {"architecture": "rnn"})])
    trained = Result(
        Trial(Choice("copy"), Choice("rnn"), 0), "ok", None, (Measurement("loss", 1.0),)
    )
    assert "nothing to tell" in told(other, trained)
    odd = "o|d`d*_<b>\x1b[31m(width=8)"
    text = told(
        raced(
            line(odd, seconds=lambda n: 0.0 if n == 64 else 1e-3, flops=lambda n: 0),
            [number("exponent", 1.0), number("seconds", 1.0), number("crossing", 5.0)],
            task="adding",
        )
    )
    assert "o\\|d\\`d\\*" in text and "\x1b" not in text


def test_races_of_other_settings_are_told_apart(told):
    one = raced(line("rnn", seconds=lambda n: 1.0), settings={"least": 6})
    two = raced(line("rnn", seconds=lambda n: 1.0), settings={"least": 9}, partial=True)
    text = told(one, two)
    assert "### copy(least=6): seconds" in text and "### copy(least=9) (partial): seconds" in text
