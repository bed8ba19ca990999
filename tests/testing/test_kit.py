"""The kit tells what it asked, is strict about excuses, and works in pytest and by command."""

import json
import subprocess
import sys
import textwrap

import pytest

from front_door import PLUGIN, seqbench
from seqbench import SeqbenchError
from seqbench.contract.errors import Missing
from seqbench.testing import check
from seqbench.testing.check import promise
from seqbench.testing.examination import Examination
from seqbench.testing.smallest import Delayed, Guess

ASKED = []


@promise("api", "Mend the roof")
def it_is_dry(house):
    """No rain comes in."""
    ASKED.append("dry")
    if house == "wet":
        raise AssertionError("it rains in")  # as pytest rewrites an assert


@promise("api", "Buy a stove", ("it_is_dry",))
def it_is_warm(house):
    ASKED.append("warm")
    if house != "warm":
        raise AssertionError(f"it is {house}")


@promise("claims", "Open the shutters", ("it_is_warm",))
def it_has_light(house):
    raise Missing("it is night")


@promise("advice", "Paint it")
def it_is_pretty(house):
    raise ValueError("no eyes")


CHECKS = (it_is_dry, it_is_warm, it_has_light, it_is_pretty)


def asked(house, **excuses):
    return Examination("home", house, CHECKS, excuses).findings()


def statuses(found):
    return {one.check: one.status for one in found}


def test_each_outcome_says_what_is_wrong_and_what_to_do():
    found = asked("cold")
    assert statuses(found) == {
        "it_is_dry": "passed",
        "it_is_warm": "failed",
        "it_has_light": "skipped",
        "it_is_pretty": "warned",
    }
    assert str(found[1]) == "it is warm: it is cold. Buy a stove"
    assert found[3].reason == "it raised ValueError: no eyes"
    assert [one.check for one in found.failed] == ["it_is_warm"]


def test_the_summary_says_how_many_were_asked_and_why_the_others_were_not():
    assert asked("wet").summary == (
        "home: ran 2 of 4 checks, 1 failed, 1 warned; skipped it_is_warm, because it_is_dry failed;"
        " skipped it_has_light, because it_is_warm was skipped"
    )
    assert "skipped it_has_light, because it is night" in asked("warm").summary


def test_what_needs_another_check_is_not_asked_in_vain_and_nothing_is_asked_twice():
    ASKED.clear()
    one = Examination("home", "wet", CHECKS)
    assert one.outcome("it_has_light").status == "skipped"
    one.findings()
    assert ASKED == ["dry"]


def test_the_result_is_plain_json():
    told = json.loads(json.dumps(asked("wet").record()))
    assert (told["checks"], told["ran"], told["failed"]) == (4, 2, 1)
    assert told["outcomes"][0]["remedy"] == "Mend the roof"
    assert [one["group"] for one in told["outcomes"]] == ["api", "api", "claims", "advice"]


def test_an_expected_failure_is_none():
    found = asked("cold", it_is_warm="it is a barn")
    assert found[1].status == "expected" and found[1].reason == "it is a barn (it is cold)"
    assert found.failed == [] and "1 failed as expected" in found.summary
    assert asked("cold", it_is_pretty="a matter of taste")[3].status == "expected"


def test_an_excuse_for_what_passes_is_a_failure():
    found = asked("warm", it_is_warm="it is a barn")
    assert found[1].status == "failed"
    assert "it passes, and was expected to fail (it is a barn)" in found[1].reason
    assert "Take it out" in found[1].remedy


def test_an_excuse_for_an_unknown_check_is_refused():
    with pytest.raises(SeqbenchError, match=r"it_is_wram.*it_is_warm"):
        asked("warm", it_is_wram="a slip")


def test_a_class_stands_for_its_default_and_what_is_no_plugin_is_refused():
    assert check(Delayed).name == check(Delayed()).name == "delayed"
    with pytest.raises(SeqbenchError, match="no plugin of a known kind"):
        check(3)


def test_what_the_kit_itself_tries_plugins_with_keeps_every_promise():
    assert check(Delayed()).failed == [] and check(Guess()).failed == []


THEIRS = """
    from mine import Delayed, Peeks
    from seqbench.testing import parametrize_checks

    @parametrize_checks(Delayed)
    def test_it_keeps_its_promises(check):
        check()

    @parametrize_checks(Peeks(), expected_failed={excuses})
    def test_this_one_too(check):
        check()
"""

MINE = '''
    from dataclasses import dataclass
    import numpy as np
    from seqbench import Architecture, Model, Tokens
    from seqbench.testing.smallest import Delayed

    @dataclass(frozen=True)
    class Peeks(Architecture):
        """Answers with the next input."""
        name = "peeks"
        def unsuited(self, io):
            return None if io.symbolic and io.causal else "it speaks in tokens"
        def fit(self, lesson):
            table = np.eye(lesson.io.inputs.vocab)[:, : lesson.io.outputs.vocab]
            return Model(lambda x, lengths: table[np.roll(x, -1, axis=1)], table.size)
'''


def theirs(folder, excuses):
    (folder / "mine.py").write_text(textwrap.dedent(MINE))
    (folder / "test_mine.py").write_text(textwrap.dedent(THEIRS).replace("{excuses}", excuses))
    words = ["-q", "-p", "no:cacheprovider", "-rA", "test_mine.py"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=folder, capture_output=True, text=True
    )


def test_a_package_of_others_tests_itself_in_three_lines(tmp_path):
    done = theirs(tmp_path, '{"the_future_does_not_leak": "it is what I study"}')
    assert done.returncode == 0, done.stdout
    assert (
        "PASSED test_mine.py::test_it_keeps_its_promises[delayed-sampling_is_pure]" in done.stdout
    )
    assert "XFAIL test_mine.py::test_this_one_too[peeks-the_future_does_not_leak]" in done.stdout
    assert "its models have no torch network" in done.stdout  # skipped, and why
    assert "Advice: a source is named" in done.stdout
    assert " failed" not in done.stdout.splitlines()[-1]


def test_without_an_excuse_it_fails_with_what_to_do(tmp_path):
    done = theirs(tmp_path, '{"parameters_are_counted": "a slip"}')
    assert done.returncode == 1 and "2 failed" in done.stdout.splitlines()[-1]
    assert "Mask what comes later, or declare causal = False" in done.stdout
    assert "it passes, and was expected to fail (a slip)" in done.stdout


def test_the_command_takes_settings(tmp_path):
    words = ("delayed_echo", "--set", "delay=3", "--set", "vocab=5")
    done = seqbench("check", *words, cwd=tmp_path)
    assert done.returncode == 0 and "checks, 0 failed" in done.stdout, done.stderr
    assert "delayed_echo: ran " in done.stdout
    bad = seqbench("check", "delayed_echo", "--set", "dealy=3", cwd=tmp_path)
    assert bad.returncode == 2 and "delay" in bad.stderr
    assert "write key=value" in seqbench("check", "mse", "--set", "x", cwd=tmp_path).stderr


def test_the_command_takes_a_file_and_tells_json(tmp_path):
    (tmp_path / "birds.py").write_text(PLUGIN)
    done = seqbench("check", "birds.py", "--json", "--set", "vocab=4", cwd=tmp_path)
    told = {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 3 and set(told) == {"echo", "parrot", "breaks", "peeks", "both"}
    assert told["echo"]["failed"] == 0 and told["echo"]["kind"] == "tasks"
    assert told["breaks"]["outcomes"][2]["reason"].endswith("RuntimeError: the spring is gone")
    bad = seqbench("check", "birds.py", "--set", "vocba=4", cwd=tmp_path)
    assert bad.returncode == 2 and "vocab" in bad.stderr
