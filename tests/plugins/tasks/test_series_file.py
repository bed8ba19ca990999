import numpy as np
import pandas as pd
import pytest

from seqbench import Lesson, Missing, Recipe, SeqbenchError
from seqbench.testing.checking import check_task
from seqbench_plugins.metrics.crps import crps
from seqbench_plugins.metrics.error import mae, mase
from seqbench_plugins.metrics.smape import smape
from seqbench_plugins.tasks.series_file import SeriesFile

ALL, ROWS, ROLES = 10**6, 400, ("train", "valid", "test")
SMALL = {"window": 14, "horizon": 3, "target": "load"}


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    day = pd.date_range("2024-01-01", periods=ROWS, freq="D")
    load = 100 + 10 * np.sin(np.arange(ROWS) / 7 * 2 * np.pi) + rng.normal(0, 2, ROWS)
    return pd.DataFrame({"time": day, "load": load.round(3), "price": rng.normal(5, 1, ROWS)})


@pytest.fixture
def file(frame, tmp_path):
    frame.to_csv(tmp_path / "own.csv", index=False)
    return str(tmp_path / "own.csv")


def split(task, role, n=ALL):
    return task.split(role, n, np.random.default_rng(0))


def baseline(task, name):
    parts = [split(task, role) for role in ROLES]
    lesson = Lesson(task.signature(), parts[0], parts[1], Recipe(), np.random.default_rng(0))
    return parts[2], task.baselines()[name](lesson).predict(parts[2].inputs)


@pytest.mark.parametrize(
    ("season", "answer"),
    [(0, "departure"), (0, "level"), (7, "departure"), (7, "seasonal"), (7, "level")],
)
def test_every_example_is_what_pandas_gives(frame, file, season, answer):
    task = SeriesFile(file, season=season, answer=answer, **SMALL)
    load, a, b = frame["load"], 280, 320
    unit = load[:a].diff(season or 1).abs().mean()
    both = frame[["load", "price"]]
    z = (both - both[:a].mean()) / both[:a].std(ddof=0)
    for role, start, end in (("train", 0, a), ("valid", a, b), ("test", b, ROWS)):
        part, answers, windows = split(task, role), [], []
        for now in range(13, ROWS - 3):
            if now + 1 >= start and now + 3 < end:
                ahead = np.arange(now + 1, now + 4)
                base = load[ahead - 7] if answer == "seasonal" else load[[now] * 3]
                wanted = load[ahead].to_numpy() - (0 if answer == "level" else base.to_numpy())
                answers.append(wanted / unit)
                windows.append(z[now - 13 : now + 1].to_numpy())
        np.testing.assert_allclose(part.inputs, windows, atol=1e-5)
        np.testing.assert_allclose(part.targets[part.mask], answers, rtol=1e-5, atol=1e-5)
        assert part.scale == pytest.approx(unit)


def test_nothing_after_the_cut_moves_what_train_and_valid_are(frame, file, tmp_path):
    later = frame.copy()
    later.loc[320:, ["load", "price"]] += 1000
    later.to_csv(tmp_path / "later.csv", index=False)
    one = SeriesFile(file, **SMALL)
    other = SeriesFile(str(tmp_path / "later.csv"), **SMALL)
    for role in ("train", "valid"):
        a, b = split(one, role), split(other, role)
        np.testing.assert_array_equal(a.inputs, b.inputs)
        np.testing.assert_array_equal(a.targets, b.targets)
    changed = split(one, "test"), split(other, "test")
    np.testing.assert_array_equal(changed[0].inputs[0], changed[1].inputs[0])  # all before the cut
    assert (changed[0].targets != changed[1].targets).any()


def test_no_target_is_in_two_parts(frame, tmp_path):
    frame.assign(load=np.arange(ROWS) ** 2).to_csv(tmp_path / "rising.csv", index=False)
    task = SeriesFile(str(tmp_path / "rising.csv"), answer="level", **SMALL)
    seen = {role: set(split(task, role).targets[:, -1].ravel().tolist()) for role in ROLES}
    assert len(seen["train"]) == 280 - 14 and len(seen["test"]) == 80
    assert not seen["train"] & seen["test"] and not seen["valid"] & seen["test"]
    assert not seen["train"] & seen["valid"]


def test_missing_cells_are_filled_from_before_marked_and_never_asked_for(frame, tmp_path):
    holed = frame.copy()
    holed.loc[[0, 50, 51, 350], "load"] = np.nan
    holed.loc[[100], "price"] = np.nan
    holed.to_csv(tmp_path / "holed.csv", index=False)
    task = SeriesFile(str(tmp_path / "holed.csv"), answer="level", **SMALL)
    assert task.signature().inputs.width == 4
    both = holed[["load", "price"]]
    train = both[:280]
    filled = both.ffill().fillna(train.mean())
    z = ((filled - train.mean()) / train.std(ddof=0)).to_numpy()
    part = split(task, "train")
    np.testing.assert_allclose(part.inputs[0, :, :2], z[:14], atol=1e-5)
    np.testing.assert_array_equal(part.inputs[0, :, 2], [1] + [0] * 13)
    assert part.inputs[..., 2].max() == part.inputs[..., 3].max() == 1
    assert len(part) == 280 - 14 - 2 - 4  # of the targets two are missing, side by side
    assert len(split(task, "test")) == 80 - 2 - 3
    unit = train["load"].diff().abs().mean()
    assert part.scale == pytest.approx(unit)


def test_parquet_and_csv_are_the_same_and_so_are_dates_and_numbers(frame, file, tmp_path):
    frame.to_parquet(tmp_path / "own.parquet")
    frame.assign(time=range(ROWS)).to_csv(tmp_path / "numbers.csv", index=False)
    first = split(SeriesFile(file, **SMALL), "test")
    for name in ("own.parquet", "numbers.csv"):
        other = split(SeriesFile(str(tmp_path / name), **SMALL), "test")
        np.testing.assert_allclose(other.inputs, first.inputs, atol=1e-6)
        np.testing.assert_allclose(other.targets, first.targets, atol=1e-5)


def test_the_baselines_repeat_what_they_say(frame, file):
    load = frame["load"].to_numpy()
    for answer in ("departure", "seasonal", "level"):
        task = SeriesFile(file, season=7, answer=answer, **SMALL)
        last, weekly = [], []
        for now in range(319, ROWS - 3):
            for t in (now + 1, now + 2, now + 3):
                last.append(abs(load[t] - load[now]))
                weekly.append(abs(load[t] - load[t - 7]))
        for name, errors in (("last_value", last), ("seasonal_naive", weekly)):
            test, found = baseline(task, name)
            assert mae(test, found) == pytest.approx(np.mean(errors), rel=1e-4)
        test, found = baseline(task, "ridge")
        assert mase(test, found) < 1
    assert "seasonal_naive" not in SeriesFile(file, **SMALL).baselines()


@pytest.mark.parametrize("answer", ["level", "departure", "seasonal"])
def test_smape_is_that_of_the_values_however_they_are_told(frame, file, answer):
    task = SeriesFile(file, season=7, answer=answer, **SMALL)
    test, found = baseline(task, "seasonal_naive")
    load = frame["load"].to_numpy()
    wanted = [
        200 * abs(load[t] - load[t - 7]) / (load[t] + load[t - 7])
        for now in range(319, ROWS - 3)
        for t in (now + 1, now + 2, now + 3)
    ]
    assert smape(test, found) == pytest.approx(np.mean(wanted), rel=1e-4)
    assert smape(test, test.targets) == 0
    if answer == "level":
        assert smape(test, -test.targets) == pytest.approx(200)


def test_several_targets_each_in_its_own_unit(frame, file):
    task = SeriesFile(file, window=14, horizon=2, target="price, load")
    part, a = split(task, "train"), 280
    assert task.signature().outputs.width == 4 and part.unit == "naive errors" and part.scale == 1
    first = part.targets[0, -1].reshape(2, 2)  # (horizon, target)
    for at, name in enumerate(("price", "load")):
        unit = frame[name][:a].diff().abs().mean()
        wanted = (frame[name][14:16] - frame[name][13]) / unit
        np.testing.assert_allclose(first[:, at], wanted, rtol=1e-4)


@pytest.fixture
def below(frame, tmp_path):
    """The series itself and one ten times as high and shorter, with a hole, row by row in turn."""
    other = frame[:300].assign(load=500 + 10 * frame["load"])
    other.loc[40, "load"] = np.nan
    both = pd.concat([frame.assign(shop="a"), other.assign(shop="b")])
    both.sort_values(["time", "shop"]).to_csv(tmp_path / "long.csv", index=False)
    return str(tmp_path / "long.csv"), {"a": frame, "b": other}


@pytest.mark.parametrize("answer", ["departure", "seasonal"])
def test_several_series_below_each_other_are_cut_and_scaled_each_by_itself(below, answer):
    file, frames = below
    task = SeriesFile(file, series="shop", season=7, answer=answer, **SMALL)
    assert task.signature().inputs.width == 4
    wanted, flags, prices = [], [], []
    for one in frames.values():
        load, cut = one["load"].to_numpy(), round(0.8 * len(one))
        unit = one["load"][: round(0.7 * len(one))].diff(7).abs().mean()
        price = one["price"][: round(0.7 * len(one))]
        for now in range(cut - 1, len(one) - 3):
            ahead = np.arange(now + 1, now + 4)
            base = load[ahead - 7] if answer == "seasonal" else load[now]
            wanted.append((load[ahead] - base) / unit)
            flags.append(0)
            prices.append((one["price"][now] - price.mean()) / price.std(ddof=0))
    part = split(task, "test")
    np.testing.assert_allclose(part.targets[part.mask], wanted, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(part.inputs[:, -1, 1], prices, atol=1e-4)
    assert part.unit == "naive errors" and part.scale == 1 and not part.inputs[..., 2:].any()
    train = split(task, "train")
    assert train.inputs[..., 2].any()  # the hole
    assert len(train) == (280 - 14 - 2) + (210 - 14 - 2) - 3  # three windows ask for the hole


def test_the_baselines_of_several_series_know_each_ones_unit(below):
    file, frames = below
    for answer in ("departure", "seasonal"):
        task = SeriesFile(file, series="shop", season=7, answer=answer, **SMALL)
        last, weekly, levels = [], [], []
        for one in frames.values():
            load, unit = one["load"], one["load"][: round(0.7 * len(one))].diff(7).abs().mean()
            for now in range(round(0.8 * len(one)) - 1, len(one) - 3):
                for t in (now + 1, now + 2, now + 3):
                    last.append(abs(load[t] - load[now]) / unit)
                    weekly.append(abs(load[t] - load[t - 7]) / unit)
                    levels.append(200 * abs(load[t] - load[t - 7]) / (load[t] + load[t - 7]))
        for name, errors in (("last_value", last), ("seasonal_naive", weekly)):
            test, found = baseline(task, name)
            assert mase(test, found) == pytest.approx(np.mean(errors), rel=1e-3)
        assert smape(test, found) == pytest.approx(np.mean(levels), rel=1e-3)
    few = split(task, "test", 5)
    assert len(few) == 5 and len(np.unique(few.base[:, 0, 0] > 50)) >= 1


def test_several_series_keep_the_promises_and_others_are_told_with_their_row(below, tmp_path):
    file, _ = below
    task = SeriesFile(file, series="shop", season=7, quantiles=3, **SMALL)
    assert "failed" not in {one.status for one in check_task(task)}
    with pytest.raises(SeqbenchError, match="of several series no level can be asked for"):
        SeriesFile(file, series="shop", answer="level", **SMALL).signature()
    with pytest.raises(SeqbenchError, match="shop is the name of the series, and no target or in"):
        SeriesFile(file, series="shop", target="load", inputs="shop").signature()
    bad = tmp_path / "bad.csv"
    for text, hint in (
        ("1,5,a\n1,6,b\n2,7,b\n2,5,b\n", r"row 4, time: '2' is the same as the time before"),
        ("1,5,a\n1,6,b\n2,7,b\n1,5,a\n", r"row 4, time: '1' is the same as"),
        ("1,5,a\n1,6,\n", r"row 2, shop: the name of a series is empty"),
        ("1,5,a\n1,6,b\n2,x,b\n", r"row 3, load: 'x' is no number"),
    ):
        bad.write_text("time,load,shop\n" + text)
        with pytest.raises(SeqbenchError, match=hint):
            SeriesFile(str(bad), series="shop", target="load").signature()
    rows = [
        f"{t},{t * t % 7},{shop}" for shop, n in (("long", 99), ("short", 20)) for t in range(n)
    ]
    bad.write_text("\n".join(["time,load,shop", *rows]))
    with pytest.raises(SeqbenchError, match=r"bad\.csv, short: the \d+ rows of \w+ hold no 3 in a"):
        split(SeriesFile(str(bad), series="shop", **SMALL), "valid")


def test_quantiles_are_of_the_same_targets(file):
    plain, asked = (SeriesFile(file, season=7, quantiles=q, **SMALL) for q in (0, 5))
    one, each = split(plain, "test"), split(asked, "test")
    assert asked.signature().outputs.levels == each.levels == pytest.approx(np.arange(1, 6) / 6)
    np.testing.assert_array_equal(each.targets, one.targets.repeat(5, axis=2))
    test, sure = baseline(asked, "seasonal_naive")
    assert crps(test, sure) == pytest.approx(mae(test, sure))
    test, spread = baseline(asked, "spread")
    assert crps(test, spread) < 0.9 * mae(test, spread)


def test_promises_few_examples_and_the_checksum(file, frame):
    task = SeriesFile(file, season=7, **SMALL)
    assert "failed" not in {one.status for one in check_task(task)}
    few, whole = split(task, "test", 5), split(task, "test")
    np.testing.assert_array_equal(few.inputs[[0, -1]], whole.inputs[[0, -1]])
    before = task.checksum()
    frame.assign(load=frame["load"] + 1).to_csv(file, index=False)
    assert task.checksum() != before


BODY = "".join(f"2024-01-{day:02},{day * day},1\n" for day in range(1, 29))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("time,load,x\n2024-01-02,1,1\n2024-01-01,2,1\n", r"row 2, time: '2024-01-01' is earlier"),
        ("time,load,x\n2024-01-02,1,1\n2024-01-02,2,1\n", r"row 2, time: .* is the same as"),
        ("time,load,x\nsoon,1,1\n", r"row 1, time: this is no time; it takes dates as"),
        ("time,load,x\n,1,1\n", r"row 1, time: this is no time"),
        ("time,load,x\n1,1,1\n2,high,1\n", r"row 2, load: 'high' is no number up to 1e\+100"),
        ("time,load,x\n1,1,inf\n", r"row 1, x: 'inf' is no number up to 1e\+100"),
        ("time,load,x\n1,1,1e200\n", r"row 1, x: '1e200' is no number up to"),
        ("time,load,x\n1,1\n", r"row 1: 2 cells, and the header has 3"),
        ("time,load,load\n1,1,1\n", r"the header has 'load' twice"),
        ("when,load,x\n1,1,1\n", r"no column 'time' among when, load, x"),
        ("time,demand,x\n1,1,1\n", r"no column 'load' among time, demand, x"),
        ("time,load,x\n", r"has no rows"),
        ("", r"has no rows"),
        ("time,load,x\n" + BODY, r"rows of valid hold no 3 in a row .* window of 14"),
        ("time,load,x\n" + "".join(f"{t},5,{t}\n" for t in range(99)), r"load never changes"),
        ("time,load,x\n" + "".join(f"{t},{t},\n" for t in range(99)), r"x has no value in the 69"),
        ('time,load,x\n1,"2,1\n', r"line \d: .*; it takes a UTF-8 \.csv"),
    ],
)
def test_what_cannot_serve_is_told_in_one_line_with_its_place(tmp_path, text, hint):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    task = SeriesFile(str(path), **SMALL)
    with pytest.raises(SeqbenchError, match=hint) as slip:
        for role in ROLES:
            split(task, role)
    assert "\n" not in str(slip.value) and str(path) in str(slip.value)


def test_slips_in_the_settings_are_told(file, tmp_path):
    with pytest.raises(Missing, match=r"series_file\.file is not set"):
        SeriesFile().signature()
    with pytest.raises(SeqbenchError, match=r"series_file\.target is not set; .* has load, price"):
        SeriesFile(file).signature()
    with pytest.raises(SeqbenchError, match="time is the time, and no target or input"):
        SeriesFile(file, target="time").signature()
    with pytest.raises(SeqbenchError, match="answer is seasonal; it takes a season above 0"):
        SeriesFile(answer="seasonal")
    with pytest.raises(SeqbenchError, match=r"season is 8; it takes 0 to 7 rows with this window"):
        SeriesFile(window=7, season=8)
    with pytest.raises(SeqbenchError, match=r"train_share is 0\.9 and valid_share 0\.1; they take"):
        SeriesFile(train_share=0.9, valid_share=0.1)
    with pytest.raises(SeqbenchError, match=r"none\.csv cannot be read \(No such file"):
        SeriesFile(str(tmp_path / "none.csv"), target="x").signature()
    with pytest.raises(SeqbenchError, match=r"own\.txt is neither \.csv nor \.parquet"):
        (tmp_path / "own.txt").write_text("x")
        SeriesFile(str(tmp_path / "own.txt"), target="x").signature()
    with pytest.raises(SeqbenchError, match=r"bad\.parquet: this is no Parquet file"):
        (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing")
        SeriesFile(str(tmp_path / "bad.parquet"), target="x").signature()
