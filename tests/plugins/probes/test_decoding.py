"""A step at a time gives what all at once gives, and what is kept is counted as it must be."""

from dataclasses import replace
from typing import ClassVar

import pytest
import torch
from torch import nn

from seqbench import SeqbenchError
from seqbench.kits.torch import Network

WIDTH = 8


@pytest.fixture
def decoding(catalogue):
    return catalogue.make("probes", "decoding", {"at": [4, 20], "repeats": 2})


@pytest.mark.parametrize(
    ("architecture", "own", "way", "kept"),
    [
        ("rnn", {"layers": 2}, "state", lambda steps: 2 * WIDTH),
        ("lstm", {"layers": 2}, "state", lambda steps: 2 * 2 * WIDTH),
        # Two layers of keys and values, two heads of four each.
        ("transformer", {"layers": 2, "heads": 2}, "cache", lambda steps: 2 * 2 * WIDTH * steps),
    ],
)
@pytest.mark.parametrize("task", ["copy", "adding"])
def test_states_and_caches_have_the_bytes_of_their_formulas(
    subject, decoding, taken, architecture, own, way, kept, task
):
    told = subject(task, {}, architecture, {"width": WIDTH, **own})
    assert decoding.unsuited(told) is None
    found = list(decoding.measure(told))
    bytes_kept = {(steps, way): 4.0 * kept(steps) for steps in (4, 20)}
    assert taken(found, "state_bytes") == bytes_kept
    (error,) = taken(found, "streaming_error").items()
    assert error[0] == (way,) and 0 <= error[1] < 1e-5
    seconds = taken(found, "decode_seconds")
    assert seconds.keys() == bytes_kept.keys()
    assert all(0 < each < 1 for each in seconds.values())


class Means(nn.Module):
    """The mean of all so far: causal, and without a step."""

    def forward(self, x):
        return x.cumsum(1) / torch.arange(1, x.shape[1] + 1)[:, None]


class Slipping(Means):
    """Offers a step that forgets to divide."""

    def initial_state(self, batch):
        return torch.zeros(batch, WIDTH)

    def step(self, x, state):
        return x + state, x + state


class Counting(Slipping):
    """Offers the right one; its state changes in place."""

    counted: ClassVar[list[int]] = []

    def initial_state(self, batch):
        return {"sum": torch.zeros(batch, WIDTH), "steps": 0}

    def step(self, x, state):
        state["sum"] += x
        state["steps"] += 1
        self.counted.append(state["steps"])
        return state["sum"] / state["steps"], state


def around(told, mixer):
    """The subject with another mixer."""
    network = Network(told.lesson.io, WIDTH, mixer)
    return replace(told, model=replace(told.model, network=network))


def test_without_a_step_all_is_read_again_and_said_so(subject, decoding, taken):
    told = around(subject("copy", {}, "rnn", {"width": WIDTH}), Means())
    found = list(decoding.measure(told))
    assert taken(found, "streaming_error").keys() == {("recompute",)}
    # What is kept are the tokens themselves, int64.
    assert taken(found, "state_bytes") == {(4, "recompute"): 32.0, (20, "recompute"): 160.0}


def test_a_step_that_says_something_else_has_no_latency(subject, decoding):
    told = around(subject("copy", {}, "rnn", {"width": WIDTH}), Slipping())
    (only,) = decoding.measure(told)
    assert only.name == "streaming_error" and only.value > 1e-2


def test_a_state_that_changes_in_place_is_read_from_the_same_start_each_time(
    subject, decoding, taken
):
    told = around(subject("copy", {}, "rnn", {"width": WIDTH}), Counting())
    Counting.counted.clear()
    found = list(decoding.measure(told))
    assert taken(found, "state_bytes") == {(4, "state"): 32.0, (20, "state"): 32.0}
    assert max(taken(found, "streaming_error").values()) < 1e-5
    assert max(Counting.counted) == 20 + 8  # never on from where a repeat ended


def test_reading_again_takes_longer_the_longer_the_context_is(subject, catalogue, taken):
    probe = catalogue.make("probes", "decoding", {"at": [8, 2048], "repeats": 3})
    told = around(subject("copy", {}, "rnn", {"width": WIDTH}), nn.RNN(WIDTH, WIDTH))
    mixer = nn.Sequential(*(Means() for _ in range(4)))
    seconds = taken(list(probe.measure(around(told, mixer))), "decode_seconds")
    assert seconds[2048, "recompute"] > 2 * seconds[8, "recompute"]


def test_what_is_not_causal_is_not_decoded(subject, decoding):
    told = subject("japanese_vowels", {}, "birnn", {"width": 4})
    assert decoding.unsuited(told) == (
        "japanese_vowels is not causal: answers wait for the sequence's end"
    )


@pytest.mark.parametrize("slip", [{"at": []}, {"at": [0]}, {"repeats": 0}])
def test_settings_that_mean_nothing_are_refused(catalogue, slip):
    with pytest.raises(SeqbenchError, match=r"decoding\.(at|repeats) is"):
        catalogue.make("probes", "decoding", slip)
