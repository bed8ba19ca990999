"""Three measured series: on files of the same form made here, and on the real ones if fetched."""

import gzip

import numpy as np
import pandas as pd
import pytest

from front_door import seqbench
from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.catalogue import Catalogue
from seqbench.kits import archive
from seqbench.store import Store
from seqbench.testing import check_task
from seqbench_plugins.metrics.crps import crps
from seqbench_plugins.metrics.error import mae, mase
from seqbench_plugins.metrics.smape import smape
from seqbench_plugins.tasks import co2, glucose, sunspots
from seqbench_plugins.tasks.co2 import Co2
from seqbench_plugins.tasks.glucose import Glucose
from seqbench_plugins.tasks.sunspots import Sunspots

ALL, ROLES = 10**6, ("train", "valid", "test")
TASKS = {"co2": Co2, "glucose": Glucose, "sunspots": Sunspots}


def split(task, role, n=ALL):
    return task.split(role, n, np.random.default_rng(0))


def scored(task, *metrics, n=ALL):
    """Of each metric the baselines' scores on test."""
    parts = [split(task, role, n) for role in ROLES]
    lesson = Lesson(task.signature(), *parts[:2], Recipe(), np.random.default_rng(0))
    given = {name: fit(lesson).predict(parts[2].inputs) for name, fit in task.baselines().items()}
    return [{name: score(parts[2], one) for name, one in given.items()} for score in metrics]


@pytest.fixture(autouse=True)
def fresh():
    yield
    for module in (co2, glucose, sunspots):
        module.ready.cache_clear()


@pytest.fixture
def monitor(monkeypatch):
    """30 days, a value each five minutes and some seconds, some left out, two in one slot."""
    rng = np.random.default_rng(0)
    time = pd.date_range("2010-03-24 09:51", periods=30 * 288, freq="5min")
    time += pd.to_timedelta(rng.integers(0, 60, len(time)), unit="s")
    value = (150 + 50 * np.sin(np.arange(len(time)) / 288 * 2 * np.pi)).round() + rng.integers(
        0, 9, len(time)
    )
    frame = pd.DataFrame({"isig": 1.0, "datetime": time, "glucose": value.astype(int)})
    kept = frame.drop(index=range(1000, 1100))
    twice = kept.iloc[[500]].assign(
        glucose=999, datetime=kept.datetime.iloc[500] + pd.Timedelta("1s")
    )
    written = pd.concat([kept.iloc[:501], twice, kept.iloc[501:]])
    text = written.to_csv(index=False, date_format="%Y-%m-%d %H:%M:%S")
    monkeypatch.setattr(glucose, "read", {glucose.VALUES: gzip.compress(text.encode())}.get)
    glucose.ready.cache_clear()
    slots = frame.glucose.astype(float)
    slots[1000:1100], slots[500] = np.nan, 999
    return slots.to_numpy()


def test_glucose_is_what_a_loop_over_its_slots_gives(monitor):
    task, slots = Glucose(window=12, horizon=3), monitor
    a, b = round(0.7 * len(slots)), round(0.8 * len(slots))
    change = np.abs(np.diff(slots[:a]))
    unit, mean, spread = np.nanmean(change), np.nanmean(slots[:a]), np.nanstd(slots[:a])
    filled = pd.Series(slots).ffill().to_numpy()
    for role, start, end in (("train", 0, a), ("valid", a, b), ("test", b, len(slots))):
        part, row = split(task, role), 0
        for now in range(11, len(slots) - 3):
            ahead = slots[now + 1 : now + 4]
            if now + 1 < start or now + 3 >= end or np.isnan(ahead).any():
                continue
            if row % 37 == 0:
                target = (ahead - filled[now]) / unit
                np.testing.assert_allclose(part.targets[row, -1], target, rtol=1e-4, atol=1e-5)
                window = slice(now - 11, now + 1)
                z = (filled[window] - mean) / spread
                np.testing.assert_allclose(part.inputs[row, :, 0], z, atol=1e-5)
                np.testing.assert_array_equal(part.inputs[row, :, 4], np.isnan(slots[window]))
            row += 1
        assert row == len(part) and part.scale == pytest.approx(unit) and part.unit == "mg/dl"


def test_yesterday_is_what_was_there_a_day_before_each_time(monitor):
    (found,) = scored(Glucose(window=12, horizon=3), mae)
    slots, errors = monitor, []
    for now in range(round(0.8 * len(slots)) - 1, len(slots) - 3):
        errors += [abs(slots[t] - slots[t - 288]) for t in (now + 1, now + 2, now + 3)]
    assert found["yesterday"] == pytest.approx(np.mean(errors), rel=1e-4)
    assert "yesterday" not in Glucose(window=2, horizon=3).baselines()


@pytest.fixture
def weeks(monkeypatch):
    day = pd.date_range("1958-03-29", periods=700, freq="7D")
    level = 316 + np.arange(700) / 40 + 3 * np.sin(np.arange(700) / 52 * 2 * np.pi)
    level[[9, 400]] = np.nan
    frame = pd.DataFrame({"date": day.strftime("%Y%m%d"), "co2": level.round(2)})
    monkeypatch.setattr(co2, "read", {co2.WEEKS: frame.to_csv(index=False).encode()}.get)
    co2.ready.cache_clear()
    return frame.co2.to_numpy()


def test_co2_is_what_pandas_gives(weeks):
    task = Co2(window=60, horizon=4)
    series, part, a = pd.Series(weeks), split(task, "test"), 490
    assert len(part) == 700 - 560 - 3
    columns = pd.DataFrame({"co2": series, "week": series.diff(), "year": series.diff(52)})
    z = ((columns - columns[:a].mean()) / columns[:a].std(ddof=0)).ffill().fillna(0)
    np.testing.assert_allclose(part.inputs[0, :, :3], z[500:560], atol=1e-4)
    unit = series[:a].diff().abs().mean()
    np.testing.assert_allclose(
        part.targets[0, -1], (series[560:564] - series[559]) / unit, rtol=1e-4
    )
    years = [
        abs(weeks[t] - weeks[t - 52]) for now in range(559, 696) for t in range(now + 1, now + 5)
    ]
    assert scored(task, mae)[0]["last_year"] == pytest.approx(np.mean(years), rel=1e-4)
    assert "last_year" not in Co2(window=51).baselines()


MONTHS = (
    "NUMBERS\n====\nYear Jan Feb\n1749  58.0  62.6 1.5\n1750  0.0 3\n\n1751 7.5\n1752\nNote: 1999\n"
)


def test_sunspots_are_read_year_by_year():
    assert sunspots.months(MONTHS).tolist() == [58.0, 62.6, 1.5, 0.0, 3.0, 7.5]


@pytest.mark.parametrize("name", TASKS)
def test_what_is_known_without_the_file_and_what_is_refused(name, monkeypatch):
    monkeypatch.setattr({"co2": co2, "glucose": glucose, "sunspots": sunspots}[name], "read", None)
    task = TASKS[name](quantiles=9)
    assert task.checksum() == task.files[0].pin.sha256 and task.source
    assert task.signature().outputs.channels == 9 * task.horizon
    assert {"last_value", "spread", "ridge"} < set(task.baselines())
    assert "spread" not in TASKS[name]().baselines()
    with pytest.raises(SeqbenchError, match=rf"{name}\.window is 0; it takes 1 to 1000"):
        TASKS[name](window=0)
    with pytest.raises(SeqbenchError, match=rf"{name}\.horizon is 101; it takes 1 to 100"):
        TASKS[name](horizon=101)
    with pytest.raises(SeqbenchError, match=rf"{name}\.quantiles is 4; it takes an odd number"):
        TASKS[name](quantiles=4)


def real(name):
    if archive.state(TASKS[name].files[0]).status != "here":
        pytest.skip(f"not here: `seqbench data fetch {name}`")


@pytest.mark.parametrize(
    ("name", "rows", "missing", "first", "last"),
    [
        ("co2", 2284, 59, 316.1, 371.5),
        ("sunspots", 3126, 0, 58.0, 2.6),
        ("glucose", 57_770, 5687, 258, 165),
    ],
)  # fmt: skip
def test_the_real_series_are_whole(name, rows, missing, first, last):
    real(name)
    values = TASKS[name]().windows().values[:, 0]
    assert len(values) == rows and np.isnan(values).sum() == missing
    assert (values[0], values[-1]) == (first, last)


@pytest.mark.parametrize("name", TASKS)
def test_on_the_real_series_a_line_beats_what_is_naive_in_every_score(name):
    real(name)
    task = TASKS[name](quantiles=9, window=60, horizon=6)
    assert "failed" not in {one.status for one in check_task(task)}
    scores = scored(task, mase, smape, crps, n=1000)
    for found in scores:
        assert found["ridge"] < min(v for k, v in found.items() if k != "ridge")
    assert scores[2]["spread"] < 0.9 * scores[2]["last_value"]  # who knows how far off may say so


def test_quantiles_are_asked_for_and_scored_by_a_suite(tmp_path):
    real("sunspots")
    (tmp_path / "own.yaml").write_text(
        "suite: own\nseeds: 1\ntrain: {examples: 256}\nsizes: {train: 200, valid: 50, test: 50}\n"
        "executor: inline\ntasks: [sunspots: {quantiles: 3, window: 24, horizon: 2}]\n"
        "architectures: [lstm: {width: 8}]\n"
    )
    done = seqbench("run", "own.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    numbers = Store(tmp_path / "results/own").frames().measurements
    test = numbers[numbers.split == "test"].set_index(["architecture", "name"])
    assert {"mase", "mae", "smape", "crps"} == set(test.value["lstm"].index)
    assert test.value["spread", "crps"] < test.value["spread", "mae"]
    assert test.value["last_value", "crps"] == pytest.approx(test.value["last_value", "mae"])
    assert test.unit["lstm", "crps"] == "spots"


def test_all_three_are_in_the_catalogue():
    assert set(TASKS) <= set(Catalogue.installed().names("tasks"))
