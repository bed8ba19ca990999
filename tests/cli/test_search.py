"""Searches through the front door: every method to its end, stopped, gone on with, told of."""

import json
import signal
import subprocess
import time

import pytest

from front_door import PLUGIN, command, seqbench, typed
from seqbench.kits.searched import chosen
from seqbench.outcomes import told
from seqbench.store import Store

TUNER = '''
from seqbench import Point

FITS = Path(__file__).with_name("fits.log")


@dataclass(frozen=True)
class Tuner(Architecture):
    """Right on a share of the steps: on all where the learning rate is 1e-3 and width is 4."""
    name = "tuner"
    width: int = 4
    breaks: float = 1.0  # from this learning rate on
    nap: float = 0.0

    def fit(self, lesson):
        recipe = lesson.recipe
        if recipe.evaluations > 1:  # and not for a rehearsal
            with FITS.open("a") as file:
                file.write(f"{recipe.lr!r} {self.width}\\n")
            time.sleep(self.nap)
            if recipe.lr >= self.breaks:
                raise RuntimeError("the string broke")
        away = abs(np.log10(recipe.lr) + 3) + abs(self.width - 4) / 4
        curve = []
        for k in range(1, recipe.evaluations + 1):
            examples = recipe.examples * k // recipe.evaluations
            curve.append(Point(examples, 0.0, away + 1 / k))
            lesson.report(curve[-1])
        share, table = 1 / (1 + away), np.eye(lesson.io.outputs.vocab)

        def predict(x, lengths):
            wrong = np.arange(x.shape[1]) >= share * 100
            return table[(x + wrong) % len(table)]

        return Model(predict, table.size, tuple(curve))


@hookimpl
def architectures():
    return [Parrot, Breaks, Peeks, Both, Tuner]
'''

SUITE = """
suite: tuned
plugins: [birds.py]
seeds: 2
sizes: {train: 20, valid: 5, test: 5}
train: {evaluations: 8}
search: SEARCH
tasks: [echo: {length: 100}]
architectures: [tuner]
executor: inline
report: [search, table]
"""
BREAKING = "architectures: [tuner: {breaks: 0.0}]"
OVER = "over: {lr: {log: [1e-5, 1e-1], points: 5}}"


def lay(folder, search, **changes):
    (folder / "birds.py").write_text(PLUGIN.rpartition("@hookimpl")[0] + TUNER)
    text = SUITE.replace("SEARCH", search)
    for old, new in changes.items():
        text = text.replace(f"{old}: [tuner]" if old == "architectures" else f"{old}:", new)
    (folder / "tuned.yaml").write_text(text)
    return folder / "tuned.yaml"


@pytest.fixture
def type_in(capsys, monkeypatch, tmp_path):
    """A command typed in this process."""

    def type_in(*words):
        return typed(*words, capsys=capsys, monkeypatch=monkeypatch, cwd=tmp_path)

    return type_in


def fits(folder):
    file = folder / "fits.log"
    return file.read_text().splitlines() if file.exists() else []


def searched(folder):
    """The records of what was searched for, by id."""
    return {r["id"]: r for r in Store(folder).records() if r["study"]}


def numbers(folder):
    kept = ("status", "reason", "measurements", "curve", "bars", "train", "study")
    return {key: {word: r[word] for word in kept} for key, r in searched(folder).items()}


def on_valid(record):
    return next(m["value"] for m in record["measurements"] if m["split"] == "valid")


def best_lr(records):
    """By hand: the learning rate with the best mean on valid."""
    found = {}
    for record in records.values():
        if record["status"] == "ok":
            found.setdefault(record["train"]["lr"], []).append(on_valid(record))
    return max((sum(them), lr) for lr, them in found.items() if len(them) == 2)[1]


@pytest.mark.parametrize(
    ("search", "number"),
    [
        (f"{{method: grid, {OVER}}}", 5),
        (f"{{method: random, trials: 8, {OVER}}}", 8),
        (f"{{method: tpe, trials: 10, {OVER}}}", 10),
        (f"{{method: random, trials: 12, prune: true, {OVER}}}", 12),
        (f"{{method: tpe, trials: 12, prune: true, at_once: 5, {OVER}}}", 12),
        (f"{{method: grid, prune: true, at_once: 2, {OVER}}}", 5),
    ],
)
def test_every_method_to_its_end_and_again(tmp_path, type_in, search, number):
    suite = lay(tmp_path, search)
    first = type_in("run", suite)
    assert first.returncode == 0, first.stderr
    found = searched(tmp_path / "results/tuned")
    assert len(found) == len(fits(tmp_path)) == 2 * number  # seeds
    assert len({record["train"]["lr"] for record in found.values()}) == number
    given_up = [record for record in found.values() if record["status"] == "skipped"]
    assert "prune" in search or not given_up
    text = (tmp_path / "results/tuned/search.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith(f"| tuner | {number}"))
    assert f" lr {best_lr(found):.3g} |" in row
    again = type_in("run", suite)
    assert again.returncode == 0 and "nothing to run" in again.stderr
    assert again.stdout == first.stdout
    assert len(fits(tmp_path)) == 2 * number


def test_what_is_given_up_missed_a_bar_and_costs_less(tmp_path, type_in):
    assert type_in("run", lay(tmp_path, f"{{trials: 16, prune: true, {OVER}}}")).returncode == 0
    found = searched(tmp_path / "results/tuned").values()
    given_up = [record for record in found if record["status"] == "skipped"]
    assert 2 <= len(given_up) <= 20
    for record in given_up:
        assert record["reason"].startswith("given up after ") and not record["measurements"]
        *_, last = record["curve"]
        assert last["valid_loss"] > dict(map(tuple, record["bars"]))[last["examples"]]
        assert last["examples"] >= 16  # a quarter of 64
    for record in found:
        if record["status"] == "ok":
            losses = {point["examples"]: point["valid_loss"] for point in record["curve"]}
            assert all(losses[at] <= bar for at, bar in record["bars"])


def test_killed_in_the_middle_it_asks_for_the_same_again_and_runs_nothing_twice(tmp_path):
    search = f"{{method: tpe, trials: 12, at_once: 3, prune: true, {OVER}}}"
    suite = lay(tmp_path, search, architectures="architectures: [tuner: {nap: 0.05}]")
    seqbench("run", suite, "--results", "calm", cwd=tmp_path, check=True)
    (tmp_path / "fits.log").unlink()
    run = subprocess.Popen(
        command("run", suite, "--results", "hurried"),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 60
    while len(fits(tmp_path)) < 15 and time.monotonic() < until:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert 0 < len(searched(tmp_path / "hurried/tuned")) < 24
    done = seqbench("run", suite, "--results", "hurried", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert numbers(tmp_path / "hurried/tuned") == numbers(tmp_path / "calm/tuned")
    assert len(fits(tmp_path)) <= 25  # the one that was killed ran again


def test_more_trials_go_on_from_fewer(tmp_path, type_in):
    suite = lay(tmp_path, f"{{method: tpe, trials: 16, at_once: 4, {OVER}}}")
    type_in("run", suite, "--results", "whole")
    (tmp_path / "fits.log").unlink()
    for trials in (8, 16):
        assert type_in("run", suite, "--set", f"search.trials={trials}").returncode == 0
    assert numbers(tmp_path / "results/tuned") == numbers(tmp_path / "whole/tuned")
    assert len(fits(tmp_path)) == 32


@pytest.mark.parametrize(
    ("metric", "other"), [("accuracy", "cross_entropy"), ("cross_entropy", "accuracy")]
)
def test_a_search_is_told_valid_scores_so_that_less_is_better(tmp_path, type_in, metric, other):
    suite = lay(tmp_path, f"{{method: random, trials: 12, prune: true, seed: 4, {OVER}}}")
    file = tmp_path / "birds.py"
    file.write_text(file.read_text().replace('("accuracy",)', str((metric, other))))
    assert type_in("run", suite).returncode == 0
    store = Store(tmp_path / "results/tuned")
    known, sign = told(store), {"accuracy": -1, "cross_entropy": 1}[metric]
    for key, record in searched(store.folder).items():
        one = known(key)
        assert one.curve == tuple((p["examples"], p["valid_loss"]) for p in record["curve"])
        assert one.pruned == (record["status"] == "skipped")
        assert one.score == (None if one.pruned else sign * on_valid(record))
    assert known("another") is None


def test_settings_that_fail_do_not_stop_a_search(tmp_path, type_in):
    suite = lay(
        tmp_path,
        f"{{method: tpe, trials: 12, {OVER}}}",
        architectures="architectures: [tuner: {breaks: 0.01}, breaks]",
    )
    done = type_in("run", suite)
    assert done.returncode == 3
    found = searched(tmp_path / "results/tuned").values()
    mine = [record for record in found if record["architecture"]["name"] == "tuner"]
    assert len(mine) == 24
    assert {record["status"] for record in mine} == {"ok", "failed"}
    assert {r["status"] for r in mine if r["train"]["lr"] >= 0.01} == {"failed"}
    assert sum(record["architecture"]["name"] == "breaks" for record in found) == 24
    assert "none has a score on every seed" in " ".join(done.stdout.split())
    assert "nothing to run" in type_in("run", suite).stderr


def test_all_failing_is_told_and_no_crash(tmp_path, type_in):
    suite = lay(tmp_path, f"{{method: grid, {OVER}}}", architectures="architectures: [breaks]")
    done = type_in("run", suite)
    assert done.returncode == 3 and "10 failed" in done.stderr
    assert "Traceback" not in done.stderr


def test_failures_are_tried_again_once(tmp_path, type_in):
    suite = lay(
        tmp_path,
        f"{{method: tpe, trials: 9, at_once: 3, {OVER}}}",
        architectures="architectures: [tuner: {breaks: 1e-9}]",
    )
    type_in("run", suite)
    assert len(fits(tmp_path)) == 18
    type_in("run", suite, "--retry", "failed")
    assert len(fits(tmp_path)) == 36


@pytest.mark.parametrize("words", ["method: tpe", "method: random, prune: true"])
def test_what_goes_on_from_results_has_no_shares(tmp_path, type_in, words):
    suite = lay(tmp_path, f"{{{words}, {OVER}}}")
    done = type_in("run", suite, "--shard", "1/2")
    assert done.returncode == 2
    assert "--shard 1/2: a search that goes on from results has no shares" in done.stderr
    assert not fits(tmp_path)
    assert type_in("run", suite, "--shard", "1/1", "--set", "search.trials=2").returncode == 0


def test_the_shares_of_a_grid_make_the_whole(tmp_path, type_in):
    suite = lay(tmp_path, f"{{method: grid, {OVER}}}")
    for shard in ("1/3", "2/3", "3/3"):
        assert type_in("run", suite, "--shard", shard).returncode == 0
    assert len(searched(tmp_path / "results/tuned")) == len(fits(tmp_path)) == 10
    assert "nothing to run" in type_in("run", suite).stderr


def test_plan_says_that_there_may_be_more(tmp_path, type_in):
    more = "a search goes on from results: there may be more trials after these"
    suite = lay(tmp_path, f"{{method: tpe, trials: 6, {OVER}}}")
    before = type_in("plan", suite).stdout
    assert more in before and "tuner" in before
    assert sum("tuner" in line for line in before.splitlines()) == 8  # four settings at a time
    type_in("run", suite)
    after = type_in("plan", suite).stdout
    assert more not in after and "0 to do" in after
    assert sum("tuner" in line for line in after.splitlines()) == 12
    assert more not in type_in("plan", lay(tmp_path, f"{{method: grid, {OVER}}}")).stdout


@pytest.mark.parametrize("words", ["method: grid", "method: tpe, trials: 6, prune: true"])
def test_run_twice_every_number_is_the_same(tmp_path, type_in, words):
    done = type_in("run", lay(tmp_path, f"{{{words}, {OVER}}}"), "--twice")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words", ["method: random, trials: 2", "method: tpe, prune: true, trials: 6"]
)
def test_two_executors_give_the_same_records(tmp_path, words):
    suite = lay(tmp_path, f"{{{words}, {OVER}}}", seeds="seeds: 1 #")
    seqbench("run", suite, "--results", "one", cwd=tmp_path, check=True)
    two = "executor={process: {workers: 2}}"
    seqbench("run", suite, "--results", "two", "--set", two, cwd=tmp_path, check=True)
    assert numbers(tmp_path / "one/tuned") == numbers(tmp_path / "two/tuned")
    tables = [(tmp_path / name / "tuned/search.md").read_text() for name in ("one", "two")]
    assert tables[0] == tables[1]


def test_a_report_can_be_had_later(tmp_path, type_in):
    suite = lay(tmp_path, f"{{method: grid, {OVER}}}")
    type_in("run", suite)
    done = type_in("report", tmp_path / "results/tuned", "--report", "search", "--markdown")
    assert done.returncode == 0, done.stderr
    assert "| tuner | 5 | lr 0.001 | 1.000 ± 0.000 | 1.000 ± 0.000 |" in done.stdout
    table = type_in("report", tmp_path / "results/tuned", "--report", "table", "--markdown")
    rows = [line for line in table.stdout.splitlines() if line.startswith("| tuner")]
    assert len(rows) == 1 and rows[0].startswith("| tuner | 1.000 ± 0.000 |")
    assert "chosen on valid alone, of settings: tuner 5" in table.stdout


def test_quick_is_a_search_too(tmp_path, type_in):
    suite = lay(tmp_path, f"{{method: tpe, trials: 6, {OVER}}}")
    done = type_in("run", suite, "--quick")
    assert done.returncode == 0, done.stderr
    found = searched(tmp_path / "results/tuned")
    assert len(found) == 6 and all(record["partial"] for record in found.values())


def test_a_search_over_an_architectures_own_setting(tmp_path, type_in):
    suite = lay(tmp_path, "{method: grid, over: {width: {from: 1, to: 8}, lr: [1e-3, 1e-2]}}")
    assert type_in("run", suite).returncode == 0
    found = searched(tmp_path / "results/tuned")
    assert len(found) == 32
    text = (tmp_path / "results/tuned/search.md").read_text()
    assert "lr 0.001, width 4" in text


def test_too_many_are_refused_and_nothing_is_left(tmp_path, type_in):
    search = "{method: grid, over: {lr: {log: [1e-5, 1e-1], points: 9999}}}"
    done = type_in("run", lay(tmp_path, search))
    assert done.returncode == 2 and "more than 10,000" in done.stderr
    assert not fits(tmp_path)


@pytest.mark.parametrize("how", ["method: tpe", "method: random, prune: true"])
@pytest.mark.parametrize(
    ("over", "told"),
    [
        ("layers: [1, 2, 40]", "rnn on echo cannot have 3,000 parameters within 5%: width 5 has"),
        ("dropout: {from: 0.0, to: 1.0}", "rnn.dropout is 1.0; it takes a number from 0 to below"),
    ],
)
def test_what_a_search_may_come_up_with_later_is_refused_before_it_begins(
    tmp_path, type_in, how, over, told
):
    """The setting that cannot be had is none of the first round's: one is tried at a time."""
    search = f"{{{how}, trials: 9, at_once: 1, over: {{{over}}}}}"
    suite = lay(tmp_path, search, architectures="parameters: 3000\narchitectures: [rnn]")
    done = type_in("run", suite)
    line = 9 if "layers" in over else 7  # of the budget, of the search
    assert done.returncode == 2 and f"tuned.yaml:{line}:1: {told}" in done.stderr
    assert not (tmp_path / "results").exists()
    fine = "search.over={layers: [1, 2], dropout: {from: 0.0, to: 0.5}}"
    assert type_in("plan", suite, "--set", fine).returncode == 0


def test_records_say_what_they_were_tried_for(tmp_path, type_in):
    type_in("run", lay(tmp_path, f"{{method: grid, {OVER}}}"))
    for record in searched(tmp_path / "results/tuned").values():
        assert record["study"] == {"name": "tuner", "method": "grid", "over": "lr"}
        assert json.loads(json.dumps(record)) == record


def test_a_failure_ends_a_search_where_it_is_told_to(tmp_path, type_in):
    lay(tmp_path, f"{{method: tpe, trials: 12, at_once: 1, {OVER}}}", architectures=BREAKING)
    type_in("run", "tuned.yaml", "--fail-fast")
    assert len(fits(tmp_path)) == 1
    type_in("run", "tuned.yaml", "--max-failures", "3")
    assert len(fits(tmp_path)) == 4


def test_what_failed_is_tried_again_once_and_not_in_every_round(tmp_path, type_in):
    lay(tmp_path, f"{{method: tpe, trials: 6, at_once: 2, {OVER}}}", architectures=BREAKING)
    type_in("run", "tuned.yaml", "--retry", "failed")
    once = len(fits(tmp_path))
    assert once == len(searched(tmp_path / "results/tuned")) and once >= 10
    type_in("run", "tuned.yaml", "--retry", "failed")
    assert len(fits(tmp_path)) == 2 * once


def test_two_searches_may_try_the_same(tmp_path, type_in):
    both = "architectures: [tuner: {search: {method: grid}}, tuner: {search: {trials: 2}}]"
    lay(tmp_path, "{over: {width: [2, 4]}}", architectures=both)
    done = type_in("run", "tuned.yaml", "--set", "train.lr=1e-3")
    assert len(fits(tmp_path)) == 4  # two widths, two seeds, each once
    for name in ("tuner(search=grid, trials=20)", "tuner(search=random, trials=2)"):
        row = next(line for line in done.stdout.splitlines() if line.startswith(f"│ {name}"))
        assert "width 4" in row and "│ 2 " in row
    frames = chosen(Store(tmp_path / "results/tuned").frames())
    mine = frames.trials[~frames.trials.baseline]
    assert list(mine.groupby("study.name").size()) == [2, 2] and mine.id.is_unique
    assert set(mine.id) <= set(frames.measurements.id)
    again = type_in("run", "tuned.yaml", "--set", "train.lr=1e-3")
    assert "nothing to run" in again.stderr
