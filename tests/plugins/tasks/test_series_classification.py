"""On hand-made .ts files, and on the published ones where they have been fetched."""

import numpy as np
import pytest

from seqbench import Lesson, Recipe, SeqbenchError
from seqbench.kits import archive
from seqbench.testing.checking import check_task
from seqbench_plugins.metrics.accuracy import accuracy
from seqbench_plugins.tasks import series_classification
from seqbench_plugins.tasks.series_classification import MEMBERS, SeriesClassification

ALL = 10**6
HEAD = "#a remark: 1,2:x\n@problemName Made\n@timeStamps false\n@classLabel true up down\n@data\n"


def lay(folder, name, lines, head=HEAD):
    path = folder / name
    path.write_text(head + "\n".join(lines) + "\n")
    return str(path)


def line(series, label):
    return ":".join([*(",".join(map(str, column)) for column in series), label])


@pytest.fixture
def own(tmp_path):
    rng = np.random.default_rng(0)
    parts = {}
    for part, many in (("train", 23), ("test", 9)):
        parts[part] = [
            (rng.normal(at % 2, 1, (2, rng.integers(3, 8))).round(2), ("up", "down")[at % 2])
            for at in range(many)
        ]
    files = {part: lay(tmp_path, f"{part}.ts", [line(*one) for one in parts[part]])
             for part in parts}  # fmt: skip
    return SeriesClassification(file=files["train"], test_file=files["test"]), parts


def split(task, role, n=ALL, seed=0):
    return task.split(role, n, np.random.default_rng(seed))


def key(series, label):
    return label, np.round(series, 2).tolist()


def test_every_series_stands_in_one_split_as_it_is_in_the_file(own):
    task, parts = own
    kept, held = [], []
    for label in ("up", "down"):
        of_it = [one for one in parts["train"] if one[1] == label]
        held += of_it[4::5]
        kept += [one for at, one in enumerate(of_it) if at % 5 != 4]
    values = np.concatenate([series.T for series, _ in kept])
    mean, spread = values.mean(0), values.std(0)
    for role, wanted in (("train", kept), ("valid", held), ("test", parts["test"])):
        part = split(task, role)
        found = []
        for row, length in enumerate(part.lengths):
            assert np.flatnonzero(part.mask[row]).tolist() == [length - 1]
            assert not part.inputs[row, length:].any()
            series = (part.inputs[row, :length] * spread + mean).T
            found.append(key(series, ("up", "down")[part.targets[row, 0]]))
        assert sorted(found) == sorted(key(*one) for one in wanted)
    assert len(split(task, "train", 3)) == 3


def test_promises_of_files_of_ones_own(own):
    assert "failed" not in {one.status for one in check_task(own[0])}


def test_missing_values_repeat_the_last_one_and_are_marked(tmp_path):
    lines = ["1,?,?,4:up", "?,2,NaN,3:down", "0,0,0,0:up", "1,1,1,1:down"]
    train = lay(tmp_path, "train.ts", lines)
    task = SeriesClassification(file=train, test_file=train)
    assert task.signature().inputs.width == 2 and not task.signature().varied
    rows = {tuple(row[:, 1]): row[:, 0] for row in split(task, "test").inputs}
    seen = np.array([1, 4, 2, 3])  # what is there of train: its last two lines are valid
    z = lambda value: (value - seen.mean()) / seen.std()  # noqa: E731
    np.testing.assert_allclose(rows[0, 1, 1, 0], [z(1), z(1), z(1), z(4)], atol=1e-6)
    np.testing.assert_allclose(rows[1, 0, 1, 0], [0, z(2), z(2), z(3)], atol=1e-6)


def test_the_checksum_is_of_both_files(own, tmp_path):
    task, parts = own
    before = task.checksum()
    lay(tmp_path, "test.ts", [line(*one) for one in parts["test"][1:]])
    assert task.checksum() != before
    assert len(split(task, "test")) == 8


GOOD = ["1,2,3:up", "2,3,4:down"] * 4


@pytest.mark.parametrize(
    ("lines", "hint"),
    [
        (["1,2:up", "1,x:down"], r"train\.ts, row 2, dimension 1, value 2: 'x' is no number"),
        (["1,inf:up"], r"row 1, dimension 1, value 2: 'inf' is no number up to"),
        (["1,:up"], r"row 1, dimension 1, value 2: '' is no number"),
        (["1,2:up", "1,2:left"], r"row 2: the label 'left' is not among .* up, down"),
        (["1,2:3,4:up", "1,2:down"], r"row 2: it has 1 dimensions, where there should be 2"),
        (["1,2:3:up"], r"row 1: its dimensions have 1 to 2 values"),
        (["up"], r"row 1: it takes values, a colon and a label"),
        ([], r"there is no row after @data"),
        (["1,2:up"], r"leaves none for valid; it takes 2 or more of a class"),
    ],
)
def test_a_bad_row_is_told_in_one_line_with_its_place(tmp_path, lines, hint):
    train, test = lay(tmp_path, "train.ts", lines), lay(tmp_path, "test.ts", GOOD)
    with pytest.raises(SeqbenchError, match=hint) as slip:
        SeriesClassification(file=train, test_file=test).signature()
    assert "\n" not in str(slip.value) and "series_classification.file" in str(slip.value)


@pytest.mark.parametrize(
    ("head", "hint"),
    [
        (HEAD.replace("@data\n", ""), "no line is @data"),
        (HEAD.replace("@data", "@timestamps true\n@data"), "@timestamps stands twice"),
        (HEAD.replace("Stamps false", "Stamps true"), "@timeStamps is true"),
        (HEAD.replace("Stamps false", "Stamps"), "@timestamps is ''; it takes true or false"),
        (HEAD.replace("@classLabel true up down", "@targetLabel true"), "it takes `@classLabel"),
        (HEAD.replace("up down", "up up"), "two or more labels, each once, not .*up up"),
        (HEAD.replace("@data", "@dimensions two\n@data"), "@dimensions is 'two'; it takes a num"),
        (HEAD.replace("@data", "@dimensions 2\n@data"), "row 1: it has 1 dimensions, .* be 2"),
        (HEAD.replace("@data", "@univariate true\n@dimensions 3\n@data"), "@dimensions is 3"),
        (HEAD.replace("@data", "@equalLength true\n@seriesLength 4\n@data"), "row 1: .* says 4"),
        (HEAD.replace("@data", "@\n@\n@data"), "@ stands twice"),
        (HEAD.replace("@data", "1,2:up\n@data"), "before @data stands '1,2:up'"),
    ],
)
def test_a_header_that_cannot_be_is_told(tmp_path, head, hint):
    train, test = lay(tmp_path, "train.ts", GOOD, head), lay(tmp_path, "test.ts", GOOD)
    with pytest.raises(SeqbenchError, match=hint):
        SeriesClassification(file=train, test_file=test).signature()


def test_series_of_unlike_length_are_refused_where_the_header_says_alike(tmp_path):
    head = HEAD.replace("@data", "@equalLength true\n@data")
    train = lay(tmp_path, "train.ts", ["1,2:up", "1,2,3:down"], head)
    with pytest.raises(SeqbenchError, match="row 2: it has 3 values, and @equalLength says 2"):
        SeriesClassification(file=train, test_file=train).signature()


def test_files_that_do_not_go_together_are_refused(tmp_path):
    train = lay(tmp_path, "train.ts", GOOD)
    with pytest.raises(SeqbenchError, match=r"series_classification\.test_file is not set"):
        SeriesClassification(file=train)
    with pytest.raises(SeqbenchError, match=r"test_file: .*none\.ts cannot be read \(No such file"):
        SeriesClassification(file=train, test_file=str(tmp_path / "none.ts")).signature()
    two = lay(tmp_path, "two.ts", ["1,2:3,4:up", "1,2:3,4:down"])
    with pytest.raises(SeqbenchError, match=r"has 2 dimensions and the labels up, down, .* 1 and"):
        SeriesClassification(file=train, test_file=two).signature()
    (tmp_path / "raw.ts").write_bytes(b"@data\n\xff\n")
    with pytest.raises(
        SeqbenchError, match=r"raw\.ts, line 2: this is not UTF-8; it takes a .ts file"
    ):
        SeriesClassification(file=str(tmp_path / "raw.ts"), test_file=train).signature()


def test_the_checksum_is_known_without_the_file(monkeypatch):
    monkeypatch.setattr(series_classification, "read", None)
    assert SeriesClassification().checksum() == series_classification.WHEEL.sha256


@pytest.mark.parametrize(
    ("name", "train", "test", "length", "width"),
    [
        ("BasicMotions", 40, 40, 100, 6),
        ("ItalyPowerDemand", 67, 1029, 24, 1),
        ("GunPoint", 50, 150, 150, 1),
        ("ArrowHead", 36, 175, 251, 1),
        ("OSULeaf", 200, 242, 427, 1),
    ],
)
def test_the_published_sets_are_as_their_archives_say(name, train, test, length, width):
    if archive.state(MEMBERS[name, "TRAIN"]).status != "here":
        pytest.skip("not here: `seqbench data fetch series_classification`")
    task = SeriesClassification(set=name)
    parts = {role: split(task, role) for role in ("train", "valid", "test")}
    assert len(parts["train"]) + len(parts["valid"]) == train and len(parts["test"]) == test
    assert parts["test"].inputs.shape[1:] == (length, width)
    lesson = Lesson(
        task.signature(), parts["train"], parts["valid"], Recipe(), np.random.default_rng(0)
    )
    model = task.baselines()["bag_of_steps"](lesson)
    found = accuracy(parts["test"], model.predict(parts["test"].inputs))
    if name == "BasicMotions":
        assert found > 0.8
