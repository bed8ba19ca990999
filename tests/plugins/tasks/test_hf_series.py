"""Series in the hub's own forms, written to a folder: nothing is fetched."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from front_door import seqbench
from seqbench import Lesson, Missing, Recipe, SeqbenchError
from seqbench.kits import hub
from seqbench.store import Store
from seqbench.testing import check_task
from seqbench_plugins.metrics.error import mase
from seqbench_plugins.tasks import hf_series
from seqbench_plugins.tasks.hf_series import HfSeries
from seqbench_plugins.tasks.presets import SERIES

pytestmark = [
    pytest.mark.skipif(find_spec("datasets") is None, reason="pip install 'seqbench[hub]'"),
    pytest.mark.filterwarnings("ignore"),  # of the package's own
]
ALL, ROLES = 10**6, ("train", "valid", "test")


def forget():
    hub.columns.cache_clear()
    hf_series.ready.cache_clear()


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    import datasets

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True, raising=False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    forget()
    yield
    forget()


def split(task, role, n=ALL):
    return task.split(role, n, np.random.default_rng(0))


@pytest.fixture
def ett(tmp_path):
    """A repository of CSV files, each a config, as the hub has ETT; beyond 20 months a surprise."""
    folder = tmp_path / "ett"
    (folder / "ETT-small").mkdir(parents=True)
    rng = np.random.default_rng(0)
    hours = 20 * 30 * 24 + 500
    frame = pd.DataFrame({"date": pd.date_range("2016-07-01", periods=hours, freq="h")})
    for name in ("HUFL", "OT"):
        frame[name] = (rng.normal(size=hours).cumsum() / 9).round(3)
    frame.loc[hours - 500 :, "OT"] = 1e6
    frame.to_csv(folder / "ETT-small/ETTh1.csv", index=False)
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: ETTh1\n  data_files: ETT-small/ETTh1.csv\n---\n"
    )
    return folder, frame


def test_ett_has_12_months_of_train_4_of_valid_and_4_of_test(ett):
    folder, frame = ett
    task = HfSeries(preset="etth1", path=str(folder), window=24, horizon=4)
    month, load, oil = 30 * 24, frame["HUFL"], frame["OT"]
    unit = oil[: 12 * month].diff().abs().mean()
    parts = {role: split(task, role) for role in ROLES}
    sizes = {role: len(part) for role, part in parts.items()}
    assert sizes == {"train": 12 * month - 24 - 3, "valid": 4 * month - 3, "test": 4 * month - 3}
    start = 16 * month  # of test, whose first window lies before it
    ahead = oil[start : start + 4].to_numpy() - oil[start - 1]
    np.testing.assert_allclose(parts["test"].targets[0, -1], ahead / unit, rtol=1e-3, atol=1e-4)
    for column, values in ((0, oil), (1, load)):
        train = values[: 12 * month]
        z = (values[start - 24 : start] - train.mean()) / train.std(ddof=0)
        np.testing.assert_allclose(parts["test"].inputs[0, :, column], z, atol=1e-4)
    assert np.abs(parts["test"].targets).max() < 1e3  # what comes after 20 months is not used
    assert "failed" not in {one.status for one in check_task(task)}


def test_what_is_set_beside_a_preset_counts(ett):
    folder, frame = ett
    both = HfSeries(preset="etth1", path=str(folder), target="HUFL, OT", train_share=0.5)
    assert both.signature().outputs.width == 2 * both.horizon
    unit = frame["HUFL"][: 10 * 30 * 24].diff().abs().mean()
    part = split(both, "train", 5)
    departure = frame["HUFL"][48] - frame["HUFL"][47]
    assert part.targets[0, -1, 0] == pytest.approx(departure / unit, rel=1e-3)


@pytest.mark.parametrize("name", ["etth1", "etth2", "ettm1", "ettm2"])
def test_the_four_sets_differ_in_name_and_steps_alone(name):
    preset = SERIES[name]
    assert preset["config"].lower() == name
    assert preset["rows"] == (14_400 if "h" in name else 57_600)
    assert preset["rows"] * preset["train_share"] == (8640 if "h" in name else 34_560)


@pytest.fixture
def monash(tmp_path):
    """A row a series, in Parquet, a config a folder; one is too short and one never changes."""
    import datasets

    rng = np.random.default_rng(1)
    series = [
        (10**k * (3 + rng.normal(size=n).cumsum())).tolist() for k, n in enumerate((60, 90, 75))
    ]
    series += [[1.0, 2.0, 3.0], [7.0] * 80]
    rows = [
        {"id": f"T{k}", "timestamp": list(pd.date_range("2000", periods=len(one))), "target": one}
        for k, one in enumerate(series)
    ]
    folder = tmp_path / "monash"
    (folder / "monash_toy").mkdir(parents=True)
    path = folder / "monash_toy" / "train-00000-of-00001.parquet"
    datasets.Dataset.from_list(rows).to_parquet(str(path))
    (folder / "README.md").write_text(
        "---\nconfigs:\n- config_name: monash_toy\n  data_files: monash_toy/train-*\n---\n"
    )
    return folder, series


def test_of_each_series_of_monash_the_last_horizon_is_test(monash):
    folder, series = monash
    task = HfSeries(
        preset="monash", path=str(folder), config="monash_toy", window=8, horizon=5, season=4
    )
    test, valid = split(task, "test"), split(task, "valid")
    assert len(test) == len(valid) == 3  # neither the short one nor the flat one
    wanted, weekly = [], []
    for one in map(np.array, series[:3]):
        unit = np.abs(one[4:-10] - one[:-14]).mean()
        wanted.append((one[-5:] - one[-6]) / unit)
        weekly.append(np.abs(one[-5:] - np.resize(one[-9:-5], 5)).mean() / unit)
    np.testing.assert_allclose(test.targets[:, -1], wanted, rtol=1e-3, atol=1e-4)
    train = split(task, "train")
    assert len(train) == sum(len(one) - 10 - 8 - 4 for one in series[:3])
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    repeated = task.baselines()["seasonal_naive"](lesson).predict(test.inputs)
    assert mase(test, repeated) == pytest.approx(np.mean(weekly), rel=1e-3)
    assert "failed" not in {one.status for one in check_task(task)}


def test_the_checksum_follows_the_data(monash, ett):
    task = HfSeries(path=str(ett[0]), config="ETTh1", target="OT")
    before = task.checksum()
    forget()
    assert task.checksum() == before
    frame = ett[1]
    frame.loc[7, "OT"] += 1
    frame.to_csv(ett[0] / "ETT-small/ETTh1.csv", index=False)
    forget()
    assert task.checksum() != before


def test_slips_are_told_in_a_line_with_the_row(ett, monash):
    folder, frame = ett
    with pytest.raises(Missing, match=r"hf_series\.path is not set"):
        HfSeries().signature()
    with pytest.raises(Missing, match=r"hf_series\.config is not set; with the preset monash"):
        HfSeries(preset="monash").signature()
    with pytest.raises(Missing, match="neither a folder nor in"):
        HfSeries(preset="etth1").signature()
    with pytest.raises(SeqbenchError, match=r"hf_series\.preset is 'm5'; there are etth1, etth2"):
        HfSeries(preset="m5")
    with pytest.raises(
        SeqbenchError, match=r"target is not set; .*ETTh1, train has date, HUFL, OT"
    ):
        HfSeries(path=str(folder), config="ETTh1").signature()
    with pytest.raises(SeqbenchError, match=r"season is 9; it takes 0 to 8 steps with this window"):
        HfSeries(window=8, season=9)
    with pytest.raises(SeqbenchError, match="takes a train_share and valid_share above 0"):
        HfSeries(train_share=0.9, valid_share=0.1)
    short = HfSeries(path=str(monash[0]), config="monash_toy", target="target", window=99)
    with pytest.raises(
        SeqbenchError, match=r"monash_toy, train, row 1: the \d+ rows of train hold no"
    ):
        short.signature()
    frame.loc[4, "date"] = frame["date"][2]
    frame.to_csv(folder / "ETT-small/ETTh1.csv", index=False)
    forget()
    with pytest.raises(
        SeqbenchError, match=r"train, row 5, date: .* is earlier than the time before"
    ):
        HfSeries(preset="etth1", path=str(folder)).signature()


def test_through_the_front_door(monash, tmp_path):
    (tmp_path / "mine.yaml").write_text(f"""
suite: mine
seeds: 1
train: {{examples: 200, batch: 16}}
tasks: [hf_series: {{preset: monash, path: {monash[0]}, config: monash_toy, window: 8, horizon: 5}}]
architectures: [rnn: {{width: 8}}]
executor: inline
""")
    done = seqbench("run", "mine.yaml", cwd=tmp_path, timeout=200)
    assert done.returncode == 0, done.stderr
    numbers = Store(tmp_path / "results/mine").frames().measurements
    assert {"rnn", "last_value", "ridge"} <= set(numbers.architecture)
