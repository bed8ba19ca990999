"""On a year of the same form made here, and on the real one where it has been fetched."""

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits import archive
from seqbench_plugins.metrics.error import mae, mase
from seqbench_plugins.tasks import weather
from seqbench_plugins.tasks.weather import COLUMNS, YEAR, Weather

HOURS, ALL = 900, 10**6


def split(task, role, n=ALL):
    return task.split(role, n, np.random.default_rng(0))


@pytest.fixture
def measured(monkeypatch):
    """The six columns of each hour; the file says -9900 where one was not measured."""
    rng = np.random.default_rng(0)
    values = rng.normal(10, 5, (HOURS, 6)).round(2)
    lines = ['723170,"SOMEWHERE",NC,-5.0,36.1,-79.95,273', ",".join(["Date", *COLUMNS.values()])]
    for hour, row in enumerate(values):
        cells = [
            "-9900" if (hour, at) in {(0, 3), (500, 0)} else str(v) for at, v in enumerate(row)
        ]
        lines.append(",".join([f"01/01/1988 {hour}", *cells]))
    files = {YEAR: "\n".join(lines).encode()}
    monkeypatch.setattr(weather, "read", files.__getitem__)
    weather.ready.cache_clear()
    values[500, 0], values[0, 3] = values[499, 0], values[1, 3]
    yield values
    weather.ready.cache_clear()


def test_every_example_is_what_a_loop_over_the_hours_gives(measured):
    task, temperature, a, b = Weather(window=30, horizon=26), measured[:, 0], 630, 720
    unit = np.abs(np.diff(temperature[:a])).mean()
    z = (measured - measured[:a].mean(0)) / measured[:a].std(0)
    for role, start, end in (("train", 0, a), ("valid", a, b), ("test", b, HOURS)):
        part, row = split(task, role), 0
        for now in range(29, HOURS - 26):
            if now + 1 < start or now + 26 >= end:
                continue
            wanted = (temperature[now + 1 : now + 27] - temperature[now]) / unit
            np.testing.assert_allclose(part.targets[row, -1], wanted, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(part.inputs[row, :, :6], z[now - 29 : now + 1], atol=1e-5)
            row += 1
        assert row == len(part) and part.scale == pytest.approx(unit) and part.unit == "°C"


def test_the_baselines_are_what_they_say(measured):
    task, temperature = Weather(horizon=2), measured[:, 0]
    parts = [split(task, role) for role in ("train", "valid", "test")]
    lesson = Lesson(task.signature(), *parts[:2], Recipe(), np.random.default_rng(0))
    found = {
        name: mae(parts[2], fit(lesson).predict(parts[2].inputs))
        for name, fit in task.baselines().items()
    }
    ahead = [(now, t) for now in range(719, HOURS - 2) for t in (now + 1, now + 2)]
    last = np.mean([abs(temperature[t] - temperature[now]) for now, t in ahead])
    daily = np.mean([abs(temperature[t] - temperature[t - 24]) for _, t in ahead])
    assert found["last_value"] == pytest.approx(last, rel=1e-4)
    assert found["yesterday"] == pytest.approx(daily, rel=1e-4)


@pytest.mark.parametrize("text", ["", "a\nb,c\n1,2\n", "a\n" + ",".join(COLUMNS.values()) + "\n"])
def test_another_file_is_refused(text):
    with pytest.raises(SeqbenchError, match=r"x\.csv is no TMY3 file"):
        weather.year(text.encode(), "x.csv")


def test_what_is_known_without_the_file(monkeypatch):
    monkeypatch.setattr(weather, "read", None)
    assert Weather().checksum() == weather.WHEEL.sha256
    assert Weather().signature().inputs.width == 8 and len(Weather().baselines()) == 3
    with pytest.raises(SeqbenchError, match=r"weather\.window is 23; it takes 24 to 1000 hours"):
        Weather(window=23)
    with pytest.raises(SeqbenchError, match=r"weather\.horizon is 0; it takes 1 to 100 hours"):
        Weather(horizon=0)


def test_the_real_year_is_whole_and_a_line_beats_yesterday():
    if archive.state(YEAR).status != "here":
        pytest.skip("not here: `seqbench data fetch weather`")
    weather.ready.cache_clear()
    task = Weather()
    parts = [split(task, role, 2000) for role in ("train", "valid", "test")]
    assert len(task.windows().values) == 8760
    lesson = Lesson(task.signature(), *parts[:2], Recipe(), np.random.default_rng(0))
    found = {
        name: mase(parts[2], fit(lesson).predict(parts[2].inputs))
        for name, fit in task.baselines().items()
    }
    assert found["ridge"] < 0.8 * min(found["yesterday"], found["last_value"])
