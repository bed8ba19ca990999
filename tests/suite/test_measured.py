"""What `measure` asks for: metrics by name, probes with their settings."""

import pytest

from seqbench import Choice, SeqbenchError
from seqbench.suite import open_suite, plan, read_suite

LEAST = "tasks: [copy]\narchitectures: [net]\nmeasure: "


def depth(at=(), step=0.5):
    return Choice("depth", {"at": list(at), "step": step}, 3)


def test_metrics_and_probes_are_told_apart_and_defaults_filled_in(write, world):
    suite = read_suite(write(LEAST + "[loss, depth, depth: {at: [4, 8], step: 1}, depth: ]"), world)
    assert suite.measure == ("loss",)
    assert suite.probes == (depth(), depth([4, 8], 1.0))


def test_architectures_are_probed_and_baselines_are_not(write, world):
    suite = read_suite(write(LEAST + "[depth: {at: [4]}]"), world)
    trials = plan(suite, world)
    assert {trial.baseline: trial.probes for trial in trials} == {True: (), False: (depth([4]),)}


def test_what_is_probed_is_no_part_of_the_id(write, world):
    plain = read_suite(write("tasks: [copy]\narchitectures: [net]\n"), world)
    probed = read_suite(write(LEAST + "[depth]", "t.yaml"), world)
    assert [t.id for t in plan(plain, world)] == [t.id for t in plan(probed, world)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[dept]", "4:11: no metric or probe is called 'dept'; did you mean 'depth'?"),
        ("[depth: {stap: 1}]", "4:19: depth has no setting 'stap'; did you mean 'step'?"),
        ("[depth: {step: x}]", "4:25: depth.step takes float, not 'x'"),
        ("[depth: {step: 0}]", "4:11: depth(step=0.0): step is above 0"),
        ("[loss: {at: [1]}]", "4:11: loss is a metric, and a metric has no settings"),
    ],
)
def test_slips_are_told_with_their_place(write, world, text, told):
    path = write(LEAST + text)
    with pytest.raises(SeqbenchError) as caught:
        read_suite(path, world)
    (line,) = str(caught.value).splitlines()
    assert line.removeprefix(f"{path}:").startswith(told)


def test_without_its_plugins_an_unknown_name_is_unresolved(write, tmp_path):
    (tmp_path / "mine.py").write_text("")
    path = write("plugins: [mine.py]\n" + LEAST + "[deep: {at: [1]}]")
    suite, _ = open_suite(path, load_plugins=False)
    assert "deep" in suite.unresolved and suite.probes == ()
