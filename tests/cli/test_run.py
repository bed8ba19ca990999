"""The main job through the front door: run, run again, kill, resume, part, slip."""

import json
import os
import signal
import subprocess
import time

import pandas as pd
import pytest

from front_door import SUITE, command, lay, seqbench, typed
from seqbench.store import Store


def records(folder):
    return {record["id"]: record for record in Store(folder).records()}


def numbers(folder):
    """All that is measured, without what depends on the clock."""
    return {
        key: (record["status"], record["measurements"], record["curve"])
        for key, record in records(folder).items()
    }


def test_a_suite_is_run_to_a_table_and_a_rerun_does_nothing(tmp_path):
    suite = lay(tmp_path)
    first = seqbench("run", suite, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "parrot" in first.stdout and "majority" in first.stdout and "chance" in first.stdout
    assert "8 trials: 8 ok" in first.stderr  # two lengths, two seeds, the baseline and the parrot
    last = first.stderr.strip().splitlines()
    assert last[-2] == f"results: {tmp_path / 'results' / 'birds'}"
    assert last[-1].startswith("next: seqbench report")
    again = seqbench("run", suite, cwd=tmp_path)
    assert again.returncode == 0
    assert "nothing to run" in again.stderr
    assert again.stdout == first.stdout
    lines = [p.read_text().splitlines() for p in tmp_path.glob("results/birds/records/*.jsonl")]
    assert [len(part) for part in lines] == [8]


def test_elsewhere_every_number_is_the_same(tmp_path):
    suite = lay(tmp_path)
    seqbench("run", suite, cwd=tmp_path, check=True)
    seqbench("run", suite, "--results", "other", cwd=tmp_path, check=True)
    assert numbers(tmp_path / "results/birds") == numbers(tmp_path / "other/birds")


def test_the_order_and_another_metric_change_no_id(tmp_path):
    suite = lay(tmp_path)
    seqbench("run", suite, cwd=tmp_path, check=True)
    before = records(tmp_path / "results/birds")
    lay(
        tmp_path,
        "architectures: [parrot]\nexecutor: inline\ntasks: [echo: {length: [5, 4]}]\n"
        "sizes: {test: 30, valid: 10, train: 20}\nseeds: [1, 0]\nsuite: birds\n"
        "plugins: [birds.py]\nmeasure: [cross_entropy]\n",
    )
    done = seqbench("run", suite, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = records(tmp_path / "results/birds")
    assert after.keys() == before.keys()
    names = {m["name"] for record in after.values() for m in record["measurements"]}
    assert names == {"accuracy", "cross_entropy"}


def test_killed_in_the_middle_it_goes_on_to_the_same_end(tmp_path):
    text = SUITE.replace("[parrot]", "[parrot: {nap: 0.2}]").replace("seeds: 2", "seeds: 6")
    suite = lay(tmp_path, text)
    seqbench("run", suite, "--results", "calm", cwd=tmp_path, check=True)
    hurried = tmp_path / "hurried/birds"
    run = subprocess.Popen(
        command("run", suite, "--results", "hurried"),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while len(numbers(hurried)) < 14 and time.monotonic() < deadline:
        time.sleep(0.02)
    run.send_signal(signal.SIGKILL)
    run.wait()
    kept = numbers(hurried)
    assert 14 <= len(kept) < 24
    done = seqbench("run", suite, "--results", "hurried", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"24 trials, {len(kept)} done before" in done.stderr
    assert numbers(hurried) == numbers(tmp_path / "calm/birds")
    one, two = (Store(p).frames().measurements for p in (tmp_path / "calm/birds", hurried))
    order = ["id", "split", "name"]
    pd.testing.assert_frame_equal(
        one.sort_values(order).reset_index(drop=True), two.sort_values(order).reset_index(drop=True)
    )


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_keeps_what_is_done(tmp_path, sign):
    suite = lay(tmp_path, SUITE.replace("[parrot]", "[parrot: {nap: 5.0}]"))
    run = subprocess.Popen(
        command("run", suite), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while len(numbers(tmp_path / "results/birds")) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    run.send_signal(sign)
    started = time.monotonic()
    _, said = run.communicate(timeout=20)
    assert run.returncode == 130, said
    assert time.monotonic() - started < 3
    assert b"Traceback" not in said
    assert len(numbers(tmp_path / "results/birds")) >= 2


def test_a_trial_that_raises_is_recorded_and_the_rest_goes_on(tmp_path):
    suite = lay(tmp_path, SUITE.replace("[parrot]", "[breaks, peeks, both, parrot]"))
    done = seqbench("run", suite, cwd=tmp_path)
    assert done.returncode == 3
    found = {}
    for record in records(tmp_path / "results/birds").values():
        found.setdefault(record["architecture"]["name"], set()).add(
            (record["status"], record["reason"])
        )
    assert found["breaks"] == {("failed", "RuntimeError: the spring is gone")}
    assert found["parrot"] == found["majority"] == {("ok", None)}
    assert all(status == "leaked" and "answers before" in why for status, why in found["peeks"])
    assert all(status == "skipped" and "reads ahead" in why for status, why in found["both"])
    assert "the spring is gone" in done.stdout and "reads ahead" in done.stdout
    logs = [p.read_text() for p in tmp_path.glob("results/birds/logs/*/*.log")]
    assert sum("RuntimeError: the spring is gone" in log for log in logs) == 4
    again = seqbench("run", suite, cwd=tmp_path)
    assert again.returncode == 3 and "nothing to run" in again.stderr
    retried = seqbench("run", suite, "--retry", "failed", cwd=tmp_path)
    assert "20 trials, 16 done before" in retried.stderr


def test_quick_and_limited_runs_count_for_nothing_else(tmp_path):
    suite = lay(tmp_path)
    quick = seqbench("run", suite, "--quick", cwd=tmp_path)
    assert quick.returncode == 0 and "4 trials: 4 ok" in quick.stderr
    assert "(partial)" in quick.stdout
    limited = seqbench("run", suite, "--limit", "5", cwd=tmp_path)
    assert "8 trials, 0 done before" in limited.stderr
    whole = seqbench("run", suite, cwd=tmp_path)
    assert "8 trials, 0 done before" in whole.stderr and "(partial)" not in whole.stdout
    partial = [r["partial"] for r in records(tmp_path / "results/birds").values()]
    assert sorted(partial) == [False] * 8 + [True] * 12


def test_a_part_of_a_suite_and_a_changed_one(tmp_path):
    suite = lay(tmp_path, SUITE.replace("[parrot]", "[parrot, breaks]"))
    done = seqbench(
        "run", suite, "--only", "architectures=parrot", "--set", "seeds=1", cwd=tmp_path
    )
    assert done.returncode == 0 and "4 trials: 4 ok" in done.stderr
    slip = seqbench("run", suite, "--only", "architectures=parot", cwd=tmp_path)
    assert slip.returncode == 2 and "parrot" in slip.stderr


SLIPS = {
    "an unknown task": (SUITE.replace("[echo:", "[ecko:"), "echo"),
    "an unknown setting": (SUITE.replace("length", "lenght"), "length"),
    "a wrong type": (SUITE.replace("[4, 5]", "four"), "int"),
    "a key twice": (SUITE + "seeds: 3\n", "line"),
    "an unknown key": (SUITE + "seed: 3\n", "seeds"),
    "nothing": ("", "empty"),
    "not YAML": ("suite: [", "birds.yaml:"),
    "a broken plugin": (SUITE.replace("birds.py", "broken.py"), "broken.py:2"),
    "a missing plugin": (SUITE.replace("birds.py", "gone.py"), "gone.py"),
    "a plugin outside": (SUITE.replace("birds.py", "../birds.py"), "birds.yaml:3"),
    "an alias bomb": (
        "x-a: &a [1,1,1,1,1,1,1,1,1]\nx-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
        "x-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nx-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
        "x-e: [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n" + SUITE,
        "birds.yaml:",
    ),
}


@pytest.mark.parametrize("case", SLIPS)
def test_a_slip_is_told_in_a_line_and_nothing_is_written(tmp_path, case, capsys, monkeypatch):
    text, hint = SLIPS[case]
    suite = lay(tmp_path, text)
    (tmp_path / "broken.py").write_text('"""Broken."""\nraise ValueError("no spring")\n')
    done = typed("run", suite, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert hint in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "results").exists() and done.stdout == ""


@pytest.mark.parametrize("what", ["latin.yaml", "folder", "gone.yaml"])
def test_what_is_no_suite_file(tmp_path, what, capsys, monkeypatch):
    (tmp_path / "latin.yaml").write_bytes("suite: caf\xe9".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    done = typed("run", tmp_path / what, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)
    assert done.returncode == 2 and what in done.stderr and "Traceback" not in done.stderr


def test_results_that_cannot_be_written(tmp_path):
    suite = lay(tmp_path)
    (tmp_path / "results").write_text("a file where a folder should be")
    done = seqbench("run", suite, cwd=tmp_path)
    assert done.returncode == 2 and "results" in done.stderr and "Traceback" not in done.stderr


def test_a_record_says_where_it_comes_from(tmp_path):
    suite = lay(tmp_path)
    seqbench("run", suite, cwd=tmp_path, check=True)
    line = next((tmp_path / "results/birds/records").glob("*.jsonl")).read_text().splitlines()[-1]
    record = json.loads(line)
    facts = record["facts"]
    assert facts["executor"] == "inline" and facts["workers"] == 1
    assert facts["versions"]["python"] and facts["cores"] >= 1 and facts["threads"] >= 1
    assert len(facts["task_code"]) == len(facts["architecture_code"]) == 12
    assert record["task"]["settings"] == {"length": 5, "vocab": 3}
    assert os.fspath(tmp_path) not in json.dumps(record["architecture"])


@pytest.mark.parametrize(("threads", "told"), [(1, "one thread"), (2, "2 threads; another number")])
def test_a_record_says_how_far_it_repeats(tmp_path, threads, told):
    suite = lay(tmp_path)
    executor = f"executor={{inline: {{threads: {threads}}}}}"
    seqbench("run", suite, "--set", executor, cwd=tmp_path, check=True)
    facts = Store(tmp_path / "results/birds").frames().trials["facts.repeats"]
    assert facts.str.contains(told).all()
