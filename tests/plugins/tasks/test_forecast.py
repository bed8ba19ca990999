"""On a series made here, against loops over its hours; and on the real one where it is here."""

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits import archive
from seqbench_plugins.metrics.error import mae, mase
from seqbench_plugins.metrics.smape import smape
from seqbench_plugins.tasks import forecast
from seqbench_plugins.tasks.forecast import CHANNELS, TRAFFIC, Forecast

HOURS, WEEK, ALL = 2500, 168, 10**6
GAPS = (5, 900, 901, 1068, 2200)  # the fourth a week after the second

CACHED = (forecast.hours, forecast.departure, forecast.scale, forecast.channels)


def clear():
    for cached in CACHED:
        cached.cache_clear()


@pytest.fixture
def vehicles(monkeypatch):
    """The traffic of each hour, None where it was not counted."""
    rng = np.random.default_rng(0)
    start = datetime(2016, 10, 1, tzinfo=UTC)
    table = io.StringIO()
    columns = "datetime,clouds_all,rain_1h,snow_1h,temp,traffic_volume,weather_main".split(",")
    rows = csv.DictWriter(table, columns, restval="")
    rows.writeheader()
    counts = []
    for hour in range(HOURS):
        time = start + timedelta(hours=hour)
        row = {"datetime": time.strftime("%Y-%m-%d %H:%M:%S")}
        counts.append(None if hour in GAPS else int(rng.integers(100, 7000)))
        if hour not in GAPS:
            row |= {"clouds_all": hour % 7 * 10, "rain_1h": 0.0, "temp": 280 + hour % 24}
            row["traffic_volume"] = counts[-1]
        rows.writerow(row)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as inner:
        inner.writestr("traffic_hourly.zip", table.getvalue())
    monkeypatch.setattr(forecast, "read", {TRAFFIC: file.getvalue()}.__getitem__)
    clear()
    yield counts
    clear()


def split(task, role, n=ALL):
    return task.split(role, n, np.random.default_rng(0))


def filled(vehicles):
    whole = []
    for hour, count in enumerate(vehicles):
        if count is None:
            count = whole[hour - WEEK] if hour >= WEEK else whole[hour - 1]
        whole.append(count)
    return whole


def naive_error(vehicles):
    """Mean size of the change from a week before, where both hours were counted, in train."""
    errors = [
        abs(vehicles[t] - vehicles[t - WEEK])
        for t in range(WEEK, round(0.7 * HOURS))
        if vehicles[t] is not None and vehicles[t - WEEK] is not None
    ]
    return sum(errors) / len(errors)


@pytest.mark.parametrize(("window", "horizon"), [(48, 3), (30, 24), (168, 1)])
def test_every_example_is_what_a_loop_over_the_hours_gives(vehicles, window, horizon):
    task, whole, unit = Forecast(window, horizon), filled(vehicles), naive_error(vehicles)
    a, b = round(0.7 * HOURS), round(0.8 * HOURS)
    for role, start, end in (("train", 0, a), ("valid", a, b), ("test", b, HOURS)):
        part = split(task, role)
        assert part.scale == pytest.approx(unit)
        wanted = []
        for now in range(2 * WEEK + window - 1, HOURS - horizon):
            ahead = range(now + 1, now + 1 + horizon)
            if ahead[0] >= start and ahead[-1] < end and None not in [vehicles[t] for t in ahead]:
                wanted.append([(vehicles[t] - whole[t - WEEK]) / unit for t in ahead])
        answers = part.targets[part.mask]
        np.testing.assert_allclose(answers, wanted, atol=1e-9)
        assert part.mask[:, -1].all()
        assert part.mask.sum() == len(part)


def test_smape_is_that_of_the_vehicles(vehicles):
    task, whole = Forecast(48, 3), filled(vehicles)
    part = split(task, "test")
    shares = []
    for now in range(round(0.8 * HOURS) - 1, HOURS - 3):
        ahead = (now + 1, now + 2, now + 3)
        if None not in [vehicles[t] for t in ahead]:
            pairs = [(vehicles[t], whole[t - WEEK]) for t in ahead]
            shares += [200 * abs(a - b) / (a + b) for a, b in pairs]
    assert smape(part, task.last_week(part.inputs)) == pytest.approx(np.mean(shares), rel=1e-6)


def test_the_window_shows_the_past_and_what_last_week_had_at_the_hours_ahead(vehicles):
    task, whole, unit = Forecast(48, 3), filled(vehicles), naive_error(vehicles)
    train = np.array(whole[: round(0.7 * HOURS)], float)
    z = (np.array(whole) - train.mean()) / train.std()
    part = split(task, "test")
    at = {name: part.inputs[..., k] for k, name in enumerate(CHANNELS)}
    first = round(0.8 * HOURS) - 1  # the hour before the first target
    for row in (0, 100):  # no gap before these
        hours = [first + row + k for k in range(-47, 1)]
        departure = [(whole[t] - whole[t - WEEK]) / unit for t in hours]
        np.testing.assert_allclose(at["vehicles"][row], z[hours], atol=1e-5)
        np.testing.assert_allclose(at["departure"][row], departure, atol=1e-5)
        before = [t + 3 - WEEK for t in hours]
        np.testing.assert_allclose(at["ahead_last_week"][row], z[before], atol=1e-5)
        ahead = [(whole[t] - whole[t - WEEK]) / unit for t in before]
        np.testing.assert_allclose(at["ahead_departure_last_week"][row], ahead, atol=1e-5)
        angles = np.array(hours) % 24 / 24 * 2 * np.pi  # the series starts at midnight
        np.testing.assert_allclose(at["day_cos"][row], np.cos(angles), atol=1e-5)


def test_nothing_after_the_last_known_hour_is_shown(vehicles, monkeypatch):
    """Other traffic and weather from an hour on leave all windows before it as they were."""
    task = Forecast()
    before = split(task, "test")
    hours = {key: series.copy() for key, series in forecast.hours().items()}
    border = round(0.9 * HOURS)
    for key in ("vehicles", "temp", "rain", "cloud"):
        hours[key][border:] += 1000
    monkeypatch.setattr(forecast, "hours", lambda: hours)
    for cached in (forecast.departure, forecast.scale, forecast.channels):
        cached.cache_clear()
    after = split(task, "test")
    seen = task.origins("test") < border
    assert 0 < seen.sum() < len(seen)
    np.testing.assert_array_equal(before.inputs[seen], after.inputs[seen])
    assert (before.inputs[~seen] != after.inputs[~seen]).any(axis=(1, 2)).all()


def test_a_gap_is_marked_and_never_asked_for(vehicles):
    part = split(Forecast(48, 1), "test")
    missing = part.inputs[..., CHANNELS.index("missing")]
    assert set(np.unique(missing)) == {0.0, 1.0}
    assert missing.sum() == 48  # hour 2200 is seen by 48 windows
    wanted = range(round(0.8 * HOURS), HOURS)
    assert len(part) == len(wanted) - 1


def test_fewer_examples_are_spread_over_the_part(vehicles):
    whole, few = split(Forecast(), "test"), split(Forecast(), "test", 7)
    assert len(few) == 7
    np.testing.assert_array_equal(few.inputs[[0, -1]], whole.inputs[[0, -1]])


def test_repeating_last_week_and_the_last_value_are_what_they_say(vehicles):
    task, whole, unit = Forecast(48, 3), filled(vehicles), naive_error(vehicles)
    test = split(task, "test")
    lesson = Lesson(task.signature(), test, test, Recipe(), np.random.default_rng(0))
    scores = {
        name: fit(lesson).predict(test.inputs, None) for name, fit in task.baselines().items()
    }
    assert scores["ridge"].shape == (len(test), 48, 3)
    weekly, last = [], []
    for now in task.origins("test"):
        for t in range(now + 1, now + 4):
            weekly.append(abs(whole[t] - whole[t - WEEK]))
            last.append(abs(whole[t] - whole[now]))
    assert mae(test, scores["last_week"]) == pytest.approx(np.mean(weekly))
    assert mase(test, scores["last_week"]) == pytest.approx(np.mean(weekly) / unit)
    assert mae(test, scores["last_value"]) == pytest.approx(np.mean(last), rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({"window": 0}, "window is 0"),
        ({"horizon": 0}, "horizon is 0; with a window of 48 hours it takes 1 to 48"),
        ({"horizon": 60}, "takes 1 to 48"),
        ({"horizon": 200, "window": 400}, "takes 1 to 168"),
    ],
)
def test_what_cannot_be_is_refused(settings, hint):
    with pytest.raises(SeqbenchError, match=hint):
        Forecast(**settings)


def test_the_checksum_is_known_without_the_file(monkeypatch):
    monkeypatch.setattr(forecast, "read", None)
    assert Forecast().checksum() == TRAFFIC.pin.sha256


@pytest.fixture
def real():
    if archive.state(TRAFFIC).status != "here":
        pytest.skip("not here: `seqbench data fetch forecast`")
    clear()


def test_the_real_series_is_whole_and_a_line_beats_last_week(real):
    hours = forecast.hours()
    assert len(hours["vehicles"]) == 17_520
    assert (~hours["counted"]).sum() == 104
    assert (np.diff(hours["time"]) == 1).all()
    task = Forecast()
    train, valid, test = (split(task, role, 3000) for role in ("train", "valid", "test"))
    lesson = Lesson(task.signature(), train, valid, Recipe(), np.random.default_rng(0))
    scores = {
        name: mase(test, fit(lesson).predict(test.inputs, None))
        for name, fit in task.baselines().items()
    }
    assert scores["ridge"] < 0.9 * scores["last_week"]
    assert scores["last_week"] < scores["last_value"] / 2
