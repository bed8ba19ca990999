"""Decay tables and verdicts as they follow from rates that are known."""

import pytest

from seqbench import Choice, Measurement, Result, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store


def result(name, seed, rate, when="start", **notes):
    """A probed trial whose gradient decays at a rate."""
    numbers = [
        Measurement("gradient_norm", 2.0 ** (seed - lag), "", "probe", {"lag": lag, "when": when})
        for lag in (0, 4)
    ]
    numbers += [
        Measurement("decay_per_step", rate, "nats/step", "probe", {"when": when}),
        Measurement("decay_r2", 0.75, "", "probe", {"when": when}),
        Measurement("accuracy", 0.9, better="higher"),
    ]
    numbers += [
        Measurement(key, value, "", "probe", {"when": "training"}) for key, value in notes.items()
    ]
    return Result(Trial(Choice("copy"), Choice(name), seed), "ok", None, tuple(numbers))


@pytest.fixture
def told(tmp_path):
    def rendered(*results):
        with Store(tmp_path) as store:
            for one in results:
                store.add(one)
        report = Catalogue.installed().make("reports", "gradients", {})
        frames = store.frames()
        assert "lag 4" in report.show(frames, 200)
        return report.render(frames)

    return rendered


def seeds(name, rates, **more):
    return [result(name, seed, rate, **more) for seed, rate in enumerate(rates)]


def line(text, start):
    return next(row for row in text.splitlines() if row.startswith(start))


def test_norms_and_rates_are_medians_over_seeds(told):
    text = told(*seeds("rnn", (0.5, 0.6931471805599453, 0.9)))
    assert line(text, "| rnn, start | 2") == "| rnn, start | 2.0e+00 | 1.2e-01 |"
    assert line(text, "| rnn, start | +") == (
        "| rnn, start | +0.693 | +0.500 to +0.900 | 0.500 | 0.75 | 3 |"
    )


def test_what_training_noted_stands_beside_and_what_it_did_not_is_a_dash(told):
    noted = seeds("rnn", (0.5, 0.6), clipped_share=0.25, gradient_norm_mean=3.5)
    text = told(*noted, *seeds("lstm", (0.1, 0.1)))
    assert "| rnn | 0.25 | 3.5 | – | – | 0 of 2 |" in text


def test_trainings_that_diverged_stand_beside_those_that_came_through(told):
    noted = seeds("rnn", (0.5, 0.6), clipped_share=0.25, nonfinite_steps=0.0)
    lost = [
        Result(Trial(Choice("copy"), Choice(name), seed), "diverged", "at step 3", ())
        for name, seed in (("rnn", 2), ("lstm", 0), ("lstm", 1))
    ]
    text = told(*noted, *lost)
    assert "| rnn | 0.25 | – | – | 0 | 1 of 3 |" in text
    assert "| lstm | – | – | – | – | 2 of 2 |" in text


@pytest.mark.parametrize(
    ("rnn", "other", "said"),
    [
        ((0.7, 0.8), (0.1, 0.2), "supported"),  # vanishes, and faster
        ((-0.7, -0.8), (0.1, 0.2), "supported"),  # explodes: as far from 0 counts as much
        ((-0.1, 0.7), (0.0, 0.0), "cannot tell"),  # its own rate may be 0
        ((0.1, 0.3), (0.2, 0.25), "cannot tell"),
        ((0.1, 0.1), (-0.3, -0.4), "not supported"),
    ],
)
def test_the_claim_needs_a_rate_away_from_0_and_farther_than_the_others(told, rnn, other, said):
    text = told(*seeds("rnn", rnn), *seeds("transformer", other))
    (row,) = [row for row in text.splitlines() if row.startswith("| copy, start | gradients")]
    assert row.split(" | ")[2] == said
    assert "(rnn and transformer)" in row


def test_start_and_trained_are_told_apart(told):
    text = told(
        *seeds("rnn", (0.7, 0.8)), *(result("lstm", s, 0.1, when="trained") for s in (0, 1))
    )
    assert "| rnn, start |" in text and "| lstm, trained |" in text
    assert "Claims" not in text  # nothing to compare with in the same state
