"""Everything bundled passes every check that there is for its kind."""

import pytest

from seqbench.catalogue import Catalogue
from seqbench.testing import check

HERE = Catalogue.installed()
QUICK = ("gru", "birnn", "esn")  # a network, one that looks ahead, and none; all others are slow
SLOW_TOO = pytest.mark.slow


def names(kind, quick):
    return [
        name if name in quick else pytest.param(name, marks=SLOW_TOO) for name in HERE.names(kind)
    ]


def test_no_bundled_plugin_is_broken():
    assert HERE.broken == {}


def clean(found):
    """Nothing failed, and no advice was given in vain."""
    assert [str(one) for one in found.of("failed", "warned")] == []
    return {one.check for one in found.of("skipped")}


@pytest.mark.parametrize("name", HERE.names("tasks"))
def test_a_bundled_task_keeps_every_promise(name):
    found = check(HERE.make("tasks", name, {}))
    left = clean(found)
    if "shapes_follow_the_signature" in left:
        pytest.skip(found.of("skipped")[0].reason)  # data that are not here
    may = {"continuations_are_shown", "the_oracle_is_right", "guessing_scores_chance"}
    assert left <= may, left


NETWORK = {"parameters_get_gradients", "the_state_dict_is_all", "gradients_may_be_off"}
OFFERED = {  # what need not be offered or claimed
    *("steps_equal_the_whole", "chunks_equal_the_whole", "declared_flops_are_true"),
    *("number_types_agree", "a_gpu_agrees", "gradients_are_right"),
}
LOOKS = {"the_future_does_not_leak", "looking_ahead_is_used"}  # of which one is asked


EXCUSED = {"ngram": {"flops_are_told": "how many counts it keeps, only counting tells"}}


@pytest.mark.parametrize("name", names("architectures", QUICK))
def test_a_bundled_architecture_keeps_every_promise(name):
    architecture = HERE.make("architectures", name, {})
    found = check(architecture, expected_failed=EXCUSED.get(name, {}))
    left = clean(found)
    assert len(left & LOOKS) == 1
    network = not (left & NETWORK)
    netless = NETWORK | {"odd_sizes_work", "weighing_is_true"}  # most have no width
    netless |= {"padding_does_not_matter"}  # a linear model takes sequences of one length
    assert left <= OFFERED | LOOKS | (set() if network else netless), left
    assert f"ran {len(found) - len(left)} of {len(found)} checks" in found.summary


@pytest.mark.parametrize("name", HERE.names("metrics"))
def test_a_bundled_metric_keeps_every_promise(name):
    metric = HERE.get("metrics", name)
    left = clean(check(metric))
    steps = {"only_counted_steps_count", "steps_weigh_alike", "steps_make_the_whole"}
    assert left == (steps if metric.sequences else {"sequences_are_told_apart"})


@pytest.mark.parametrize("name", names("probes", ("gradients", "memory")))
def test_a_bundled_probe_keeps_every_promise(name):
    assert clean(check(HERE.make("probes", name, {}))) == set()


@pytest.mark.parametrize("name", names("reports", ("table", "memory", "search")))
def test_a_bundled_report_keeps_every_promise(name):
    assert clean(check(HERE.make("reports", name, {}))) == set()
