"""Sets in the hub's own form, written to a folder: nothing is fetched."""

import io
import pickle
import tarfile
import wave
from importlib.util import find_spec

import numpy as np
import pytest

from front_door import seqbench
from seqbench import Missing, SeqbenchError
from seqbench.kits import hub
from seqbench.store import Store
from seqbench.testing import check_task
from seqbench_plugins.tasks.hf_dataset import HfDataset
from seqbench_plugins.tasks.presets import LABELLED

pytestmark = [
    pytest.mark.skipif(find_spec("datasets") is None, reason="pip install 'seqbench[hub]'"),
    pytest.mark.filterwarnings("ignore"),  # of the package's own
]
WORDS = {"pos": "good fine great", "neg": "bad poor awful"}


@pytest.fixture(autouse=True)
def offline(monkeypatch, tmp_path):
    import datasets

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True, raising=False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    hub.rows.cache_clear()


def put(folder, split, rows, features):
    import datasets

    (folder / "data").mkdir(parents=True, exist_ok=True)
    table = datasets.Dataset.from_list(rows, features=features)
    table.to_parquet(str(folder / "data" / f"{split}-00000-of-00001.parquet"))


@pytest.fixture
def reviews(tmp_path):
    from datasets import ClassLabel, Features, Value

    features = Features(text=Value("string"), label=ClassLabel(names=["neg", "pos"]))
    rng = np.random.default_rng(0)
    for split, many in (("train", 120), ("test", 40)):
        rows = [
            {
                "text": f"{rng.choice(WORDS['pos' if n % 2 else 'neg'].split())} film {n}",
                "label": n % 2,
            }
            for n in range(many)
        ]
        put(tmp_path / "reviews", split, rows, features)
    return tmp_path / "reviews"


def tone(frequency, rate=8000, seconds=0.5):
    data = io.BytesIO()
    sound = np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate) * 9000
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound.astype("<i2").tobytes())
    return data.getvalue()


@pytest.fixture
def tones(tmp_path):
    from datasets import ClassLabel, Features, Value

    sound = {"bytes": Value("binary"), "path": Value("string")}
    features = Features(audio=sound, label=ClassLabel(names=["low", "high"]))
    for split, many in (("train", 30), ("validation", 8), ("test", 8)):
        rows = [
            {"audio": {"bytes": tone(300 + 900 * (n % 2) + n), "path": f"{n}.wav"}, "label": n % 2}
            for n in range(many)
        ]
        put(tmp_path / "tones", split, rows, features)
    return tmp_path / "tones"


def test_texts_are_read_byte_by_byte_with_their_labels(reviews):
    task = HfDataset(path=str(reviews), length=64)
    assert task.labels() == ("neg", "pos")
    split = task.split("test", 100, np.random.default_rng(0))
    assert len(split) == 40
    for tokens, target, long in zip(split.inputs, split.targets, split.lengths, strict=True):
        text = bytes((tokens[:long] - 4).tolist()).decode()
        right = "pos" if text.split()[0] in WORDS["pos"] else "neg"
        assert task.labels()[target[long - 1]] == right
    assert [one for one in check_task(task) if one.status == "failed"] == []


def test_train_and_valid_share_nothing(reviews):
    task = HfDataset(path=str(reviews))
    texts = {
        role: {row["text"] for row in task.rows(role).values()}
        for role in ("train", "valid", "test")
    }
    assert not texts["train"] & texts["valid"] and len(texts["train"] | texts["valid"]) == 120
    assert 0 < len(texts["valid"]) < 40


def test_without_labels_the_text_goes_on(reviews):
    task = HfDataset(path=str(reviews), label="", length=16)
    split = task.split("train", 50, np.random.default_rng(1))
    assert np.array_equal(split.inputs[:, 1:], split.targets[:, :-1]) and split.mask.all()
    assert task.signature().causal
    assert [one for one in check_task(task) if one.status == "failed"] == []


def test_sound_is_heard(tones):
    task = HfDataset(path=str(tones), valid_split="validation", text="", audio="audio", rate=8000)
    split = task.split("train", 30, np.random.default_rng(0))
    loudest = split.inputs[:, 5].argmax(axis=1)  # the band of the tone
    high = split.targets.max(axis=1) == task.labels().index("high")
    assert loudest[high].min() > loudest[~high].max()
    assert (split.lengths < split.inputs.shape[1]).all()  # half a second of one
    assert [one for one in check_task(task) if one.status == "failed"] == []


def test_its_checksum_follows_the_data(reviews, tmp_path):
    from datasets import ClassLabel, Features, Value

    before = HfDataset(path=str(reviews)).checksum()
    hub.rows.cache_clear()
    assert HfDataset(path=str(reviews)).checksum() == before
    features = Features(text=Value("string"), label=ClassLabel(names=["neg", "pos"]))
    put(reviews, "test", [{"text": "another", "label": 1}], features)
    hub.rows.cache_clear()
    assert HfDataset(path=str(reviews)).checksum() != before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"label": "stars"}, "no column 'stars' in test; it has text, label"),
        ({"test_split": "exam"}, "exam"),
        ({"length": 10**6, "label": ""}, "too few for a length of"),
    ],
)
def test_slips_are_told_in_a_line(reviews, changes, told):
    task = HfDataset(path=str(reviews), **changes)
    with pytest.raises(SeqbenchError) as caught:
        task.split("test", 4, np.random.default_rng(0))
    assert told in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_not_there_is_missing():
    with pytest.raises(Missing, match="neither a folder nor in"):
        HfDataset(preset="imdb").signature()
    with pytest.raises(Missing, match=r"hf_dataset.path is not set"):
        HfDataset().signature()
    with pytest.raises(SeqbenchError, match="there are imdb"):
        HfDataset(preset="mnist")


def test_through_the_front_door(reviews, tmp_path):
    (tmp_path / "mine.yaml").write_text(f"""
suite: mine
seeds: 1
train: {{examples: 1200, batch: 16, evaluations: 4, lr: 0.01}}
tasks: [hf_dataset: {{path: {reviews}, length: 24}}]
architectures: [birnn]
executor: inline
""")
    done = seqbench("run", "mine.yaml", cwd=tmp_path, timeout=200)
    assert done.returncode == 0, done.stderr
    numbers = Store(tmp_path / "results/mine").frames().measurements
    test = numbers[(numbers.split == "test") & (numbers.name == "accuracy")]
    assert test[test.architecture == "birnn"].value.iloc[0] > 0.8
    assert test[test.architecture == "majority"].value.iloc[0] <= 0.5


def as_on_the_hub(folder, preset, tones):
    """A tiny set in the layout in which the hub has a preset's, and the class of its labels."""
    from datasets import ClassLabel, Features, Value

    if preset == "speech_commands":  # the hub's own Parquet of it: a folder a config, one a split
        for part in ("train", "validation", "test"):
            (folder / "v0.02" / part).mkdir(parents=True)
            made = tones / "data" / f"{part}-00000-of-00001.parquet"
            (folder / "v0.02" / part / "0000.parquet").write_bytes(made.read_bytes())
        return 2
    rows = [f"{WORDS['pos' if n % 2 else 'neg']} {n}" for n in range(90)]
    parts = {"imdb": ("train", "test", "unsupervised"), "ag_news": ("train", "test")}
    labels = {"imdb": ["neg", "pos"], "ag_news": ["World", "Sports", "Business", "Sci/Tech"]}
    for part in parts.get(preset, ("train", "validation", "test")):
        if preset == "wikitext2":
            texts = [{"text": f" = {part} {row} = \n"} for row in [*rows, ""]]
            put(folder / "wikitext-2-raw-v1", part, texts, Features(text=Value("string")))
            continue
        names = labels[preset]
        kinds = Features(text=Value("string"), label=ClassLabel(names=names))
        texts = [{"text": f"{part} {row}", "label": n % len(names)} for n, row in enumerate(rows)]
        put(folder, part, texts, kinds)
    if preset == "wikitext2":
        parts = ("train", "validation", "test")
        told = [f"  - split: {p}\n    path: wikitext-2-raw-v1/data/{p}-*\n" for p in parts]
        config = "---\nconfigs:\n- config_name: wikitext-2-raw-v1\n  data_files:\n"
        (folder / "README.md").write_text(config + "".join(told) + "---\n")
        return 4 + 256
    return len(labels[preset])


@pytest.mark.parametrize("preset", LABELLED)
def test_a_preset_reads_a_copy_in_the_layout_of_the_hub_with_its_usual_splits(
    preset, tones, tmp_path
):
    (tmp_path / "copy").mkdir()
    labels = as_on_the_hub(tmp_path / "copy", preset, tones)
    task = HfDataset(preset=preset, path=str(tmp_path / "copy"), length=16)
    assert task.signature().outputs.channels == labels
    many = {role: len(task.rows(role)) for role in ("train", "valid", "test")}
    usual = {"speech_commands": (30, 8, 8), "wikitext2": (91, 91, 91)}.get(preset)
    if usual:
        assert tuple(many.values()) == usual
    else:  # none is published for valid
        assert many["train"] + many["valid"] == many["test"] == 90 and 0 < many["valid"] < 30
    failed = {one.check for one in check_task(task).failed}
    assert failed <= {"splits_are_apart"}  # cut so short, some of these few texts are alike


def test_rows_that_cannot_serve_are_told_with_their_place(tmp_path, reviews, tones):
    from datasets import ClassLabel, Features, Value

    features = Features(text=Value("string"), label=ClassLabel(names=["neg", "pos", "odd"]))
    put(reviews, "test", [{"text": "a", "label": 0}, {"text": "b", "label": 2}], features)
    with pytest.raises(SeqbenchError, match=r"reviews, test, row 2: the label 2 is not among"):
        HfDataset(path=str(reviews)).signature()
    hub.rows.cache_clear()
    put(reviews, "test", [{"text": "a", "label": 0}, {"text": None, "label": 1}], features)
    with pytest.raises(SeqbenchError, match=r"reviews, test, row 2: text is None, no text"):
        HfDataset(path=str(reviews)).split("test", 9, np.random.default_rng(0))
    sound = {"bytes": Value("binary"), "path": Value("string")}
    features = Features(audio=sound, label=ClassLabel(names=["low", "high"]))
    for data, told in ((b"", "an empty file, 0 bytes"), (b"ID3" + bytes(50), "no WAV file")):
        hub.rows.cache_clear()
        rows = [{"audio": {"bytes": one, "path": "x.wav"}, "label": 0} for one in (tone(300), data)]
        put(tones, "test", rows, features)
        task = HfDataset(path=str(tones), valid_split="validation", audio="audio", rate=8000)
        with pytest.raises(SeqbenchError, match=rf"tones, test, row 2: {told}") as slip:
            task.split("test", 9, np.random.default_rng(0))
        assert "\n" not in str(slip.value)


def test_a_damaged_file_is_told_in_a_line(reviews):
    (reviews / "data" / "test-00000-of-00001.parquet").write_bytes(b"")
    with pytest.raises(SeqbenchError) as slip:
        HfDataset(path=str(reviews)).signature()
    assert "\n" not in str(slip.value) and str(reviews) in str(slip.value)


def test_archives_that_may_hold_pickles_are_refused(tmp_path):
    with tarfile.open(tmp_path / "train.tar", "w") as archive:
        for name, data in (("a.pth", pickle.dumps({"a": 1})), ("../../out.txt", b"x")):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    with pytest.raises(SeqbenchError, match="may hold pickles, which are never loaded") as slip:
        HfDataset(path=str(tmp_path)).signature()
    assert "\n" not in str(slip.value)
    assert not (tmp_path.parent.parent / "out.txt").exists()


def test_a_row_may_name_a_file_of_its_set_and_no_other(tones):
    from datasets import ClassLabel, Features, Value

    sound = {"bytes": Value("binary"), "path": Value("string")}
    features = Features(audio=sound, label=ClassLabel(names=["low", "high"]))
    (tones / "own.wav").write_bytes(tone(300))
    (tones.parent / "secret.wav").write_bytes(tone(300))
    settings = {"valid_split": "validation", "audio": "audio", "rate": 8000}
    for path, told in (
        (tones / "own.wav", None),
        (
            tones / ".." / "secret.wav",
            r"test, row 1: no sound in it, and .*secret\.wav is no file of",
        ),
        ("/etc/hostname", r"test, row 1: no sound in it, and /etc/hostname is no file of the set"),
        (tones / "none.wav", r"test, row 1: no sound in it, and no file .*none\.wav"),
    ):
        hub.rows.cache_clear()
        row = {"audio": {"bytes": None, "path": str(path)}, "label": 0}
        put(tones, "test", [row], features)
        task = HfDataset(path=str(tones), **settings)
        if told is None:
            assert len(task.split("test", 9, np.random.default_rng(0))) == 1
            continue
        with pytest.raises(SeqbenchError, match=told):
            task.split("test", 9, np.random.default_rng(0))
