"""A line comes back as it went, and shows when it did not."""

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench import Choice, Measurement, Point, Result, Trial, from_record, to_record
from seqbench.store.line import encode, intact

numbers = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.one_of(st.booleans(), st.integers(), numbers, text, st.none())
plain = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
mappings = st.dictionaries(text, plain, max_size=4)
coordinates = st.dictionaries(text, st.one_of(st.booleans(), st.integers(), numbers, text))
choices = st.builds(Choice, text, mappings, st.integers(1, 99))
trials = st.builds(
    Trial,
    choices,
    choices,
    st.integers(0, 2**70),
    mappings,
    baseline=st.booleans(),
    partial=st.booleans(),
    data=st.none() | text,
    metrics=st.lists(text, max_size=2).map(tuple),
    tests=st.lists(coordinates, max_size=2).map(tuple),
)
measurements = st.builds(
    Measurement, text, numbers, text, text, coordinates, st.sampled_from(["higher", "lower", None])
)
results = st.builds(
    Result,
    trials,
    st.sampled_from(["ok", "failed", "diverged"]),
    st.none() | text,
    st.lists(measurements, max_size=3).map(tuple),
    st.lists(st.builds(Point, st.integers(0), numbers, numbers), max_size=3).map(tuple),
    st.dictionaries(text, numbers, max_size=3),
    mappings,
    st.booleans(),
)


@given(results)
@settings(max_examples=150, deadline=None)
def test_a_result_goes_to_a_line_and_back(result):
    line = encode(to_record(result))
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert intact(line[:-1])
    assert from_record(msgspec.json.decode(line)) == result
    assert from_record(json.loads(line)) == result  # any JSON reader will do


@given(mappings, st.data())
@settings(max_examples=100, deadline=None)
def test_any_other_byte_is_noticed(record, data):
    line = encode(record)[:-1]
    place = data.draw(st.integers(0, len(line) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != line[place]))
    assert not intact(line[:place] + bytes([byte]) + line[place + 1 :])


@given(mappings, st.data())
@settings(max_examples=50, deadline=None)
def test_any_shorter_line_is_noticed(record, data):
    line = encode(record)[:-1]
    assert not intact(line[: data.draw(st.integers(0, len(line) - 1))])


def test_text_that_no_file_can_hold_does_not_stop_a_record():
    line = encode({"reason": "cut \ud83d here"})
    assert json.loads(line)["reason"] == "cut ? here"
    assert intact(line[:-1])
