"""README is true: its files are the tested files, its commands run, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest

from front_door import seqbench
from seqbench.catalogue import Catalogue
from seqbench.store import Store

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def block(language, starts):
    found = [text for kind, text in BLOCKS if kind == language and text.startswith(starts)]
    assert len(found) == 1, f"README has {len(found)} {language} blocks that start with {starts!r}"
    return found[0]


def test_the_mixer_in_readme_is_the_file_that_is_run():
    assert (
        block("python", '"""An architecture of my own') == (ROOT / "suites/my_mixer.py").read_text()
    )
    assert block("yaml", "suite: your_own") == (ROOT / "suites/your_own.yaml").read_text()


def test_a_suite_as_readme_writes_it_runs_and_its_frames_are_read(tmp_path, monkeypatch):
    done = seqbench(
        *("run", ROOT / "suites/your_own.yaml", "--quick", "--set", "executor=inline"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "my_mixer" in done.stdout
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(block("python", "import seqbench"), names)
    assert {"my_mixer", "rnn", "lstm"} <= set(
        names["scores"].index.get_level_values("architecture")
    )


def test_the_first_table_is_that_of_the_reference_results():
    catalogue = Catalogue.installed()
    frames = Store(ROOT / "results/reference/quickstart").frames()
    text = catalogue.make("reports", "table", {}).render(frames)
    assert text.split("\n\n")[1] in README


COMMANDS = sorted(
    {
        line.split("  #")[0].strip()
        for kind, text in BLOCKS
        for line in text.splitlines()
        if kind == "sh" and line.startswith("seqbench ")
    }
)


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_in_readme_is_one(line, tmp_path):
    words = shlex.split(line)[1:]
    done = seqbench(words[0], "--help", cwd=tmp_path)
    assert done.returncode == 0
    for word in words[1:]:
        if word.startswith("--"):
            assert word.split("=")[0] in done.stdout, f"seqbench {words[0]} has no {word}"
        elif word.endswith(".yaml") and word != "my_suite.yaml":
            assert (ROOT / word).exists()


def test_the_two_commands_install_what_they_say():
    lines = [line for kind, text in BLOCKS for line in text.splitlines() if kind == "sh"]
    installs = [line for line in lines if "pip install" in line and "constraints.txt" in line]
    assert len(installs) == 2
    assert any(line.endswith("seqbench run suites/quickstart.yaml") for line in installs)
    assert any(line.endswith("pytest -n 2") for line in installs)
    assert "\npytest -q -n 2\n" in (ROOT / ".ci/run").read_text()
    assert "pip install -c constraints.txt -e '.[data,test]'" in (
        (ROOT / ".ci/run").read_text().replace("--quiet ", "")
    )
