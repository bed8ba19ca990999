"""Whether clipping helps, as it follows from scores that are known; and a suite that asks."""

import pytest

from front_door import typed
from seqbench import Choice, Measurement, Result, SeqbenchError, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store


def result(lr, clip, value, seed=0, name="rnn", better="higher", **settings):
    """A trial with its score on valid; one that diverged where there is none."""
    chance = 0.5 if better == "higher" else 2.0
    trial = Trial(
        Choice("copy"), Choice(name, settings), seed, {"lr": lr, "clip": clip, "clip_by": "norm"}
    )
    numbers = (
        Measurement("score", value, split="valid", better=better, chance=chance),
        Measurement("other", 9.0, split="valid", better="higher", chance=0.1),
        Measurement("score", 0.123, split="test", better=better, chance=chance),
    )
    if value is None:
        return Result(trial, "diverged", "the loss is inf at step 3")
    return Result(trial, "ok", None, numbers)


@pytest.fixture
def told(tmp_path):
    def rendered(*results, **settings):
        with Store(tmp_path) as store:
            for one in results:
                store.add(one)
        return Catalogue.installed().make("reports", "clipping", settings).render(store.frames())

    return rendered


def line(text, start):
    return next(row for row in text.splitlines() if row.startswith(start)).replace("\\", "")


def seeds(lr, clip, values, **more):
    return [result(lr, clip, value, seed, **more) for seed, value in enumerate(values)]


def test_recall_is_a_median_and_what_diverged_is_counted(told):
    text = told(
        *seeds(0.1, 1.0, (1.0, 0.75, 0.8)),  # recalls of 1, 0.5 and 0.6
        *seeds(0.1, 0.0, (0.75, None, None)),
        *seeds(1.0, 0.0, (None, None, None)),
    )
    assert "| 0.1 | 1 |" in text
    assert line(text, "| rnn, clip 1 |") == "| rnn, clip 1 | 0.60 (0 of 3) | – |"
    assert line(text, "| rnn, no clipping |") == "| rnn, no clipping | 0.50 (2 of 3) | – (3 of 3) |"
    assert "0.12" not in text  # test plays no part


def test_it_helps_where_more_is_learned_over_the_rates_of_both(told):
    text = told(
        *seeds(0.1, 1.0, (1.0, 1.0, 1.0)),
        *seeds(1.0, 1.0, (0.75, 0.75, 0.75)),
        *seeds(0.1, 0.0, (1.0, 1.0, 1.0)),
        *seeds(1.0, 0.0, (None, None, 0.1)),  # worse than a guess, which counts as one
        *seeds(9.0, 0.0, (None, None, None)),  # of this rate the other has nothing
    )
    because = "over 2 learning rates, recall on valid is 0.25 [0.25, 0.25] more with it;"
    row = line(text, "| copy | clipping gradients helps (rnn)")
    assert f"| supported | {because} diverged: 0 of 6 against 2 of 6 |" in row


@pytest.mark.parametrize(
    ("plain", "clipped", "said"),
    [
        ((1.0, 1.0), (0.6, 0.6), "not supported"),
        ((0.6, 1.0), (0.6, 1.0), "cannot tell"),
        ((0.6,), (1.0,), "cannot tell"),  # one seed has no interval
    ],
)
def test_what_the_numbers_do_not_say_is_not_said(told, plain, clipped, said):
    text = told(*seeds(0.1, 0.0, plain), *seeds(0.1, 1.0, clipped))
    assert f"(rnn) | {said} |" in line(text, "| copy | clipping")


def test_less_is_better_turns_recall_round(told):
    kind = {"better": "lower"}
    text = told(*seeds(0.1, 0.0, (1.5, 1.5), **kind), *seeds(0.1, 1.0, (0.5, 0.5), **kind))
    assert line(text, "| rnn, clip 1 |") == "| rnn, clip 1 | 0.75 (0 of 2) |"
    assert "| supported | over 1 learning rates, recall on valid is 0.50" in line(text, "| copy |")


def test_architectures_are_told_apart_by_their_own_settings(told):
    both = [
        one
        for kind, high in (("tanh", 0.5), ("relu", 1.0))
        for one in (
            *seeds(0.1, 0.0, (0.5, 0.5), nonlinearity=kind),
            *seeds(0.1, 1.0, (high, high), nonlinearity=kind),
        )
    ]
    text = told(*both)
    assert "(rnn(nonlinearity=relu)) | supported |" in line(
        text, "| copy | clipping gradients helps (rnn(nonlinearity=relu"
    )
    assert "(rnn(nonlinearity=tanh)) | not supported |" in line(
        text, "| copy | clipping gradients helps (rnn(nonlinearity=tanh"
    )


def test_where_nothing_was_compared_nothing_is_claimed(told):
    text = told(*seeds(0.1, 1.0, (1.0, 1.0)))
    assert "| rnn, clip 1 | 1.00 (0 of 2) |" in text and "helps" not in text
    with pytest.raises(SeqbenchError, match=r"clipping\.draws is 0"):
        Catalogue.installed().make("reports", "clipping", {"draws": 0})


def test_without_training_it_says_how_to_ask(told):
    assert "nothing to tell" in told(Result(Trial(Choice("copy"), Choice("x"), 0), "ok"))


SUITE = """
suite: cut
seeds: 2
train: {examples: 256, batch: 16, optimizer: sgd, lr: [0.01, 10], clip: [0, 1], evaluations: 2}
sizes: {train: 64, valid: 16, test: 16}
tasks: [first_token: {length: 8}]
architectures: [rnn: {width: 16, nonlinearity: relu, init: identity}]
executor: inline
report: [clipping]
"""


def test_through_the_front_door_what_explodes_is_told(tmp_path, capsys, monkeypatch):
    (tmp_path / "cut.yaml").write_text(SUITE)
    done = typed("run", "cut.yaml", capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert done.returncode == 3 and "2 diverged" in done.stderr, done.stderr
    text = (tmp_path / "results/cut/clipping.md").read_text()
    assert line(text, "| rnn, no clipping |").endswith("| – (2 of 2) |")
    assert line(text, "| rnn, clip 1 |").endswith("(0 of 2) |")
    assert "diverged: 0 of 4 against 2 of 4" in line(text, "| first")
