"""Every suite that is shipped can be planned, and the one for a user's own files runs on such."""

import math
import random
import struct
import wave
from pathlib import Path

import pytest

from front_door import seqbench
from seqbench.suite import open_suite, plan

SUITES = sorted((Path(__file__).parents[2] / "suites").glob("*.yaml"))


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder to work in, with the files that your_data.yaml names."""
    draw = random.Random(0)
    rows = [
        f"2025-{1 + hour // 600:02}-{1 + hour // 24 % 25:02}T{hour % 24:02}:00,"
        f"{100 + 10 * math.sin(hour / 24 * 2 * math.pi) + draw.gauss(0, 2):.3f},"
        f"{'' if hour == 77 else round(draw.gauss(10, 3), 2)}"
        for hour in range(900)
    ]
    (tmp_path / "demand.csv").write_text("\n".join(["time,demand,temperature", *rows]) + "\n")
    texts = [f'"{("good", "bad")[at % 2]}, the {at}th",{at % 2}' for at in range(300)]
    (tmp_path / "reviews.csv").write_text("\n".join(["text,label", *texts]) + "\n")
    (tmp_path / "recordings").mkdir()
    for digit in range(3):
        for speaker in ("ann", "bob", "cem"):
            with wave.open(str(tmp_path / f"recordings/{digit}_{speaker}_0.wav"), "wb") as sound:
                sound.setparams((1, 2, 16_000, 0, "NONE", ""))
                pitch = 300 * (digit + 1) + 10 * len(speaker) + draw.gauss(0, 20)
                wave_form = (8000 * math.sin(pitch * t / 16_000 * 2 * math.pi) for t in range(6400))
                sound.writeframes(b"".join(struct.pack("<h", int(one)) for one in wave_form))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_zoo_has_every_bundled_architecture():
    suite, catalogue = open_suite(Path(__file__).parents[2] / "suites/zoo.yaml")
    bundled = {
        name
        for name in catalogue.names("architectures")
        if catalogue.home("architectures", name).startswith("seqbench ")
    }
    assert {entry.name for entry in suite.architectures} == bundled


@pytest.mark.parametrize("file", SUITES, ids=lambda f: f.stem)
def test_every_suite_can_be_planned(file, own):
    suite, catalogue = open_suite(file)
    trials = plan(suite, catalogue)
    assert suite.name == file.stem and suite.about
    fitted = {trial.baseline for trial in trials if not trial.runners}
    assert fitted == ({True, False} if suite.fitted else set())
    assert trials


def test_a_users_own_files_are_learned_from(own):
    file = next(file for file in SUITES if file.stem == "your_data")
    only = "architectures=rnn"
    done = seqbench(*("run", file, "--quick", "--only", only, "--set", "executor=inline"), cwd=own)
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("seasonal_naive", "bag_of_letters", "bag_of_frames", "rnn"):
        assert told in done.stdout
