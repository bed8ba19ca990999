"""Recalls and verdicts within and beyond a trained range, as they follow from known scores."""

from dataclasses import replace

import numpy as np
import pytest

from seqbench import Choice, Frames, Measurement, Result, SeqbenchError, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store

NEAR, TOP, TWICE, FAR = 5, 40, 80, 500


def result(name, seed, whole, at, chance=0.5, plain_chance=0.5, **more):
    """A trial trained on lengths of 5 to 40, with accuracies on the range and by length."""
    better = more.pop("better", "higher")
    told = {"better": better, "chance": chance}
    numbers = [replace(Measurement("accuracy", whole, **told), chance=plain_chance)]
    numbers += [Measurement("accuracy", v, at={"length": k}, **told) for k, v in at.items()]
    numbers.append(Measurement("second", 0.0, at={"length": FAR}, **told))
    trial = Trial(
        Choice(more.pop("task", "parity"), {"length": TOP}),
        Choice(name),
        seed,
        {"lr": 0.1},
        ranges={"length": (NEAR, TOP)},
        **more,
    )
    return Result(trial, "ok", None, tuple(numbers))


def ranged(frames, ends=(float(NEAR), float(TOP)), setting="length"):
    """With the columns that tell of ranges."""
    columns = zip((f"ranges.{setting}.least", f"ranges.{setting}.most"), ends, strict=True)
    return Frames(frames.trials.assign(**dict(columns)), frames.measurements, frames.curves)


def frames_of(folder, *results):
    with Store(folder) as store:
        for one in results:
            store.add(one)
    return store.frames()


def rendered(frames, **settings):
    return Catalogue.installed().make("reports", "extrapolation", settings).render(frames)


@pytest.fixture
def told(tmp_path):
    def told(*results, **settings):
        return rendered(ranged(frames_of(tmp_path, *results)), **settings)

    return told


def line(text, start, after=""):
    return next(r for r in text[text.index(after) :].splitlines() if r.startswith(start))


def verdicts(text):
    """By the end of the claim's name."""
    found = [row.split(" | ") for row in text.splitlines() if row.startswith("| parity | ")]
    return {claim[claim.rindex("(") + 1 : -1]: said for _, claim, said, _ in found}


def seeds(name, *accuracies, at=(NEAR, TOP, TWICE, FAR), **more):
    """A seed for each: on the range, then by length."""
    return [
        result(name, seed, whole, dict(zip(at, each, strict=True)), **more)
        for seed, (whole, *each) in enumerate(accuracies)
    ]


def test_recalls_are_corrected_for_chance_and_lengths_beyond_are_marked(told):
    text = told(
        *seeds("lstm", (1, 1, 1, 0.8, 0.5), (1, 1, 1, 0.7, 0.5), (0.95, 1, 1, 0.9, 0.4)),
        *seeds("rnn", (0.6, 0.75, 0.5, 0.5, 0.499)),
    )
    assert "### parity: recall in accuracy by length, trained on 5 to 40" in text
    assert line(text, "|  |") == ("|  | trained range | 5 | 40 | 80 beyond | 500 beyond | seeds |")
    assert line(text, "| lstm |") == (
        "| lstm | 1.00 (0.90 to 1.00) | 1.00 | 1.00 | 0.60 (0.40 to 0.80) "
        "| 0.00 (-0.20 to 0.00) | 3 |"
    )
    assert line(text, "| rnn |") == "| rnn | 0.20 | 0.50 | 0.00 | 0.00 | 0.00 | 1 |"
    assert line(told(decimals=1), "| rnn |") == "| rnn | 0.2 | 0.5 | 0.0 | 0.0 | 0.0 | 1 |"


def test_an_error_is_corrected_as_one(told):
    text = told(
        *seeds("rnn", (0, 0.1, 0.1, 0.2, 0.4), chance=0.4, plain_chance=0.4, better="lower")
    )
    assert line(text, "| rnn |") == "| rnn | 1.00 | 0.75 | 0.75 | 0.50 | 0.00 | 1 |"


def test_without_chance_on_the_range_the_mean_of_lengths_inside_stands_for_it(told):
    text = told(*seeds("rnn", (1, 1, 0.75, 0.6, 0.5), plain_chance=None))
    assert line(text, "| rnn |") == "| rnn | 0.75 | 1.00 | 0.50 | 0.20 | 0.00 | 1 |"


@pytest.mark.parametrize("chance", [None, 1.0])
def test_without_any_chance_no_recall_is_made_up(told, chance):
    numbers = (0.9, 0.9, 0.9, 0.9, 0.9)
    text = told(*seeds("rnn", numbers, numbers, chance=chance, plain_chance=chance))
    assert line(text, "| rnn |") == "| rnn | – | – | – | – | – | 2 |"
    assert verdicts(text) == {"rnn, at 80": "cannot tell", "rnn, at 500": "cannot tell"}


@pytest.mark.parametrize(
    ("twice", "far", "said"),
    [
        ((1, 1, 1), (0.98, 0.97, 0.99), ("supported", "supported")),
        ((1, 1, 1), (0.6, 0.7, 0.5), ("supported", "not supported")),
        ((1, 0.6, 1), (0.5, 0.5, 0.5), ("cannot tell", "not supported")),
        ((0.95, 0.95, 0.95), (0.951, 0.951, 0.951), ("not supported", "supported")),  # 0.9 exactly
    ],
)
def test_what_was_learned_holds_where_the_whole_interval_says_so(told, twice, far, said):
    text = told(*seeds("rnn", *((1, 1, 1, t, f) for t, f in zip(twice, far, strict=True))))
    assert tuple(verdicts(text).values()) == said
    assert list(verdicts(text)) == ["rnn, at 80", "rnn, at 500"]


def test_the_reason_gives_the_numbers(told):
    text = told(*seeds("rnn", (1, 1, 1, 0.8, 0.5), (0.9, 1, 1, 0.6, 0.5), (1, 1, 1, 0.7, 0.5)))
    # 0.6, 0.2, 0.4 over 1, 0.8, 1.
    assert line(text, "| parity | what was").endswith(
        r"recall is 1.00 \[0.80, 1.00\] within the trained range and 0.40 \[0.20, 0.60\] at 80, "
        r"0.40 \[0.20, 0.75\] times as much |"
    )


def test_what_was_not_learned_cannot_hold_nor_fail(told):
    low = [(0.7, 0.7, 0.6, 0.5, 0.5)] * 3
    text = told(*seeds("transformer", *low))
    assert set(verdicts(text).values()) == {"cannot tell"} and len(verdicts(text)) == 4
    assert "it may not have learned what is near" in text
    loose = told(*seeds("transformer", *low), learned=0.3)
    assert set(verdicts(loose).values()) == {"not supported"}


def test_one_seed_cannot_tell(told):
    text = told(*seeds("transformer", (1, 1, 1, 1, 1)))
    assert set(verdicts(text).values()) == {"cannot tell"} and "one seed has no interval" in text


@pytest.mark.parametrize(
    ("top", "far", "said"),
    [
        (1, 1, ("supported", "supported")),
        (1, 0.5, ("supported", "not supported")),
        (0.6, 0.5, ("not supported", "not supported")),
    ],
)
def test_of_attention_it_is_asked_from_near_to_far_within_and_beyond(told, top, far, said):
    given = [(1, 1, top, 1, far)] * 3
    text = told(*seeds("transformer", *given), *seeds("rnn", *given))
    found = verdicts(text)
    assert found["transformer, within the trained range"] == said[0]
    assert found["transformer, beyond the trained range"] == said[1]
    assert not any("rnn" in key and "trained" in key for key in found)
    assert "rnn, within the trained range" in verdicts(told(attention=["rnn"]))
    assert "at 5 and" in line(text, "| parity | Transformers see")


def test_where_one_place_inside_was_tested_nothing_is_far_within(told):
    text = told(*seeds("transformer", *[(1, 1, 1)] * 2, at=(TOP, FAR)))
    assert list(verdicts(text)) == ["transformer, at 500", "transformer, beyond the trained range"]
    # And without any, nothing is near.
    text = told(*seeds("transformer", *[(1, 1)] * 2, at=(FAR,), task="copy"))
    assert "| copy | what was" in text and "| copy | Transformers see" not in text


def test_without_twice_the_length_the_longest_alone_is_judged(told):
    text = told(*seeds("rnn", *[(1, 1, 1, 1)] * 2, at=(NEAR, TOP, 41)))
    assert list(verdicts(text)) == ["rnn, at 41"]
    # The first place at or above twice, where twice was not tested itself.
    text = told(*seeds("lstm", *[(1, 1, 1, 1, 1)] * 2, at=(NEAR, TOP, 79, 81)))
    assert "lstm, at 81" in verdicts(text) and "lstm, at 79" not in verdicts(text)


def test_only_ranges_that_were_tested_beyond_are_told(tmp_path):
    inside = frames_of(tmp_path / "in", *seeds("rnn", (1, 1, 1), at=(NEAR, TOP)))
    no_range = frames_of(tmp_path / "none", *seeds("rnn", (1, 1, 1, 1, 1)))
    told_of = rendered(ranged(inside, (float(NEAR), 500.0)))
    for text in (
        told_of,
        rendered(ranged(no_range, (np.nan, np.nan))),
        rendered(frames_of(tmp_path / "empty")),
    ):
        assert "nothing to tell: no task was trained on a range" in text and "Claims" not in text


def test_numbers_at_other_settings_too_are_left_out(tmp_path):
    (one,) = seeds("rnn", (1, 1, 1, 1, 1))
    mixed = [
        Measurement("accuracy", 0.5, at=at, better="higher", chance=0.5)
        for at in ({"length": 80, "noise": 1}, {"noise": 1})
    ]
    frames = frames_of(tmp_path, replace(one, measurements=(*mixed, *one.measurements)))
    assert line(rendered(ranged(frames)), "| rnn |") == (
        "| rnn | 1.00 | 1.00 | 1.00 | 1.00 | 1.00 | 1 |"
    )
    # A place that is no number is none.
    frames.measurements["at.length"] = frames.measurements["at.length"].astype(object)
    frames.measurements.loc[frames.measurements["at.length"] == 500, "at.length"] = "far"
    assert "80 beyond | seeds |" in rendered(ranged(frames))


def test_what_has_no_score_is_counted_and_baselines_are_left_out(told):
    failed = Result(replace(result("rnn", 1, 1, {}).trial), "failed", "it broke")
    text = told(*seeds("rnn", (1, 1, 1, 1, 1)), failed, *seeds("majority", (1,) * 5, baseline=True))
    assert line(text, "| rnn |").endswith("| 1 of 2 |")
    assert "majority" not in text


def test_two_ranges_of_one_task_are_two_tables(tmp_path):
    one, two = (seeds(name, *[(1, 1, 1, 1, 1)] * 2) for name in ("rnn", "lstm"))
    frames = ranged(frames_of(tmp_path, *one, *two))
    frames.trials.loc[frames.trials.architecture == "lstm", "ranges.length.most"] = 80.0
    text = rendered(frames)
    assert "trained on 5 to 40" in text and "trained on 5 to 80" in text
    assert line(text, "|  |", "5 to 80") == (
        "|  | trained range | 5 | 40 | 80 | 500 beyond | seeds |"
    )


def test_a_hostile_name_stays_in_its_cell(tmp_path):
    frames = ranged(frames_of(tmp_path, *seeds("rnn", *[(1, 1, 1, 1, 1)] * 2)))
    hostile = "a|b\n<b>\x1b[31m`x`[y](z)"
    for frame in (frames.trials, frames.measurements):
        frame["task"] = frame["architecture"] = hostile
    text = rendered(frames, attention=[hostile])
    clean = r"a\|b \<b\>\`x\`\[y\](z)"
    assert f"### {clean}: recall in accuracy" in text and f"| {clean} | 1.00 |" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"draws": 0}, "draws is 0"),
        ({"learned": 0.0}, "learned is 0.0"),
        ({"holds": 2}, "holds is"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, wrong):
    with pytest.raises(SeqbenchError, match=wrong):
        Catalogue.installed().make("reports", "extrapolation", settings)
