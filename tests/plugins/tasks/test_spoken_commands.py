"""Of spoken_commands and spoken_digit_strings, on a bank made here, which needs no program; and on
the program's where it is here.
"""

import shutil

import numpy as np
import pytest
import torch

from front_door import seqbench
from seqbench import Missing, SeqbenchError
from seqbench.bench.sequences import wanted
from seqbench.kits import espeak, speech
from seqbench.store import Store
from seqbench.testing import check_task
from seqbench_plugins.tasks.spoken_commands import SpokenCommands
from seqbench_plugins.tasks.spoken_digit_strings import SpokenDigitStrings

ROLES = ("train", "valid", "test")


@pytest.fixture
def bank(monkeypatch):
    """Clips of noise in place of words; what was asked for, word and role."""
    asked = []

    def clips(word, role):
        asked.append((word, role))
        rng = np.random.default_rng([speech.WORDS.index(word), ROLES.index(role)])
        count = len(speech.VOICES[role]) * speech.TAKES[role]
        made = [rng.normal(size=int(rng.integers(4000, 9000))) for _ in range(count)]
        return [one.astype(np.float32) / np.float32(one.std()) for one in made]

    monkeypatch.setattr(speech, "clips", clips)
    return asked


def split(task, role, n=60, seed=0):
    return task.split(role, n, np.random.default_rng(seed))


def test_features_are_torchs_log_mel():
    sound = np.random.default_rng(0).normal(size=(2, 16_000)).astype(np.float32)
    window = torch.hann_window(640)
    power = (
        torch.stft(
            torch.tensor(sound), 640, 320, window=window, center=False, return_complex=True
        ).abs()
        ** 2
    )
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 42) / 2595) - 1)
    hertz = np.arange(321) * 25.0
    bands = [
        np.interp(hertz, edges[k : k + 3], [0, 1, 0], left=0, right=0) for k in range(40)
    ]  # each rises and falls from its middle
    known = np.log(np.array(bands) @ power.numpy() + 1e-3).transpose(0, 2, 1)
    found = speech.features(sound) * speech.SPREAD + speech.MIDDLE
    assert found.shape == (2, speech.frames(16_000), 40) == (2, 49, 40)
    np.testing.assert_allclose(found, known, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("snr", [-10.0, 0.0, 20.0])
def test_the_noise_is_as_strong_as_it_says(snr):
    sound = np.random.default_rng(0).normal(size=(3, 16_000)).astype(np.float32)
    heard = speech.noisy(sound, snr, np.random.default_rng(1))
    noise = heard * np.sqrt(1 + 10 ** (-snr / 10)) - sound
    assert 10 * np.log10(1 / np.square(noise).mean()) == pytest.approx(snr, abs=0.2)
    assert np.square(heard).mean() == pytest.approx(1, abs=0.05)


def test_a_word_is_somewhere_in_its_second_and_told_at_the_end(bank):
    part = split(SpokenCommands(snr=30.0), "train")
    assert part.inputs.shape == (60, 49, 40)
    assert part.mask[:, -1].all()
    assert part.mask.sum() == 60
    loud = part.inputs.mean(axis=2)
    spoken = loud > (loud.min() + loud.max()) / 2
    first, last = spoken.argmax(1), 48 - spoken[:, ::-1].argmax(1)
    assert ((last - first + 1) * 320 <= 9000 + 2 * 640).all()
    assert len(set(first)) > 15
    assert set(bank) == {(speech.WORDS[k], "train") for k in part.targets[:, -1]}


def test_fewer_words_ask_for_fewer_clips(bank):
    part = split(SpokenCommands(words=10), "test", 300)
    assert set(part.targets[:, 0]) == set(range(10))
    assert set(bank) == {(word, "test") for word in speech.WORDS[:10]}
    assert set(speech.DIGITS) == set(speech.WORDS[10:20])


def test_a_string_is_clips_of_one_voice_with_gaps_between(bank, monkeypatch):
    """Put together anew from the bank: everything but the noise is found in its place."""
    monkeypatch.setattr(speech, "noisy", lambda sound, snr, rng: sound)
    heard = []

    def listen(sound):
        heard.append(sound)
        return np.zeros((len(sound), speech.frames(sound.shape[1]), 40))

    monkeypatch.setattr(speech, "features", listen)
    task = SpokenDigitStrings(digits=3)
    part = split(task, "valid", 30)
    clips = {digit: speech.clips(word, "valid") for digit, word in enumerate(speech.DIGITS)}
    for sound, tokens, length in zip(
        heard[0], wanted(task.signature(), part), part.lengths, strict=False
    ):
        voices, at = set(), 0
        for token in tokens:
            start = at + int((sound[at:] != 0).argmax())
            assert 800 <= start - at < 2400
            (take,) = [
                k
                for k, clip in enumerate(clips[token - 1])
                if np.array_equal(sound[start : start + len(clip)], clip)
            ]
            voices.add(take // speech.TAKES["valid"])
            at = start + len(clips[token - 1][take])
        assert len(voices) == 1
        assert not sound[at:].any()
        assert speech.frames(at + 800) - 1 <= length <= speech.frames(at + 2400)


def test_transcripts_hold_no_blank_and_fit_into_their_steps(bank):
    task = SpokenDigitStrings(digits=3)
    io, part = task.signature(), split(task, "train", 300)
    assert part.targets.shape == part.mask.shape == (300, 3)
    told = part.targets[part.mask]
    assert (told.min(), told.max(), io.outputs.vocab) == (1, 10, 11)
    assert set(part.mask.sum(1)) == {1, 2, 3}
    assert (part.mask[:, :-1] >= part.mask[:, 1:]).all()
    assert part.inputs.shape[1] == part.lengths.max() <= io.length
    steps = np.arange(part.inputs.shape[1])
    assert not part.inputs[steps >= part.lengths[:, None]].any()
    assert part.inputs[steps < part.lengths[:, None]].any(axis=1).all()


@pytest.mark.parametrize("task", [SpokenCommands(), SpokenDigitStrings()])
def test_every_promise_of_a_task_is_kept(bank, task):
    found = check_task(task)
    assert [outcome for outcome in found if outcome.status == "failed"] == []
    assert sum(outcome.status == "passed" for outcome in found) >= 9


@pytest.mark.parametrize("cls", [SpokenCommands, SpokenDigitStrings])
def test_examples_follow_the_rng_and_splits_differ(bank, cls):
    one, same, other = (split(cls(), "train", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.inputs, same.inputs)
    assert not np.array_equal(one.targets, other.targets)
    assert {role for _, role in bank} == {"train"}


@pytest.mark.parametrize(
    ("cls", "settings", "hint"),
    [
        (SpokenCommands, {"words": 1}, "words is 1; it takes 2 to 35"),
        (SpokenCommands, {"words": 36}, "words is 36"),
        (SpokenCommands, {"snr": float("nan")}, "snr is nan"),
        (SpokenDigitStrings, {"digits": 0}, "digits is 0; it takes 1 to 50"),
        (SpokenDigitStrings, {"snr": 1000.0}, "snr is 1000.0"),
    ],
)
def test_what_cannot_be_is_refused(cls, settings, hint):
    with pytest.raises(SeqbenchError, match=f"{cls.name}.{hint}"):
        cls(**settings)


@pytest.fixture
def no_program(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path / "cache"))
    for kept in (espeak.engine, espeak.variants, speech.clips):
        kept.cache_clear()
    yield
    espeak.engine.cache_clear()


@pytest.mark.parametrize("task", [SpokenCommands(), SpokenDigitStrings()])
def test_without_the_program_it_says_how_to_install_it(no_program, task):
    for ask in (task.checksum, lambda: split(task, "train")):
        with pytest.raises(Missing, match="apt-get install espeak-ng"):
            ask()
    assert task.signature()
    assert task.baselines()


def test_without_the_program_trials_are_skipped(no_program, tmp_path):
    (tmp_path / "tiny.yaml").write_text(
        "suite: tiny\nseeds: 1\nexecutor: inline\ntasks: [spoken_commands]\narchitectures: [rnn]\n"
    )
    done = seqbench("run", "tiny.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    records = list(Store(tmp_path / "results/tiny").records())
    assert records
    assert {record["status"] for record in records} == {"skipped"}
    assert all("apt-get install espeak-ng" in record["reason"] for record in records)


real = pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="needs the program espeak-ng: apt-get install it"
)


@real
def test_no_clip_of_train_is_one_of_test(monkeypatch):
    monkeypatch.setattr(espeak, "clips", lambda said: [espeak.say(one) for one in said])
    speech.clips.cache_clear()
    heard = {role: {one.tobytes() for one in speech.clips("no", role)} for role in ROLES}
    speech.clips.cache_clear()
    assert not heard["train"] & heard["test"]
    assert not heard["train"] & heard["valid"]
    assert not heard["valid"] & heard["test"]
    assert [len(heard[role]) for role in ROLES] == [112, 12, 30]


@real
def test_digit_strings_are_trained_and_measured_by_both_searches(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path / "cache"))
    few = dict.fromkeys(ROLES, 1)
    # a site of its own makes the bank small, in the process that runs the trials too
    (tmp_path / "few.py").write_text(
        "from seqbench import hookimpl\nfrom seqbench.kits import speech\n"
        f"speech.TAKES = {few}\n"
        "speech.VOICES = {role: names[:2] for role, names in speech.VOICES.items()}\n"
        "@hookimpl\ndef tasks(): return []\n"
    )
    (tmp_path / "tiny.yaml").write_text(
        "suite: tiny\nplugins: [few.py]\nseeds: 1\nexecutor: inline\ntrain: {examples: 32}\n"
        "sizes: {train: 32, valid: 8, test: 8}\ntasks: [spoken_digit_strings: {digits: 2}]\n"
        "architectures: [birnn]\n"
    )
    done = seqbench("run", "tiny.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    records = list(Store(tmp_path / "results/tiny").records())
    assert {record["status"] for record in records} == {"ok"}
    for record in records:
        told = {
            (one["name"], one["at"].get("beam", 1))
            for one in record["measurements"]
            if one["split"] == "test"
        }
        assert told == {(name, beam) for name in SpokenDigitStrings.metrics for beam in (1, 4)}
