"""The gate as it is typed: verdicts, exit codes, files."""

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from compare.sides import laid, result

from front_door import typed

BASE = [result(0.90 + 0.001 * seed, seed) for seed in range(5)]
WORSE = [result(0.85 + 0.0012 * seed, seed) for seed in range(5)]
NOISY = [result(value, seed) for seed, value in enumerate((0.2, 0.9, 0.95, 0.3, 0.91))]


@pytest.fixture
def compare(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    count = iter(range(100))

    def run(then, now, *words):
        sides = []
        for name, side in (("then", then), ("now", now)):
            folder = tmp_path / f"{name}{next(count)}"
            sides.append(laid(folder, *side) if isinstance(side, list) else side)
        return typed(
            "compare", *sides, *words, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path
        )

    return run


def test_equal_digits_are_ok(compare):
    told = compare(BASE, BASE)
    assert told.returncode == 0
    assert "ok: 2 of 2 cells compared: 2 ok" in told.stdout
    assert "5 times" not in told.stdout  # a cell, not a trial, is counted
    assert "1 times are not judged" in told.stdout


def test_some_trials_alone(compare):
    """Those that cannot be compared, say, are left out by name."""
    other = [result(0.5, seed, "copy", version=2, architecture="owl") for seed in range(5)]
    older = [result(0.5, seed, "copy", version=1, architecture="owl") for seed in range(5)]
    assert compare([*BASE, *older], [*BASE, *other]).returncode == 2  # another version of the task
    for only in ("tasks=echo", "architectures=parrot", "tasks=echo,copy,architectures=parrot"):
        told = compare([*BASE, *older], [*BASE, *other], "--only", only)
        assert told.returncode == 0
        assert "ok: 2 of 2 cells compared" in told.stdout
    assert compare([*BASE, *older], [*WORSE, *other], "--only", "tasks=echo").returncode == 1
    told = compare(BASE, BASE, "--only", "tasks=song")
    assert told.returncode == 2
    assert "no results of --only tasks=song" in told.stderr
    assert compare(BASE, BASE, "--only", "song").returncode == 2


def test_a_drop_is_a_regression(compare):
    down = compare(BASE, WORSE)
    assert down.returncode == 1
    assert "regression: 2 of 2" in down.stdout


def test_a_rise_is_an_improvement(compare):
    told = compare(WORSE, BASE)
    assert told.returncode == 0
    assert told.stdout.splitlines()[-1].startswith("improvement:")


def test_an_error_that_falls_is_an_improvement(compare):
    def side(shift):
        return [
            result(1.0 + shift + 0.001 * seed, seed, name="mse", better="lower", chance=None)
            for seed in range(4)
        ]

    assert "improvement" in compare(side(0), side(-0.2)).stdout


def test_what_cannot_be_told_is_neither_ok_nor_worse(compare):
    told = compare(BASE, NOISY)
    assert told.returncode == 0
    assert told.stdout.splitlines()[-1].startswith("inconclusive:")


def test_strict_fails_what_cannot_be_told(compare):
    assert compare(BASE, NOISY, "--strict").returncode == 4


def test_one_seed_of_five_unsolved_does_not_alarm(compare):
    one_lost = [*BASE[:4], result(0.25, 4)]
    assert compare(BASE, one_lost).returncode == 0


def test_a_change_within_the_margin_is_the_same(compare):
    near = [result(0.9005 + 0.001 * seed, seed) for seed in range(5)]
    assert compare(BASE, near).stdout.splitlines()[-1].startswith("ok:")


def test_a_margin_says_what_matters(compare):
    assert compare(BASE, WORSE, "--margin", "accuracy=0.1").returncode == 0


def test_a_cost_is_compared_to_the_digit(compare):
    more = [result(0.90 + 0.001 * seed, seed, parameters=101.0) for seed in range(5)]
    told = compare(BASE, more)
    assert told.returncode == 1
    assert "parameters" in told.stdout


def test_fail_on_chooses_what_counts(compare):
    more = [result(0.90 + 0.001 * seed, seed, parameters=101.0) for seed in range(5)]
    assert compare(BASE, more, "--fail-on", "accuracy").returncode == 0


def test_fail_on_knows_groups_of_names(compare):
    more = [result(0.90 + 0.001 * seed, seed, parameters=101.0) for seed in range(5)]
    assert compare(BASE, more, "--fail-on", "costs").returncode == 1
    assert compare(BASE, WORSE, "--fail-on", "costs").returncode == 0
    assert "here are" in compare(BASE, BASE, "--fail-on", "flops").stderr


def test_a_name_that_nothing_has_is_refused_with_those_there_are(compare):
    told = compare(BASE, BASE, "--fail-on", "accurracy")
    assert told.returncode == 2
    assert "here are accuracy, fit_seconds, parameters" in told.stderr


@pytest.mark.parametrize("margin", ["accuracy", "accuracy=", "accuracy=-1", "accuracy=nan", "=1"])
def test_a_margin_is_a_name_and_a_number(compare, margin):
    told = compare(BASE, BASE, "--margin", margin)
    assert told.returncode == 2
    assert "write accuracy=0.01" in told.stderr


def test_a_failed_or_missing_trial_is_an_error_and_counted(compare):
    failed = result(0.9, 1, status="failed", reason="ValueError: <b>no</b>", measurements=())
    told = compare(BASE, [BASE[0], failed])
    assert told.returncode == 3
    assert "4 trials missing or failed" in told.stdout
    assert "ValueError: <b>no</b>" in told.stdout


def test_nothing_in_common_is_no_pass(compare):
    other = [result(0.9, seed, task="other") for seed in range(5)]
    told = compare(BASE, other)
    assert told.returncode == 5
    assert "0 of 2 cells compared" in told.stdout


def test_other_seeds_are_compared_as_two_samples(compare):
    later = [result(0.85 + 0.0012 * seed, seed + 10) for seed in range(5)]
    assert compare(BASE, later).returncode == 1
    assert compare(BASE, [result(0.9003 + 0.001 * s, s + 20) for s in range(5)]).returncode != 3


def test_another_version_of_a_task_is_refused(compare):
    told = compare(BASE, [result(0.9, seed, version=2) for seed in range(5)])
    assert told.returncode == 2
    assert "task echo: the baseline's version is 1, here it is 2" in told.stderr


def test_a_setting_that_is_new_tells_nothing_apart(compare):
    newer = [result(0.90 + 0.001 * seed, seed, settings={"gate": True}) for seed in range(5)]
    assert compare(BASE, newer).returncode == 0


def test_a_folder_without_results_is_said(compare, tmp_path):
    told = compare(BASE, tmp_path / "nowhere")
    assert told.returncode == 2
    assert "no such results folder" in told.stderr
    (tmp_path / "empty").mkdir()
    assert "no results here" in compare(BASE, tmp_path / "empty").stderr


def test_a_newer_schema_is_refused(compare, tmp_path):
    folder = laid(tmp_path / "newer", *BASE)
    [file] = folder.glob("records/*.jsonl")
    from seqbench.store.line import encode

    lines = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_bytes(
        b"".join(
            encode({**{k: v for k, v in line.items() if k != "crc"}, "schema": 99})
            for line in lines
        )
    )
    told = compare(BASE, folder)
    assert told.returncode == 2
    assert "99" in told.stderr


def test_a_revision_of_git_is_a_side(compare, tmp_path):
    laid(tmp_path / "kept", *BASE)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "kept"], ["commit", "-qm", "Results"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    told = compare("HEAD:kept", WORSE)
    assert told.returncode == 1
    assert "HEAD:kept" in told.stdout
    assert compare("HEAD:nothing", WORSE).returncode == 2
    assert compare("--output=x:kept", WORSE).returncode == 2
    assert not (tmp_path / "x").exists()


def test_the_page_of_an_action_is_added_to(compare, tmp_path, monkeypatch):
    sides = [laid(tmp_path / name, *side) for name, side in (("a", BASE), ("b", WORSE))]
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    compare(*sides)
    assert page.read_text().startswith("before\n## seqbench compare: regression: 2 of 2")


def test_files_are_what_their_readers_expect(compare, tmp_path):
    formats = ("markdown", "json", "junit", "bigger-is-better", "smaller-is-better")
    words = [w for kind in formats for w in ("--write", f"{kind}={tmp_path / kind}")]
    failed = result(0.9, 4, status="failed", reason="\x1b[31m]]>&<", measurements=())
    compare(BASE, [*WORSE[:4], failed], *words)
    whole = json.loads((tmp_path / "json").read_text())
    assert (whole["verdict"], whole["compared"], whole["expected"]) == ("regression", 2, 2)
    suite = ElementTree.parse(tmp_path / "junit").getroot()
    counts = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": 3, "failures": 1, "errors": 1, "skipped": 0}
    assert [row["value"] for row in json.loads((tmp_path / "bigger-is-better").read_text())] == [
        pytest.approx(0.8518)
    ]
    assert "\\<" in (tmp_path / "markdown").read_text()


def test_pytest_benchmark_reads_ours(compare, tmp_path):
    compare(BASE, BASE, "--write", f"pytest-benchmark={tmp_path / '0001_ours.json'}")
    told = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", tmp_path / "0001_ours.json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert "fit_seconds[echo-parrot]" in told.stdout
