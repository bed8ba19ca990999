from itertools import combinations

from seqbench import Choice
from seqbench.bench.streams import stream

TASK = Choice("echo", {"length": 4, "p": 0.5})


def draw(*asked):
    return stream(*asked).integers(2**62)


def test_a_stream_depends_on_seed_role_name_settings_and_version():
    asked = [
        (0, "train", TASK),
        (1, "train", TASK),
        (0, "test", TASK),
        (0, "train", Choice("other", TASK.settings)),
        (0, "train", Choice("echo", {"length": 5, "p": 0.5})),
        (0, "train", Choice("echo", TASK.settings, 2)),
    ]
    for one, two in combinations(asked, 2):
        assert draw(*one) != draw(*two)


def test_a_stream_depends_on_nothing_else():
    again = Choice("echo", {"p": 0.5, "length": 4})
    assert draw(0, "train", TASK) == draw(0, "train", again)
    assert draw(0, "train", TASK) == 4360836760462869018
