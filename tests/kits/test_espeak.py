"""With a stand-in for the program, whose sound is its own command; and with it where it is here."""

import hashlib
import shutil
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from seqbench import Missing, SeqbenchError
from seqbench.kits import cache, espeak, speech
from seqbench.kits.espeak import Saying

# Says of itself what VERSION has; its sound is what it was asked, again and again.
FAKE = """#!/bin/sh
case "$1" in
--version) echo "eSpeak NG text-to-speech: $(cat {folder}/version)  Data at: /nowhere";;
--voices=variant) printf ' 5  variant  --/M  Max  !v/max  \\n 5  v  --/M  Mr  !v/Mr serious  \\n'
                  printf ' 5  variant  --/M  Storm  !v/Storm  (en-us 5)\\n';;
*) echo "$*" >> {folder}/asked; sleep 0.05
   case "$*" in *mute*) echo "Error: no
 such voice" >&2; exit 1;; *silent*) exit 0;; esac
   printf 'RIFF\\377\\377\\377\\177WAVEdata\\377\\377\\377\\177%s%s%s' "$*" "$*" "$*";;
esac
"""
SAYINGS = [Saying(word, "en-us+max", 150, pitch) for word in ("yes", "no") for pitch in (30, 50)]
HERE = shutil.which("espeak-ng")


def forget():
    espeak.engine.cache_clear()
    espeak.variants.cache_clear()


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """The folder in which the stand-in keeps its version, and notes what it was asked."""
    program = tmp_path / "bin" / "espeak-ng"
    program.parent.mkdir()
    program.write_text(FAKE.format(folder=tmp_path))
    program.chmod(0o755)
    (tmp_path / "version").write_text("1.51")
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path / "cache"))
    forget()
    yield tmp_path
    forget()


def asked(folder):
    log = folder / "asked"
    return log.read_text().splitlines() if log.exists() else []


def test_each_clip_is_one_call_and_is_made_once(fake):
    first, again = espeak.clips(SAYINGS), espeak.clips(SAYINGS)
    assert sorted(asked(fake)) == sorted(
        f"-v en-us+max -s 150 -p {one.pitch} -z --stdout {one.text}" for one in SAYINGS
    )
    assert len(first) == len(SAYINGS)
    for one, other, saying in zip(first, again, SAYINGS, strict=True):
        assert one.dtype == np.int16
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, espeak.say(saying))


def test_processes_that_ask_at_once_make_it_once(fake):
    code = (
        "import hashlib\n"
        "from seqbench.kits.espeak import Saying, clips\n"
        "made = clips([Saying(w, 'en-us+max', 150, p) for w in ('yes', 'no') for p in (30, 50)])\n"
        "print(hashlib.sha256(b'|'.join(one.tobytes() for one in made)).hexdigest())\n"
    )
    command = [sys.executable, "-c", code]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    said = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0, 0, 0]
    made = hashlib.sha256(b"|".join(one.tobytes() for one in espeak.clips(SAYINGS)))
    assert {line.decode().strip() for line in said} == {made.hexdigest()}
    assert len(asked(fake)) == len(SAYINGS)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other"])
def test_a_damaged_file_is_made_anew(fake, damage):
    whole = espeak.clips(SAYINGS)
    (path,) = (cache.root() / "espeak").glob("*.npz")
    data = bytearray(path.read_bytes())
    if damage == "other":
        np.savez(path, sound=np.zeros(9, np.int16), ends=np.array([9]))
    else:
        data[200] ^= 255
        path.write_bytes({"cut": data[:150], "flipped": data, "empty": b""}[damage])
    for one, other in zip(espeak.clips(SAYINGS), whole, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(asked(fake)) == 2 * len(SAYINGS)
    assert not list((cache.root() / "espeak").glob(".*"))


def test_what_is_kept_may_stand_where_nothing_can_be_written(fake, monkeypatch):
    espeak.clips(SAYINGS)
    monkeypatch.setattr(cache, "locked", None)
    monkeypatch.setattr(cache, "folder", None)
    assert len(espeak.clips(SAYINGS)) == len(SAYINGS)


def test_the_version_and_every_word_of_a_saying_count(fake):
    marks = {espeak.fingerprint(SAYINGS), espeak.fingerprint(SAYINGS[::-1])}
    for change in ({"text": "go"}, {"voice": "en-us"}, {"speed": 151}, {"pitch": 31}):
        old = vars(SAYINGS[0])
        marks.add(espeak.fingerprint([Saying(**{**old, **change}), *SAYINGS[1:]]))
    (fake / "version").write_text("1.52.0")
    forget()
    marks.add(espeak.fingerprint(SAYINGS))
    assert len(marks) == 7


@pytest.mark.parametrize(
    ("version", "option"), [("1.51", ()), ("1.52.0", ("-D",)), ("2.0", ("-D",))]
)
def test_newer_ones_are_told_to_be_deterministic(fake, version, option):
    (fake / "version").write_text(version)
    assert espeak.engine().options == option
    assert espeak.engine().version == version
    espeak.say(SAYINGS[0])
    assert asked(fake)[-1].startswith("-D " if option else "-v ")


def test_without_the_program_it_says_how_to_install_it(fake, monkeypatch):
    monkeypatch.setenv("PATH", str(fake))
    forget()
    for ask in (espeak.engine, lambda: espeak.clips(SAYINGS), lambda: speech.checksum(("yes",))):
        with pytest.raises(Missing, match="apt-get install espeak-ng"):
            ask()


def test_a_program_that_tells_no_version_is_none(fake):
    (fake / "version").write_text("?")
    with pytest.raises(Missing, match="tells no version"):
        espeak.engine()


def test_a_voice_that_would_be_ignored_is_noticed(fake):
    assert espeak.variants() == {"max", "Mr serious", "Storm"}
    espeak.wanted(["max", "Storm"])
    with pytest.raises(Missing, match=r"1\.51 has no voice called f9, m9;"):
        espeak.wanted(["max", "m9", "f9"])


@pytest.mark.parametrize(("word", "hint"), [("mute", "no such voice"), ("silent", "no sound")])
def test_what_cannot_be_said_is_one_line_and_leaves_nothing(fake, word, hint):
    with pytest.raises(SeqbenchError, match=hint) as slip:
        espeak.clips([*SAYINGS, Saying(word, "en-us", 150, 50)])
    assert "\n" not in str(slip.value)
    assert not list((cache.root() / "espeak").glob("*.npz"))


def test_no_two_splits_share_a_voice_and_words_are_as_many_as_said():
    voices = [voice for names in speech.VOICES.values() for voice in names]
    assert len(set(voices)) == len(voices) == 44
    assert len(set(speech.WORDS)) == len(speech.WORDS) == 35
    for role, clips in (("train", 112), ("valid", 12), ("test", 30)):
        for word in ("yes", "zero"):
            said = speech.plan(word, role)
            assert len(said) == clips
            counts = Counter(one.voice.partition("+")[2] for one in said)
            assert counts == dict.fromkeys(speech.VOICES[role], speech.TAKES[role])
            assert all(140 <= one.speed <= 230 and 20 <= one.pitch <= 80 for one in said)
            assert len({(one.speed, one.pitch) for one in said}) > 0.9 * clips
    assert speech.plan("yes", "train") != speech.plan("no", "train")


real = pytest.mark.skipif(HERE is None, reason="needs the program espeak-ng: apt-get install it")


@real
def test_the_program_says_the_same_in_any_order_and_process(tmp_path, monkeypatch):
    said = speech.plan("seven", "test")[:12]
    code = (
        "from seqbench.kits import speech\nfrom seqbench.kits.espeak import clips\nimport hashlib\n"
        "said = speech.plan('seven', 'test')[:12][::{step}]\n"
        "made = clips(said)[::{step}]\n"
        "print(hashlib.sha256(b'|'.join(one.tobytes() for one in made)).hexdigest())\n"
    )
    marks = set()
    for step in (1, -1):
        monkeypatch.setenv("SEQBENCH_CACHE", str(tmp_path / str(step)))
        command = [sys.executable, "-c", code.format(step=step)]
        marks.add(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    own = [espeak.say(one) for one in said]
    assert marks == {hashlib.sha256(b"|".join(one.tobytes() for one in own)).hexdigest() + "\n"}
    assert all(1600 < len(one) < speech.LONGEST for one in own)


@real
def test_the_voices_are_there_and_no_test_voice_sounds_like_one_of_train():
    """Some of the program's variants are others under another name."""
    voices = [(voice, role) for role, names in speech.VOICES.items() for voice in names]
    espeak.wanted(voice for voice, _ in voices)
    sound = np.zeros((len(voices), speech.LONGEST), np.float32)
    for row, (voice, _) in zip(sound, voices, strict=True):
        clip = espeak.say(Saying("house", f"en-us+{voice}", 170, 50)).astype(np.float32)
        row[: len(clip)] = clip / np.sqrt(np.square(clip).mean())
    heard = speech.features(sound)  # (voices, frames, bands)
    far = np.abs(heard[:, None] - heard).mean(axis=(2, 3))
    train = np.array([role == "train" for _, role in voices])
    assert (far[train][:, ~train] > 0.1).all()
    assert (far + np.eye(len(voices)) > 0.1).all()
