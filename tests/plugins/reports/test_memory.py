"""Horizons and verdicts as they follow from recalls that are known."""

import pytest

from seqbench import Choice, Measurement, Result, SeqbenchError, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store

PLACES = (1, 8, 64)


def result(name, seed, recalls, horizon, task="copy", **settings):
    """A probed trial."""
    trial = Trial(Choice(task), Choice(name, settings), seed, {"lr": 0.1})
    at = {"threshold": 0.5}
    numbers = [
        Measurement("recall", value, "", "probe", {"delay": place}, "higher")
        for place, value in zip(PLACES, recalls, strict=True)
    ]
    numbers += [
        Measurement("horizon", horizon, "delay", "probe", at, "higher"),
        Measurement("horizon_censored", float(horizon == 64), "", "probe", at),
        Measurement("accuracy", 0.9, better="higher", chance=0.5),
    ]
    return Result(trial, "ok", None, tuple(numbers), costs={"parameters": 1000})


@pytest.fixture
def told(tmp_path):
    def rendered(*results, **settings):
        with Store(tmp_path) as store:
            for one in results:
                store.add(one)
        return Catalogue.installed().make("reports", "memory", settings).render(store.frames())

    return rendered


def line(text, start, after=""):
    below = text[text.index(after) :]
    return next(row for row in below.splitlines() if row.startswith(start))


FORGETFUL = [
    result("rnn", 0, (1.0, 0.9, 0.0), 8),
    result("rnn", 1, (1.0, 0.4, 0.1), 1),
    result("rnn", 2, (0.8, 0.6, 0.05), 8),
]
KEEPING = [result("lstm", seed, (1.0, 1.0, 0.95), 64) for seed in range(3)]


def test_recalls_are_medians_means_and_solved_shares(told):
    text = told(*FORGETFUL, *KEEPING)
    cells = "| rnn | 1.00 / 0.93 (67%) | 0.60 / 0.63 (33%) | 0.05 / 0.05 (0%) |"
    assert line(text, "| rnn | 1.00") == cells
    strict = told(*FORGETFUL, *KEEPING, solved=0.97, decimals=1)
    assert line(strict, "| lstm | 1.0 ") == (
        "| lstm | 1.0 / 1.0 (100%) | 1.0 / 1.0 (100%) | 0.9 / 0.9 (0%) |"
    )


def test_horizons_have_intervals_and_say_where_they_may_lie_beyond(told):
    text = told(*FORGETFUL, *KEEPING)
    assert line(text, "| rnn |", "horizon, at") == "| rnn | 8 | 1 to 8 | 3 | 1,000 |"
    assert line(text, "| lstm |", "horizon, at") == "| lstm | ≥ 64 | ≥ 64 to ≥ 64 | 3 | 1,000 |"


def test_both_claims_are_supported_where_the_whole_interval_says_so(told):
    text = told(*FORGETFUL, *KEEPING)
    assert "| copy | a plain RNN forgets" in text
    forgets = line(text, "| copy | a plain RNN forgets")
    assert "| supported | rnn's recall is 1.00" in forgets
    keeps = line(text, "| copy | an LSTM keeps")
    # 64 / 8, and the interval's ends 64 / 8 and 64 / 1.
    assert r"| supported | lstm's horizon over rnn's is 8.00 \[8.00, 64.00\]" in keeps
    assert "lstm passes at the longest" in keeps


def verdicts(text):
    rows = [row.split(" | ") for row in text.splitlines() if row.startswith("| copy | a")]
    return [row[2] for row in rows]


@pytest.mark.parametrize(
    ("rnn", "lstm", "said"),
    [
        (((1, 1, 1), 64), ((1, 1, 1), 64), ["not supported", "cannot tell"]),  # both to the end
        (((0, 0, 0), 0), ((0, 0, 0), 0), ["cannot tell", "cannot tell"]),  # neither learned
        (((0, 0, 0), 0), ((1, 0, 0), 1), ["cannot tell", "cannot tell"]),  # no ladder below 1
        (((0, 0, 0), 0), ((1, 1, 0), 8), ["cannot tell", "supported"]),
        (((1, 1, 0), 8), ((1, 0, 0), 1), ["supported", "not supported"]),
        (((1, 1, 0), 8), ((1, 1, 0), 8), ["supported", "not supported"]),
    ],
)
def test_what_the_numbers_do_not_say_is_not_said(told, rnn, lstm, said):
    seeds = [result("rnn", s, *rnn) for s in range(2)] + [
        result("lstm", s, *lstm) for s in range(2)
    ]
    assert verdicts(told(*seeds)) == said


@pytest.mark.parametrize(
    ("rnn", "ffn", "said"),
    [
        ((1, 0, 0), (0.1, 0.0, 0.0), "supported"),
        ((1, 0, 0), (0.1, 0.0, 0.9), "not supported"),  # it sees something, if from afar
        ((0.2, 0, 0), (0.1, 0.0, 0.0), "cannot tell"),  # neither has learned
    ],
)
def test_what_is_blind_to_the_past_is_so_at_every_distance(told, rnn, ffn, said):
    text = told(*(result(n, s, r, 0) for s in range(2) for n, r in (("rnn", rnn), ("ffn", ffn))))
    claim = line(text, "| copy | a recurrent network uses what came before")
    assert f"(rnn and ffn) | {said} | recall at 1 is {rnn[0]:.2f}" in claim.replace("\\", "")
    assert f"for ffn {max(ffn):.2f}" in claim
    assert "and lstm" not in text


def test_blindness_that_only_some_seeds_have_cannot_be_told(told):
    ffn = [result("ffn", seed, (high, 0, 0), 0) for seed, high in enumerate((0.9, 0.1))]
    text = told(*(result("lstm", seed, (1, 1, 1), 64) for seed in range(2)), *ffn)
    assert "(lstm and ffn) | cannot tell |" in text


@pytest.mark.parametrize(
    ("recalls", "said"),
    [((1, 0, 0), "supported"), ((0, 0, 0), "cannot tell"), ((1, 1, 1), "not supported")],
)
def test_a_window_reaches_as_far_as_it_reaches(told, recalls, said):
    text = told(*(result("window_ffn", seed, recalls, 0) for seed in range(2)))
    assert f"(window_ffn) | {said} |" in text


WAYS = ("elman", "direct", "indirect", "lateral", "full")


def wired(told, **near):
    """The line on ways of feedback, of two seeds with a recall near by for each way."""
    seeds = [
        result("rnn", seed, (near.get(way, (1, 1))[seed], 0.2, 0), 1, feedback=way)
        for seed in range(2)
        for way in WAYS
    ]
    return line(told(*seeds), "| copy | feedback may be direct").replace("\\", "")


@pytest.mark.parametrize(
    ("near", "said"),
    [
        ({}, "supported"),
        ({"indirect": (0.2, 0.3)}, "not supported"),  # another way has learned what it has not
        ({way: (0.2, 0.3) for way in WAYS}, "cannot tell"),  # nobody has
        ({"full": (0.2, 0.9)}, "cannot tell"),
    ],
)
def test_each_way_of_feedback_remembers_what_is_near(told, near, said):
    row = wired(told, **near)
    assert f"| {said} | recall at 1 is " in row
    for way in WAYS:
        low, high = near.get(way, (1, 1))
        assert f"{(low + high) / 2:.2f} [{low:.2f}, {high:.2f}] {way}" in row
        assert f"1 {way}" in row.partition("the horizon is ")[2]


def test_of_one_way_of_feedback_nothing_is_told_and_but_elmans_is_not_plain(told):
    full = [result("rnn", seed, (1, 0, 0), 1, feedback="full") for seed in range(2)]
    assert "feedback may be" not in told(*full)
    assert "a plain RNN forgets" not in told(*full)
    elman = [result("rnn", seed, (1, 0, 0), 1, feedback="elman") for seed in range(2)]
    text = told(*full, *elman)
    assert text.count("a plain RNN forgets") == 1
    assert "rnn(feedback=elman)'s recall is" in text


def test_one_seed_cannot_tell(told):
    assert verdicts(told(FORGETFUL[0], KEEPING[0])) == ["cannot tell", "cannot tell"]


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_a_share_that_none_can_reach_or_all_do_is_refused(share):
    with pytest.raises(SeqbenchError, match=r"memory\.solved is .*; it takes a number above 0"):
        Catalogue.installed().make("reports", "memory", {"solved": share})


def test_without_probes_it_says_how_to_ask(told):
    plain = Result(Trial(Choice("copy"), Choice("rnn"), 0), "ok", None, ())
    assert "`measure: [memory]`".replace("`", r"\`").replace("[", r"\[").replace("]", r"\]") in (
        told(plain)
    )


def test_the_terminal_is_shown_the_same(tmp_path):
    with Store(tmp_path) as store:
        for one in (*FORGETFUL, *KEEPING):
            store.add(one)
    shown = Catalogue.installed().make("reports", "memory", {}).show(store.frames(), 200)
    assert "≥ 64 to ≥ 64" in shown and "1.00 / 0.93 (67%)" in shown
