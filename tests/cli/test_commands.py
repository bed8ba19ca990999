"""Every other command, as it is typed."""

import json
from importlib.metadata import version

import pytest

from front_door import PLUGIN, SUITE, lay, typed
from seqbench.cli import SUMMARIES
from seqbench.store import Store


@pytest.fixture
def say(tmp_path, capsys, monkeypatch):
    def say(*words):
        return typed(*words, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)

    return say


@pytest.fixture
def suite(tmp_path):
    return lay(tmp_path)


def test_help_names_every_command_and_a_slip_its_neighbour(say):
    text = say("--help").stdout
    assert all(name in text and about in text for name, about in SUMMARIES.items())
    slip = say("rnu")
    assert slip.returncode == 2 and "did you mean 'run'?" in slip.stderr
    assert version("seqbench") in say("--version").stdout


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_command_explains_itself(say, name):
    done = say(name, "--help")
    assert done.returncode == 0 and "Usage: seqbench" in done.stdout


def test_plan_tells_what_would_run_and_writes_nothing(say, suite, tmp_path):
    done = say("plan", suite)
    assert done.returncode == 0
    assert done.stdout.count("to do") == 9 and "8 trials, 0 done, 8 to do, about" in done.stdout
    assert not (tmp_path / "results").exists()
    say("run", suite)
    assert "8 trials, 8 done, 0 to do" in say("plan", suite).stdout


def test_plan_can_read_a_suite_without_running_its_code(say, tmp_path):
    suite = lay(tmp_path)
    (tmp_path / "birds.py").write_text("open('trap', 'w')\n" + PLUGIN)
    done = say("plan", suite, "--no-plugins")
    assert done.returncode == 0 and not (tmp_path / "trap").exists()
    assert f"would run the code of {tmp_path / 'birds.py'}" in done.stdout
    assert "echo" in done.stdout and "parrot" in done.stdout


def test_list_and_show(say):
    text = say("list", "architectures").stdout
    for name in ("rnn", "lstm", "birnn", "transformer"):
        assert f"\n{name} " in f"\n{text}"
    assert "tasks:" in say("list").stdout
    shown = say("show", "transformer").stdout
    assert "heads: int" in shown and "source: " in shown and "causal: True" in shown
    missing = say("show", "transfomer")
    assert missing.returncode == 2 and "transformer" in missing.stderr


def test_check_of_a_file_tells_each_promise(say, suite, tmp_path):
    done = say("check", tmp_path / "birds.py")
    assert done.returncode == 3
    assert "failed   peeks: the future does not leak" in done.stdout
    assert "passed   echo: sampling is pure" in done.stdout
    (tmp_path / "good.py").write_text(
        PLUGIN.split("@dataclass(frozen=True)\nclass Parrot")[0]
        + ("@hookimpl\ndef tasks():\n    return [Echo]\n")
    )
    good = say("check", tmp_path / "good.py")
    assert good.returncode == 0 and "0 failed" in good.stdout, good.stdout
    (tmp_path / "none.py").write_text("")
    assert "offers no" in say("check", tmp_path / "none.py").stderr


def test_report_of_what_is_there(say, suite, tmp_path):
    say("run", suite)
    done = say("report", "results/birds")
    assert done.returncode == 0 and "parrot" in done.stdout
    markdown = say("report", "results/birds", "--markdown").stdout
    assert "| parrot |" in markdown
    assert (tmp_path / "results/birds/table.md").read_text() == markdown
    above = say("report", "results")
    assert above.returncode == 2 and "results/birds" in above.stderr


def test_results_are_listed_verified_and_tidied(say, suite, tmp_path):
    say("run", suite)
    folder = tmp_path / "results/birds"
    assert say("results", folder).stdout.count(" ok ") == 8
    whole = say("results", folder, "--verify")
    assert whole.returncode == 0 and "8 records in 1 files, 0 damaged" in whole.stdout
    file = next((folder / "records").glob("*.jsonl"))
    file.write_text(file.read_text().replace('"seed":1', '"seed":7', 1))
    broken = say("results", folder, "--verify")
    assert broken.returncode == 3 and "checksum" in broken.stdout
    kept = file.read_bytes()
    assert say("gc", folder).returncode == 0
    assert not (folder / "logs").exists() or not any((folder / "logs").iterdir())
    assert file.read_bytes() == kept
    again = say("run", suite)
    assert "8 trials, 7 done before" in again.stderr and "damaged record" in again.stderr


def test_shards_share_the_plan_and_merge_to_the_whole(say, suite, tmp_path):
    counts = []
    for number in (1, 2, 3):
        done = say("run", suite, "--shard", f"{number}/3", "--results", f"part{number}")
        counts.append(int(done.stderr.split(" trials")[0]))
    assert sorted(counts) == [2, 3, 3]
    say("merge", "part1/birds", "part2/birds", "-o", "all")
    assert f"{counts[2]} records added" in say("merge", "all", "part3/birds", "-o", "all").stdout
    say("run", suite)
    assert {r["id"] for r in Store(tmp_path / "all").records()} == {
        r["id"] for r in Store(tmp_path / "results/birds").records()
    }
    assert say("run", suite, "--shard", "0/3").returncode == 2


def test_a_merge_tells_of_other_numbers_for_one_trial(say, suite, tmp_path):
    say("run", suite)
    text = (tmp_path / "birds.py").read_text()
    (tmp_path / "birds.py").write_text(text.replace("table[x], table.size", "table[x * 0], 1"))
    say("run", suite, "--results", "other")
    done = say("merge", "results/birds", "other/birds", "-o", "both")
    assert done.returncode == 3 and "accuracy on test" in done.stderr


def test_a_failure_may_end_the_run(say, tmp_path):
    suite = lay(tmp_path, SUITE.replace("[parrot]", "[breaks, parrot]"))
    done = say("run", suite, "--fail-fast")
    assert done.returncode == 3 and "1 failed" in done.stderr and "without a record" in done.stderr
    on = say("run", suite, "--max-failures", "2")
    assert "3 failed" in on.stderr


def test_changed_code_is_told_and_run_again_on_request(say, suite, tmp_path):
    say("run", suite)
    (tmp_path / "birds.py").write_text(PLUGIN + "\n# another thought\n")
    told = say("run", suite)
    assert "8 records were made by other code of echo, parrot" in told.stderr
    assert "nothing to run" in told.stderr
    again = say("run", suite, "--rerun-changed")
    assert "8 trials, 0 done before" in again.stderr
    assert "other code" not in say("run", suite).stderr


def test_twice_finds_what_is_not_the_same(say, suite, tmp_path):
    same = say("run", suite, "--twice")
    assert same.returncode == 0 and "run twice: 8 of 8 the same" in same.stderr
    lay(tmp_path, SUITE + "measure: [cross_entropy]\n")
    text = PLUGIN.replace("table = np.eye(", "table = np.random.default_rng().random() * np.eye(")
    (tmp_path / "birds.py").write_text(text)
    moved = say("run", suite, "--results", "other", "--twice")
    assert moved.returncode == 3 and "not the same twice" in moved.stderr


def test_schema_knows_what_is_installed(say):
    told = json.loads(say("schema").stdout)
    assert "lstm" in json.dumps(told) and "associative_recall" in json.dumps(told)


def test_data_are_listed_and_never_fetched_offline(say, tmp_path, monkeypatch):
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path / "cache"))
    assert "japanese_vowels" in say("data").stdout and "missing" in say("data").stdout
    done = say("data", "fetch", "forecast")
    assert done.returncode == 3 and "seqbench data fetch forecast" in done.stderr
    assert say("data", "verify").returncode == 3
    assert say("data", "fetch", "forcast").returncode == 2


def test_doctor_tells_of_the_machine(say):
    text = say("doctor").stdout
    for word in ("python", "torch", "threads", "cache", "extra [data]", "devices"):
        assert word in text


def test_an_onlooker_that_stumbles_stops_nothing(say, tmp_path):
    suite = lay(tmp_path)
    text = PLUGIN + (
        "\n@hookimpl\ndef machine_facts():\n    return {'room': 'kitchen'}\n"
        "\n@hookimpl\ndef run_started(trials):\n    print(len(trials), 'begin')\n"
        "\n@hookimpl\ndef trial_finished(result):\n    raise OSError('no ink')\n"
    )
    (tmp_path / "birds.py").write_text(text)
    done = say("run", suite)
    assert done.returncode == 0 and "8 begin" in done.stdout
    assert "raised OSError: no ink" in done.stderr
    assert {r["facts"]["room"] for r in Store(tmp_path / "results/birds").records()} == {"kitchen"}
