"""Seconds, bytes and verdicts as they follow from numbers that are known."""

from dataclasses import replace

import pandas as pd
import pytest

from front_door import seqbench
from seqbench import Choice, Frames, Measurement, Result, SeqbenchError, Trial
from seqbench.catalogue import Catalogue
from seqbench.store import Store

CONTEXTS = (16, 64, 256)
FACTS = {"processor": "a", "threads": 1, "workers": 1}


def result(name, seed, seconds, kept, error=1e-7, way="state", task="copy", contexts=CONTEXTS):
    """A probed trial; without seconds, one that did not stream rightly."""
    numbers = [Measurement("streaming_error", error, "", "probe", {"way": way}, "lower")]
    for context, each, size in zip(contexts, seconds, kept, strict=True) if seconds else ():
        at = {"context": context, "way": way}
        numbers.append(Measurement("decode_seconds", each, "s", "probe", at, "lower", exact=False))
        numbers.append(Measurement("state_bytes", size, "B", "probe", at, "lower"))
    return Result(Trial(Choice(task), Choice(name), seed), "ok", None, tuple(numbers), facts=FACTS)


def frames_of(folder, *results):
    with Store(folder) as store:
        for one in results:
            store.add(one)
    return store.frames()


def rendered(frames, **settings):
    return Catalogue.installed().make("reports", "decoding", settings).render(frames)


@pytest.fixture
def told(tmp_path):
    return lambda *results, **settings: rendered(frames_of(tmp_path, *results), **settings)


def line(text, start, after=""):
    return next(r for r in text[text.index(after) :].splitlines() if r.startswith(start))


def rows(name, many, kept=(512, 512, 512), way="state", **more):
    """A seed for each triple of microseconds."""
    return [
        result(name, seed, [us * 1e-6 for us in each], kept, way=way, **more)
        for seed, each in enumerate(many)
    ]


RNN = rows("rnn", [(50, 50, 50), (52, 50, 52), (40, 40, 44)])
TRANSFORMER = rows(
    "transformer", [(100, 200, 400), (110, 200, 330), (100, 150, 300)], (16, 64, 256), way="cache"
)


def test_seconds_are_medians_with_their_spread_and_bytes_are_exact(told):
    text = told(*RNN, *TRANSFORMER)
    assert line(text, "| rnn |") == (
        "| rnn | 50 (40 to 52) | 50 (40 to 50) | 50 (44 to 52) | state | 1e-07 | 3 |"
    )
    assert line(text, "| transformer |") == (
        "| transformer | 100 (100 to 110) | 200 (150 to 200) | 330 (300 to 400) | cache | 1e-07 "
        "| 3 |"
    )
    assert line(text, "| rnn |", "bytes kept") == "| rnn | 512 | 512 | 512 |"
    assert line(text, "| transformer |", "bytes kept") == "| transformer | 16 | 64 | 256 |"


def test_a_wrong_stream_has_no_latency_and_the_row_says_so(told):
    wrong = [result("lstm", s, (), (), error=0.02) for s in (0, 1)]
    text = told(*RNN, *TRANSFORMER, *wrong, *rows("lstm", [(9, 9, 9)] * 3)[2:])
    assert line(text, "| lstm |") == (
        "| lstm | 9 | 9 | 9 | state | 2e-02 (above 1e-04 in 2 of 3: no latency) | 3 |"
    )
    # Latencies that came with too large an error all the same.
    lies = rows("lstm", [(1, 1, 1)] * 2, error=2e-4)
    text = told(*(replace(one, trial=replace(one.trial, seed=7 + n)) for n, one in enumerate(lies)))
    assert line(text, "| lstm |") == (
        "| lstm | 9 | 9 | 9 | state | 2e-02 (above 1e-04 in 4 of 5: no latency) | 5 |"
    )


def test_a_stream_that_is_wrong_throughout_cannot_be_judged(told):
    text = told(*TRANSFORMER, *rows("lstm", [(9, 9, 9)] * 2, error=2e-4))
    assert line(text, "| lstm |").startswith("| lstm | – | – | – | state | 2e-04 (above")
    assert line(text, "| lstm |", "bytes kept") == "| lstm | – | – | – |"
    assert verdicts(text) == ["cannot tell"] * 2
    assert "lstm did not stream rightly: no latency is told" in text


def verdicts(text):
    return [
        row.split(" | ")[2] for row in text.splitlines() if row.startswith("| copy | attention")
    ]


def test_the_claims_numbers_are_those_of_ratios_within_trials(told):
    text = told(*RNN, *TRANSFORMER)
    kept, taken = (r for r in text.splitlines() if r.startswith("| copy | attention"))
    assert kept.endswith(
        "| supported | after 256 transformer keeps 16.00 times the bytes that it keeps after 16, "
        "and rnn 1.00 times |"
    )
    # 400 / 100, 330 / 110, 300 / 100: 4, 3, 3; and 1, 1, 1.1.
    assert r"takes 3.00 \[3.00, 4.00\] times one after 16 with transformer" in taken
    assert r"1.00 \[1.00, 1.10\] with rnn; the one over the other is 3.00 \[2.73, 4.00\]" in taken


@pytest.mark.parametrize(
    ("attention", "kept", "recurrent", "keeping", "said"),
    [
        ([(1, 2, 3)] * 3, (1, 2, 3), [(1, 1, 1)] * 3, (5, 5, 5), ["supported", "supported"]),
        # Both grow, attention more.
        ([(1, 2, 9)] * 3, (1, 2, 9), [(1, 1, 2)] * 3, (5, 5, 6), ["supported", "supported"]),
        ([(1, 1, 1)] * 3, (4, 4, 4), [(1, 1, 1)] * 3, (5, 5, 5), ["not supported"] * 2),
        # It does not grow between 16 and 64.
        ([(1, 2, 3)] * 3, (1, 1, 3), [(1, 1, 1)] * 3, (5, 5, 5), ["not supported", "supported"]),
        # The other grows as much.
        ([(1, 2, 3)] * 3, (1, 2, 3), [(1, 2, 3)] * 3, (1, 2, 3), ["not supported"] * 2),
        # It grows less than the other shrinks: not with every token.
        ([(3, 2, 2)] * 3, (1, 2, 3), [(9, 3, 1)] * 3, (5, 5, 5), ["supported", "not supported"]),
        # Seeds disagree.
        (
            [(2, 2, 1), (1, 2, 3)],
            (1, 2, 3),
            [(1, 1, 1)] * 2,
            (5, 5, 5),
            ["supported", "cannot tell"],
        ),
        # It keeps nothing at all: no growth, and no division by 0.
        ([(1, 2, 3)] * 3, (1, 2, 3), [(1, 1, 1)] * 3, (0, 0, 0), ["supported", "supported"]),
        # One seed: bytes are exact, seconds have no interval.
        ([(1, 2, 3)], (1, 2, 3), [(1, 1, 1)], (5, 5, 5), ["supported", "cannot tell"]),
        # A clock that did not move.
        ([(0, 0, 3)] * 2, (1, 2, 3), [(0, 0, 0)] * 2, (5, 5, 5), ["supported", "supported"]),
    ],
)
def test_verdicts(told, attention, kept, recurrent, keeping, said):
    text = told(
        *rows("transformer", attention, kept, way="cache"), *rows("rnn", recurrent, keeping)
    )
    assert verdicts(text) == said


def test_one_context_cannot_tell(told):
    one = {"contexts": (64,)}
    text = told(
        *rows("rnn", [(5,)] * 2, (8,), **one), *rows("transformer", [(9,)] * 2, (8,), **one)
    )
    assert verdicts(text) == ["cannot tell"] * 2
    assert "measured at fewer than two contexts" in text


def test_which_are_attention_and_which_recurrent_is_a_setting(told):
    results = (*rows("mine", [(1, 2, 3)] * 2, (1, 2, 3)), *rows("theirs", [(1, 1, 1)] * 2))
    assert verdicts(told(*results)) == []
    text = told(*results, attention=["mine"], recurrent=["theirs"])
    assert verdicts(text) == ["supported"] * 2 and "(mine and theirs)" in text
    assert verdicts(told(*results, attention=[], recurrent=["theirs"])) == []
    with pytest.raises(SeqbenchError, match="draws is 0"):
        Catalogue.installed().make("reports", "decoding", {"draws": 0})


def test_seconds_measured_unalike_are_not_told(told):
    other = [replace(one, facts={**FACTS, "threads": 2}) for one in TRANSFORMER]
    text = told(*RNN, *other)
    assert "no seconds are told: not measured alike: threads was 1, 2" in text
    assert line(text, "| rnn |").startswith("| rnn | – | – | – | state |")
    assert line(text, "| rnn |", "bytes kept") == "| rnn | 512 | 512 | 512 |"
    assert verdicts(text) == ["supported", "cannot tell"]


def test_a_hostile_name_stays_in_its_cell(tmp_path):
    frames = frames_of(tmp_path, *RNN, *TRANSFORMER)
    hostile = "a|b\n<b>\x1b[31m`x`[y](z)"
    for frame in (frames.trials, frames.measurements):
        frame["task"] = hostile
        frame.loc[frame.architecture == "rnn", "architecture"] = hostile
    frames.measurements.loc[0, "at.way"] = hostile
    lines = rendered(frames, recurrent=[hostile]).splitlines()
    clean = r"a\|b \<b\>\`x\`\[y\](z)"
    assert f"### {clean}: bytes kept by context" in lines
    assert any(row.startswith(f"| {clean} | 50 (40 to 52) |") for row in lines)
    assert "\x1b" not in "".join(lines)
    shown = Catalogue.installed().make("reports", "decoding", {}).show(frames, 200)
    assert "[31m`x`" not in shown


def test_strange_coordinates_are_no_contexts(tmp_path):
    mad = [
        Measurement("decode_seconds", 1.0, "s", "probe", {"context": "long"}),
        Measurement("state_bytes", 1.0, "B", "probe"),
    ]
    one, *others = RNN
    frames = frames_of(tmp_path, replace(one, measurements=(*one.measurements, *mad)), *others)
    assert line(rendered(frames), "| rnn |").startswith("| rnn | 50 (40 to 52) |")
    bare = Result(Trial(Choice("copy"), Choice("rnn"), 0), "ok", None, tuple(mad[1:]))
    text = rendered(frames_of(tmp_path / "bare", bare))
    assert line(text, "| rnn |") == "| rnn |  | – (above 1e-04 in 1 of 1: no latency) | 1 |"


def test_without_the_probe_it_says_how_to_ask(tmp_path, told):
    asks = r"nothing to tell: \`measure: \[decoding\]\` asks for it"
    assert asks in told(Result(Trial(Choice("copy"), Choice("rnn"), 0), "ok", None, ()))
    assert asks in rendered(frames_of(tmp_path / "empty"))


def test_what_was_not_measured_is_told_with_its_reason(tmp_path):
    frames = frames_of(tmp_path, *RNN, *rows("birnn", [()] * 2))
    why = frames.trials.architecture.map({"birnn": "it reads | ahead"})
    told_of = Frames(frames.trials.assign(**{"probed.decoding": why}), *both(frames))
    text = rendered(told_of)
    assert text.count(r"| copy | birnn | it reads \| ahead |") == 1
    assert "| copy | rnn |" not in text[text.index("Not measured") :]
    nothing = Frames(told_of.trials, frames.measurements[:0], frames.curves)
    assert "nothing to tell" not in rendered(nothing) and "Not measured" in rendered(nothing)
    measured = Frames(frames.trials.assign(**{"probed.decoding": pd.NA}), *both(frames))
    assert "Not measured" not in rendered(measured)


def both(frames):
    return frames.measurements, frames.curves


def test_through_the_command_line(tmp_path):
    (tmp_path / "s.yaml").write_text(
        "suite: s\nseeds: 2\nsizes: {train: 8, valid: 4, test: 4}\ntrain: {examples: 8}\n"
        "tasks: [copy: {length: 1, delay: 1}]\narchitectures: [{rnn: {width: 8}}, "
        "{transformer: {width: 8, heads: 2}}]\nmeasure: [decoding: {at: [4, 32], repeats: 1}]\n"
        "report: [decoding]\n"
    )
    done = seqbench("run", "s.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "results/s/decoding.md").read_text()
    # Two layers of keys and values of width 8, in float32.
    assert line(text, "| transformer |", "bytes kept") == "| transformer | 512 | 4,096 |"
    assert verdicts(text)[0] == "supported" and len(verdicts(text)) == 2
