import re
import sys
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from seqbench import Lesson, Missing, Recipe, SeqbenchError
from seqbench.bench.sequences import found, wanted
from seqbench.kits.characters import PAD
from seqbench_plugins.metrics.sequences import exact_match
from seqbench_plugins.tasks import translate_dates
from seqbench_plugins.tasks.translate_dates import TranslateDates, copied, text

pytest.importorskip("babel")
ROLES = ("train", "valid", "test")


def pairs(task, role, n, seed=0):
    """Sources and targets as they read."""
    letters, _ = translate_dates.written(task.locales)
    split = task.split(role, n, np.random.default_rng(seed))
    rows = [letters.text(row[:long]) for row, long in zip(split.inputs, split.lengths, strict=True)]
    return [tuple(row.split("�")) for row in rows]


@pytest.mark.parametrize(
    ("when", "form", "name", "said"),
    [
        (date(1978, 5, 3), "full", "en", "Wednesday, May 3, 1978"),
        (date(1978, 5, 3), "full", "fr", "mercredi 3 mai 1978"),
        (date(1914, 7, 13), "d MMM y", "pl", "13 lip 1914"),
        (date(1978, 5, 3), "medium", "de", "03.05.1978"),
        (date(1978, 5, 3), "long", "fi", "3. toukokuuta 1978"),
        (date(2024, 2, 29), "y MMM dd", "nl", "2024 feb 29"),
    ],
)
def test_dates_as_people_write_them(when, form, name, said):
    assert text(when, form, name) == said


def read(source):
    """The ISO date of a text, from Babel's tables of month names: a second way back."""
    from babel import Locale

    months = {}
    for name in TranslateDates.locales.split():
        for kind in Locale.parse(name).months.values():
            for width in ("wide", "abbreviated"):
                months |= {month.lower(): number for number, month in kind.get(width, {}).items()}
    numbers = re.findall(r"\d+", source)
    year = next(one for one in numbers if len(one) == 4)
    rest = [int(one) for one in numbers if len(one) != 4]
    if len(rest) == 2:
        return date(int(year), rest[1], rest[0])
    words = [word for word in re.findall(r"[^\W\d_]+\.?", source.lower())]
    month = [word for word in words if word in months or word.rstrip(".") in months][-1]
    return date(int(year), months.get(month) or months[month.rstrip(".")], rest[0])


def test_every_target_is_what_its_source_says():
    for source, target in pairs(TranslateDates(), "train", 2000):
        assert read(source).isoformat() == target, source


def test_no_text_has_two_dates():
    """In the default locales every text has one right answer."""
    told = {}
    for name in TranslateDates.locales.split():
        for form in translate_dates.FORMATS:
            for day in range(1, 29):
                for month in range(1, 13):
                    when = date(2027, month, day)
                    assert told.setdefault(text(when, form, name), when) == when


def test_days_of_the_splits_are_disjoint_and_dates_are_wide():
    days = {role: {target for _, target in pairs(TranslateDates(), role, 1500)} for role in ROLES}
    assert not days["train"] & days["test"] and not days["valid"] & days["test"]
    assert not days["train"] & days["valid"]
    years = {day[:4] for day in days["train"]}
    assert len(years) == 200 and min(years) == "1900" and max(years) == "2099"
    assert translate_dates.DAY_ZERO.toordinal() + translate_dates.DAYS - 1 == (
        date(2099, 12, 31).toordinal()
    )


def test_the_signature_has_room_for_every_date():
    task = TranslateDates()
    letters, longest = translate_dates.written(task.locales)
    drawn = pairs(task, "train", 3000)
    assert max(len(source) for source, _ in drawn) <= longest == 38
    assert all(set(source + target) <= set(letters.letters) for source, target in drawn)
    assert task.signature().length == longest + 11


def test_other_locales():
    task = TranslateDates(locales="ja ru")
    drawn = pairs(task, "test", 50)
    assert any("年" in source for source, _ in drawn) and any("г." in source for source, _ in drawn)


@pytest.mark.parametrize(
    ("locales", "said"),
    [("", "1 or more different"), ("en en", "different"), ("en klingon", "no locale 'klingon'")],
)
def test_locales_that_cannot_be(locales, said):
    with pytest.raises(SeqbenchError, match=rf"translate_dates\.locales.*{said}"):
        TranslateDates(locales=locales).signature()


def test_copied_digits_by_hand():
    told = {
        "mercredi 3 mai 1978": "1978-01-03",
        "3.5.1978": "1978-05-03",
        "2027 touko 24": "2027-01-24",
        "": "2000-01-01",
        "12345 99999": "2000-01-01",
    }
    assert {source: copied(source) for source in told} == told


def test_copied_digits_are_right_where_the_month_is_told_by_number_or_is_january():
    task = TranslateDates()
    test = task.split("test", 300, np.random.default_rng(0))
    io = task.signature()
    lesson = Lesson(io, test, test, Recipe(), np.random.default_rng(0))
    model = task.baselines()["copied_digits"](lesson)
    own = found(io, model.predict, test)
    share = np.mean([copied(source) == target for source, target in pairs(task, "test", 300)])
    assert exact_match(wanted(io, test), own) == share
    assert 0.05 < share < 0.2


def test_padding_does_not_matter_to_the_baselines():
    task = TranslateDates()
    test = task.split("test", 20, np.random.default_rng(0))
    lesson = Lesson(task.signature(), test, test, Recipe(), np.random.default_rng(0))
    longer = np.pad(test.inputs, [(0, 0), (0, 5)], constant_values=PAD)
    for baseline in task.baselines().values():
        model = baseline(lesson)
        one, other = model.predict(test.inputs, test.lengths), model.predict(longer, test.lengths)
        np.testing.assert_array_equal(one[test.mask], other[:, :-5][test.mask])


def test_the_checksum_is_of_babels_version(monkeypatch):
    import babel

    before = TranslateDates().checksum()
    assert TranslateDates().checksum() == before != TranslateDates(locales="en de").checksum()
    monkeypatch.setattr(babel, "__version__", "0.0")
    assert TranslateDates().checksum() != before


def test_without_babel_it_says_how_to_bring_it(monkeypatch):
    translate_dates.survey.cache_clear()
    translate_dates.written.cache_clear()
    translate_dates.parsed.cache_clear()
    monkeypatch.setitem(sys.modules, "babel", None)
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    with pytest.raises(
        Missing, match=r"translate_dates needs Babel.*pip install 'seqbench\[data\]'"
    ):
        TranslateDates().signature()


def test_the_oracle_reads_every_date_as_babels_tables_say():
    task = TranslateDates()
    split = task.split("test", 200, np.random.default_rng(3))
    letters, _ = translate_dates.written(task.locales)
    said = task.oracle(replace(split, targets=np.zeros_like(split.targets))).argmax(-1)
    for row, mask, (source, _) in zip(said, split.mask, pairs(task, "test", 200, 3), strict=True):
        assert letters.text(row[mask]) == f"{read(source).isoformat()}�"


def test_dates_that_two_places_read_in_two_ways_are_told():
    task = TranslateDates(locales="pt_PT es_PA")  # 03/05/1978 is in May, or in March
    split = task.split("train", 400, np.random.default_rng(0))
    with pytest.raises(SeqbenchError, match=r"may be \d{4}-\S+, \S+ in pt_PT es_PA"):
        task.oracle(split)
