"""Sets in the hub's own form, written to a folder: nothing is fetched."""

import io
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
    texts = {role: {row["text"] for row in task.rows(role)} for role in ("train", "valid", "test")}
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
