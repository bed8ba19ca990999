"""Every suite that is shipped can be planned."""

from pathlib import Path

import pytest

from seqbench.suite import open_suite, plan

SUITES = sorted((Path(__file__).parents[2] / "suites").glob("*.yaml"))


@pytest.mark.parametrize("file", SUITES, ids=lambda f: f.stem)
def test_every_suite_can_be_planned(file):
    suite, catalogue = open_suite(file)
    trials = plan(suite, catalogue)
    assert suite.name == file.stem and suite.about
    assert {trial.baseline for trial in trials} == {True, False}
