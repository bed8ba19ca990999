"""WAV files of plain PCM, by the standard library, and their change to another rate."""

import io
import wave
from math import gcd, isqrt

import numpy as np

from seqbench.contract.errors import SeqbenchError

RATES = (1000, 768_000)  # Hz, that a file may have
LARGEST = {1: 2**7, 2: 2**15, 3: 2**23, 4: 2**31}  # by bytes a sample


def sound_of(data: bytes, name: str) -> tuple[np.ndarray, int]:
    """Sound (samples,) float32 from -1 to 1, its channels mixed down, and its rate in Hz.

    PCM of 8, 16, 24 or 32 bits. Raises SeqbenchError, which tells `name`, where the data are
    anything else, empty, or cut short.
    """
    width, channels, rate, frames, raw = _opened(data, name)
    if len(raw) != frames * channels * width:
        raise SeqbenchError(
            f"{name}: cut short, {len(raw)} bytes of sound where its header promises "
            f"{frames * channels * width}"
        )
    if not frames:
        raise SeqbenchError(f"{name}: no sound in it, 0 samples")
    levels = _levels(raw, width).reshape(-1, channels)
    sound: np.ndarray = (levels.mean(axis=1) / LARGEST[width]).astype(np.float32)
    return sound, rate


def _opened(data: bytes, name: str) -> tuple[int, int, int, int, bytes]:
    """Bytes a sample, channels, rate, frames as promised, and the sound's bytes."""
    if not data:
        raise SeqbenchError(f"{name}: an empty file, 0 bytes; it takes a WAV file")
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            frames, raw = file.getnframes(), file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError) as error:
        why = str(error) or "it ends within its header"
        raise SeqbenchError(
            f"{name}: no WAV file of plain PCM ({why}); it takes 8, 16, 24 or 32 bits"
        ) from error
    if width not in LARGEST or not RATES[0] <= rate <= RATES[1]:
        raise SeqbenchError(
            f"{name}: {8 * width} bits at {rate} Hz; it takes 8, 16, 24 or 32 bits of PCM at "
            f"{RATES[0]} to {RATES[1]} Hz"
        )
    return width, channels, rate, frames, raw


def _levels(raw: bytes, width: int) -> np.ndarray:
    """Signed levels; 8 bits alone are written without a sign."""
    if width == 1:
        return np.frombuffer(raw, np.uint8).astype(np.int16) - 128
    if width == 3:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        return wide.view("<i4")[:, 0] >> 8
    return np.frombuffer(raw, f"<i{width}")


def resampled(sound: np.ndarray, rate: int, to: int) -> np.ndarray:
    """(samples,) at `rate` Hz as (ceil(samples * to / rate),) at `to` Hz, float32.

    What lies above half the lower rate is cut off, the rest left as it is: in the frequencies of
    the whole, with silence behind it so that its end does not reach its start.
    """
    if rate == to:
        return sound.astype(np.float32)
    step, factor = rate // gcd(rate, to), to // gcd(rate, to)
    long = -(-len(sound) * to // rate)
    blocks = -(-(len(sound) + 2 * isqrt(len(sound)) + 64) // step)
    spectrum = np.fft.rfft(sound, blocks * step)
    found: np.ndarray = np.fft.irfft(spectrum, blocks * factor)[:long] * (to / rate)
    return found.astype(np.float32)
