"""Against scipy.io.wavfile and scipy.signal, which read and resample in their own ways."""

import io
import struct
import wave

import numpy as np
import pytest
from scipy.io import wavfile
from scipy.signal import resample_poly

from seqbench import SeqbenchError
from seqbench.kits.wav import resampled, sound_of


def written(levels, rate=8000, width=2):
    """A WAV file of whole numbers (samples,) or (samples, channels)."""
    levels = np.asarray(levels)
    raw = levels.astype("<i4").tobytes()
    if width == 1:
        raw = (levels + 128).astype(np.uint8).tobytes()
    elif width == 2:
        raw = levels.astype("<i2").tobytes()
    elif width == 3:
        raw = levels.astype("<i4").reshape(-1, 1).view(np.uint8)[:, :3].tobytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1 if levels.ndim == 1 else levels.shape[1], width, rate, 0, "NONE", ""))
        out.writeframes(raw)
    return file.getvalue()


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_read_is_what_scipy_reads(width, channels):
    most = 2 ** (8 * width - 1)
    levels = np.random.default_rng(width).integers(-most, most, (50, channels))
    levels[0], levels[1] = -most, most - 1
    data = written(levels if channels > 1 else levels[:, 0], 11_025, width)
    sound, rate = sound_of(data, "a.wav")
    known_rate, known = wavfile.read(io.BytesIO(data))
    known = known.astype(np.float64)
    if width == 1:
        known -= 128
    scale = 2.0**31 if width == 3 else most  # scipy shifts 24 bits up to 32
    known = known.reshape(50, channels).mean(axis=1) / scale
    assert rate == known_rate == 11_025
    assert sound.dtype == np.float32
    np.testing.assert_allclose(sound, known, atol=1e-7)
    assert -1 <= sound.min() and sound.max() <= 1


def header(kind=1, bits=16, channels=1, promised=4, rate=8000):
    body = struct.pack("<HHIIHH", kind, channels, rate, rate * 2, 2, bits)
    return (
        *(b"RIFF" + struct.pack("<I", 36 + promised) + b"WAVE",),
        *(b"fmt " + struct.pack("<I", 16) + body, b"data" + struct.pack("<I", promised)),
    )


@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "an empty file, 0 bytes"),
        (b"RIFF", "ends within its header"),
        (b"ID3\x04" + bytes(100), "no WAV file of plain PCM"),
        (b"".join(header(kind=3, bits=32)) + bytes(4), "unknown format"),
        (b"".join(header(kind=0xFFFE)) + bytes(4), "no WAV file of plain PCM"),
        (b"".join(header(promised=100)) + bytes(40), "cut short, 40 bytes .* promises 100"),
        (b"".join(header(promised=0)), "no sound in it"),
        (b"".join(header(bits=64, promised=16)) + bytes(16), "64 bits"),
        (b"".join(header(channels=0)) + bytes(4), "no WAV file of plain PCM"),
        (b"".join(header(rate=0)) + bytes(4), "0 Hz"),
        (
            b"".join(header(rate=2**30)) + bytes(4),
            "at 1073741824 Hz; it takes .* 1000 to 768000 Hz",
        ),
        (b"".join(header()[:2]), "no WAV file of plain PCM"),
        (bytes(1000), "no WAV file of plain PCM"),
    ],
)
def test_what_is_no_sound_is_one_line_that_names_the_file(data, hint):
    with pytest.raises(SeqbenchError, match=f"^spoken/a.wav: .*{hint}") as slip:
        sound_of(data, "spoken/a.wav")
    assert "\n" not in str(slip.value)


def test_every_beginning_of_a_file_is_refused():
    whole = written(np.arange(20))
    for end in range(len(whole)):
        with pytest.raises(SeqbenchError, match=r"^a\.wav: "):
            sound_of(whole[:end], "a.wav")


@pytest.mark.parametrize(("rate", "to"), [(22_050, 16_000), (8000, 16_000), (44_100, 16_000)])
def test_another_rate_is_scipys(rate, to):
    time = np.arange(5000) / rate
    sound = sum(np.sin(2 * np.pi * hertz * time + hertz) for hertz in (200.0, 950.0, 2600.0))
    found = resampled(sound, rate, to)
    common = np.gcd(rate, to)
    known = resample_poly(sound, to // common, rate // common)
    assert found.dtype == np.float32
    assert len(found) == len(known)
    np.testing.assert_allclose(found[200:-200], known[200:-200], atol=0.02)
    exact = np.arange(len(found)) / to
    truth = sum(np.sin(2 * np.pi * hertz * exact + hertz) for hertz in (200.0, 950.0, 2600.0))
    np.testing.assert_allclose(found[200:-200], truth[200:-200], atol=0.02)


def test_what_the_lower_rate_cannot_hold_is_cut_off():
    time = np.arange(8000) / 16_000
    high = resampled(np.sin(2 * np.pi * 6000 * time), 16_000, 8000)
    assert np.abs(high[200:-200]).max() < 0.02
    assert (resampled(time, 8000, 8000) == time.astype(np.float32)).all()
    assert len(resampled(np.ones(1), 48_000, 16_000)) == 1
