"""On folders of WAV files written here, in each of the three forms, sound and broken."""

import csv
import re
import wave
from itertools import chain

import numpy as np
import pytest
from scipy.io import wavfile

from front_door import seqbench
from seqbench import Missing, SeqbenchError
from seqbench.kits import speech
from seqbench.kits.shares import recordings
from seqbench.store import Store
from seqbench.testing import check_task
from seqbench_plugins.tasks.speech_folder import SpeechFolder

ALL = 10**6
ROLES = ("train", "valid", "test")


def put(path, hertz=440.0, seconds=0.3, rate=8000, seed=0):
    """A tone with its own noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(size=len(time))
    levels = 8000 * np.sin(2 * np.pi * hertz * time) + 500 * noise
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(levels.astype("<i2").tobytes())
    return path


def table(folder, rows, columns=("path", "label")):
    with (folder / "list.csv").open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def split(task, role, n=ALL, seed=0):
    return task.split(role, n, np.random.default_rng(seed))


def parts(folder, fold=0):
    found = recordings(folder, fold)
    return {role: [file.path.name for file in found.of(role)] for role in ROLES}


@pytest.fixture
def listed(tmp_path):
    """Twelve files each of two words, with a CSV."""
    rows = []
    for k in range(24):
        word, hertz = ("low", 300.0) if k % 2 else ("high", 1500.0)
        put(tmp_path / f"sound/{k}.wav", hertz, 0.2 + 0.01 * k, seed=k)
        rows.append((f"sound/{k}.wav", word))
    table(tmp_path, rows)
    return tmp_path


@pytest.fixture
def commands(tmp_path):
    """In the form of Speech Commands, with its lists."""
    for word, hertz in (("no", 300.0), ("yes", 1500.0)):
        for k in range(6):
            put(tmp_path / word / f"{k}a_nohash_0.wav", hertz, seed=k)
    put(tmp_path / "_background_noise_" / "hum.wav")
    (tmp_path / "README.md").write_text("of Speech Commands")
    (tmp_path / "validation_list.txt").write_text("no/4a_nohash_0.wav\nyes/4a_nohash_0.wav\n")
    (tmp_path / "testing_list.txt").write_text("no/5a_nohash_0.wav\nyes/5a_nohash_0.wav\n")
    return tmp_path


@pytest.fixture
def digits(tmp_path):
    """In the form of the Free Spoken Digit Dataset: five speakers."""
    for digit in range(3):
        for number, speaker in enumerate(("ann", "bo", "cy_d", "di", "ed")):
            for index in range(2):
                seed = 100 * digit + 10 * number + index
                put(
                    tmp_path / "recordings" / f"{digit}_{speaker}_{index}.wav",
                    300 + seed,
                    seed=seed,
                )
    return tmp_path


def test_a_table_is_shared_out_by_the_files_content(listed):
    task = SpeechFolder(str(listed), rate=8000)
    found = parts(listed)
    assert {role: len(names) for role, names in found.items()} == {
        "train": 20,
        "valid": 2,
        "test": 2,
    }
    assert sorted(chain(*found.values())) == sorted(f"{k}.wav" for k in range(24))
    assert task.signature().outputs.vocab == 2
    part = split(task, "test")
    assert sorted(part.targets[part.mask]) == [0, 1]  # one of each word
    folds = [set(parts(listed, fold)["test"]) for fold in range(12)]
    assert set.union(*folds) == {f"{k}.wav" for k in range(24)}


def test_copies_of_a_file_stay_together(listed):
    rows = [(f"sound/{k}.wav", "low" if k % 2 else "high") for k in range(24)]
    for k in range(24):
        (listed / f"sound/copy{k}.wav").write_bytes((listed / f"sound/{k}.wav").read_bytes())
    table(listed, [*rows, *((f"sound/copy{k}.wav", rows[k][1]) for k in range(24))])
    for names in parts(listed).values():
        own = {name for name in names if not name.startswith("copy")}
        assert {name.removeprefix("copy") for name in names} == own


def test_a_table_may_say_split_or_speaker(listed):
    rows = [(f"sound/{k}.wav", "low" if k % 2 else "high") for k in range(24)]
    table(listed, [(*row, ROLES[k // 8]) for k, row in enumerate(rows)], ("path", "label", "split"))
    assert parts(listed)["valid"] == sorted(f"{k}.wav" for k in range(8, 16))
    told = [(*row, f"speaker {k % 8 // 2}") for k, row in enumerate(rows)]
    table(listed, told, ("path", "label", "speaker"))
    speaker = {row[0].removeprefix("sound/"): row[2] for row in told}
    found = {role: {speaker[name] for name in names} for role, names in parts(listed).items()}
    assert [len(found[role]) for role in ROLES] == [2, 1, 1]
    assert len(set.union(*found.values())) == 4


def test_the_lists_of_speech_commands_are_honoured(commands):
    found = parts(commands)
    assert found["valid"] == ["4a_nohash_0.wav"] * 2
    assert found["test"] == ["5a_nohash_0.wav"] * 2
    assert sorted(found["train"]) == sorted([f"{k}a_nohash_0.wav" for k in range(4)] * 2)
    part = split(SpeechFolder(str(commands)), "train")
    assert sorted(part.targets[part.mask]) == [0] * 4 + [1] * 4


def test_without_its_lists_whole_speakers_are_left_out(commands):
    for name in ("validation_list.txt", "testing_list.txt"):
        (commands / name).unlink()
    found = {role: {name[:2] for name in names} for role, names in parts(commands).items()}
    assert [len(found[role]) for role in ROLES] == [4, 1, 1]
    assert len(set.union(*found.values())) == 6


def test_spoken_digits_leave_speakers_out_each_in_some_fold(digits):
    left_out = []
    for fold in range(5):
        found = {
            role: {name.split("_", 1)[1].rsplit("_", 1)[0] for name in names}
            for role, names in parts(digits, fold).items()
        }
        assert [len(found[role]) for role in ROLES] == [3, 1, 1]
        assert len(set.union(*found.values())) == 5
        left_out += found["test"]
    assert sorted(left_out) == ["ann", "bo", "cy_d", "di", "ed"]


def test_what_is_heard_is_the_file_resampled_and_brought_to_one_loudness(digits):
    task = SpeechFolder(str(digits), rate=8000, seconds=0.5)
    part = split(task, "test")
    files = recordings(digits).of("test")
    order = np.random.default_rng(0).permutation(len(files))
    for row, k in enumerate(order):
        rate, levels = wavfile.read(files[k].path)
        assert rate == 8000
        sound = levels / np.sqrt(np.square(levels.astype(float)).mean())
        frames = speech.features(sound[None].astype(np.float32), 8000)[0]
        assert part.lengths[row] == len(frames)
        np.testing.assert_allclose(part.inputs[row, : len(frames)], frames, atol=1e-3)
        assert not part.inputs[row, len(frames) :].any()
        assert np.flatnonzero(part.mask[row]).tolist() == [len(frames) - 1]
        assert part.targets[row, 0] == int(files[k].label)


def test_other_rates_give_the_same_words_and_long_ones_are_cut(tmp_path):
    for k in range(12):
        rate = (8000, 11_025, 22_050, 44_100)[k % 4]
        put(tmp_path / f"{k % 2}_{'abc'[k // 4]}_{k}.wav", 700.0, 0.9, rate, seed=k)
    task = SpeechFolder(str(tmp_path), rate=8000, seconds=0.5)
    part = split(task, "train")
    assert set(part.lengths) == {task.signature().length} == {speech.frames(4000, 8000)}
    loudest = part.inputs.argmax(axis=2)
    assert len(np.unique(loudest)) == 1  # the tone stands at one height, whatever the rate


def test_silence_and_very_short_sounds_are_heard_too(digits):
    put(digits / "recordings/0_ann_7.wav", seconds=0.001)
    with wave.open(str(digits / "recordings/0_ann_8.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(4000))
    part = split(SpeechFolder(str(digits)), "test")
    assert np.isfinite(part.inputs).all()
    assert part.lengths.min() == 1


def test_the_checksum_is_of_the_contents_labels_and_roles(listed):
    task = SpeechFolder(str(listed))
    before = task.checksum()
    assert len(before) == 64
    assert SpeechFolder(str(listed), fold=1).checksum() != before
    moved = listed.parent / f"{listed.name}-moved"
    listed.rename(moved)
    assert SpeechFolder(str(moved)).checksum() == before
    put(moved / "sound/3.wav", 301.0, seed=99)
    changed = SpeechFolder(str(moved)).checksum()
    assert changed != before


BROKEN = [
    (lambda d: (d / "sound/3.wav").write_bytes(b""), r"list\.csv, row 5: .*3\.wav: an empty file"),
    (lambda d: (d / "sound/3.wav").write_bytes(b"ID3" + bytes(99)), r"row 5: .*no WAV file"),
    (lambda d: put(d / "sound/3.wav", seconds=0), r"row 5: .*no sound in it, 0 samples"),
    (lambda d: (d / "sound/3.wav").unlink(), r"row 5: no file .*3\.wav"),
    (lambda d: table(d, [("sound/1.wav", "a"), ("sound/2.wav", "")]), "row 3: a path and a label"),
    (lambda d: table(d, [("sound/1.wav", "a")] * 2), "row 3: .* stands in an earlier row too"),
    (lambda d: table(d, [("x", "y")], ("file", "word")), "no column label and path; its first row"),
    (lambda d: table(d, []), "no WAV files in it"),
    (lambda d: (d / "list.csv").write_bytes(b"path,label\n\xff"), "line 2: this is not UTF-8"),
    (lambda d: (d / "list.csv").write_text('path,label\n"a,b'), "cannot be read .unexpected end"),
    (lambda d: (d / "list.csv").write_text("path,label\nsound/1.wav,a,b"), "row 2: more cells"),
    (lambda d: (d / "list.csv").write_text(""), "no column label and path"),
    (lambda d: (d / "other.csv").write_text("a"), "2 CSV files; it takes one"),
    (
        lambda d: table(d, [(f"sound/{k}.wav", "ab"[k % 2]) for k in range(4)]),
        "files of '[ab]' are 2; it takes 3 or more",
    ),
    (
        lambda d: table(d, [(f"sound/{k}.wav", "a") for k in range(9)]),
        "one label alone, 'a'; it takes 2 or more",
    ),
    (
        lambda d: (
            table(d, [(f"sound/{k}.wav", "ab"[k // 12]) for k in range(24)]),
            (d / "sound/23.wav").write_bytes((d / "sound/0.wav").read_bytes()),
        ),
        r"row 25: the same sound as .*0\.wav, which is 'a' and not 'b'",
    ),
    (
        lambda d: table(d, [("sound/1.wav", "a", "dev")], ("path", "label", "split")),
        "row 2: split is 'dev'; it takes train, valid or test",
    ),
    (
        lambda d: table(
            d,
            [(f"sound/{k}.wav", "ab"[k == 5], ROLES[k // 2]) for k in range(6)],
            ("path", "label", "split"),
        ),
        "row 7: label 'b' has no example in train",
    ),
    (
        lambda d: table(
            d, [(f"sound/{k}.wav", "ab"[k % 2], "train") for k in range(6)],
            ("path", "label", "split"),
        ),
        "no recording is valid; each split needs some",
    ),
    (
        lambda d: table(d, [("sound/1.wav", "a", "")], ("path", "label", "speaker")),
        "row 2: no speaker, in a table that has a column for them",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "hint"), BROKEN)
def test_what_is_wrong_with_a_table_is_one_line_with_its_row(listed, spoil, hint):
    spoil(listed)
    with pytest.raises(SeqbenchError, match=hint) as slip:
        SpeechFolder(str(listed)).checksum()
    assert "\n" not in str(slip.value)
    assert str(listed) in str(slip.value)


@pytest.mark.parametrize(
    ("spoil", "hint"),
    [
        (
            lambda d: (d / "testing_list.txt").write_text("no/9.wav\n"),
            r"testing_list\.txt, row 1: no f",
        ),
        (lambda d: (d / "testing_list.txt").unlink(), r"validation_list\.txt is there and testing"),
        (
            lambda d: (d / "testing_list.txt").write_text("\nno/4a_nohash_0.wav\n"),
            "row 2: .* stands in the other list too",
        ),
        (lambda d: put(d / "new/5a_nohash_0.wav"), None),
        (
            lambda d: (d / "yes/0a_nohash_0.wav").write_bytes(b""),
            r"0a_nohash_0\.wav: an empty file",
        ),
        (lambda d: (d / "testing_list.txt").write_bytes(b"\n\xff"), "line 2: this is not UTF-8"),
    ],
)
def test_what_is_wrong_with_speech_commands_is_one_line(commands, spoil, hint):
    spoil(commands)
    if hint is None:  # a new word stands in train, where no list names it
        assert SpeechFolder(str(commands)).signature().outputs.vocab == 3
        return
    with pytest.raises(SeqbenchError, match=hint) as slip:
        SpeechFolder(str(commands)).checksum()
    assert "\n" not in str(slip.value)


def test_other_folders_are_refused(tmp_path, digits):
    with pytest.raises(SeqbenchError, match="no folder; it takes one of WAV files"):
        SpeechFolder(str(tmp_path / "none")).signature()
    (tmp_path / "empty").mkdir()
    with pytest.raises(SeqbenchError, match="no WAV files in it; it takes a CSV"):
        SpeechFolder(str(tmp_path / "empty")).signature()
    put(digits / "recordings" / "hello.wav")
    with pytest.raises(SeqbenchError, match=r"hello\.wav: not named \{digit\}_\{speaker\}"):
        SpeechFolder(str(digits)).signature()


def test_without_a_folder_it_is_missing():
    for ask in (SpeechFolder().signature, SpeechFolder().checksum, SpeechFolder().chance):
        with pytest.raises(Missing, match="speech_folder needs `folder:`"):
            ask()


@pytest.mark.parametrize(
    "settings", [{"rate": 100}, {"rate": 11_025}, {"seconds": 0.0}, {"fold": -1}]
)
def test_what_cannot_be_is_refused(settings):
    (key,) = settings
    with pytest.raises(SeqbenchError, match=re.escape(f"speech_folder.{key} is {settings[key]}")):
        SpeechFolder(**settings)


@pytest.mark.parametrize("form", ["listed", "commands", "digits"])
def test_every_promise_of_a_task_is_kept(form, request):
    found = check_task(SpeechFolder(str(request.getfixturevalue(form)), rate=8000))
    assert [outcome for outcome in found if outcome.status == "failed"] == []
    assert sum(outcome.status == "passed" for outcome in found) >= 8


def test_a_suite_on_a_folder_is_run_and_a_broken_file_stops_it_beforehand(listed):
    (listed / "tiny.yaml").write_text(
        f"suite: tiny\nseeds: 1\nexecutor: inline\ntrain: {{examples: 64}}\n"
        f"tasks: [speech_folder: {{folder: {listed}, rate: 8000}}]\narchitectures: [lstm]\n"
    )
    done = seqbench("run", "tiny.yaml", cwd=listed)
    assert done.returncode == 0, done.stderr
    records = list(Store(listed / "results/tiny").records())
    assert {record["status"] for record in records} == {"ok"}
    (listed / "sound/3.wav").write_bytes(b"RIFF")
    done = seqbench("run", "tiny.yaml", cwd=listed)
    assert done.returncode == 2
    assert "list.csv, row 5" in done.stderr
    assert "Traceback" not in done.stderr
